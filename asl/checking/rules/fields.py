"""Fields that contradict one another or the machine around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.checking.rules.registry import DOCUMENTED, INFERRED, RECORDED, Finding, state_rule
from asl.definitions.model import JSON_PATH, JSONATA
from asl.diagnostics import Severity
from asl.services.resources import parse
from asl.timestamps import is_timestamp, read_timestamp
from asl.words import number, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.model import State


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, having=("QueryLanguage",))
def language_is_not_downgraded(state: State, view: View) -> Iterator[Finding]:
    """A machine written in JSONata has no states in JSONPath; the other way round is allowed.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew",
         "States": {"Brew": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}}}
    """
    if view.language == JSONATA and state.value.get("QueryLanguage") == JSON_PATH:
        yield Finding(
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine. "
            "Leave the machine at JSONPath and let single states use JSONata.",
            state.location,
        )


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Task", having=("Credentials",))
def credentials_name_a_role(state: State, _view: View) -> Iterator[Finding]:
    """`Credentials` say which role the task takes on.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                 "Parameters": {"FunctionName": "pay"}, "Credentials": {"Role": "cashier"}, "End": true}}
    """
    credentials = state.value.get("Credentials")
    if isinstance(credentials, dict) and "RoleArn" not in credentials and "RoleArn.$" not in credentials:
        yield Finding(
            "The field 'RoleArn' is required but was missing: name the role that the task takes on.",
            state.location / "Credentials",
        )


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Task", having=("Credentials",))
def activities_take_on_no_role(state: State, _view: View) -> Iterator[Finding]:
    """An activity is worked on by whoever asks for the work, so its task takes on no role.

    Example::

        {"Brew": {"Type": "Task", "Resource": "arn:aws:states:eu-west-1:123456789012:activity:brew",
                  "Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/barista"}, "End": true}}
    """
    called = parse(state.resource) if "Credentials" in state.value else None
    if called is not None and called.kind == "activity":
        yield Finding(
            "The field 'Credentials' is not supported for activities: whoever works on one has a role of its own.",
            state.location / "Credentials",
        )


@state_rule("NOT_BOTH", Severity.WARNING, INFERRED, "Pass", having=("Result",))
def pass_states_make_one_value(state: State, _view: View) -> Iterator[Finding]:
    """A Pass state has a `Result` or `Parameters`; with both, the `Result` hides what the other would make.

    Example::

        {"Brew": {"Type": "Pass", "Result": {"drink": "espresso"}, "Parameters": {"drink.$": "$.drink"}, "End": true}}
    """
    if "Result" in state.value and "Parameters" in state.value:
        yield Finding(
            "'Result' is what this state hands on, so 'Parameters' have no effect: keep one of them.",
            state.location / "Parameters",
        )


@state_rule("HEARTBEAT_NOT_BELOW_TIMEOUT", Severity.WARNING, DOCUMENTED, "Task", having=("HeartbeatSeconds",))
def heartbeat_is_below_the_timeout(state: State, _view: View) -> Iterator[Finding]:
    """The heartbeat interval is shorter than the timeout; otherwise it has no effect.

    Example::

        {"Brew": {"Type": "Task", "Resource": "arn:aws:states:eu-west-1:123456789012:activity:brew",
                  "TimeoutSeconds": 60, "HeartbeatSeconds": 90, "End": true}}
    """
    heartbeat, timeout = state.value.get("HeartbeatSeconds"), state.value.get("TimeoutSeconds")
    if not isinstance(heartbeat, int | float) or not isinstance(timeout, int | float):
        return
    if heartbeat >= timeout:
        yield Finding(
            f"HeartbeatSeconds ({number(heartbeat)}) has to be smaller than TimeoutSeconds ({number(timeout)}), "
            "or the task times out before a heartbeat is missed.",
            state.location / "HeartbeatSeconds",
        )


@state_rule(
    "TIMEOUT_ABOVE_MACHINE", Severity.WARNING, INFERRED, "Task", "Wait", having=("Seconds", "TimeoutSeconds")
)
def states_end_before_the_machine(state: State, view: View) -> Iterator[Finding]:
    """The timeout of a state is not longer than the `TimeoutSeconds` of the state machine.

    Example::

        {"TimeoutSeconds": 60, "StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 90, "End": true}}}
    """
    limit = view.document.get("TimeoutSeconds")
    if not isinstance(limit, int | float) or limit <= 0 or _runs_elsewhere(state):
        return
    field = "Seconds" if state.type == "Wait" else "TimeoutSeconds"
    own = state.value.get(field)
    if isinstance(own, int | float) and own > limit:
        yield Finding(
            f"{field} ({number(own)}) is above the TimeoutSeconds of the whole machine ({number(limit)}), "
            "which ends the execution before.",
            state.location / field,
        )


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, INFERRED, "Wait", having=("Timestamp",))
def moments_exist(state: State, _view: View) -> Iterator[Finding]:
    """A timestamp is a day and an hour that exist.

    Example::

        {"Rest": {"Type": "Wait", "Timestamp": "2030-02-30T09:00:00Z", "End": true}}
    """
    written = state.value.get("Timestamp")
    if isinstance(written, str) and is_timestamp(written) and read_timestamp(written) is None:
        yield Finding(
            f"String does not match RFC3339 timestamp: there is no such moment as {shorten(written)}.",
            state.location / "Timestamp",
        )


def _runs_elsewhere(state: State) -> bool:
    """Whether it belongs to a child execution of a distributed map, which has a time of its own."""
    owner = state.scope.owner
    while owner is not None:
        if any(scope.is_distributed for scope in owner.inner):
            return True
        owner = owner.scope.owner
    return False
