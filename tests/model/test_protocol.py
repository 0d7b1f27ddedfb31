"""The order protocol in every order of events, without an emulator.

Conditions, updates and choices are those of the compiled workflows and of the real functions. Each scenario says what
may happen how often; all interleavings of it are looked at. `make soak` looks further (`SOAK_SECONDS`).
What the reduced explorations leave out, and why, is in `reducing`; why one order among others that do as they please
stands for every order in any company, is in `exploring`. Both are tested in `test_reductions`.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from handlers import aws
from tests.model.exploring import ask, explore, explore_alone, explore_together
from tests.model.machines import Shop
from tests.model.rules import BrokenPromise
from tests.model.values import Budget, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

CUSTOMER = (ask("", "customer-0"), ask("cancel", "customer-0"))
STRANGER = (ask("", "stranger"), ask("cancel", "stranger"))
BARISTAS = (
    *(ask(action, barista) for action in ("make", "complete") for barista in ("barista-1", "barista-2")),
    ask("unmake", "barista-1"),
    ask("cancel", "barista-1"),
)
PEOPLE = (*CUSTOMER, *STRANGER, *BARISTAS)
SHORT = (*CUSTOMER, ask("make", "barista-1"), ask("complete", "barista-1"))
TWO_ORDERS = tuple(
    ask(action, by, order)
    for order in (0, 1)
    for action, by in (
        ("", f"customer-{order}"),
        ("cancel", f"customer-{order}"),
        *((action, barista) for action in ("make", "complete") for barista in ("barista-1", "barista-2")),
    )
)
OPEN = Shop()

# One order among any number of others.
ALONE = {
    "three requests of anybody, three redeliveries": Scenario(OPEN, PEOPLE, Budget(asks=3, redeliveries=3)),
    "two requests, an execution is stopped or fails": Scenario(OPEN, SHORT, Budget(asks=2, stops=1)),
    "two requests of anybody, two of them or of the functions stop halfway, one redelivery": Scenario(
        OPEN, PEOPLE, Budget(asks=2, crashes=2, redeliveries=1)
    ),
    "two requests, an answer is lost": Scenario(OPEN, SHORT, Budget(asks=2, faults=1)),
    "an execution is stopped or fails, its end is delivered again": Scenario(
        OPEN, (), Budget(stops=1, redeliveries=1)
    ),
    "the shop is closed": Scenario(Shop(open=False), SHORT, Budget(asks=1, redeliveries=1, stops=1)),
    "the shop has no places": Scenario(Shop(places=0), SHORT, Budget(asks=1, redeliveries=1, stops=1)),
}
# Two orders and two baristas as they are.
TOGETHER = {
    "two orders, one place, one request, three redeliveries": Scenario(
        OPEN, TWO_ORDERS, Budget(asks=1, redeliveries=3), orders=2
    ),
    "two orders, two places, one request, one redelivery": Scenario(
        Shop(places=2), TWO_ORDERS, Budget(asks=1, redeliveries=1), orders=2
    ),
}
FURTHER = {
    "a request, an execution is stopped or fails, a function stops halfway, one redelivery": Scenario(
        OPEN, SHORT, Budget(asks=1, stops=1, redeliveries=1, crashes=1)
    ),
    "seven requests of anybody, three redeliveries": Scenario(OPEN, PEOPLE, Budget(asks=7, redeliveries=3)),
    "four requests of anybody, an execution is stopped or fails, one redelivery": Scenario(
        OPEN, PEOPLE, Budget(asks=4, stops=1, redeliveries=1)
    ),
    "four requests of anybody, three stop halfway, one redelivery": Scenario(
        OPEN, PEOPLE, Budget(asks=4, crashes=3, redeliveries=1)
    ),
    "three requests of anybody, an answer is lost": Scenario(OPEN, PEOPLE, Budget(asks=3, faults=1)),
    "three requests, two answers are lost": Scenario(OPEN, SHORT, Budget(asks=3, faults=2)),
    "two requests, an answer is lost, an execution is stopped or fails": Scenario(
        OPEN, SHORT, Budget(asks=2, faults=1, stops=1)
    ),
    "two orders, one place, four requests, three redeliveries": Scenario(
        OPEN, TWO_ORDERS, Budget(asks=4, redeliveries=3), orders=2
    ),
    "two orders, one place, two requests, an execution is stopped or fails, one redelivery": Scenario(
        OPEN, TWO_ORDERS, Budget(asks=2, stops=1, redeliveries=1), orders=2
    ),
}


@pytest.mark.parametrize("name", [*ALONE, *TOGETHER])
def test_the_eight_promises_hold_in_every_interleaving(name: str) -> None:
    explored = explore_alone(ALONE[name]) if name in ALONE else explore_together(TOGETHER[name])
    print(f"{name}: {explored}")  # with pytest -rP
    assert explored.ends, "nothing ever came to an end, so nothing was checked"


@pytest.mark.skipif("SOAK_SECONDS" not in os.environ, reason="these take minutes: make soak")
@pytest.mark.parametrize("name", FURTHER)
def test_the_eight_promises_hold_further_out(name: str) -> None:
    began = time.monotonic()
    scenario = FURTHER[name]
    explored = explore_alone(scenario) if scenario.orders == 1 else explore_together(scenario)
    print(f"{name}: {explored}, {time.monotonic() - began:.0f} s")
    assert explored.ends


# Each of these breaks one condition of the product. If the exploration did not notice, it would prove nothing.
def _no_condition(state: dict[str, Any]) -> None:
    del state["Parameters"]["ConditionExpression"]


def _or_always(state: dict[str, Any]) -> None:
    state["Parameters"]["ConditionExpression"] += " OR attribute_exists(SK)"


def _whoever_comes(state: dict[str, Any]) -> None:
    text = state["Parameters"]["ConditionExpression"]
    for mine in ("#USERID = :userId", "#baristaUserId = :baristaUserId"):
        text = text.replace(mine, "attribute_exists(SK)")
    state["Parameters"]["ConditionExpression"] = text


BREAKS: dict[str, tuple[str, str, Callable[[dict[str, Any]], None], Scenario, int]] = {
    "anybody registers any order": (
        "processor", "Register order", _no_condition, Scenario(OPEN, (), Budget(redeliveries=1)), 6,
    ),
    "the queue has no end": (
        "processor", "Claim a place in the queue", _no_condition, Scenario(OPEN, (), Budget()), 3,
    ),
    "the customer's timer closes what the customer chose or cancelled": (
        "processor", "Time out - customer", _or_always, Scenario(OPEN, SHORT, Budget(asks=1)), 4,
    ),
    "the barista's timer closes what is complete": (
        "processor", "Time out - barista", _or_always, Scenario(OPEN, SHORT, Budget(asks=3)), 4,
    ),
    "anybody cancels": (
        "manager", "Cancel order - customer", _whoever_comes, Scenario(OPEN, STRANGER, Budget(asks=1)), 6,
    ),
    "whoever comes completes": (
        "manager",
        "Complete order",
        _whoever_comes,
        Scenario(OPEN, (ask("", "customer-0"), ask("complete", "barista-2")), Budget(asks=2)),
        6,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_condition_is_found(broken: Callable[[str, str], dict[str, Any]], name: str) -> None:
    machine, state, breaks, scenario, promise = BREAKS[name]
    breaks(broken(machine, state))
    with pytest.raises(BrokenPromise, match=rf"promise {promise}"):
        explore_alone(scenario)


# The condition of each function's write, taken away, and what must happen for somebody to notice.
FUNCTIONS: dict[str, tuple[str, Scenario, int]] = {
    "WorkflowStarted stores whatever comes": (
        "SET TaskToken = :token, tokenIssuedAt = :issued, TS", Scenario(OPEN, SHORT, Budget(asks=1)), 2,
    ),
    "WaitingCompletion stores whatever comes": (
        "SET TaskToken = :token, tokenIssuedAt = :issued, orderNumber", Scenario(OPEN, SHORT, Budget(asks=2)), 4,
    ),
    "OrderEnded closes whatever it finds": (
        "SET ORDERSTATE = :closed", Scenario(OPEN, SHORT, Budget(asks=1, stops=1)), 4,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_broken_condition_of_a_function_is_found(
    broken: Callable[[str, str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    broken("processor", "Register order")  # forgets what was worked out with the condition, before and after
    update, scenario, promise = FUNCTIONS[name]
    conditional = aws.update_order

    def write(order_id: str, written: str, *, condition: str, values: Any) -> aws.WriteResult:
        if f"SET {written}, TS".startswith(update):
            condition = "attribute_exists(SK)"
        return conditional(order_id, written, condition=condition, values=values)

    monkeypatch.setattr(aws, "update_order", write)
    with pytest.raises(BrokenPromise, match=rf"promise {promise}"):
        explore_alone(scenario)


def test_a_place_that_is_never_given_back_is_found(broken: Callable[[str, str], dict[str, Any]]) -> None:
    broken("processor", "Emit - Workflow Started TT")["Next"] = "Give back the place - cancelled"
    broken("processor", "Time out - customer")["Next"] = "Emit - customer timed out"
    with pytest.raises(BrokenPromise, match="holds a place"):
        explore_alone(Scenario(OPEN, (), Budget()))


def test_a_violation_is_reported_with_the_shortest_way_to_it(
    broken: Callable[[str, str], dict[str, Any]],
) -> None:
    _no_condition(broken("processor", "Register order"))
    with pytest.raises(BrokenPromise) as found:
        explore(Scenario(OPEN, (), Budget(redeliveries=1)))
    assert [line.strip() for line in str(found.value).splitlines()[2:]][:2] == [
        "1. scan 0",
        "2. scan 0 again",
    ]
