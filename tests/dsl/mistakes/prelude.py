"""What every mistake has at hand: shapes, a table, functions, events. It is run before each of them."""

from typing import Annotated

from dsl import *  # noqa: F403  # as an author at a prompt would
from dsl import (
    Array,
    Bool,
    Integer,
    Number,
    OneOf,
    Placeholder,
    Shape,
    Str,
    Timestamp,
    Wait,
    optional,
    slot,
    view,
    wait,
)
from dsl.dynamodb import *  # noqa: F403
from dsl.dynamodb import Item, StringSet, Table
from dsl.events import Contract, put_events  # noqa: F401
from dsl.intrinsics import *  # noqa: F403
from dsl.lambda_ import Function, Invoke, invoke


class Line(Shape):
    drink: Str
    price: Number


class Order(Shape):
    orderId: Str
    kind: Annotated[Str, OneOf("small", "big")]
    size: Number
    count: Integer
    paid: Bool
    placed: Timestamp
    lines: Array[Line]
    tags: Array[Str]
    note: Annotated[Str, optional]


class Price(Shape):
    amount: Number
    currency: Str


class Asked(Shape):
    orderId: Str
    TaskToken: Str


class Told(Shape):
    orderId: Str
    kind: Annotated[Str, OneOf("small", "big")]


class Answer(Shape):
    approved: Bool
    by: Str


class Row(Item):
    PK: Str
    SK: Str
    state: Str
    count: Annotated[Number, optional]
    members: Annotated[StringSet, optional]


order, line = view(Order), view(Line)
F = Function("Price", Price)
table = Table("RowTable", Row, partition_key="PK", sort_key="SK")
KEY = {"PK": order.orderId, "SK": "1"}
contract = Contract("EventBus", source="shop")
AskedEvent = contract.event("Asked", Asked)
ToldEvent = contract.event("Told", Told)
answer = slot(Answer, "answer")
CHILD = Placeholder("ChildArn")


def price(name: str = "Price it") -> Invoke[Price]:
    """Return a task with a result."""
    return invoke(name, F, {"orderId": order.orderId})


def pause(name: str = "Pause") -> Wait:
    """Return a state without one."""
    return wait(name, seconds=1)
