"""The order protocol in every order of events, without an emulator.

Conditions, updates and choices are those of the compiled workflows and of the real functions. Each scenario says what
may happen how often; all interleavings of it are looked at. `make soak` looks further (`SOAK_SECONDS`).
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.model.exploring import ask, explore
from tests.model.machines import Shop
from tests.model.rules import BrokenPromise
from tests.model.world import Budget, Scenario

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
        ("make", "barista-1"),
        ("complete", "barista-1"),
        ("cancel", f"customer-{order}"),
    )
)
OPEN = Shop()

SCENARIOS = {
    "nobody comes, everything is delivered up to four times": Scenario(OPEN, (), Budget(redeliveries=3)),
    "three requests": Scenario(OPEN, SHORT, Budget(asks=3)),
    "two requests, one redelivery": Scenario(OPEN, SHORT, Budget(asks=2, redeliveries=1)),
    "two requests, each may stop halfway, and so may a function": Scenario(
        OPEN, SHORT, Budget(asks=2, crashes=2)
    ),
    "two requests, an execution is stopped or fails": Scenario(OPEN, SHORT, Budget(asks=2, stops=1)),
    "two requests of anybody": Scenario(OPEN, PEOPLE, Budget(asks=2)),
    "an execution is stopped, and its end delivered again": Scenario(
        OPEN, (), Budget(stops=1, redeliveries=1)
    ),
    "two requests, an answer is lost": Scenario(OPEN, SHORT, Budget(asks=2, faults=1)),
    "two orders, one place": Scenario(OPEN, TWO_ORDERS, Budget(asks=1), orders=2),
    "two orders, two places": Scenario(Shop(places=2), (), Budget(redeliveries=1), orders=2),
    "the shop is closed": Scenario(Shop(open=False), SHORT, Budget(asks=1, redeliveries=1, stops=1)),
    "the shop has no places": Scenario(Shop(places=0), SHORT, Budget(asks=1, redeliveries=1, stops=1)),
}
SOAK = {
    "one request, two answers are lost": Scenario(OPEN, SHORT, Budget(asks=1, faults=2)),
    "four requests of anybody": Scenario(OPEN, PEOPLE, Budget(asks=4)),
    "an order handed over among three redeliveries": Scenario(OPEN, SHORT, Budget(asks=2, redeliveries=3)),
    "two requests of anybody, an execution is stopped or fails": Scenario(
        OPEN, PEOPLE, Budget(asks=2, stops=1)
    ),
    "two requests of anybody, one redelivery": Scenario(OPEN, PEOPLE, Budget(asks=2, redeliveries=1)),
    "two requests of anybody, two lost answers": Scenario(OPEN, PEOPLE, Budget(asks=2, faults=2)),
    "a request, a stop, a redelivery": Scenario(OPEN, SHORT, Budget(asks=1, stops=1, redeliveries=1)),
    "everything once": Scenario(OPEN, SHORT, Budget(asks=1, redeliveries=1, crashes=1, stops=1, faults=1)),
    "two orders, two requests": Scenario(OPEN, TWO_ORDERS, Budget(asks=2), orders=2),
    "two orders, one request, one redelivery": Scenario(
        OPEN, TWO_ORDERS, Budget(asks=1, redeliveries=1), orders=2
    ),
    "two orders, one request, one stop": Scenario(OPEN, TWO_ORDERS, Budget(asks=1, stops=1), orders=2),
    "two orders, one request, three redeliveries": Scenario(
        OPEN, TWO_ORDERS, Budget(asks=1, redeliveries=3), orders=2
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_eight_promises_hold_in_every_interleaving(name: str) -> None:
    explored = explore(SCENARIOS[name])
    print(f"{name}: {explored}")  # with pytest -rP
    assert explored.ends, "nothing ever came to an end, so nothing was checked"


@pytest.mark.skipif("SOAK_SECONDS" not in os.environ, reason="these take minutes: make soak")
@pytest.mark.parametrize("name", SOAK)
def test_the_eight_promises_hold_further_out(name: str) -> None:
    began = time.monotonic()
    explored = explore(SOAK[name])
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
        "processor", "Claim a place in the queue", _no_condition, Scenario(OPEN, (), Budget(), orders=2), 3,
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
        explore(scenario)


def test_a_place_that_is_never_given_back_is_found(broken: Callable[[str, str], dict[str, Any]]) -> None:
    broken("processor", "Emit - Workflow Started TT")["Next"] = "Give back the place - cancelled"
    broken("processor", "Time out - customer")["Next"] = "Emit - customer timed out"
    with pytest.raises(BrokenPromise, match="holds a place"):
        explore(Scenario(OPEN, (), Budget()))


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
