"""The real Lambda functions, run one AWS call at a time.

A function runs against clients that replay the answers it has had so far and stop it at the next call. So what it
has done up to any of its calls is a value, `Run`, which a model can keep, continue, or throw away as a crash would.
No condition of a function is written a second time here: the calls are those that the handlers make.
"""

from __future__ import annotations

import contextlib
import io
import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock

from botocore.exceptions import ClientError

from handlers import aws, order_ended, waiting_completion, workflow_started
from tests.model.language import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HANDLERS: dict[str, Callable[[dict[str, object], object], dict[str, object]]] = {
    "WorkflowStarted": workflow_started.handler,
    "WaitingCompletion": waiting_completion.handler,
    "OrderEnded": order_ended.handler,
}
ENVIRONMENT = {
    "ORDER_TABLE_NAME": "${OrderTableName}",
    "COUNTING_TABLE_NAME": "${CountingTableName}",
    "EVENT_BUS_NAME": "${EventBusName}",
}


class Run(NamedTuple):
    """A function at work: which, on which event, and the answers that its calls have had."""

    function: str
    event: str
    answers: tuple[str, ...] = ()


class Call(NamedTuple):
    """The call that a function makes next: operation and parameters, as canonical JSON."""

    operation: str
    parameters: str


class _Stop(BaseException):
    """Not an Exception, so that no handler's `except` takes it."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call


class _ConditionalCheckFailedError(ClientError):
    pass


class _Client:
    """Stands for each of the three clients."""

    class exceptions:  # noqa: N801 -- as botocore has it
        ConditionalCheckFailedException = _ConditionalCheckFailedError

    def __init__(self, answers: Iterator[str]) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            answer = next(self._answers, None)
            if answer is None:
                raise _Stop(Call(operation, canonical(parameters)))
            document = json.loads(answer)
            match document.get("error"):
                case None:
                    return document
                case "ConditionalCheckFailedException":
                    response = {"Error": {"Code": "ConditionalCheckFailedException"}} | document["response"]
                    raise _ConditionalCheckFailedError(response, operation)
                case code:
                    raise ClientError({"Error": {"Code": code}}, operation)

        return call


def _beginning() -> int:
    return 0


def _morning() -> str:
    return "2026-11-22T08:00:00.000Z"


@cache
def next_call(run: Run) -> Call | str:
    """Return the call that a function makes next; if there is none, its result as JSON. Its log lines are in `said`."""
    client = _Client(iter(run.answers))
    lines = io.StringIO()

    def made() -> _Client:
        return client

    with (
        # Plain functions, and a plain dictionary: to make a mock object takes longer than all that the function does.
        mock.patch.object(aws, "dynamodb", made),
        mock.patch.object(aws, "eventbridge", made),
        mock.patch.object(aws, "stepfunctions", made),
        mock.patch("time.time_ns", _beginning),
        mock.patch("os.environ", ENVIRONMENT),
        mock.patch.object(order_ended, "now", _morning),
        contextlib.redirect_stdout(lines),
    ):
        try:
            result = HANDLERS[run.function](json.loads(run.event), None)
        except _Stop as stop:
            return stop.call
        finally:
            said.append(lines.getvalue())
    return json.dumps(result)


said: list[str] = []
"""All log lines of all functions that ran."""
