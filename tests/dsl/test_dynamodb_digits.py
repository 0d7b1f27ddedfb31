"""The digits of DynamoDB's numbers, which a Choice can only compare as text."""

from __future__ import annotations

from typing import Annotated

import pytest

from dsl import DefinitionError, Integer, Number, Shape, Str, dynamodb, optional, view
from dsl.dynamodb import digits


class Row(dynamodb.Item):
    PK: Str
    places: Annotated[Number, optional]


class Order(Shape):
    size: Integer


table = dynamodb.Table("Table", Row, partition_key="PK")


def test_the_digits_of_a_number_are_compared_as_text() -> None:
    row = dynamodb.get_item("Get", table, key={"PK": "a"})
    assert (digits(row.Item.places) >= "1")._rule() == {
        "And": [
            {"Variable": "$.get.Item.places.N", "IsPresent": True},
            {"Variable": "$.get.Item.places.N", "StringGreaterThanEquals": "1"},
        ]
    }


def test_a_number_of_json_has_no_digits_to_compare() -> None:
    with pytest.raises(DefinitionError, match="is a number already; only DynamoDB's numbers travel as text"):
        digits(view(Order).size)
