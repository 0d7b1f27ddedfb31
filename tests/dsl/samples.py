"""Shapes and small machines that the language's tests share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from dsl import (
    Anything,
    Array,
    Bool,
    Condition,
    DefinitionError,
    Integer,
    Number,
    Shape,
    StateMachine,
    Str,
    Target,
    Task,
    Timestamp,
    choice,
    end,
    optional,
    sdk,
    succeed,
    view,
)
from dsl.dynamodb import Item, List, StringSet, Table
from dsl.events import Contract
from dsl.lambda_ import Function, Invoke, invoke

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from dsl import Payload, Permission, Reference


class Drink(Shape):
    name: Str
    price: Number
    hot: Annotated[Bool, optional]


class Order(Shape):
    """The input of the machines in the tests."""

    orderId: Str
    userId: Str
    count: Integer
    price: Number
    paid: Bool
    placed: Timestamp
    tags: Array[Str]
    drinks: Array[Drink]
    extra: Anything
    note: Annotated[Str, optional]
    gift: Annotated[Bool, optional]
    tip: Annotated[Number, optional]
    drink: Annotated[Drink, optional]


class OrderId(Shape):
    orderId: Str


class Answer(Shape):
    """What the function of the tests answers."""

    text: Str
    number: Integer
    drink: Drink
    maybe: Annotated[Str, optional]


class Row(Item):
    PK: Str
    SK: Str
    name: Str
    count: Annotated[Number, optional]
    open: Annotated[Bool, optional]
    members: Annotated[StringSet, optional]
    parts: Annotated[List, optional]
    blob: Annotated[Anything, optional]
    token: Annotated[Str, optional]


order = view(Order)
ask_function = Function("Ask", Answer)
table = Table("RowTable", Row, partition_key="PK", sort_key="SK")
OrderEvent = Contract("Bus", source="test").event("Order", OrderId)
KEY = {"PK": "row", "SK": "1"}


def ask(name: str, /, **payload: Payload) -> Invoke[Answer]:
    """Return a task that makes a result."""
    return invoke(name, ask_function, payload)


def call(name: str, *, output: dict[str, Payload] | Reference | None = None) -> Task:
    """Return a task of whose result nobody asks."""
    parameters: dict[str, Payload] = {"ExecutionArn": "arn:aws:states:eu-west-1:1:execution:m:e"}
    return sdk.call(name, "sfn:stopExecution", parameters, resource="arn:aws:states:x", output=output)


def definition(start: Target) -> Any:
    """Return what the machine compiles to; `Any`, so that tests may reach into it."""
    return StateMachine("Machine", start).definition()


def states(start: Target) -> Any:
    """Return the compiled states, by name."""
    return definition(start)["States"]


def body(task: Task, *, reader: Task | None = None) -> Any:
    """One compiled task, followed by a reader of its result if there is one."""
    if reader is not None:
        task >> reader >> end
    else:
        task >> end
    return states(task)[task.name]


def rule(condition: Condition) -> Any:
    """Return the choice rule that a condition compiles to."""
    decide = choice("Decide", (condition, succeed("Yes")), otherwise=succeed("No"))
    compiled = states(decide)["Decide"]["Choices"][0]
    assert compiled.pop("Next") == "Yes"
    return compiled


class refused:  # noqa: N801  # reads as part of a sentence: with refused("...")
    """The block is refused with just this message, which names the state and a line of these files."""

    def __init__(self, message: str, *, state: str | None = None) -> None:
        self.message = message
        self.state = state
        self.line = 0

    def __enter__(self) -> refused:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if error is None:
            pytest.fail(f"nothing was refused; expected: {self.message}")
        if not isinstance(error, DefinitionError):
            return False
        assert error.message == self.message
        assert error.state == self.state
        # The author's line is in a test, or in one of the helpers above.
        assert Path(error.source.file).parent == Path(__file__).parent
        assert f"at {error.source}" in str(error)
        self.line = error.source.line
        return True


def steady(value: object) -> str:
    """Return the name of a parameter, the same in every process: sets have no order of their own."""
    if isinstance(value, set):
        return "{" + ", ".join(sorted(map(steady, value))) + "}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {steady(item)}" for key, item in value.items()) + "}"
    return str(value)


def unbounded(permissions: Iterable[Permission]) -> dict[str, str]:
    """Return the actions that are allowed on everything, each with the reason."""
    return {found.action: found.reason for found in permissions if found.resource == "*"}
