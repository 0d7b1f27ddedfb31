"""One mocked run on the embedded engine: who answers its tasks, what they were called with, what had no answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from asl.execution import Finished, TaskFault
from asl.execution.mocks import Response
from stepfunctions_local_client.values import Json, plain

if TYPE_CHECKING:
    from asl.execution import Attempt

_RUNTIME: Final = "States.Runtime"
"""The error that no catcher takes: a missing answer must not look like a fault that the workflow handles."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a task.

    Attributes:
        state: The name of its state.
        resource: What it calls, as the definition has it.
        arguments: What it calls it with.
        attempt: How often this visit to the state was tried before: 0 for the first attempt.
        count: How often the state was called before in this execution, retries and other visits together.
        context: The context object. A task token in it has a masked repr.
    """

    state: str
    resource: str
    arguments: Json = field(repr=False)
    attempt: int = 0
    count: int = 0
    context: Json = field(default=None, repr=False, compare=False)


class TaskFailed(Exception):  # noqa: N818
    """Raised by a function that answers tasks, to let the task fail with an error and a cause."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause


MockFunction: TypeAlias = Callable[[Call], object]
"""Answers a call with JSON, with a `Response` (of which the first reply counts), or by raising `TaskFailed`.

NotImplemented stands for no answer."""
Mocks: TypeAlias = Mapping[str, Response | MockFunction] | MockFunction
"""What answers the tasks of a run: a response by the name of each state, or one function for all."""


class MockedRun:
    """Answers the tasks of one execution, and of the executions that it starts."""

    def __init__(self, mocks: Mocks) -> None:
        self.mocks = mocks
        self.calls: list[Call] = []
        self.unanswered = ""
        """What had no answer, for people; empty if all had one."""
        self._counts: Counter[str] = Counter()

    def answer(self, attempt: Attempt) -> object:
        """Answer an attempt of a task, as the handler of an engine.

        Raises:
            TaskFault: The task fails, or nothing answers it.
        """
        call = Call(
            state=attempt.state,
            resource=attempt.resource.arn,
            arguments=attempt.arguments,
            attempt=attempt.number,
            count=self._counts[attempt.state],
            context=attempt.context,
        )
        self._counts[call.state] += 1
        self.calls.append(call)
        mock = self.mocks if callable(self.mocks) else self.mocks.get(call.state)
        if mock is None:
            return self._unmocked(attempt, call)
        if isinstance(mock, Response):
            return self._replied(mock, call.count, call)
        return self._given(mock, call, attempt)

    def _given(self, answer: MockFunction, call: Call, attempt: Attempt) -> object:
        try:
            given = answer(call)
        except TaskFailed as error:
            raise TaskFault(error.error, error.cause) from None
        if given is NotImplemented:
            return self._unmocked(attempt, call)
        if isinstance(given, Response):
            return self._replied(given, 0, call)
        return Finished(plain(given))

    def _replied(self, response: Response, number: int, call: Call) -> object:
        reply = response.reply(number)
        if reply is None:
            replies = "1 reply" if response.attempts == 1 else f"{response.attempts} replies"
            return self._none(
                f"{call.state!r} was called {call.count + 1} times, and its response has {replies}"
            )
        if reply.error is not None:
            raise TaskFault(reply.error, reply.cause)
        return Finished(reply.result)

    def _unmocked(self, attempt: Attempt, call: Call) -> object:
        resource = attempt.resource
        if resource.kind == "activity" or resource.type == "states":
            return NotImplemented  # the engine keeps activities and runs nested executions itself
        if resource.waits:
            return {}  # it was handed on, and now the test answers it
        return self._none(f"{call.state!r} calls {call.resource}, and no response was given for it")

    def _none(self, message: str) -> object:
        self.unanswered = self.unanswered or message
        raise TaskFault(_RUNTIME, message)


def checked(mocks: Mocks) -> Mocks:
    """Return the mocks if they are some.

    Raises:
        TypeError: They are not mocks; the message names the state.
    """
    if isinstance(mocks, Mapping):
        for state, mock in mocks.items():
            if not isinstance(mock, Response) and not callable(mock):
                raise TypeError(
                    f"the mock of {state!r} is {mock!r}: write returns(...), throws(...) or a function of the call"
                )
    elif not callable(mocks):
        raise TypeError(f"mocks are a response for each state, or a function of the call, not {mocks!r}")
    return mocks
