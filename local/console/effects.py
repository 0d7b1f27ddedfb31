"""The effects of a state: the event that it published and the row that it wrote.

They are derived from the definition of the state and its input, so that a console that starts later shows the same as
one that was there. Task tokens are never filled in.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from asl.definitions import Definition
from asl.execution.faults import StateFault
from asl.execution.sight import Sight
from asl.execution.templates import dynamic
from stepfunctions_local_client.values import parse
from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.masking import JSON
    from local.orders.executions import WorkflowExecution
    from local.orders.history import StatePassed

UNKNOWN = "…"
_NO_CHANCE = random.Random(0)  # noqa: S311 - no state of these draws a number
_SET = re.compile(r"(#\w+) = (?:if_not_exists\(#\w+, )?(:\w+)")
_REMOVE = re.compile(r"REMOVE ((?:#\w+(?:, )?)+)")


_Templates: TypeAlias = "dict[tuple[str, str], dict[str, Any]]"


def _templates() -> tuple[_Templates, _Templates, set[tuple[str, str]]]:
    """Return, by workflow and state, the entries that states publish and the parameters with which they write the row.

    The third are the states that wait after they have published.
    """
    publish: _Templates = {}
    write: _Templates = {}
    waits: set[tuple[str, str]] = set()
    for machine, workflow in (("processor", order_processor), ("manager", order_manager)):
        for state in Definition(workflow.definition()).scopes[0].states.values():
            call, parameters = state.call, cast("dict[str, Any]", state.value.get("Parameters", {}))
            if call is None:
                continue
            if call.call == "events:putEvents" and isinstance(
                parameters.get("Entries", [{}])[0].get("DetailType"), str
            ):
                publish[machine, state.name] = parameters["Entries"][0]
                if state.waits_for_token:
                    waits.add((machine, state.name))
            elif call.call in ("dynamodb:updateItem", "dynamodb:putItem") and "OrderTable" in str(
                parameters.get("TableName")
            ):
                write[machine, state.name] = parameters
    return publish, write, waits


_PUBLISH, _WRITE, _WAITS = _templates()


@dataclass(frozen=True, slots=True)
class StateVisit:
    """A visit of an execution to a state.

    Attributes:
        machine: The workflow: "processor" or "manager".
        state: The state's name.
        given: The visit's input.
        execution: The execution's ARN.
        at: When the visit began, as ISO 8601.
        failed: Whether its last attempt failed. One that waited for a person had published its event before.
        retries: How many attempts failed before that.
    """

    machine: str
    state: str
    given: JSON
    execution: str
    at: str
    failed: bool = False
    retries: int = 0

    @classmethod
    def of(cls, state: StatePassed, execution: str, *, at: str, is_manager: bool) -> StateVisit:
        """Return a visit of a state from the history."""
        machine = "manager" if is_manager else "processor"
        failures = len(state.failures)
        return cls(
            machine, state.name, state.input, execution, at, failures > 0, retries=max(0, failures - 1)
        )

    @property
    def sight(self) -> Sight:
        """What its expressions see: its input, and what is known of the context object."""
        context = {
            "Execution": {"Id": self.execution},
            "State": {"EnteredTime": self.at, "RetryCount": self.retries},
            "Task": {"Token": "****"},
        }
        return Sight(self.given, lambda: context, {}, _NO_CHANCE, lambda: 0.0)


# What an execution of the processor that succeeded came to, by the last event that it published.
_OUTCOMES = {
    "OrderProcessor.OrderFinished": "handed over",
    "OrderProcessor.OrderCancelled": "cancelled",
    "OrderProcessor.OrderTimeOut": "timed out",
    "OrderProcessor.ShopUnavailable": "turned away",
}


def outcome(execution: WorkflowExecution, *, is_manager: bool) -> str:
    """Return the outcome of an execution in a few words: `handed over`, `turned away, closed`, `refused, NotReady`,
    ..."""
    if execution.status != "SUCCEEDED":
        return execution.status.lower().replace("_", " ")
    output = execution.output if isinstance(execution.output, dict) else {}
    if is_manager:
        return (
            "accepted" if output.get("accepted") is True else f"refused, {output.get('reason', 'no reason')}"
        )
    if output.get("duplicate") is True:
        return "a second scan"
    if output.get("registered") is False:
        return f"no order, {output.get('reason', 'no reason')}"
    last = execution.states[-1].name if execution.states else ""
    entry = _PUBLISH.get(("processor", last), {})
    words = _OUTCOMES.get(str(entry.get("DetailType")), "succeeded")
    detail = entry.get("Detail")
    said = (
        [detail[name] for name in ("reason", "waitedFor") if name in detail]
        if isinstance(detail, dict)
        else []
    )
    return ", ".join([words, *said])


def published(visit: StateVisit) -> dict[str, JSON] | None:
    """Return the event that a visit put on the bus: `type`, `source` and `detail`; None if the state publishes none."""
    entry = _PUBLISH.get((visit.machine, visit.state))
    if entry is None or (visit.failed and (visit.machine, visit.state) not in _WAITS):
        return None
    return {
        "type": str(entry["DetailType"]),
        "source": str(entry["Source"]),
        "detail": _fill(entry["Detail"], visit.sight),
    }


def written(visit: StateVisit) -> dict[str, JSON] | None:
    """Return the attributes that a visit set in the order's row, None for one that it removed; None if it writes
    none."""
    parameters = _WRITE.get((visit.machine, visit.state))
    if parameters is None or visit.failed:
        return None
    if "Item" in parameters:
        item = _fill(parameters["Item"], visit.sight)
        plain = {name: _value(value) for name, value in item.items()} if isinstance(item, dict) else {}
        return {name: value for name, value in plain.items() if name not in ("PK", "SK")}
    names: Mapping[str, str] = parameters["ExpressionAttributeNames"]
    values = _fill(parameters.get("ExpressionAttributeValues", {}), visit.sight)
    expression: str = parameters["UpdateExpression"]
    changes: dict[str, JSON] = {}
    for name, value in _SET.findall(expression):
        changes[names[name]] = _value(values.get(value) if isinstance(values, dict) else None)
    for removed in _REMOVE.findall(expression):
        changes.update(dict.fromkeys((names[name] for name in removed.split(", ")), None))
    return changes


def _value(typed: JSON) -> JSON:
    """Return the content of a DynamoDB value such as `{"S": "CREATED"}`; JSON in text form is read."""
    content = next(iter(typed.values()), UNKNOWN) if isinstance(typed, dict) else UNKNOWN
    if isinstance(content, str) and content.startswith("{"):
        try:
            document: JSON = parse(content)
        except ValueError:
            return content
        return document
    return content


def _fill(template: JSON, sight: Sight) -> JSON:
    """Return a payload template with values of the input; what is not known is `…`."""
    if isinstance(template, dict):
        return {
            name.removesuffix(".$"): _evaluate(str(value), sight)
            if name.endswith(".$")
            else _fill(value, sight)
            for name, value in template.items()
        }
    return [_fill(item, sight) for item in template] if isinstance(template, list) else template


def _evaluate(text: str, sight: Sight) -> JSON:
    try:
        found: JSON = dynamic(text, "")(sight)
    except StateFault:
        return UNKNOWN
    return found
