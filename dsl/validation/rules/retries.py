"""Lists of retriers and catchers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dsl.validation.diagnostics import Severity
from dsl.validation.rules.registry import Finding, state_rule
from dsl.validation.words import closest, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsl.validation.locations import Location
    from dsl.validation.view import State, View

ALL = "States.ALL"
RESERVED = frozenset(
    {
        "States.ALL",
        "States.BranchFailed",
        "States.DataLimitExceeded",
        "States.ExceedToleratedFailureThreshold",
        "States.HeartbeatTimeout",
        "States.Http.Socket",
        "States.IntrinsicFailure",
        "States.ItemReaderFailed",
        "States.NoChoiceMatched",
        "States.ParameterPathFailure",
        "States.Permissions",
        "States.QueryEvaluationError",
        "States.ResultPathMatchFailure",
        "States.ResultWriterFailed",
        "States.Runtime",
        "States.TaskFailed",
        "States.Timeout",
    }
)
"""The error names that the specification and the developer guide reserve."""
_HTTP_STATUS = re.compile(r"States\.Http\.StatusCode\.\w+")


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, "Task", "Parallel", "Map")
def all_errors_stand_alone_and_last(state: State, _view: View) -> Iterator[Finding]:
    """`States.ALL` is the only name of its retrier or catcher, and that is the last of the list.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "End": true,
                 "Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["States.Timeout"]}]}}
    """
    for field in ("Retry", "Catch"):
        entries = list(_entries(state, field))
        for i, (names, place) in enumerate(entries):
            if ALL not in names:
                continue
            if len(names) > 1:
                fault = "it is listed beside other names, which it includes already"
            elif i < len(entries) - 1:
                fault = "entries after it are never reached"
            else:
                continue
            yield Finding(f"States.ALL must appear alone and at end of list: {fault}.", place)


@state_rule("UNKNOWN_ERROR_NAME", Severity.WARNING, "Task", "Parallel", "Map")
def reserved_error_names_exist(state: State, _view: View) -> Iterator[Finding]:
    """An error name that begins with `States.` is one of those that Step Functions raises.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "End": true,
                 "Retry": [{"ErrorEquals": ["States.TimeOut"]}]}}
    """
    for field in ("Retry", "Catch"):
        for names, place in _entries(state, field):
            for i, name in enumerate(names):
                if (
                    not name.startswith("States.")
                    or name in RESERVED
                    or "${" in name
                    or _HTTP_STATUS.match(name)
                ):
                    continue
                near = closest(name, RESERVED)
                hint = f'; did you mean "{near}"?' if near else ", so it never matches."
                yield Finding(f'Step Functions raises no error named "{shorten(name)}"{hint}', place / i)


def _entries(state: State, field: str) -> Iterator[tuple[list[str], Location]]:
    """The error names of each retrier or catcher, with the place of their list."""
    entries = state.value.get(field)
    if not isinstance(entries, list):
        return
    for i, entry in enumerate(entries):
        names = entry.get("ErrorEquals") if isinstance(entry, dict) else None
        written = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
        yield written, state.location / field / i / "ErrorEquals"
