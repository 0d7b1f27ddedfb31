"""A table, and the items that it starts with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from infra.table import attribute_value

if TYPE_CHECKING:
    from tests.infra.conftest import RecordProgram

TABLE = """
items = {"first": {"PK": "a", "SK": "b", "n": 1}}
Table("things", TableConfig(partition_key="PK", sort_key="SK", first_items=items), place=place)
"""


def test_a_table_has_string_keys_and_is_paid_by_the_request(recorded: RecordProgram) -> None:
    table = recorded(TABLE).get("aws:dynamodb/table:Table", "things")
    assert table.inputs["hashKey"] == "PK"
    assert table.inputs["rangeKey"] == "SK"
    assert table.inputs["billingMode"] == "PAY_PER_REQUEST"
    assert table.inputs["attributes"] == [{"name": "PK", "type": "S"}, {"name": "SK", "type": "S"}]


def test_a_first_item_never_overwrites_a_living_one(recorded: RecordProgram) -> None:
    item = recorded(TABLE).get("TableItem", "things-first")
    assert json.loads(str(item.inputs["item"])) == {"PK": {"S": "a"}, "SK": {"S": "b"}, "n": {"N": "1"}}
    assert item.options.ignore_changes == ("item",)


@pytest.mark.parametrize("protected", [True, False])
def test_a_protected_table_cannot_be_deleted_nor_can_its_items_and_it_can_be_restored(
    recorded: RecordProgram, protected: bool
) -> None:
    recording = recorded(
        'Table("things", TableConfig(partition_key="PK", first_items={"first": {"PK": "a"}},'
        f" protected={protected}), place=place)"
    )
    table = recording.get("aws:dynamodb/table:Table", "things")
    assert table.inputs["deletionProtectionEnabled"] is protected
    assert table.inputs["pointInTimeRecovery"] == {"enabled": protected}
    # The component as well: a resource of Pulumi's state needs its parent there.
    assert {
        resource.type.rpartition(":")[2]: bool(resource.options.protect) for resource in recording.resources
    } == {
        "Table": protected,
        "TableItem": protected,
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("20", {"S": "20"}),
        (20, {"N": "20"}),
        (True, {"BOOL": True}),
        (["a", 1], {"L": [{"S": "a"}, {"N": "1"}]}),
        ({"a": [False]}, {"M": {"a": {"L": [{"BOOL": False}]}}}),
    ],
)
def test_python_values_become_dynamodb_s(value: object, expected: object) -> None:
    assert attribute_value(value) == expected  # type: ignore[arg-type]
