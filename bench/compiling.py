"""How long compiling and checking takes: the two workflows, the project's own examples, and machines of any size."""

from __future__ import annotations

import gc
import importlib.util
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from asl.checking import validate
from asl.checking.rules import RULES
from bench.shapes import branching, linear, nested
from bench.timing import Measure, fresh_process, measured, milliseconds
from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

    from dsl import StateMachine

SIZES = (100, 500, 1_000, 2_000)
"""States. AWS takes no definition of more than 1 MiB, which 2,400 tasks of the linear machine have."""
GROWTH = 1.5
"""A state of the largest machine may cost so many times what one of a machine of 500 costs."""
ROOT = Path(__file__).parent.parent


def both_workflows() -> Callable[[], None]:
    """Return what describes, compiles and checks both workflows anew.

    It runs the statements of their two modules again, from the first state to the `StateMachine`. Finding and reading
    the files is left out, as it is in a process that builds many machines.
    """
    codes = [_code(name) for name in ("workflows.processor", "workflows.manager")]

    def build() -> None:
        for name, code in codes:
            exec(code, {"__name__": name})

    return build


def _code(name: str) -> tuple[str, CodeType]:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return name, compile(Path(spec.origin).read_text(encoding="utf-8"), spec.origin, "exec")


def examples() -> list[object]:
    """Return the project's own definitions: of the workflows, the examples, everyday integrations, and every
    rule's own."""
    from examples.document_approval.approval_workflow import approval

    found: list[object] = [machine.definition() for machine in (order_processor, order_manager, approval)]
    everyday = sorted((ROOT / "tests/asl/checking/everyday").glob("*.yaml"))
    found += [yaml.safe_load(path.read_text(encoding="utf-8")) for path in everyday]
    return found + [rule.example for rule in RULES]


COLD = """
from bench.compiling import examples
from asl.checking import validate
documents = examples()
"""


def measures() -> Iterator[Measure]:
    """Return everything that is measured here."""
    yield fresh_process("import dsl", "import dsl", runs=7, bar=30)
    yield fresh_process("both workflows, cold: import, compile, check", "import workflows", runs=7, bar=300)
    build = both_workflows()
    yield milliseconds("both workflows, warm: build, compile, check", build, runs=31, bar=10)
    documents: list[object] = [order_processor.definition(), order_manager.definition()]
    yield milliseconds("both workflows, warm: check alone", lambda: _check(documents), runs=31)
    yield milliseconds("the larger one (40 states): check alone", lambda: _check(documents[1:]), runs=31)
    own = examples()
    yield milliseconds(
        f"a definition, mean of our own {len(own)}, warm",
        lambda: _check(own),
        runs=15,
        bar=0.25,
        parts=len(own),
    )
    yield fresh_process(
        "the same, cold: every service is new",
        "from asl.checking import validate\nfor document in documents: validate(document)",
        before=COLD,
        runs=5,
        parts=len(own),
    )
    for shape in (linear, branching, nested):
        yield from _sizes(shape)


def _check(documents: list[object]) -> None:
    for document in documents:
        validate(document)


def _sizes(shape: Callable[[int], StateMachine]) -> Iterator[Measure]:
    name = f"{shape.__name__} machine of"
    shape(SIZES[0])
    taken: dict[int, float] = {}
    for size in SIZES:
        values = []
        for _ in range(3):
            gc.collect()
            before = time.process_time()
            shape(size)
            values.append((time.process_time() - before) * 1000)
        taken[size] = min(values) / size
        yield measured(f"{name} {size:,} states", values, "ms", bar=3_000)
    growth = taken[SIZES[-1]] / taken[500]
    yield measured(f"{name} {SIZES[-1]:,}: a state costs, of one of 500", [growth], "times", bar=GROWTH)
    tracemalloc.start()
    shape(SIZES[-1])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield measured(f"{name} {SIZES[-1]:,} states: most memory", [peak / 1e6], "MB", bar=500)
