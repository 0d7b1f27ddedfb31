"""What a state reads from the context object, in either language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.checking.rules.registry import DOCUMENTED, Finding, machine_rule
from asl.diagnostics import Severity
from asl.expressions.jsonpath import PathFault
from asl.words import closest, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asl.checking.view import View
    from asl.definitions.model import State

FIELDS: Final[dict[str, dict[str, object]]] = {
    "Execution": dict.fromkeys(
        ("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime"), None
    ),
    "State": dict.fromkeys(("EnteredTime", "Name", "RetryCount"), None),
    "StateMachine": dict.fromkeys(("Id", "Name"), None),
    "Task": {"Token": None},
    "Map": {"Item": dict.fromkeys(("Index", "Value", "Key", "Source"), None)},
}
"""The context object as the developer guide describes it."""
_OPEN: Final = frozenset({("Execution", "Input"), ("Map", "Item", "Value")})
"""What may hold anything."""


@machine_rule("UNKNOWN_CONTEXT_FIELD", Severity.WARNING, DOCUMENTED)
def context_fields_exist(view: View) -> Iterator[Finding]:
    """A field that is read from the context object exists.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"started.$": "$$.Execution.StartedTime"}, "End": true}}
    """
    for state, location, start, names in view.texts.context_reads():
        if names[0] == "Task" and state.waits_for_token:
            continue  # what it lacks is its token, and another rule says so
        known: Mapping[str, object] | None = FIELDS
        for i, name in enumerate(names):
            if known is None or tuple(names[:i]) in _OPEN:
                if known is None and tuple(names[:i]) not in _OPEN:
                    whole = start + ".".join(names[:i])
                    yield Finding(
                        f"{whole} is a simple value without fields, so .{name} finds nothing.", location
                    )
                break
            if name not in known:
                near = closest(name, known)
                hint = f"did you mean {near}?" if near else f"it has {listed(list(known))}."
                of = (start + ".".join(names[:i])).rstrip(".")
                yield Finding(f"{of} has no field {name}; {hint}", location)
                break
            inside = known[name]
            known = inside if isinstance(inside, dict) else None


@machine_rule("TOKEN_OUTSIDE_CALLBACK", Severity.WARNING, DOCUMENTED)
def tokens_are_read_by_tasks_that_wait(view: View) -> Iterator[Finding]:
    """Only a task that waits for a callback reads the task token.

    Example::

        {"Ask the barista": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": true,
            "Parameters": {"QueueUrl": "https://example.com/queue", "MessageBody.$": "$$.Task.Token"}}}
    """
    for state, location, start, names in view.texts.context_reads():
        if names[:1] != ("Task",) or state.waits_for_token or _may_have_a_token(state):
            continue
        advice = (
            "end its Resource with .waitForTaskToken."
            if state.type == "Task"
            else f"hand it on in the task that waits, not in a {state.type} state."
        )
        yield Finding(
            f"{start}Task is not there in a state that does not wait for a token: {advice}", location
        )


@machine_rule("MAP_ITEM_OUTSIDE_MAP", Severity.WARNING, DOCUMENTED)
def items_are_read_in_a_map(view: View) -> Iterator[Finding]:
    """`Map.Item` of the context object exists in a Map state, not in the states of its item processor.

    Example::

        {"Pour": {"Type": "Pass", "Parameters": {"cup.$": "$$.Map.Item.Value"}, "End": true}}
    """
    for state, location, start, names in view.texts.context_reads():
        if names[:1] == ("Map",) and state.type != "Map":
            advice = ": its ItemSelector can hand the item on" if _is_in_a_map(state) else ""
            yield Finding(f"{start}Map is only there in a Map state{advice}.", location)


@machine_rule("CONTEXT_NEEDS_TWO_DOLLARS", Severity.WARNING, DOCUMENTED)
def context_fields_are_read_with_two_dollars(view: View) -> Iterator[Finding]:
    """The context object is `$$`; `$` is the state's input, which does not have its fields.

    Example::

        {"Pour": {"Type": "Map", "End": true, "ItemSelector": {"cup.$": "$.Map.Item.Value"},
            "ItemProcessor": {"StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    for use in view.texts.paths:
        if isinstance(use.path, PathFault) or not use.path.is_meant_as_context or use.role == "result":
            continue
        if use.path.names[0] == "Task" and use.state.waits_for_token:
            continue  # what it lacks is its token, and another rule says so
        path = ".".join(use.path.names)
        yield Finding(
            f"$.{shorten(path)} is read from the state's input; the context object is $$.{shorten(path)}.",
            use.location,
        )


def _may_have_a_token(state: State) -> bool:
    resource = state.resource
    # A misspelt pattern is a fault of the resource, which another rule tells.
    return state.type == "Task" and (
        "${" in resource or ":activity:" in resource or "token" in resource.casefold()
    )


def _is_in_a_map(state: State) -> bool:
    owner: State | None = state
    while owner is not None:
        if owner.type == "Map":
            return True
        owner = owner.scope.owner
    return False
