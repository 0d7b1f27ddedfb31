"""Wiring: how states lead to states, and which mistakes of it surface at once."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dsl import State, StateMachine, choice, end, fail, is_present, succeed, wait
from tests.dsl.samples import call, definition, order, refused, states

if TYPE_CHECKING:
    from collections.abc import Callable


def pause(name: str) -> State:
    return wait(name, seconds=1)


def test_one_state_leads_to_the_next() -> None:
    assert definition(pause("A") >> pause("B") >> end) == {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Wait", "Seconds": 1, "Next": "B"},
            "B": {"Type": "Wait", "Seconds": 1, "End": True},
        },
    }


def test_a_chain_may_be_given_as_the_start() -> None:
    assert definition(pause("A") >> succeed("B"))["StartAt"] == "A"


def test_a_chain_in_a_chain_leads_on_from_its_last_state() -> None:
    compiled = states(pause("A") >> (pause("B") >> pause("C")) >> pause("D") >> end)
    assert [(name, state.get("Next")) for name, state in compiled.items()] == [
        ("A", "B"),
        ("B", "C"),
        ("C", "D"),
        ("D", None),
    ]


def test_a_chain_as_the_target_of_a_rule_is_entered_at_its_first_state() -> None:
    decide = choice(
        "Decide", (order.paid, pause("A") >> (pause("B") >> end)), otherwise=pause("C") >> succeed("D")
    )
    compiled = states(decide)
    assert compiled["Decide"]["Choices"][0]["Next"] == "A"
    assert compiled["Decide"]["Default"] == "C"
    assert compiled["A"]["Next"] == "B"


def test_a_chain_as_the_target_of_a_catcher_is_entered_at_its_first_state() -> None:
    task = call("Task")
    task.catch("States.ALL", to=pause("A") >> pause("B") >> end)
    assert states(task >> end)["Task"]["Catch"][0]["Next"] == "A"


def test_a_loop_compiles() -> None:
    start, again = pause("Start"), pause("Again")
    start >> choice("Done?", (order.paid, succeed("Done")), otherwise=again)
    again >> start
    assert states(start)["Again"]["Next"] == "Start"


def test_a_state_that_leads_to_itself_through_a_catcher_compiles() -> None:
    task = call("Task")
    task.catch("States.Timeout", to=task)
    assert states(task >> end)["Task"]["Catch"][0]["Next"] == "Task"


def test_a_state_may_be_reached_from_many() -> None:
    last = pause("Last")
    last >> end
    decide = choice(
        "Decide", (order.paid, last), (is_present(order.note), last), otherwise=pause("A") >> last
    )
    assert list(states(decide)) == ["Decide", "Last", "A"]


def test_the_order_of_wiring_does_not_change_the_document() -> None:
    def wired(turns: tuple[int, ...]) -> Any:
        first, task, last, caught = (
            pause("First"),
            call("Task"),
            pause("Last"),
            fail("Caught", error="E", cause="C"),
        )
        decide = choice("Decide", (order.paid, task), otherwise=caught)
        steps = (
            lambda: first >> decide,
            lambda: task >> last,
            lambda: last >> end,
            lambda: task.catch("States.ALL", to=caught),
        )
        for turn in turns:
            steps[turn]()
        return StateMachine("Machine", first).to_json()

    documents = {wired(turns) for turns in permutations(range(4))}
    assert len(documents) == 1


def test_the_happy_path_comes_first_in_the_document() -> None:
    task = call("Task")
    task.catch("States.ALL", to=fail("Failed", error="E", cause="C"))
    start = choice("Decide", (order.paid, task), otherwise=fail("Refused", error="E", cause="C"))
    task >> pause("After") >> end
    assert list(states(start)) == ["Decide", "Task", "After", "Refused", "Failed"]


def test_leading_to_the_same_state_twice_is_no_mistake() -> None:
    a, b = pause("A"), pause("B")
    a >> b >> end
    a >> b >> end
    assert states(a)["A"]["Next"] == "B"


class TestRefusals:
    def test_a_state_has_one_way_on(self) -> None:
        a, b = pause("A"), pause("B")
        a >> b
        with refused("it goes to 'B' already; a state has one way on, so branch with choice()", state="A"):
            a >> pause("C")

    def test_a_state_that_leads_on_does_not_end(self) -> None:
        a, b = pause("A"), pause("B")
        a >> b
        with refused("it goes to 'B' already; a state has one way on, so branch with choice()", state="A"):
            a >> end

    def test_a_state_that_ends_does_not_lead_on(self) -> None:
        with refused(
            "it goes to the end already; a state has one way on, so branch with choice()", state="A"
        ):
            pause("A") >> end >> pause("B")

    def test_a_choice_goes_on_by_its_rules(self) -> None:
        decide = choice("Decide", (order.paid, succeed("A")), otherwise=succeed("B"))
        message = "a choice goes on by its rules; give the target to a rule, or as otherwise="
        with refused(message, state="Decide"):
            decide >> pause("C")
        with refused(message, state="Decide"):
            pause("Before") >> decide >> end

    def test_nothing_follows_a_succeed_state(self) -> None:
        with refused("a Succeed state ends the execution; nothing can follow it", state="Done"):
            succeed("Done") >> end

    def test_nothing_follows_a_fail_state(self) -> None:
        with refused("a Fail state ends the execution; nothing can follow it", state="Failed"):
            pause("A") >> fail("Failed", error="E", cause="C") >> pause("B")

    def test_a_state_that_leads_nowhere_is_an_error(self) -> None:
        a = pause("A")
        with refused(
            "it leads nowhere; wire it on with `>>`, or end the execution with `>> end`", state="Lost"
        ):
            definition(a >> pause("Lost"))

    @pytest.mark.parametrize("target", ["B", None, 3, order.paid], ids=repr)
    def test_a_target_is_a_state(self, target: Any) -> None:
        with refused(f"{target!r} is no state", state="A"):
            pause("A") >> target

    def test_a_rule_leads_to_a_state_not_to_the_end(self) -> None:
        with refused(
            "`end` is no state, only what `>>` may lead to; make a succeed() state for this", state="Decide"
        ):
            choice("Decide", (order.paid, end), otherwise=succeed("No"))  # type: ignore[arg-type]

    def test_a_machine_starts_with_a_state(self) -> None:
        with refused("`end` is no state, only what `>>` may lead to; make a succeed() state for this"):
            StateMachine("Machine", end)  # type: ignore[arg-type]

    def test_an_empty_choice_is_an_error(self) -> None:
        with refused("it has no rule; give at least one pair of a condition and a target", state="Decide"):
            choice("Decide", otherwise=succeed("A"))

    def test_a_choice_that_may_match_nothing_is_an_error(self) -> None:
        decide = choice("Decide", (order.paid, succeed("A")), otherwise=None)
        with refused(
            "no rule may hold, and then AWS fails the execution with States.NoChoiceMatched; give otherwise=",
            state="Decide",
        ):
            definition(decide)

    @pytest.mark.parametrize(
        "rule_to",
        [
            lambda _: order.paid,
            lambda _: (order.paid,),
            lambda target: (True, target),
            lambda target: (target, order.paid),
        ],
        ids=["a condition alone", "no target", "no condition", "the other way round"],
    )
    def test_a_rule_is_a_pair_of_a_condition_and_a_target(self, rule_to: Callable[[State], Any]) -> None:
        rule = rule_to(succeed("A"))
        with refused(f"{rule!r} is no rule; write a pair of a condition and a target", state="Decide"):
            choice("Decide", rule, otherwise=succeed("B"))

    def test_a_state_that_nothing_leads_to_is_an_error(self) -> None:
        last = pause("Last")
        last >> end
        forgotten = pause("Forgotten")
        forgotten >> last
        with refused(
            "it leads to 'Last', but no route from the start leads to it; wire it in, or remove it",
            state="Forgotten",
        ):
            definition(last)

    def test_a_forgotten_chain_is_an_error(self) -> None:
        last = pause("Last")
        pause("Forgotten") >> pause("Too") >> last >> end
        with refused(
            "it leads to 'Last', but no route from the start leads to it; wire it in, or remove it",
            state="Too",
        ):
            definition(last)


class TestNames:
    def test_a_duplicate_name_names_both_places(self) -> None:
        first = pause("Same")
        second = wait("Same", seconds=2)
        with refused(
            f"another state has this name, built at {first.source}; give each its own", state="Same"
        ) as refusal:
            definition(first >> second >> end)
        assert first.source.line == line_of("return wait(name, seconds=1)")
        assert refusal.line == second.source.line == line_of('second = wait("Same", seconds=2)')

    @pytest.mark.parametrize("name", ["", "x" * 81, "é" * 200])
    def test_a_name_has_one_to_eighty_characters(self, name: str) -> None:
        with refused(f"its name has {len(name)} characters; AWS takes 1 to 80", state=name):
            definition(pause(name) >> end)

    def test_a_name_of_eighty_characters_is_taken(self) -> None:
        assert definition(pause("x" * 80) >> end)["StartAt"] == "x" * 80

    @pytest.mark.parametrize("name", ["a/b", 'say "hi"', "it's", "line\nbreak", "$.x", "${x", "☕", "States"])
    def test_a_name_may_hold_any_character(self, name: str) -> None:
        assert list(states(pause("First") >> pause(name) >> end)) == ["First", name]


def line_of(text: str) -> int:
    """Return the number of the one line of this file that holds the text, and not in quotes of a test."""
    lines = Path(__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip() == text)


class TestMachines:
    def test_a_state_belongs_to_one_machine(self) -> None:
        shared = pause("Shared")
        shared >> end
        StateMachine("One", shared)
        with refused("it belongs to another machine; build it anew, a state has one place", state="Shared"):
            StateMachine("Two", shared)

    def test_a_complete_machine_cannot_be_led_on(self) -> None:
        a = pause("A")
        StateMachine("Machine", a >> end)
        with refused("its machine is complete; wire every state before StateMachine(...) is made", state="A"):
            a >> pause("B")

    def test_a_complete_machine_cannot_be_led_into(self) -> None:
        a = pause("A")
        StateMachine("Machine", a >> end)
        with refused(
            "it leads to 'A', whose machine is complete; wire every state before StateMachine(...) is made",
            state="Late",
        ):
            pause("Late") >> a

    def test_a_complete_machine_takes_no_more_catchers(self) -> None:
        task = call("Task")
        StateMachine("Machine", task >> end)
        with refused(
            "its machine is complete; wire every state before StateMachine(...) is made", state="Task"
        ):
            task.catch("States.ALL", to=succeed("B"))

    def test_a_machine_that_was_refused_can_be_mended(self) -> None:
        a = pause("A")
        with refused("it leads nowhere; wire it on with `>>`, or end the execution with `>> end`", state="A"):
            StateMachine("Machine", a)
        assert StateMachine("Machine", a >> end).states == [a]

    def test_a_machine_lists_its_states_and_shows_how_many(self) -> None:
        a, b = pause("A"), pause("B")
        machine = StateMachine("Machine", a >> b >> end)
        assert machine.states == [a, b]
        assert repr(machine) == "<StateMachine 'Machine' of 2 states>"
        machine.states.clear()
        assert machine.states == [a, b]

    def test_a_comment_and_a_timeout_are_part_of_the_document(self) -> None:
        machine = StateMachine("Machine", pause("A") >> end, comment="Waits", timeout_seconds=60)
        assert machine.definition() == {
            "Comment": "Waits",
            "StartAt": "A",
            "States": {"A": {"Type": "Wait", "Seconds": 1, "End": True}},
            "TimeoutSeconds": 60,
        }
