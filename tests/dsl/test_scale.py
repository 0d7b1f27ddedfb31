"""Size: a machine of thousands of states compiles, and the work grows as the machine does."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dsl import StateMachine, choice, end, fail, parallel, succeed, wait
from tests.dsl.samples import ask, order
from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsl import Condition, State


MOST_CALLS = 600
"""So many Python functions are called to build, compile and check one state."""


def line(count: int) -> State:
    """Waits, one after another."""
    states = [wait(f"Wait {number}", seconds=1) for number in range(count)]
    for one, following in pairwise(states):
        one >> following
    states[-1] >> end
    return states[0]


def relay(count: int) -> State:
    """Tasks of which each reads the result of the one before, caught by one state."""
    caught = fail("Caught", error="E", cause="C")
    first = task = ask("Ask 0", text="x")
    for number in range(1, count):
        following = ask(f"Ask {number}", text=task.Payload.text)
        task >> following
        task.catch("States.ALL", to=caught)
        task = following
    task >> end
    return first


def fork(count: int) -> State:
    """Choices, each with a short and a long way to the next one, and a loop back from the last to the first."""
    done = succeed("Done")
    following: State = done
    for number in range(count // 4):
        long, longer = wait(f"Long {number}", seconds=1), wait(f"Longer {number}", seconds=1)
        long >> longer >> following
        short = ask(f"Short {number}", text="x")
        short >> following
        rule = (order.orderId == str(number), short)
        following = choice(f"Fork {number}", rule, otherwise=long)
    again = choice("Again", (order.orderId == "again", following), otherwise=done)
    first = wait("First", seconds=1)
    first >> following
    done_once = ask("Once", text="x")
    done_once >> again
    return choice("Start", (order.orderId == "once", done_once), otherwise=first)


def nest(count: int) -> State:
    """Parallel states within one another, five deep, one such after the other."""
    tops: list[State] = []
    for number in range(count // 15):
        inner: State = wait(f"Innermost {number}", seconds=1)
        inner >> end
        for level in range(5):
            beside = ask(f"Beside {number}.{level}", text="x")
            beside >> end
            before = wait(f"Before {number}.{level}", seconds=1)
            chain = before >> inner
            if level:
                chain >> end
            inner = parallel(f"Both {number}.{level}", before, beside)
        tops.append(inner)
    for one, following in pairwise(tops):
        one >> following
    tops[-1] >> end
    return tops[0]


def calls(work: Callable[[], object]) -> int:
    """How many Python functions the work calls: its cost on any machine, whatever else that machine does."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def test_two_thousand_states_in_a_line_compile() -> None:
    machine = StateMachine("Machine", line(2000))
    compiled: Any = machine.definition()
    assert list(compiled["States"]) == [f"Wait {number}" for number in range(2000)]


def test_results_handed_on_through_a_thousand_tasks_compile() -> None:
    compiled: Any = StateMachine("Machine", relay(1000)).definition()
    assert compiled["States"]["Ask 999"]["Parameters"]["Payload"] == {"text.$": "$.ask998.Payload.text"}


def test_twice_the_states_take_twice_the_work() -> None:
    for build in (relay, fork, nest):
        StateMachine("Machine", build(30))  # what is loaded once is loaded now
    for build in (line, relay, fork, nest):
        half, whole = build(120), build(240)
        once = calls(lambda start=half: StateMachine("Machine", start))  # type: ignore[misc]
        twice = calls(lambda start=whole: StateMachine("Machine", start))  # type: ignore[misc]
        assert twice < 2.3 * once  # the fields of large data lie in trees, which grow a little deeper


def test_a_choice_of_a_thousand_rules_compiles() -> None:
    done = succeed("Done")
    rules: list[tuple[Condition, State]] = [(order.orderId == str(number), done) for number in range(1000)]
    compiled: Any = StateMachine("Machine", choice("Decide", *rules, otherwise=done)).definition()
    assert len(compiled["States"]["Decide"]["Choices"]) == 1000


def test_a_long_chain_of_one_expression_compiles() -> None:
    chain = wait("First", seconds=1) >> wait("Second", seconds=1)
    for number in range(1000):
        chain = chain >> wait(f"Wait {number}", seconds=1)
    assert len(StateMachine("Machine", chain >> end).states) == 1002


def test_a_state_of_the_workflows_takes_no_more_work_than_was_measured() -> None:
    """The cost on any machine, however busy. Who makes it cheaper lowers the bound; who must exceed it says why."""
    codes = []
    for name in ("workflows.processor", "workflows.manager"):
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        codes.append((name, compile(Path(spec.origin).read_text(encoding="utf-8"), spec.origin, "exec")))

    def build() -> None:
        for name, code in codes:
            exec(code, {"__name__": name})

    build()  # what is loaded once is loaded now
    states = len(order_processor.states) + len(order_manager.states)
    assert calls(build) / states < MOST_CALLS
