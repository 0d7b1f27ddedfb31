"""Fields that contradict one another or the machine around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.validation.diagnostics import Severity
from dsl.validation.rules.registry import Finding, state_rule
from dsl.validation.view import JSON_PATH, JSONATA
from dsl.validation.words import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsl.validation.view import State, View


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR)
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


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, "Task")
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


@state_rule("HEARTBEAT_NOT_BELOW_TIMEOUT", Severity.WARNING, "Task")
def heartbeat_is_below_the_timeout(state: State, _view: View) -> Iterator[Finding]:
    """A heartbeat is due before the task times out; otherwise it never decides anything.

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
