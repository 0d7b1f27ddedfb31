"""What a state tries again after an error, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.records import Record
from dsl.values.expressions import check_text

if TYPE_CHECKING:
    from dsl.values.expressions import JsonObject


class Retry(Record):
    """Try again after one of the errors: `max_attempts` times, first after `interval_seconds`.

    The limits are those of https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html.
    """

    __slots__ = (
        "backoff_rate",
        "errors",
        "interval_seconds",
        "jitter",
        "max_attempts",
        "max_delay_seconds",
    )

    @explained
    def __init__(
        self,
        errors: tuple[str, ...],
        interval_seconds: int = 1,
        max_attempts: int = 3,
        backoff_rate: float = 2.0,
        max_delay_seconds: int | None = None,
        jitter: bool = False,
    ) -> None:
        self.errors = errors
        self.interval_seconds = interval_seconds
        self.max_attempts = max_attempts
        self.backoff_rate = backoff_rate
        self.max_delay_seconds = max_delay_seconds
        self.jitter = jitter
        if not self.errors:
            raise DefinitionError("a Retry needs at least one error name")
        given: object = errors
        if isinstance(given, str):  # text is a sequence of texts, so nothing else would notice
            raise DefinitionError(f"a Retry takes a tuple of error names: Retry(({given!r},))")
        check_text(" ".join(errors))
        if "States.ALL" in self.errors and len(self.errors) > 1:
            raise DefinitionError("States.ALL stands for every error, so it must stand alone in a Retry")
        for name in ("interval_seconds", "max_attempts", "backoff_rate"):
            if isinstance(getattr(self, name), str):
                raise DefinitionError(f"{name} of a Retry is a number, not {getattr(self, name)!r}")
        if self.interval_seconds < 1 or self.max_attempts < 0 or self.backoff_rate < 1:
            raise DefinitionError(
                "a Retry needs interval_seconds of 1 or more, max_attempts of 0 or more, backoff_rate of 1 or more"
            )

    def asl(self) -> JsonObject:
        """Return the retrier as Amazon States Language."""
        document: JsonObject = {
            "ErrorEquals": list(self.errors),
            "IntervalSeconds": self.interval_seconds,
            "MaxAttempts": self.max_attempts,
            "BackoffRate": self.backoff_rate,
        }
        if self.max_delay_seconds is not None:
            document["MaxDelaySeconds"] = self.max_delay_seconds
        if self.jitter:
            document["JitterStrategy"] = "FULL"
        return document


def transient(*errors: str) -> Retry:
    """Return how a service's faults that pass by themselves are retried: four times, within a quarter of a minute."""
    return Retry(errors, interval_seconds=1, max_attempts=4, backoff_rate=2)
