"""Timing: several runs, the median, and how far the runs lie apart."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from tempfile import TemporaryDirectory
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
    """Return the median and the extremes of some values."""
    return Measure(name, statistics.median(values), min(values), max(values), unit, len(values), bar)


def milliseconds(
    name: str, action: Callable[[], object], *, runs: int, bar: float | None = None, parts: int = 1
) -> Measure:
    """Run the action once to warm it up, then time it `runs` times, or one of its equal `parts`.

    What counts is the time that this process has the processor for, so that others do not matter.
    """
    action()
    values = []
    for _ in range(runs):
        before = time.process_time()
        action()
        values.append((time.process_time() - before) * 1000 / parts)
    return measured(name, values, "ms", bar=bar)


def fresh_process(
    name: str, code: str, *, runs: int, bar: float | None = None, before: str = "", parts: int = 1
) -> Measure:
    """Time code in new interpreters, or one of its equal `parts`: without their start, and without what comes before.

    One more process runs first, so that the modules' byte code is there, as it is after a first use.
    """
    timed = f"{before}\nimport time; started = time.process_time()\n{code}"
    timed += "\nprint((time.process_time() - started) * 1000)"
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder, "PYTHONDONTWRITEBYTECODE": ""}
        command = [sys.executable, "-c", timed]
        values = [
            float(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)
            / parts
            for _ in range(runs + 1)
        ]
    return measured(name, values[1:], "ms", bar=bar)
