"""The error names of Amazon States Language, and which of them a retrier or catcher takes.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html lists them under "Error names", and
https://states-language.net/#errors says how `ErrorEquals` is matched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

ALL: Final = "States.ALL"
DATA_LIMIT_EXCEEDED: Final = "States.DataLimitExceeded"
HEARTBEAT_TIMEOUT: Final = "States.HeartbeatTimeout"
RUNTIME: Final = "States.Runtime"
TASK_FAILED: Final = "States.TaskFailed"
TIMEOUT: Final = "States.Timeout"

RESERVED: Final = frozenset(
    {
        ALL,
        "States.BranchFailed",
        DATA_LIMIT_EXCEEDED,
        "States.ExceedToleratedFailureThreshold",
        HEARTBEAT_TIMEOUT,
        "States.Http.Socket",
        "States.IntrinsicFailure",
        "States.ItemReaderFailed",
        "States.NoChoiceMatched",
        "States.ParameterPathFailure",
        "States.Permissions",
        "States.QueryEvaluationError",
        "States.ResultPathMatchFailure",
        "States.ResultWriterFailed",
        RUNTIME,
        TASK_FAILED,
        TIMEOUT,
    }
)
"""The names that the specification and the developer guide reserve."""


def matches(error_equals: Collection[str], error: str) -> bool:
    """Whether a retrier or catcher with these names in `ErrorEquals` takes an error.

    `States.Runtime` always fails the execution. `States.DataLimitExceeded` is taken only by its own name. A missed
    heartbeat is also a `States.Timeout`. `States.TaskFailed` takes every error but a timeout, `States.ALL` every one.
    """
    if error == RUNTIME:
        return False
    if error in error_equals:
        return True
    if error == DATA_LIMIT_EXCEEDED:
        return False
    if ALL in error_equals:
        return True
    if error in (TIMEOUT, HEARTBEAT_TIMEOUT):
        return error == HEARTBEAT_TIMEOUT and TIMEOUT in error_equals
    return TASK_FAILED in error_equals
