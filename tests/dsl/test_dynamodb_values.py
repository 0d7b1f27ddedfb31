"""Items: what attributes are in DynamoDB's notation, read and written."""

from __future__ import annotations

from typing import Any

import pytest

from dsl import Array, Placeholder, Shape, Str, choice, context, end, required, succeed
from dsl.dynamodb import Item, Table, get_item, put_item
from dsl.intrinsics import array, format_string
from tests.dsl.samples import KEY, Row, ask, body, definition, order, refused, states, steady, table


def item(**values: Any) -> Any:
    """Return the compiled item of a put, beside what every row has."""
    task = put_item("Put", table, {**KEY, "name": "x", **values})
    compiled = body(task)["Parameters"]["Item"]
    return {name: compiled[name] for name in values}


class TestWriting:
    @pytest.mark.parametrize(
        ("value", "compiled"),
        [
            ({"name": "text"}, {"name": {"S": "text"}}),
            ({"name": ""}, {"name": {"S": ""}}),
            ({"name": Placeholder("Name")}, {"name": {"S": "${Name}"}}),
            ({"count": 3}, {"count": {"N": "3"}}),
            ({"count": 1.5}, {"count": {"N": "1.5"}}),
            ({"count": -0}, {"count": {"N": "0"}}),
            ({"count": Placeholder("Limit")}, {"count": {"N": "${Limit}"}}),
            ({"open": True}, {"open": {"BOOL": True}}),
            ({"members": {"b", "a"}}, {"members": {"SS": ["a", "b"]}}),
            ({"parts": [{"S": "x"}]}, {"parts": {"L": [{"S": "x"}]}}),
            ({"blob": {"a": {"S": "x"}}}, {"blob": {"M": {"a": {"S": "x"}}}}),
        ],
        ids=steady,
    )
    def test_a_literal_is_wrapped_in_the_type_of_its_attribute(
        self, value: dict[str, Any], compiled: dict[str, Any]
    ) -> None:
        assert item(**value) == compiled

    @pytest.mark.parametrize(
        ("value", "compiled"),
        [
            ({"name": order.orderId}, {"name": {"S.$": "$.orderId"}}),
            ({"name": order.placed}, {"name": {"S.$": "$.placed"}}),
            ({"name": order.extra["a"]}, {"name": {"S.$": "$.extra.a"}}),
            ({"name": format_string("x")}, {"name": {"S.$": "States.Format('x')"}}),
            ({"count": order.price}, {"count": {"N.$": "States.Format('{}', $.price)"}}),
            ({"open": order.paid}, {"open": {"BOOL.$": "$.paid"}}),
            ({"members": {order.orderId, "a"}}, {"members": {"SS.$": "States.Array($.orderId, 'a')"}}),
            ({"members": array("a")}, {"members": {"SS.$": "States.Array('a')"}}),
        ],
        ids=steady,
    )
    def test_a_reference_is_wrapped_in_the_type_of_its_attribute(
        self, value: dict[str, Any], compiled: dict[str, Any]
    ) -> None:
        assert item(**value) == compiled

    def test_the_order_of_a_set_never_changes_the_document(self) -> None:
        words = [f"w{number}" for number in range(50)]
        assert item(members=set(words)) == {"members": {"SS": sorted(words)}}

    def test_a_dynamodb_number_is_written_back_as_it_is(self) -> None:
        got = get_item("Get", table, key=KEY)
        put = put_item("Put", table, {**KEY, "name": "x", "count": required(got.Item.count)})
        assert states(got >> put >> end)["Put"]["Parameters"]["Item"]["count"] == {
            "N.$": "$.get.Item.count.N"
        }

    @pytest.mark.parametrize(
        ("name", "letter", "value"),
        [
            ("name", "S", 3),
            ("name", "S", None),
            ("name", "S", order.price),
            ("name", "S", {"a"}),
            ("count", "N", "3"),
            ("count", "N", True),
            ("count", "N", float("nan")),
            ("count", "N", order.orderId),
            ("open", "BOOL", 1),
            ("open", "BOOL", order.orderId),
            ("members", "SS", set()),
            ("members", "SS", ["a"]),
            ("members", "SS", {1}),
            ("members", "SS", order.tags),
            ("parts", "L", "x"),
            ("blob", "M", ["x"]),
        ],
        ids=steady,
    )
    def test_a_value_of_another_type_is_an_error(self, name: str, letter: str, value: Any) -> None:
        with refused(
            f"attribute {name!r} is of DynamoDB's type {letter}; {value!r} does not fit it", state="Put"
        ):
            item(**{name: value})

    def test_a_member_of_a_set_of_strings_is_a_string(self) -> None:
        with refused(
            "attribute 'members' is of DynamoDB's type S; <Number $.price> does not fit it", state="Put"
        ):
            item(members={order.price})

    def test_a_misspelt_attribute_suggests_the_right_one(self) -> None:
        with refused("Row has no attribute 'nmae' (did you mean 'name'?)", state="Put"):
            item(nmae="x")

    def test_a_put_writes_every_attribute_that_an_item_must_have(self) -> None:
        with refused("the item lacks SK, name; a put replaces the whole item", state="Put"):
            put_item("Put", table, {"PK": "row"})


