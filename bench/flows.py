"""What an execution takes, and what the client adds to it"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.timing import Measure, fresh_process, measured
from dsl.mocks import mock_config
from stepfunctions_local_client import Client, EmbeddedEngine, Engine
from workflows.cases import processor_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

CASE = "HandedOver"
BAR = 30.0
"""Milliseconds that the client may add to an execution on another engine, nineteen times in twenty."""
EMBEDDED_BAR = 2.0
"""Milliseconds that a run of nine states may take on the embedded engine, all told."""
START_BAR = 50.0
"""Milliseconds that the start of the embedded engine may take, in a process that has imported the client."""


def measures(runs: int = 100) -> Iterator[Measure]:
    """Run a test case of nine states again and again on MiniStack.

    The engine's own time is what it says itself: from the execution's start to its stop. The rest, from the call of
    `run` to the answer in hand, is the client's: the request that starts it, finding out that it is over, and reading
    its history back. The engine answers these requests in that time too; the last row is what this process spends.
    """
    yield from _embedded(runs)
    text = {name: 60 if name.endswith("Seconds") else name for name in processor_cases.machine.placeholders}
    case = processor_cases[CASE]
    own, added, busy = [], [], []
    with Engine.start("ministack") as engine:
        client = Client(engine.endpoint)
        client.use_mocks(mock_config(processor_cases))
        machine = client.machine("OrderProcessorWorkflow", processor_cases.machine.definition(text))
        machine.run(case.input, case=case.name)
        for _ in range(runs):
            started, spent = time.perf_counter(), time.process_time()
            run = machine.run(case.input, case=case.name).expect_succeeded()
            assert run.seconds is not None
            added.append((time.perf_counter() - started - run.seconds) * 1000)
            busy.append((time.process_time() - spent) * 1000)
            own.append(run.seconds * 1000)
    yield measured("the engine's own time", own, "ms")
    yield measured("added by the client", added, "ms", bar=BAR)
    late = sorted(added)[int(len(added) * 0.95) :]
    yield Measure("... in the slowest twentieth", late[0], late[0], late[-1], "ms", len(late), BAR)
    yield measured("processor time of the client", busy, "ms")


def _embedded(runs: int) -> Iterator[Measure]:
    """Start the engine of this process, and run the same case on it: what a test waits for."""
    yield fresh_process(
        "start of the embedded engine",
        "Engine.start('embedded')",
        before="from stepfunctions_local_client import Engine",
        runs=10,
        bar=START_BAR,
    )
    text = {name: 60 if name.endswith("Seconds") else name for name in processor_cases.machine.placeholders}
    case = processor_cases[CASE]
    client = Client(EmbeddedEngine())
    client.use_mocks(mock_config(processor_cases))
    machine = client.machine("OrderProcessorWorkflow", processor_cases.machine.definition(text))
    machine.run(case.input, case=case.name)
    taken = []
    for _ in range(5 * runs):
        started = time.perf_counter()
        machine.run(case.input, case=case.name).expect_succeeded()
        taken.append((time.perf_counter() - started) * 1000)
    yield measured("a run on the embedded engine, all told", taken, "ms", bar=EMBEDDED_BAR)
