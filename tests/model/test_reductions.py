"""That the reduced explorations leave out nothing that matters, and that one order stands for every order."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.model.exploring import Search, explore_alone
from tests.model.machines import Shop
from tests.model.rules import read
from tests.model.test_protocol import OPEN, PEOPLE, SHORT, TWO_ORDERS
from tests.model.values import Budget, Scenario

if TYPE_CHECKING:
    from tests.model.values import Local

# Each kind of thing that may happen is in one of these, and each is small enough to be explored as it is.
SMALL = {
    "redeliveries": Scenario(OPEN, SHORT, Budget(asks=1, redeliveries=1)),
    "requests": Scenario(OPEN, PEOPLE, Budget(asks=1)),
    "two requests": Scenario(OPEN, SHORT, Budget(asks=2)),
    "crashes": Scenario(OPEN, SHORT, Budget(asks=1, crashes=1)),
    "stops": Scenario(OPEN, SHORT, Budget(asks=1, stops=1)),
    "faults": Scenario(OPEN, SHORT, Budget(asks=1, faults=1)),
    "two orders": Scenario(OPEN, (), Budget(redeliveries=1), orders=2),
}


def outcomes(search: Search) -> set[str]:
    """How the orders can end: their rows, but for names of executions and times, and what was announced."""
    found = set()
    for *numbers, _ in search.ends:
        both = []
        for number in numbers:
            local = search.orders.locals[number]
            row = {
                name: value
                for name, value in read(local.row).items()
                if name
                not in ("executionId", "endedBy", "putBackBy", "TaskToken", "tokenIssuedAt", "createdAt")
            }
            both.append(json.dumps([row, local.place, local.ghost.announced], sort_keys=True))
        found.add(" and ".join(both))
    return found


@pytest.mark.parametrize("name", SMALL)
def test_what_is_left_out_makes_no_difference(name: str) -> None:
    as_it_is, reduced = Search(SMALL[name]), Search(SMALL[name], reduce=True)
    all_worlds, fewer = as_it_is.run(), reduced.run()
    assert fewer.worlds < all_worlds.worlds
    assert outcomes(reduced) == outcomes(as_it_is)


def unnamed(local: Local) -> str:
    """Return an order without its name and the number it drew: order 1 as if it were order 0, with the number 1."""
    text = repr(local).replace("order=1", "order=0")
    text = re.sub(r"\b(order|customer|execution)-1\b", r"\1-0", text)
    return re.sub(r"((?:orderNumber|IDvalue)\W+(?:N\W+)?)\d+", r"\g<1>1", text)


@pytest.mark.parametrize("places", [1, 2])
def test_an_order_among_others_does_nothing_that_it_does_not_do_alone(places: int) -> None:
    budget = Budget(asks=1)
    together = Search(Scenario(Shop(places=places), TWO_ORDERS, budget, orders=2))
    together.run()
    alone = Search(Scenario(Shop(places=places), TWO_ORDERS, budget), alone=True)
    alone.run()
    known = {unnamed(local) for local in alone.orders.locals}
    met = {number for *numbers, _ in together.worlds() for number in numbers}
    assert len(met) > 300
    assert {unnamed(together.orders.locals[number]) for number in met} <= known


@pytest.mark.parametrize("places", range(6))
def test_each_write_of_the_queue_keeps_its_size_and_leaves_the_others_in_it(places: int) -> None:
    """Asked at each write, with every number of other orders in the queue that there may be."""
    assert explore_alone(Scenario(Shop(places=places), (), Budget(redeliveries=1, stops=1))).ends
