"""Timing: several runs, the median, and how far the runs lie apart."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that was measured, in `unit`; `bar` is the most that it may be, where one was set."""

    name: str
    median: float
    lowest: float
    highest: float
    unit: str
    runs: int
    bar: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the median keeps to the bar."""
        return self.bar is None or self.median <= self.bar


def measured(name: str, values: list[float], unit: str, *, bar: float | None = None) -> Measure:
    """The median and the extremes of some values."""
    return Measure(name, statistics.median(values), min(values), max(values), unit, len(values), bar)


def milliseconds(name: str, action: Callable[[], object], *, runs: int, bar: float | None = None) -> Measure:
    """Run the action once to warm it up, then time it `runs` times."""
    action()
    values = []
    for _ in range(runs):
        before = time.perf_counter()
        action()
        values.append((time.perf_counter() - before) * 1000)
    return measured(name, values, "ms", bar=bar)


def fresh_process(name: str, code: str, *, runs: int, bar: float | None = None) -> Measure:
    """Time code in new interpreters, without the interpreter's own start: the code prints milliseconds."""
    timed = f"import time; before = time.perf_counter()\n{code}\nprint((time.perf_counter() - before) * 1000)"
    values = [
        float(
            subprocess.run([sys.executable, "-c", timed], capture_output=True, text=True, check=True).stdout
        )
        for _ in range(runs)
    ]
    return measured(name, values, "ms", bar=bar)
