"""What the embedded engine takes: its start, a run of nine states, what ten thousand executions hold"""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asl.execution import Engine
from bench.timing import Measure, fresh_process, measured

if TYPE_CHECKING:
    from collections.abc import Iterator

RUN_BAR = 1.0
"""Milliseconds that nine states may take, tasks answered by a function."""
START_BAR = 50.0
"""Milliseconds from an interpreter that has imported nothing of ours to an engine that takes a machine."""
MANY = 10_000
MEMORY_BAR = 100.0
"""Megabytes that so many executions may hold which wait for their token, or which ended."""

_IMPORT = "from asl.execution import Engine"
_START = "Engine().create({'StartAt': 'A', 'States': {'A': {'Type': 'Succeed'}}})"


def nine_states() -> dict[str, Any]:
    """Pass and Task states in turn, each of which works on the data."""
    states: dict[str, Any] = {}
    for i in range(9):
        way = {"Next": f"S{i + 1}"} if i < 8 else {"End": True}
        if i % 2:
            states[f"S{i}"] = {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "price", "Payload.$": "$"},
                "ResultSelector": {"price.$": "$.Payload"},
                "ResultPath": f"$.r{i}",
                **way,
            }
        else:
            parameters = {"order.$": "$.orderId", "n": i}
            states[f"S{i}"] = {"Type": "Pass", "Parameters": parameters, "ResultPath": f"$.p{i}", **way}
    return {"StartAt": "S0", "States": states}


def measures(runs: int = 500) -> Iterator[Measure]:
    """Measure in this process, but for the start, which takes a fresh one."""
    yield fresh_process("import and start of an engine", f"{_IMPORT}\n{_START}", runs=10, bar=START_BAR)
    engine = Engine(lambda _: {"Payload": 3})
    machine = engine.create(nine_states())
    engine.run(machine, {"orderId": "2"})
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        engine.run(machine, {"orderId": "2"})
        taken.append((time.perf_counter() - started) * 1000)
    yield measured("a run of nine states", taken, "ms", bar=RUN_BAR)
    yield from _finished()
    yield from _waiting()


def _finished() -> Iterator[Measure]:
    engine = Engine(lambda _: {"Payload": 3})
    machine = engine.create(nine_states())
    gc.collect()
    before = _held()
    for i in range(MANY):
        engine.run(machine, {"orderId": str(i), "userId": "1", "drink": "Cappuccino"})
    gc.collect()
    yield measured(f"held by {MANY:,} that ended", [_held() - before], "MB", bar=MEMORY_BAR)


def _waiting() -> Iterator[Measure]:
    engine = Engine(lambda _: {"MessageId": "1"})
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"MessageBody": {"token.$": "$$.Task.Token", "order.$": "$.orderId"}},
        "TimeoutSeconds": 900,
        "End": True,
    }
    machine = engine.create({"StartAt": "Ask", "States": {"Ask": task}})
    gc.collect()
    before, started = _held(), time.perf_counter()
    for i in range(MANY):
        engine.start(machine, {"orderId": str(i), "userId": "1", "drink": "Cappuccino"})
    engine.settle()
    took = time.perf_counter() - started
    assert len(engine.tokens) == MANY
    held = _held() - before
    yield measured(f"held by {MANY:,} executions that wait", [held], "MB", bar=MEMORY_BAR)
    yield measured(f"... and the start of all {MANY:,}", [took], "s")


def _held() -> float:
    """Return the megabytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096 / 1e6
