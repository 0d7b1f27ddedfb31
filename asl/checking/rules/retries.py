"""Lists of retriers and catchers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from asl.checking.rules.registry import DOCUMENTED, INFERRED, RECORDED, Finding, state_rule
from asl.diagnostics import Severity
from asl.error_names import ALL, DATA_LIMIT_EXCEEDED, RESERVED, RUNTIME, TASK_FAILED
from asl.words import closest, listed, number, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asl.checking.view import View
    from asl.definitions.model import State
    from asl.locations import Location

FATAL = frozenset({RUNTIME, DATA_LIMIT_EXCEEDED})
NOT_OF_TASKS = {
    "States.BranchFailed": "a Parallel state",
    "States.ExceedToleratedFailureThreshold": "a Map state",
    "States.ItemReaderFailed": "a Map state",
    "States.NoChoiceMatched": "a Choice state",
    "States.ResultWriterFailed": "a Map state",
}
_START = re.compile(r"states?\.", re.IGNORECASE)
_HTTP_STATUS = re.compile(r"States\.Http\.StatusCode\.\w+")


@state_rule(
    "SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Task", "Parallel", "Map", having=("Retry", "Catch")
)
def all_errors_stand_alone_and_last(state: State, _view: View) -> Iterator[Finding]:
    """`States.ALL` is the only name of its retrier or catcher, and that is the last of the list.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "End": true,
                 "Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["States.Timeout"]}]}}
    """
    if ALL not in state.named_errors:
        return
    for field in ("Retry", "Catch"):
        entries = state.error_names(field)
        for i, names in enumerate(entries):
            if ALL not in names:
                continue
            if len(names) > 1:
                fault = "it is listed beside other names, which it includes already"
            elif i < len(entries) - 1:
                fault = "entries after it are never reached"
            else:
                continue
            yield Finding(
                f"States.ALL must appear alone and at end of list: {fault}.", _place(state, field, i)
            )


@state_rule(
    "UNKNOWN_ERROR_NAME", Severity.WARNING, DOCUMENTED, "Task", "Parallel", "Map", having=("Retry", "Catch")
)
def reserved_error_names_exist(state: State, _view: View) -> Iterator[Finding]:
    """An error name that begins with `States.` is one that Step Functions raises, and is spelled correctly.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "End": true,
                 "Retry": [{"ErrorEquals": ["States.TimeOut"]}]}}
    """
    for name, place in _named(state, _looks_reserved):
        near = closest(_START.sub("States.", name), RESERVED)
        # Any other name that a Fail state inside does not raise may be somebody's own.
        if (near or name.startswith("States.")) and not _may_be_raised_inside(state, name):
            hint = f'; did you mean "{near}"?' if near else ", so it never matches."
            yield Finding(f'Step Functions raises no error named "{shorten(name)}"{hint}', place)


@lru_cache(maxsize=4096)
def _looks_reserved(name: str) -> bool:
    """Whether a name that nothing is known of begins as the reserved ones do."""
    if name in RESERVED or "${" in name or _HTTP_STATUS.match(name):
        return False
    return _START.match(name) is not None


def _may_be_raised_inside(state: State, name: str) -> bool:
    """Whether a Fail state of a branch or an item processor raises the error, or one that only a run tells."""
    for inside in (each for scope in state.inner for each in scope.states.values()):
        error = inside.value.get("Error")
        is_open = "ErrorPath" in inside.value or (isinstance(error, str) and error.startswith(("{%", "${")))
        if inside.type == "Fail" and (error == name or is_open):
            return True
        if _may_be_raised_inside(inside, name):
            return True
    return False


@state_rule(
    "UNREACHABLE_ERROR_ENTRY",
    Severity.WARNING,
    INFERRED,
    "Task",
    "Parallel",
    "Map",
    having=("Retry", "Catch"),
)
def error_entries_can_be_reached(state: State, _view: View) -> Iterator[Finding]:
    """A retrier or catcher is not hidden by an earlier one that takes the same errors.

    `States.TaskFailed` stands for every error but a timeout.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "Next": "Serve",
                 "Catch": [{"ErrorEquals": ["CardDeclined"], "Next": "Serve"},
                           {"ErrorEquals": ["CardDeclined"], "Next": "Apologise"}]},
         "Serve": {"Type": "Succeed"}, "Apologise": {"Type": "Fail"}}
    """
    for field in ("Retry", "Catch"):
        entries = state.error_names(field)
        listed_names = [name for names in entries for name in names]
        if TASK_FAILED not in listed_names and len(set(listed_names)) == len(listed_names):
            continue
        taken: dict[str, int] = {}
        for i, names in enumerate(entries):
            earlier = [taken.get(name, _by_task_failed(name, taken)) for name in names] if taken else []
            if earlier and all(j is not None for j in earlier):
                noun = "retrier" if field == "Retry" else "catcher"
                first = earlier[0]
                yield Finding(
                    f"This {noun} is never reached: {field}[{first}] takes {shorten(listed(names))} already.",
                    _place(state, field, i),
                )
            if len(set(names)) < len(names):
                for j, name in enumerate(names):
                    if name in names[:j] and name != ALL:
                        yield Finding(f"{shorten(name)} is listed twice.", _place(state, field, i) / j)
            for name in names:
                taken.setdefault(name, i)


def _by_task_failed(name: str, taken: dict[str, int]) -> int | None:
    if name.startswith("States.") or "${" in name:
        return None
    return taken.get(TASK_FAILED)


@state_rule("NOT_RETRIABLE", Severity.WARNING, DOCUMENTED, "Task", "Parallel", "Map", having=("Retry",))
def fatal_errors_are_not_retried(state: State, _view: View) -> Iterator[Finding]:
    """`States.Runtime` and `States.DataLimitExceeded` always end the execution, even if a retrier names them.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "End": true,
                 "Retry": [{"ErrorEquals": ["States.Runtime"]}]}}
    """
    for name, place in _named(state, FATAL.__contains__, "Retry"):
        yield Finding(f"{name} cannot be retried: it would only happen again.", place)


@state_rule("NOT_CATCHABLE", Severity.WARNING, DOCUMENTED, "Task", "Parallel", "Map", having=("Catch",))
def runtime_errors_are_not_caught(state: State, _view: View) -> Iterator[Finding]:
    """`States.Runtime` always fails the execution, even if a catcher names it.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "Next": "Serve",
                 "Catch": [{"ErrorEquals": ["States.Runtime"], "Next": "Apologise"}]},
         "Serve": {"Type": "Succeed"}, "Apologise": {"Type": "Fail"}}
    """
    for _, place in _named(state, RUNTIME.__eq__, "Catch"):
        yield Finding(
            f"{RUNTIME} always fails the execution: no catcher gets it, whether it names it or not.", place
        )


@state_rule("IMPOSSIBLE_ERROR", Severity.WARNING, DOCUMENTED, "Task", having=("Retry", "Catch"))
def tasks_expect_errors_of_tasks(state: State, _view: View) -> Iterator[Finding]:
    """A task never raises the errors of a Choice, a Parallel or a Map state.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "End": true,
                 "Retry": [{"ErrorEquals": ["States.BranchFailed"]}]}}
    """
    for name, place in _named(state, NOT_OF_TASKS.__contains__):
        yield Finding(f"A Task state never fails with {name}: {NOT_OF_TASKS[name]} does.", place)


@state_rule("NO_PAUSE", Severity.WARNING, DOCUMENTED, "Task", "Parallel", "Map", having=("Retry",))
def retries_wait_before_they_start(state: State, _view: View) -> Iterator[Finding]:
    """A retrier waits at least one second; AWS documents `IntervalSeconds` as a positive integer.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "End": true,
                 "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 0}]}}
    """
    for i, retrier in enumerate(state.entries("Retry")):
        interval = retrier.get("IntervalSeconds")
        if interval == 0 and interval is not False:
            yield Finding(
                "IntervalSeconds is 0, so every retry follows at once and finds the same trouble: "
                "write 1 or more, or leave it out.",
                state.location / "Retry" / i / "IntervalSeconds",
            )


@state_rule(
    "DELAY_BELOW_INTERVAL", Severity.WARNING, DOCUMENTED, "Task", "Parallel", "Map", having=("Retry",)
)
def longest_delays_exceed_the_first(state: State, _view: View) -> Iterator[Finding]:
    """`MaxDelaySeconds` limits the growth of the delays, so it is greater than `IntervalSeconds`, the first delay.

    Example::

        {"Pay": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:pay", "End": true,
                 "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 30, "MaxDelaySeconds": 10}]}}
    """
    for i, retrier in enumerate(state.entries("Retry")):
        longest, first = retrier.get("MaxDelaySeconds"), retrier.get("IntervalSeconds")
        if isinstance(longest, int | float) and isinstance(first, int | float) and 0 < longest <= first:
            yield Finding(
                f"MaxDelaySeconds ({number(longest)}) has to be above IntervalSeconds ({number(first)}), the first "
                "delay.",
                state.location / "Retry" / i / "MaxDelaySeconds",
            )


def _named(state: State, wanted: Callable[[str], bool], *fields: str) -> Iterator[tuple[str, Location]]:
    """Yield the errors that retriers and catchers name, those that are wanted, each with its place."""
    if not any(map(wanted, state.named_errors)):
        return  # as it mostly is
    for field in fields or ("Retry", "Catch"):
        for i, names in enumerate(state.error_names(field)):
            for j, name in enumerate(names):
                if wanted(name):
                    yield name, _place(state, field, i) / j


def _place(state: State, field: str, i: int) -> Location:
    """Return the place of an entry's list of names."""
    return state.location / field / i / "ErrorEquals"
