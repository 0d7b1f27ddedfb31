"""How fast orders are: machine time and orders a second with 1, 10 and 50 in flight, and transitions an order.

The emulator waits 0.15 s before each execution's first state; both times below include that pause once. "Token" is the
time from the scan's event to the task token in the row, "end" that from `complete` to the end of the order's execution.

"As processes" is how the emulator runs functions by itself: one process for each event that finds the others at work,
up to a few for each core, and the rest wait. "In process" has them run in the bench's own process, behind HTTP.
An order that is not handed over within PATIENCE seconds for each of its steps is counted as lost.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.timing import Measure, measured
from local.stacks.emulator import Emulator
from tests.faults.bar import Bar, until
from tests.faults.courier import Courier

if TYPE_CHECKING:
    from collections.abc import Iterator

# How many orders are taken to the hand-over, by how many of them are under way at the same time.
IN_FLIGHT = {"in process": {1: 8, 10: 40, 50: 100}, "as processes": {1: 8, 10: 20, 50: 50}}
PATIENCE = 30.0
MOST_TRANSITIONS = {"processor": 9, "manager": 13}


@dataclass(frozen=True, slots=True)
class Timing:
    """One order, in seconds, and how many states its executions entered."""

    token: float
    end: float
    processor: int
    manager: int


def measures() -> Iterator[Measure]:
    """Return everything that is measured here."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        courier = Courier()
        try:
            for way in ("in process", "as processes"):
                with Emulator.start(data_dir=Path(folder) / way) as emulator:
                    bar = Bar.open(
                        emulator,
                        courier,
                        stack="local",
                        config={"maxOrdersInQueue": "350"},
                        in_between=way == "in process",
                    )
                    for name, value in bar.environment().items():
                        patch.setenv(name, value)
                    courier.use(bar.clients, patch)
                    with closing(bar):
                        yield from _measures(bar, way)
        finally:
            courier.close()


def _measures(bar: Bar, way: str) -> Iterator[Measure]:
    walk(bar)  # warms up what a first order starts
    timings: list[Timing] = []
    for in_flight, orders in IN_FLIGHT[way].items():
        before = time.perf_counter()
        with ThreadPoolExecutor(in_flight) as pool:
            walked = list(pool.map(lambda _: walk(bar), range(orders)))
        seconds = time.perf_counter() - before
        handed_over = [timing for timing in walked if timing is not None]
        timings += handed_over
        name = f"functions {way}, {in_flight} in flight"
        lost = float(orders - len(handed_over))
        yield measured(f"{name}: lost", [lost], f"of {orders}", bar=0)
        if not lost:
            # Those who wait for a lost order would stand for the time of the others.
            yield measured(f"{name}: orders", [orders / seconds], "/s")
        for what in ("token", "end"):
            values = sorted(getattr(timing, what) * 1000 for timing in handed_over)
            if values:
                yield measured(f"{name}: {what}, p50", [statistics.median(values)], "ms")
                yield measured(f"{name}: {what}, p99", [values[round(0.99 * (len(values) - 1))]], "ms")
    for machine, most in MOST_TRANSITIONS.items():
        counts = [float(getattr(timing, machine)) for timing in timings]
        yield measured(f"functions {way}: transitions of the {machine}", [max(counts)], "", bar=most)


def walk(bar: Bar) -> Timing | None:
    """Take one order from the scan to the hand-over. None if a token did not come in time."""
    order_id = bar.new_id()
    scanned = time.time()
    bar.scan(order_id)
    try:
        row = until("the first token", lambda: _if(bar.row(order_id), "TaskToken"), deadline=PATIENCE)
        token = int(row["TS"]) / 1000 - scanned  # TS is when the function wrote the row, to the millisecond
        executions = [bar.ask("", order_id, user="1")]
        assert bar.answer(executions[-1], deadline=PATIENCE)["accepted"]
        waiting = "WAITING_COMPLETION"
        until("the second token", lambda: bar.row(order_id)["ORDERSTATE"] == waiting, deadline=PATIENCE)
    except AssertionError:
        return None
    executions.append(bar.ask("make", order_id, barista="3"))
    assert bar.answer(executions[-1], deadline=PATIENCE)["accepted"]
    asked = time.time()
    executions.append(bar.ask("complete", order_id, barista="3"))
    ended = bar.end_of(row["executionId"], deadline=PATIENCE)
    assert ended["status"] == "SUCCEEDED"
    end = float(ended["stopDate"]) - asked
    assert bar.answer(executions[-1], deadline=PATIENCE)["accepted"]
    entered = [_entered(bar, execution) for execution in (row["executionId"], *executions)]
    return Timing(token, end, entered[0], sum(entered[1:]))


def _if(row: dict[str, str], attribute: str) -> dict[str, str] | None:
    return row if attribute in row else None


def _entered(bar: Bar, execution: str) -> int:
    events = bar.clients.sfn.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return sum(event["type"].endswith("StateEntered") for event in events)
