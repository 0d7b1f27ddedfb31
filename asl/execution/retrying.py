"""Retriers and catchers.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence

    from asl.execution.faults import StateFault
    from asl.execution.templates import Filler


class Retrier:
    """One entry of `Retry`."""

    __slots__ = ("backoff", "errors", "full_jitter", "index", "interval", "longest", "most")

    def __init__(self, index: int, entry: Mapping[str, Any]) -> None:
        self.index = index
        self.errors = frozenset(entry["ErrorEquals"])
        self.interval = float(entry.get("IntervalSeconds", 1))
        self.backoff = float(entry.get("BackoffRate", 2.0))
        self.longest: float | None = entry.get("MaxDelaySeconds")
        self.most = int(entry.get("MaxAttempts", 3))
        self.full_jitter = entry.get("JitterStrategy") == "FULL"

    def delay(self, before: int, source: random.Random) -> float:
        """Seconds to wait before it tries again, after it did so `before` times."""
        delay = self.interval * self.backoff**before
        if self.longest is not None:
            delay = min(delay, self.longest)
        return source.uniform(0, delay) if self.full_jitter else delay


@dataclass(frozen=True, slots=True)
class Catcher:
    """One entry of `Catch`."""

    index: int
    errors: frozenset[str]
    next: str
    result_path: tuple[str | int, ...] | None
    output: Filler | None
    assign: Filler | None


def choose_retrier(retriers: Sequence[Retrier], used: Mapping[int, int], fault: StateFault) -> Retrier | None:
    """Return the first retrier that takes the fault, None if it is used up: those after it are not asked."""
    for retrier in retriers:
        if fault.matches(retrier.errors):
            return retrier if used.get(retrier.index, 0) < retrier.most else None
    return None


def choose_catcher(catchers: Sequence[Catcher], fault: StateFault) -> Catcher | None:
    """Return the first catcher that takes the fault."""
    return next((catcher for catcher in catchers if fault.matches(catcher.errors)), None)
