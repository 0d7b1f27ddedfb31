"""What a type checker knows of references and conditions. mypy reads this file; nothing runs it.

Where a line is to be refused, `type: ignore` names the error; mypy reports one that is not needed.
"""

from __future__ import annotations

from typing import Annotated, assert_type

from dsl import (
    Anything,
    Array,
    Bool,
    Condition,
    Integer,
    Number,
    OneOf,
    Reference,
    Shape,
    Str,
    Timestamp,
    context,
    is_present,
    optional,
    required,
    slot,
    view,
)


class Drink(Shape):
    name: Annotated[Str, OneOf("Latte", "Espresso")]
    price: Annotated[Number, optional]


class Order(Shape):
    orderId: Str
    count: Integer
    paid: Bool
    placed: Timestamp
    drink: Drink
    drinks: Array[Drink]
    extra: Anything


order = view(Order)


def fields_have_their_declared_types() -> None:
    assert_type(order, Order)
    assert_type(order.orderId, Str)
    assert_type(order.drink.price, Number)
    assert_type(order.drinks[0], Drink)
    assert_type(order.drinks[0].name, Str)
    assert_type(order.extra["a"][0], Anything)
    assert_type(slot(Order, "place"), Order)
    assert_type(required(order.drink), Drink)
    assert_type(context.task.token, Str)
    assert_type(context.execution.start_time, Timestamp)
    _: Reference = order.drink


def fields_that_are_not_declared_are_refused() -> None:
    order.orderID  # type: ignore[attr-defined]  # noqa: B018
    order.drinks[0].size  # type: ignore[attr-defined]  # noqa: B018
    context.task.tokn  # type: ignore[attr-defined]  # noqa: B018


def elements_are_read_by_number_from_lists_alone() -> None:
    order.drinks["name"]  # type: ignore[call-overload]
    order.orderId[0]  # type: ignore[index]
    for _ in order.drinks:  # type: ignore[attr-defined]
        pass


def comparisons_are_conditions() -> None:
    assert_type(order.orderId == "x", Condition)
    assert_type(order.orderId != order.drink.name, Condition)
    assert_type(order.orderId.is_in("x", "y"), Condition)
    assert_type(order.orderId.matches("x*"), Condition)
    assert_type(order.count >= 3, Condition)
    assert_type(order.drink.price < order.count, Condition)
    assert_type(order.placed <= "2030-01-01T00:00:00Z", Condition)
    assert_type(order.paid == True, Condition)  # noqa: E712
    assert_type(is_present(order.extra), Condition)
    condition: Condition = order.paid
    assert_type(condition & ~condition | condition, Condition)


def a_value_of_unknown_kind_is_compared_as_any() -> None:
    assert_type(order.extra == "x", Condition)
    assert_type(order.extra["a"] < 3, Condition)
    assert_type(order.extra & order.paid, Condition)


def comparisons_of_different_kinds_are_refused() -> None:
    # Equality with a literal of another kind escapes mypy, which trusts the literal's own `__eq__`;
    # the language refuses it while the workflow is described.
    order.orderId == order.count  # type: ignore[operator]  # noqa: B015
    order.orderId < 3  # type: ignore[operator]  # noqa: B015
    order.count < "3"  # type: ignore[operator]  # noqa: B015
    order.placed < order.orderId  # type: ignore[operator]  # noqa: B015
    order.paid < True  # type: ignore[operator]  # noqa: B015
    order.extra < [3]  # type: ignore[operator]  # noqa: B015
    order.orderId.is_in(3)  # type: ignore[arg-type]
    order.orderId.matches(order.orderId)  # type: ignore[arg-type]


def only_conditions_combine() -> None:
    (order.orderId == "x") & "y"  # type: ignore[operator]
    order.orderId & order.paid  # type: ignore[operator]
    ~order.orderId  # type: ignore[operator]  # noqa: B018


def only_references_are_tested_for_presence() -> None:
    is_present("$.orderId")  # type: ignore[arg-type]
    required("x")  # type: ignore[type-var]
