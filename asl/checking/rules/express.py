"""What an EXPRESS execution cannot do: as a machine's own type, or as the child of a distributed map.

https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.checking.rules.registry import DOCUMENTED, RECORDED, Finding, machine_rule
from asl.diagnostics import Severity
from asl.locations import ROOT
from asl.services.resources import PATTERNS
from asl.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.model import Scope, State

EXPRESS: Final = "EXPRESS"
LONGEST: Final = 300
"""Seconds after which AWS ends an EXPRESS execution."""


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED)
def express_machines_wait_for_nobody(view: View) -> Iterator[Finding]:
    """A machine of type EXPRESS waits for no job, no token and no activity, and has no distributed maps.

    Which type a machine has is not in its definition: a template says it, or `--type EXPRESS`.

    Example of type EXPRESS::

        {"Roast": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync",
                   "Parameters": {"TaskDefinition": "roast"}, "End": true}}
    """
    if view.execution_type == EXPRESS:
        for scope in _own_scopes(view):
            yield from _faults(scope, "The machine is of type EXPRESS: make it STANDARD.")


@machine_rule("EXPRESS_CANNOT_WAIT", Severity.WARNING, DOCUMENTED)
def express_children_wait_for_nobody(view: View) -> Iterator[Finding]:
    """An EXPRESS child of a distributed map does not wait for jobs, callbacks or activities, and has only inline maps.

    Example::

        {"Pour": {"Type": "Map", "End": true, "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "Each", "States": {
                "Each": {"Type": "Map", "End": true, "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                    "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}}}}
    """
    express: set[Scope] = set()
    for scope in view.scopes:  # those around one come before it
        if scope.is_distributed:
            inside = _is_express(scope)
        else:
            inside = scope.owner is not None and scope.owner.scope in express
        if inside:
            express.add(scope)
            yield from _faults(
                scope, "It belongs to an EXPRESS child of a distributed map: make its ExecutionType STANDARD."
            )


@machine_rule("EXPRESS_TOO_LONG", Severity.WARNING, DOCUMENTED)
def express_machines_end_within_minutes(view: View) -> Iterator[Finding]:
    """An EXPRESS state machine runs for at most five minutes, whatever its `TimeoutSeconds`.

    Example of type EXPRESS::

        {"Rest": {"Type": "Wait", "Seconds": 600, "End": true}}
    """
    if view.execution_type != EXPRESS:
        return
    limit = view.document.get("TimeoutSeconds")
    if isinstance(limit, int | float) and limit > LONGEST:
        yield Finding(
            f"AWS ends an EXPRESS execution after {LONGEST} seconds, before the {number(limit)} of its own limit.",
            ROOT / "TimeoutSeconds",
        )
    for scope in _own_scopes(view):
        for state in scope.states.values():
            seconds = state.value.get("Seconds")
            if state.type == "Wait" and isinstance(seconds, int | float) and seconds > LONGEST:
                yield Finding(
                    f"An EXPRESS execution ends after {LONGEST} seconds, and this state waits for {number(seconds)}.",
                    state.location / "Seconds",
                )


def _own_scopes(view: View) -> Iterator[Scope]:
    """Yield the scopes that run in the machine's own execution."""
    own: set[Scope] = set()
    for scope in view.scopes:
        if scope.owner is None or (scope.owner.scope in own and not scope.is_distributed):
            own.add(scope)
            yield scope


def _faults(scope: Scope, advice: str) -> Iterator[Finding]:
    for state in scope.states.values():
        fault = _wait(state)
        if fault:
            yield Finding(
                f"Express state machine does not support {fault}. {advice}", state.location / "Resource"
            )
        for inner in state.inner:
            if inner.is_distributed:
                yield Finding(
                    "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines. "
                    f"{advice}",
                    inner.location / "ProcessorConfig" / "Mode",
                )


def _wait(state: State) -> str:
    """Return what the state would wait for, as the service words it; empty for nothing."""
    called = state.call
    if called is None:
        return ""
    if called.kind == "activity":
        return "activities"
    return f"'.{called.pattern}' service integration" if called.pattern in PATTERNS else ""


def _is_express(scope: Scope) -> bool:
    config = scope.value.get("ProcessorConfig")
    return isinstance(config, dict) and config.get("ExecutionType") == EXPRESS
