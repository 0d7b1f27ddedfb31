"""Some hundreds of histories against the real workflows, rules, functions and tables.

`make faults SEED=n` repeats a run; `SOAK_SECONDS` lets it go on for as long as one wants. A history that fails is run
again, ever shorter, and the shortest that still fails is printed.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.faults.history import BrokenPromise, History
from tests.faults.plans import Plan, draw_plan
from tests.faults.shrinking import shortest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from tests.faults.bar import Bar
    from tests.faults.plans import Act

BATCH = 80
AT_ONCE = 8
BATCHES = int(os.environ.get("FAULTS_BATCHES", "2"))


class FailedHistory(AssertionError):  # noqa: N818
    """A history in which a promise did not hold."""

    def __init__(self, plan: Plan, error: BaseException) -> None:
        super().__init__(str(error))
        self.plan = plan


def run_batch(bar: Bar, plans: Sequence[Plan]) -> Counter[str]:
    """Let histories happen side by side; then look at all of it from the outside. Raises FailedHistory."""
    histories = [History(bar, plan) for plan in plans]

    def run(history: History) -> Counter[str]:
        try:
            return history.run()
        except BrokenPromise as error:
            raise FailedHistory(history.plan, error) from error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        kinds = sum(pool.map(run, histories), Counter[str]())
    rows, queue, told = bar.rows(), bar.queue(), bar.ends_told()
    for history in histories:
        history.kinds.clear()
        try:
            history.judge(rows, queue, told)
        except BrokenPromise as error:
            raise FailedHistory(history.plan, error) from error
        kinds += history.kinds
    assert not queue, f"places are held by {sorted(queue)}"
    running = bar.executions("orderProcessorArn", "RUNNING")
    assert not running, f"{len(running)} executions still run"
    return kinds


def minimised(plan: Plan, fails: Callable[[Plan], str]) -> str:
    """Return the shortest part of a plan that was found to fail, in words. `fails` says why a plan fails, or ""."""
    found: list[str] = []

    def still(acts: Sequence[Act]) -> bool:
        why = fails(plan.but(acts))
        if why:
            found.append(why)
        return bool(why)

    if not still(plan.acts):
        return "it did not fail again by itself: what came first in the same moment was left to the machine"
    acts = shortest(plan.acts, still)
    return f"{found[-1]}\nafter no more than this:\n{plan.but(acts)}"


def why_it_fails(bar: Bar, plan: Plan) -> str:
    """Why a history fails alone, tried three times, since races are left to the machine; "" if it doesn't."""
    for _ in range(3):
        try:
            run_batch(bar, [plan])
        except AssertionError as error:
            bar.clear()
            return str(error).splitlines()[0]
    return ""


def test_histories_keep_the_eight_promises(
    empty_bar: Bar,
    seed: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kinds: Counter[str] = Counter()
    ends = time.monotonic() + float(os.environ.get("SOAK_SECONDS", "0"))
    batch = 0
    while batch < BATCHES or time.monotonic() < ends:
        plans = [draw_plan(seed, batch * BATCH + number) for number in range(BATCH)]
        try:
            kinds += run_batch(empty_bar, plans)
        except FailedHistory as error:
            shorter = minimised(error.plan, lambda plan: why_it_fails(empty_bar, plan))
            capsys.readouterr()
            raise AssertionError(
                f"repeat this with: make faults SEED={seed}\n{error}\n\nMade shorter: {shorter}"
            ) from error
        except AssertionError as error:
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
