"""How many state transitions an order costs, and what the routes through the workflows have in common.

AWS bills a transition for each state that is entered, so a state on the happy path is paid for with every order.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, cast

import pytest

from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsl import StateMachine

PROCESSOR = [
    "Who ordered?",
    "Register order",
    "DynamoDB Get Shop status",
    "Shop Open?",
    "Claim a place in the queue",
    "Emit - Workflow Started TT",
    "Generate Order Number",
    "Is it a number?",
    "Emit - Awaiting Completion TT",
    "Give back the place",
    "Emit - order finished",
]
MANAGER = {
    "order": [
        "Decide Action",
        "Get menu",
        "Sanitize order",
        "Is Order Valid?",
        "Store the drink",
        "Return the token - chosen",
    ],
    "make": ["Decide Action", "Claim order", "Emit - order claimed"],
    "complete": ["Decide Action", "Complete order", "Return the token - complete", "Emit - order complete"],
}


def targets(machine: StateMachine, name: str) -> list[str]:
    """Where a state leads when nothing fails."""
    return [
        edge.target.name
        for state in machine.states
        if state.name == name
        for edge in state.edges()
        if edge.kind != "catch"
    ]


def assert_is_route(machine: StateMachine, route: list[str]) -> None:
    assert machine.states[0].name == route[0]
    for here, there in itertools.pairwise(route):
        assert there in targets(machine, here)
    assert not targets(machine, route[-1])


def test_an_order_takes_eleven_transitions_of_the_processor() -> None:
    assert_is_route(order_processor, PROCESSOR)
    assert len(PROCESSOR) == 11


@pytest.mark.parametrize(("action", "most"), [("order", 6), ("make", 3), ("complete", 4)])
def test_an_action_takes_few_transitions_of_the_manager(action: str, most: int) -> None:
    assert_is_route(order_manager, MANAGER[action])
    assert len(MANAGER[action]) <= most


def ends(machine: StateMachine) -> Iterator[str]:
    for state in machine.states:
        if not list(targets(machine, state.name)):
            yield state.name


def test_the_processor_ends_with_a_terminal_event_without_an_order_or_with_a_fault() -> None:
    assert set(ends(order_processor)) == {
        "Broken counter",
        "Duplicate order",
        "Emit - at capacity",
        "Emit - barista timed out",
        "Emit - customer timed out",
        "Emit - order cancelled",
        "Emit - order finished",
        "Emit - shop closed",
        "Not a customer",
        "Not an order",
        "Unexpected row",
        "Write failed",
    }


def states_of(machine: StateMachine) -> dict[str, dict[str, Any]]:
    return cast("dict[str, dict[str, Any]]", machine.definition()["States"])


def output_of(state: dict[str, Any]) -> object:
    """Return what an ending state makes the execution's output from."""
    if "OutputPath" in state:
        return state["OutputPath"]
    return (
        state.get("ResultSelector")
        if state["Type"] == "Task"
        else state.get("Result", state.get("Parameters"))
    )


def test_the_manager_ends_with_an_answer_or_a_fault() -> None:
    states = states_of(order_manager)
    for name in ends(order_manager):
        output = output_of(states[name])
        answers = output == "$.refusal" or (isinstance(output, dict) and "accepted" in output)
        assert answers or states[name]["Type"] == "Fail", name


def test_no_ending_state_of_the_manager_puts_out_what_it_read_of_the_row() -> None:
    states = states_of(order_manager)
    for name in ends(order_manager):
        output = output_of(states[name])
        if isinstance(output, dict):
            assert set(output) <= {"accepted", "reason", "action"}, name


def test_no_state_reads_a_token_that_it_does_not_need() -> None:
    for machine in (order_processor, order_manager):
        for name, state in states_of(machine).items():
            if str(state.get("Resource", "")).endswith("getItem"):
                assert "TaskToken" not in str(state["Parameters"]), name
