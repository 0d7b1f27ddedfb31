"""Mocked responses: what a task answers in a test, attempt by attempt, in place of its service.

The form is that of Step Functions Local's mock configuration,
https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html: replies are numbered from 0, and each
attempt of a state in an execution takes the next one, whether it is a retry or a further visit in a loop.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from typing import Any

_NUMBERS: Final = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a number of attempts one after another get: a result, or an error."""

    times: int
    result: Any = None
    error: str | None = None
    cause: str = ""

    def entry(self) -> dict[str, Any]:
        """Return the reply as the mock configuration has it."""
        if self.error is None:
            return {"Return": self.result}
        return {"Throw": {"Error": self.error, "Cause": self.cause}}


@dataclass(frozen=True, slots=True)
class Response:
    """What a task answers, attempt by attempt."""

    replies: tuple[Reply, ...] = ()

    def then(self, other: Response) -> Self:
        """Return this, and after it another response, for the attempts that follow."""
        return type(self)(self.replies + other.replies)

    @property
    def attempts(self) -> int:
        """How many attempts it has a reply for."""
        return sum(reply.times for reply in self.replies)

    def reply(self, attempt: int) -> Reply | None:
        """Return what the attempt of this number gets, counted from 0; None beyond the last reply."""
        for reply in self.replies:
            if attempt < reply.times:
                return reply
            attempt -= reply.times
        return None

    def document(self) -> dict[str, Any]:
        """Return the response as the mock configuration has it: `{"0": {"Throw": ...}, "1-3": {"Return": ...}}`."""
        document: dict[str, Any] = {}
        first = 0
        for reply in self.replies:
            last = first + reply.times - 1
            document[str(first) if first == last else f"{first}-{last}"] = reply.entry()
            first = last + 1
        return document

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Self:
        """Read a response of a mock configuration.

        Raises:
            ValueError: It is not one; says which reply is at fault and why.
        """
        ranges = sorted(_range(key) for key in document)
        replies: list[Reply] = []
        following = 0
        for first, last, key in ranges:
            if first != following:
                what = "is there twice" if first < following else "is missing"
                raise ValueError(
                    f"reply {min(first, following)} {what}: they are numbered from 0 without a gap"
                )
            following = last + 1
            replies.append(_reply(key, document[key], last - first + 1))
        if not replies:
            raise ValueError("there is no reply in it")
        return cls(tuple(replies))


def returns(result: object = None, times: int = 1) -> Response:
    """Let a task succeed with this result of its service, so many times in a row.

    Of a task that waits for a token, this is what comes back with it, at once.

    Raises:
        TypeError: The result is not JSON.
        ValueError: `times` is below 1.
    """
    return Response((Reply(_checked(times), result=json.loads(json.dumps(result, default=dict))),))


def throws(error: str, cause: str = "mocked", times: int = 1) -> Response:
    """Let a task fail with this error, so many times in a row; `States.Timeout` is what a timer makes.

    Raises:
        ValueError: There is no error, or `times` is below 1.
    """
    if not error:
        raise ValueError("throws() needs the name of an error")
    return Response((Reply(_checked(times), error=error, cause=cause),))


def _checked(times: int) -> int:
    if times < 1:
        raise ValueError(f"a reply is given once or more often, not {times} times")
    return times


def _range(key: str) -> tuple[int, int, str]:
    found = _NUMBERS.fullmatch(key)
    if found is None:
        raise ValueError(f"{key!r} is not the number of a reply, such as 0, nor of several, such as 1-3")
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        raise ValueError(f"{key!r} ends before it begins")
    return first, last, key


def _reply(key: str, entry: object, times: int) -> Reply:
    if isinstance(entry, Mapping) and len(entry) == 1:
        if "Return" in entry:
            return Reply(times, result=entry["Return"])
        thrown = entry.get("Throw")
        if isinstance(thrown, Mapping) and isinstance(thrown.get("Error"), str) and thrown["Error"]:
            return Reply(times, error=thrown["Error"], cause=str(thrown.get("Cause", "")))
    raise ValueError(
        f'reply {key} is neither {{"Return": ...}} nor {{"Throw": {{"Error": ..., "Cause": ...}}}}'
    )
