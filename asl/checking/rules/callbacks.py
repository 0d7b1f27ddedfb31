"""Tasks that wait until somebody hands their token back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asl.checking.rules.registry import DOCUMENTED, Finding, state_rule
from asl.definitions.model import JSONATA
from asl.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.model import State

_TIME_LIMITS = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")
_TOKEN_PATH = re.compile(r"\$\$(?:\.Task(?:\.Token)?|\['Task'\](?:\['Token'\])?)?(?![.\[\w])")
"""The token itself, or an object of the context that holds it: `$$`, `$$.Task`."""
_TOKEN_EXPRESSION = re.compile(r"\$states(?:\.context|(?!\s*\.))")


@state_rule("CALLBACK_WITHOUT_TOKEN", Severity.WARNING, DOCUMENTED, "Task")
def callback_hands_its_token_on(state: State, _view: View) -> Iterator[Finding]:
    """A task that waits for a callback passes the task token on.

    Example::

        {"Ask the barista": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "https://example.com/queue", "MessageBody": "make it"},
            "TimeoutSeconds": 900, "End": true}}
    """
    if not state.waits_for_token:
        return
    field, token = ("Parameters", "$$.Task.Token")
    if state.language == JSONATA:
        field, token = ("Arguments", "$states.context.Task.Token")
    if not _may_carry_token(state, field):
        place = state.location / field if field in state.value else state.location
        yield Finding(
            f"The task waits for its token but never hands it on, so nobody can answer it: put {token} into {field}.",
            place,
        )


@state_rule("CALLBACK_WITHOUT_TIMEOUT", Severity.WARNING, DOCUMENTED, "Task")
def callback_has_a_time_limit(state: State, _view: View) -> Iterator[Finding]:
    """A task that waits for a callback has a timeout; otherwise it waits for a year if the callback is lost.

    Example::

        {"Ask the barista": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "https://example.com/queue", "MessageBody.$": "$$.Task.Token"}, "End": true}}
    """
    if state.waits_for_token and not any(name in state.value for name in _TIME_LIMITS):
        yield Finding(
            "The task waits for its token without a limit, so a lost answer leaves it waiting for up to a year: "
            "set TimeoutSeconds or HeartbeatSeconds.",
            state.location,
        )


def _may_carry_token(state: State, field: str) -> bool:
    """Whether the request holds the token, or something that is not known here and may hold it."""
    if field == "Parameters" and field not in state.value:
        source = state.value.get("InputPath")
        return isinstance(source, str) and (source.startswith("$$") or "${" in source)
    if state.language == JSONATA:
        return _may_read_token(state.value.get(field))
    values = (found.value for found in state.template(field).dynamic)
    return any(isinstance(value, str) and ("${" in value or _TOKEN_PATH.search(value)) for value in values)


def _may_read_token(value: object) -> bool:
    """Whether some expression in what JSONata makes may read the token."""
    if isinstance(value, str):
        return "${" in value or (value.startswith("{%") and _TOKEN_EXPRESSION.search(value) is not None)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_may_read_token, inside))
