"""Everything that one order can be in, as values.

A `Local` is what concerns one order: its row, its place in the queue, its executions, its events on the bus, the
functions and the requests at work on it.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.model.functions import Run
    from tests.model.machines import Position, Shop

TERMINAL = {
    "OrderProcessor.OrderFinished": "COMPLETED",
    "OrderProcessor.OrderCancelled": "CANCELLED",
    "OrderProcessor.OrderTimeOut": "TIMED_OUT",
    "OrderProcessor.ShopUnavailable": "REJECTED",
}


class Ask(NamedTuple):
    """A request of a person: the manager's input, as JSON, and who it is from."""

    action: str
    order: int
    by: str
    text: str


class Request(NamedTuple):
    """An execution of the manager; `wrote` is the row as it left it, if it changed it, `unsure` after a lost answer."""

    ask: Ask
    at: Position
    wrote: str = ""
    unsure: bool = False


class Execution(NamedTuple):
    """An execution of the processor that has not ended: at a task (`run`), or waiting for its token (`wait`)."""

    at: Position
    status: str


class Budget(NamedTuple):
    """How often what may happen may happen; at most seven times each."""

    asks: int = 0
    redeliveries: int = 0
    crashes: int = 0
    stops: int = 0
    faults: int = 0

    def packed(self) -> int:
        """As one number: four bits for each, of which the highest is never set."""
        assert all(0 <= count <= 7 for count in self)
        return sum(count << (4 * place) for place, count in enumerate(self))

    @classmethod
    @cache
    def unpacked(cls, budget: int) -> Budget:
        """Return the budget that was packed."""
        return cls(*(budget >> (4 * place) & 7 for place in range(5)))


ASK, REDELIVERY, CRASH, STOP, FAULT = (1 << (4 * place) for place in range(5))
_GUARDS = 0x88888


def can_pay(budget: int, cost: int) -> bool:
    """Whether a packed budget has as much of everything as a cost, or another budget."""
    return (budget + _GUARDS - cost) & _GUARDS == _GUARDS


def one_of_each(budget: int) -> int:
    """Return a packed budget with one of everything that this one has any of."""
    return (budget + 0x77777 & _GUARDS) >> 3


class Ghost(NamedTuple):
    """What is remembered of an order beside the product's own state, to judge it by.

    `excused` is set where a terminal event may come twice, as the documentation says: its publisher was lost between
    the publishing and the answer.
    """

    announced: tuple[str, ...] = ()
    left: bool = False
    excused: bool = False


class Local(NamedTuple):
    """What concerns one order: the row as DynamoDB's JSON, whether it has a place, who and what is at work on it."""

    order: int
    row: str
    place: bool
    scans: int
    executions: tuple[Execution, ...]
    bus: tuple[Run, ...]
    runs: tuple[Run, ...]
    requests: tuple[Request, ...]
    ghost: Ghost


class Scenario(NamedTuple):
    """What is explored: the shop, the people's repertoire, the budget."""

    shop: Shop
    asks: tuple[Ask, ...]
    budget: Budget
    orders: int = 1


class Surroundings(NamedTuple):
    """What the other orders make of the two things that orders share: how many hold a place, the last number."""

    holding: int = 0
    number: int = 0


class Happening(NamedTuple):
    """One thing that happens: what, the order after it, its cost, and the request or terminal event in it."""

    what: str
    after: Local
    cost: int = 0
    request: Request | None = None
    announced: str = ""
    event: str = ""
    by: str = ""
    drawn: int = 0


def order_id(order: int) -> str:
    """Return the id of an order."""
    return f"order-{order}"


def user_id(order: int) -> str:
    """Its customer."""
    return f"customer-{order}"


@cache
def scanned(order: int) -> str:
    """Return what the scan of an order gives its execution."""
    return json.dumps({"detail": {"userId": user_id(order), "orderId": order_id(order)}})


def replaced(items: tuple[Any, ...], at: int, *by: Any) -> tuple[Any, ...]:
    """Return the items, with others in the place of one."""
    return (*items[:at], *by, *items[at + 1 :])


def joined(items: tuple[Any, ...], one: Any) -> tuple[Any, ...]:
    """Return the items and one more, in an order of their own."""
    return tuple(sorted((*items, one)))


def is_quiet(local: Local) -> bool:
    """Whether nothing must happen to an order any more."""
    return bool(local.scans) and not (local.executions or local.bus or local.runs or local.requests)


def waits(local: Local, token: str) -> int | None:
    """Which execution waits for a token."""
    for index, (at, status) in enumerate(local.executions):
        if status == "wait" and at.token == token:
            return index
    return None


@cache
def owner(row: str) -> str:
    """Return the execution that registered the order; "" if none has."""
    found = re.search(r'"executionId": \{"S": "([^"]*)"\}', row)
    return found[1] if found else ""
