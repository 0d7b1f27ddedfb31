"""What a task answers in a test case, attempt by attempt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asl.error_names import matches
from asl.execution import mocks
from dsl.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from asl.execution.mocks import Reply
    from dsl.states.retries import Retry
    from dsl.values.expressions import Json
    from dsl.values.payloads import Payload


@dataclass(frozen=True, slots=True)
class Response(mocks.Response):
    """What a task answers, attempt by attempt. `is_real` leaves it to the real service."""

    is_real: bool = False

    def then(self, other: mocks.Response) -> Response:
        """Return this, and after it another response, for the attempts that follow.

        Raises:
            DefinitionError: One of them is `unmocked()`.
        """
        if self.is_real or (isinstance(other, Response) and other.is_real):
            raise DefinitionError("unmocked() is all or nothing: the real service answers every attempt")
        return Response(self.replies + other.replies)

    @property
    def last(self) -> Reply:
        """The reply to the last attempt that it speaks of."""
        return self.replies[-1]


def returns(result: Mapping[str, Payload], times: int = 1) -> Response:
    """Let a task succeed with this answer of its service.

    Of a task that waits for a token, this is what comes back with it, at once.

    Raises:
        DefinitionError: The answer is not plain JSON, or `times` is below 1.
    """
    try:
        plain: Json = json.loads(json.dumps(result))
    except TypeError as error:
        raise DefinitionError(f"a mocked answer is plain JSON, without references: {error}") from None
    return _response(lambda: mocks.returns(plain, times))


def throws(error: str, cause: str = "mocked", times: int = 1) -> Response:
    """Let a task fail with this error, so many times in a row; `States.Timeout` is what a timer makes.

    Raises:
        DefinitionError: There is no error, or `times` is below 1.
    """
    return _response(lambda: mocks.throws(error, cause, times))


def unmocked() -> Response:
    """Call the real service: of a task that waits for a token, so that the test answers it."""
    return Response(is_real=True)


def _response(make: Callable[[], mocks.Response]) -> Response:
    try:
        return Response(make().replies)
    except ValueError as error:
        raise DefinitionError(str(error)) from None


def attempts(retriers: Sequence[Retry], error: str) -> int:
    """How often a task with these retriers is tried if it always fails with this error, the first time included."""
    retrier = _retrier(retriers, error)
    return 1 + (retriers[retrier].max_attempts if retrier is not None else 0)


def unanswered(retriers: Sequence[Retry], response: Response) -> tuple[int, str] | None:
    """Return the number of the first attempt, from 1, that comes to pass without a reply, and the error that led to it.

    Step Functions Local ends the execution there. It asks for a reply to every attempt:
    https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html.
    """
    left = [retrier.max_attempts for retrier in retriers]
    attempt = 0
    for attempt, error in enumerate(_errors(response), 1):  # noqa: B007  # it is returned below
        at = _retrier(retriers, error) if error is not None else None
        if error is None or at is None or not left[at]:
            return None
        left[at] -= 1
        last = error
    return (attempt + 1, last) if attempt else None


def outcomes(retriers: Sequence[Retry], response: Response) -> list[str | None]:
    """Return what each visit to a task comes to, as far as the replies reach: an error, or None for a result."""
    found: list[str | None] = []
    left = [retrier.max_attempts for retrier in retriers]
    for error in _errors(response):
        at = _retrier(retriers, error) if error is not None else None
        if at is not None and left[at]:
            left[at] -= 1
            continue
        found.append(error)
        left = [retrier.max_attempts for retrier in retriers]
    return found


def _errors(response: Response) -> Iterator[str | None]:
    for reply in response.replies:
        for _ in range(reply.times):
            yield reply.error


def _retrier(retriers: Sequence[Retry], error: str) -> int | None:
    """Return the place of the first retrier that takes an error."""
    return next((at for at, retrier in enumerate(retriers) if matches(retrier.errors, error)), None)
