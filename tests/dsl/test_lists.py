"""Parts of lists, values of unknown kind, queries and transactions: what they compile to."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

import pytest

from dsl import (
    Anything,
    Array,
    Bool,
    Condition,
    Number,
    Shape,
    StateMachine,
    Str,
    end,
    map_,
    optional,
    pass_,
    view,
)
from dsl.dynamodb import (
    Item,
    Table,
    attr,
    delete_item,
    query,
    set_,
    transact_put,
    transact_update,
    transact_write,
)
from tests.dsl.samples import rule


class Line(Shape):
    drink: Str
    price: Number
    hot: Annotated[Bool, optional]


class Tray(Shape):
    lines: Array[Line]
    extra: Anything


class Seat(Item):
    PK: Str
    free: Annotated[Bool, optional]
    holder: Annotated[Str, optional]


tray = view(Tray)
seats = Table("SeatTable", Seat, partition_key="PK")


def states(*made: Any) -> Any:
    start = made[0]
    for one, other in pairwise(made):
        one >> other
    return StateMachine("M", start).definition()["States"]


@pytest.mark.parametrize(
    ("part", "path"),
    [
        (tray.lines[1:3], "$.lines[1:3]"),
        (tray.lines[-2:], "$.lines[-2:]"),
        (tray.lines.pick(lambda one: one.drink), "$.lines[*].drink"),
        (tray.lines.where(lambda one: one.price > 3), "$.lines[?(@.price > 3)]"),
        (
            tray.lines.where(lambda one: (one.drink == "it's") | ~one.hot).pick(lambda one: one.price),
            r"$.lines[?(@.drink == 'it\'s' || !(@.hot == true))].price",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_part_of_a_list_is_a_path(part: Array[Any], path: str) -> None:
    made = pass_("Make", {"part": part})
    made >> end
    assert states(made)["Make"]["Parameters"] == {"part.$": path}


@pytest.mark.parametrize(
    ("condition", "operator"),
    [
        (tray.extra == "x", {"StringEquals": "x"}),
        (tray.extra == 3, {"NumericEquals": 3}),
        (tray.extra == True, {"BooleanEquals": True}),  # noqa: E712
        (tray.extra > tray.lines[0].price, None),
        (tray.extra.matches("x*"), {"StringMatches": "x*"}),
    ],
)
def test_a_value_of_unknown_kind_compares_as_what_it_is_compared_with(
    condition: Condition, operator: dict[str, object] | None
) -> None:
    if operator is not None:
        assert rule(condition) == {"Variable": "$.extra", **operator}
    else:
        assert "NumericGreaterThanPath" in str(condition)


def test_a_query_names_its_types_as_an_sdk_integration_does() -> None:
    found = query("Find", seats, attr("PK") == "hall", condition=attr("free") == True)  # noqa: E712
    each = map_("Each", pass_("One", {"free": found.each.PK}) >> end, items=found.Items)
    each >> end
    compiled = states(found, each)
    parameters = compiled["Find"]["Parameters"]
    assert parameters["KeyConditionExpression"] == "#PK = :hall"
    assert parameters["ExpressionAttributeValues"] == {":free": {"Bool": True}, ":hall": {"S": "hall"}}
    assert compiled["Each"]["ItemProcessor"]["States"]["One"]["Parameters"] == {"free.$": "$.PK.S"}


def test_a_transaction_writes_all_or_nothing() -> None:
    taken = ~attr("holder").exists()
    write = transact_write(
        "Take",
        transact_update(seats, {"PK": "a"}, set_(holder="me"), condition=taken),
        transact_put(seats, {"PK": "b", "free": True}),
    )
    write >> end
    items = states(write)["Take"]["Parameters"]["TransactItems"]
    assert items[0]["Update"]["ConditionExpression"] == "attribute_not_exists(#holder)"
    assert items[1]["Put"]["Item"] == {"PK": {"S": "b"}, "free": {"Bool": True}}
    assert {permission.action for permission in write.permissions} == {
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    }


def test_an_item_is_taken_away_and_read() -> None:
    gone = delete_item("Go", seats, {"PK": "a"}, condition=attr("holder") == "me", returns="ALL_OLD")
    gone >> end({"holder": gone.Attributes.holder})
    compiled = states(gone)["Go"]
    assert compiled["Resource"] == "arn:aws:states:::dynamodb:deleteItem"
    assert compiled["ResultSelector"] == {"holder.$": "$.Attributes.holder.S"}


def test_a_table_that_is_there_is_named_as_it_is() -> None:
    there = Table("seats", Seat, partition_key="PK", existing=True)
    gone = delete_item("Go", there, {"PK": "a"})
    gone >> end
    assert states(gone)["Go"]["Parameters"]["TableName"] == "seats"
    assert gone.permissions[0].resource.endswith(":table/seats")
