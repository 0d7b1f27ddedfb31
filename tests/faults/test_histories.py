"""Some hundreds of histories against the real workflows, rules, functions and tables.

`make faults SEED=n` repeats a run; `SOAK_SECONDS` lets it go on for as long as one wants.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.faults.history import BrokenPromise, History

if TYPE_CHECKING:
    import pytest

    from tests.faults.bar import Bar

BATCH = 50
AT_ONCE = 6
BATCHES = int(os.environ.get("FAULTS_BATCHES", "4"))


def run_batch(bar: Bar, seed: int, first: int) -> Counter[str]:
    """Let a batch of histories happen side by side; then look at all of it from the outside."""
    histories = [History(bar, seed, first + number) for number in range(BATCH)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        kinds = sum(pool.map(History.run, histories), Counter[str]())
    rows, queue, told = bar.rows(), bar.queue(), bar.ends_told()
    assert not queue, f"places are held by {sorted(queue)}"
    for history in histories:
        history.kinds.clear()
        history.judge(rows, queue, told)
        kinds += history.kinds
    running = bar.executions("orderProcessorArn", "RUNNING")
    assert not running, f"{len(running)} executions still run"
    return kinds


def test_histories_keep_the_eight_promises(
    empty_bar: Bar,
    seed: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kinds: Counter[str] = Counter()
    ends = time.monotonic() + float(os.environ.get("SOAK_SECONDS", "0"))
    batch = 0
    while batch < BATCHES or time.monotonic() < ends:
        try:
            kinds += run_batch(empty_bar, seed, batch * BATCH)
        except (BrokenPromise, AssertionError) as error:
            capsys.readouterr()
            raise AssertionError(f"repeat this with: make faults SEED={seed}\n{error}") from error
        capsys.readouterr()  # the functions' log lines
        batch += 1
    if "SOAK_SECONDS" in os.environ or "FAULTS_SEED" in os.environ:
        with capsys.disabled():
            print(f"\nseed {seed}: {batch * BATCH} histories")
            for kind, count in sorted(kinds.items()):
                print(f"  {count:6,} {kind}")
    # If nothing of a kind ever happened, the test would say nothing about it.
    for kind in ("ended COMPLETED", "ended CANCELLED", "ended TIMED_OUT", "stopped", "timer fired"):
        assert kinds[kind], f"in no history: {kind} (seed {seed})"
