"""Size: a machine of thousands of states compiles, and the work grows as the machine does."""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from dsl import StateMachine, choice, end, fail, succeed, wait
from tests.dsl.samples import ask, order

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsl import Condition, State


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


def test_five_thousand_states_in_a_line_compile() -> None:
    machine = StateMachine("Machine", line(5000))
    compiled: Any = machine.definition()
    assert list(compiled["States"]) == [f"Wait {number}" for number in range(5000)]


def test_results_handed_on_through_a_thousand_tasks_compile() -> None:
    compiled: Any = StateMachine("Machine", relay(1000)).definition()
    assert compiled["States"]["Ask 999"]["Parameters"]["Payload"] == {"text.$": "$.ask998.Payload.text"}


def test_twice_the_states_take_twice_the_work() -> None:
    StateMachine("Machine", relay(3))  # what is loaded once is loaded now
    for build in (line, relay):
        half, whole = build(200), build(400)
        once = calls(lambda start=half: StateMachine("Machine", start))  # type: ignore[misc]
        twice = calls(lambda start=whole: StateMachine("Machine", start))  # type: ignore[misc]
        assert twice < 2.2 * once


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
