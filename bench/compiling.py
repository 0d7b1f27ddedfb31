"""How long compiling and checking takes: the two workflows, and machines of growing size."""

from __future__ import annotations

import importlib
import itertools
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING

from bench.timing import Measure, fresh_process, measured, milliseconds
from dsl import Shape, StateMachine, Str, choice, context, end, events, fail, pass_
from dsl.validation import validate
from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsl.wiring import State

SIZES = (100, 1_000, 5_000, 10_000)


class _Tick(Shape):
    id: Str


def build_both() -> None:
    """Describe, compile and check both workflows anew."""
    for name in ("workflows.processor", "workflows.manager"):
        sys.modules.pop(name, None)
        importlib.import_module(name)


def linear(size: int) -> StateMachine:
    """A chain of tasks."""
    contract = events.Contract("EventBus", source="bench")
    ticked = contract.event("Ticked", _Tick)
    states = [events.put_events(f"Tick {i}", ticked(id=context.execution.id)) for i in range(size)]
    for here, there in itertools.pairwise(states):
        here >> there
    states[-1] >> end
    return StateMachine("Linear", start=states[0])


def branching(size: int) -> StateMachine:
    """Choices in a row, each with a way out."""
    failed = fail("Failed", error="Failed", cause="A bench")
    following: State = pass_("Last", output={"done": True})
    following >> end
    for i in range(size - 2):
        following = choice(f"Choice {i}", (context.execution.name == f"{i}", failed), otherwise=following)
    return StateMachine("Branching", start=following)


def measures() -> Iterator[Measure]:
    """Everything that is measured here."""
    yield fresh_process("import dsl", "import dsl", runs=7, bar=150)
    yield fresh_process("both workflows, cold: import, compile, check", "import workflows", runs=7, bar=300)
    yield milliseconds("both workflows, warm: compile and check", build_both, runs=15, bar=30)
    documents = [order_processor.definition(), order_manager.definition()]
    yield milliseconds(
        "both workflows, warm: check alone", lambda: [validate(document) for document in documents], runs=15
    )
    for shape in (linear, branching):
        for size in SIZES:
            values = []
            for _ in range(3 if size < 10_000 else 1):
                before = time.perf_counter()
                shape(size)
                values.append((time.perf_counter() - before) * 1000)
            yield measured(f"{shape.__name__} machine of {size:,} states", values, "ms", bar=3_000)
        tracemalloc.start()
        shape(SIZES[-1])
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        yield measured(
            f"{shape.__name__} machine of {SIZES[-1]:,} states: memory", [peak / 1e6], "MB", bar=500
        )
