"""What goes wrong while a state runs, and the names under which the service knows it.

Names: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-error-names
"""

from __future__ import annotations

from typing import Final

from asl.error_names import ALL, TASK_FAILED, matches
from asl.error_names import DATA_LIMIT_EXCEEDED as DATA_LIMIT_EXCEEDED
from asl.error_names import HEARTBEAT_TIMEOUT as HEARTBEAT_TIMEOUT
from asl.error_names import RUNTIME as RUNTIME
from asl.error_names import TIMEOUT as TIMEOUT

EXCEED_TOLERATED_FAILURE: Final = "States.ExceedToleratedFailureThreshold"
INTRINSIC_FAILURE: Final = "States.IntrinsicFailure"
ITEM_READER_FAILED: Final = "States.ItemReaderFailed"
QUERY_EVALUATION: Final = "States.QueryEvaluationError"
RESULT_PATH_MATCH: Final = "States.ResultPathMatchFailure"
RESULT_WRITER_FAILED: Final = "States.ResultWriterFailed"


class StateFault(Exception):  # noqa: N818 - a fault is what happened to a state, not an error of this program
    """A state failed: `error` and `cause` as the service reports them, None where it reports none."""

    def __init__(self, error: str | None, cause: str | None = None, *, alias: str | None = None) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.alias = alias
        """A second name under which retriers and catchers know it, such as States.HeartbeatTimeout."""

    @property
    def is_fatal(self) -> bool:
        """Whether nothing can catch or retry it: it ends the execution, however deep it happened."""
        return self.error == RUNTIME

    def matches(self, names: frozenset[str]) -> bool:
        """Whether an `ErrorEquals` takes it, under its own name or the second one."""
        if self.error is None:
            return ALL in names or TASK_FAILED in names
        return matches(names, self.error) or (self.alias is not None and matches(names, self.alias))


class RuntimeFault(StateFault):
    """What the service ends an execution for at once; the cause is a sentence without the state's name."""

    def __init__(self, reason: str, error: str = RUNTIME) -> None:
        super().__init__(error, reason)
        self.reason = reason


class QueryFault(StateFault):
    """A JSONata expression that failed, gave nothing, or gave what its field does not take."""

    def __init__(self, reason: str, location: str) -> None:
        super().__init__(QUERY_EVALUATION, reason)
        self.reason = reason
        self.location = location


class TaskFault(StateFault):
    """What a task's handler raises to let the task fail, with the service's error and cause.

    raise TaskFault("DynamoDB.ConditionalCheckFailedException", "The conditional request failed")
    """


class RequestError(Exception):
    """A request that the service refuses: `code` is its error code, such as `StateMachineDoesNotExist`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