class TestReading:
    @pytest.mark.parametrize(
        ("name", "path"),
        [
            ("name", "$.get.Item.name.S"),
            ("count", "$.get.Item.count.N"),
            ("open", "$.get.Item.open.BOOL"),
            ("members", "$.get.Item.members.SS"),
            ("parts", "$.get.Item.parts.L"),
            ("blob", "$.get.Item.blob.M"),
        ],
    )
    def test_an_attribute_is_read_inside_its_type(self, name: str, path: str) -> None:
        assert path in repr(getattr(get_item("Get", table, key=KEY).Item, name))

    def test_a_boolean_attribute_is_a_condition(self) -> None:
        got = get_item("Get", table, key=KEY)
        compiled = states(got >> choice("Open?", (got.Item.open, succeed("Yes")), otherwise=succeed("No")))
        assert compiled["Open?"]["Choices"][0]["And"][1] == {
            "Variable": "$.get.Item.open.BOOL",
            "BooleanEquals": True,
        }

    def test_an_item_may_be_missing_so_each_of_its_attributes_may(self) -> None:
        got = get_item("Get", table, key=KEY)
        with refused(
            "it reads $.get.Item.name.S, which may not be there. On the route 'Get' → 'Read' nothing makes sure of "
            "it; it is optional, so test it with is_present() on the way, or take it for granted with required()",
            state="Read",
        ):
            definition(got >> ask("Read", name=got.Item.name) >> end)

    def test_a_misspelt_attribute_suggests_the_right_one(self) -> None:
        with refused("Row ($.get.Item) has no field 'nmae' (did you mean 'name'?)"):
            _ = get_item("Get", table, key=KEY).Item.nmae  # type: ignore[attr-defined]


class Odd(Item):
    PK: Str
    tags: Array[Str]


class Plain(Shape):
    PK: Str


class TestTables:
    def test_a_table_is_a_name_that_the_deployment_binds(self) -> None:
        assert table.name == "${RowTableName}"
        assert table.arn == "${RowTableArn}"
        assert repr(table) == "<Table ${RowTableName}>"

    def test_the_key_of_a_table_is_declared_by_its_item(self) -> None:
        with refused("Row has no attribute 'SKK' (did you mean 'SK'?)"):
            Table("RowTable", Row, partition_key="PK", sort_key="SKK")

    @pytest.mark.parametrize(
        ("key", "given"), [({}, "empty"), ({"PK": "x"}, "PK"), ({**KEY, "name": "x"}, "PK, SK, name")]
    )
    def test_a_key_is_complete_and_nothing_else(self, key: dict[str, str], given: str) -> None:
        with refused(f"the key of Row is PK and SK, not {given}", state="Get"):
            get_item("Get", table, key=key)

    def test_a_key_may_hold_references(self) -> None:
        compiled = body(get_item("Get", table, key={"PK": "row", "SK": context.execution.name}))
        assert compiled["Parameters"]["Key"] == {"PK": {"S": "row"}, "SK": {"S.$": "$$.Execution.Name"}}

    def test_an_attribute_is_of_a_type_that_dynamodb_has(self) -> None:
        odd = Table("Odd", Odd, partition_key="PK")
        with refused(
            "dsl.values.references.Array[dsl.values.references.Str] is no attribute type; "
            "use Str, Number, Bool, StringSet, List or Anything",
            state="Put",
        ):
            put_item("Put", odd, {"PK": "x", "tags": ["x"]})
