"""Conditions and updates of DynamoDB: never pasted together, always with placeholders for names and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dsl import Str, end, required
from dsl.dynamodb import (
    Item,
    Table,
    TableCondition,
    Update,
    add,
    attr,
    delete,
    get_item,
    remove,
    set_,
    set_once,
    update_item,
)
from tests.dsl.samples import KEY, body, order, refused, states, table

if TYPE_CHECKING:
    from collections.abc import Callable

the_name, the_count = attr("name"), attr("count")


def condition(written: TableCondition) -> Any:
    """Return the compiled condition: its text, and its values beside the one that is set."""
    task = update_item("Write", table, key=KEY, update=remove("token"), condition=written)
    parameters = body(task)["Parameters"]
    return parameters["ConditionExpression"], parameters.get("ExpressionAttributeValues", {})


def update(*clauses: Update) -> Any:
    """Return the compiled update: its text and its values."""
    parameters = body(update_item("Write", table, key=KEY, update=list(clauses)))["Parameters"]
    return parameters["UpdateExpression"], parameters.get("ExpressionAttributeValues", {})


class TestConditions:
    @pytest.mark.parametrize(
        ("written", "text"),
        [
            (the_name == "x", "#name = :x"),
            (the_name != "x", "#name <> :x"),
            (the_name < "x", "#name < :x"),
            (the_name <= "x", "#name <= :x"),
            (the_name > "x", "#name > :x"),
            (the_name >= "x", "#name >= :x"),
            (the_name.is_in("x", "y"), "#name IN (:x, :y)"),
            (the_name.exists(), "attribute_exists(#name)"),
            (~the_name.exists(), "attribute_not_exists(#name)"),
            (the_name.begins_with("x"), "begins_with(#name, :x)"),
            (the_name.contains("x"), "contains(#name, :x)"),
            (attr("members").contains("x"), "contains(#members, :x)"),
            (attr("members").size() < 3, "size(#members) < :members"),
            (the_name.size() == 0, "size(#name) = :name"),
            (~(the_name == "x"), "NOT (#name = :x)"),
            (~~(the_name == "x"), "#name = :x"),
            ((the_name == "x") & the_name.exists(), "#name = :x AND attribute_exists(#name)"),
            ((the_name == "x") | the_name.exists(), "#name = :x OR attribute_exists(#name)"),
            (
                (the_name == "x") & (the_count.exists() | ~the_name.exists()),
                "#name = :x AND (attribute_exists(#count) OR attribute_not_exists(#name))",
            ),
            (
                (the_name == "x") & the_count.exists() | ~the_name.exists(),
                "(#name = :x AND attribute_exists(#count)) OR attribute_not_exists(#name)",
            ),
            (~((the_name == "x") & the_count.exists()), "NOT (#name = :x AND attribute_exists(#count))"),
            (
                the_name.exists() & (the_count.exists() & the_name.exists()),
                "attribute_exists(#name) AND attribute_exists(#count) AND attribute_exists(#name)",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_an_operator_is_written_as_dynamodb_has_it(self, written: TableCondition, text: str) -> None:
        assert condition(written)[0] == text

    def test_a_value_travels_in_the_type_of_its_attribute(self) -> None:
        assert condition((the_name == "x") & (the_count > 3))[1] == {":x": {"S": "x"}, ":count": {"N": "3"}}

    def test_a_reference_travels_as_a_path(self) -> None:
        assert condition(the_name == order.userId) == ("#name = :userId", {":userId": {"S.$": "$.userId"}})

    def test_a_size_is_compared_with_a_number_whatever_the_attribute_is(self) -> None:
        assert condition(attr("members").size() < order.count)[1] == {
            ":count": {"N.$": "States.Format('{}', $.count)"}
        }

    def test_a_size_is_compared_with_a_number_of_another_item(self) -> None:
        got = get_item("Get", table, key=KEY)
        limit = required(got.Item.count)
        write = update_item(
            "Write", table, key=KEY, update=remove("token"), condition=attr("members").size() < limit
        )
        parameters = states(got >> write >> end)["Write"]["Parameters"]
        assert parameters["ExpressionAttributeValues"] == {":count": {"N.$": "$.get.Item.count.N"}}

    @pytest.mark.parametrize(
        ("written", "text"),
        [
            (order.userId == the_name, "#name = :userId"),
            (order.userId != the_name, "NOT (#name = :userId)"),
            (order.price > attr("members").size(), "size(#members) < :price"),
            (order.price <= the_count, "#count >= :price"),
            (3 < the_count, "#count > :count"),  # noqa: SIM300
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_an_attribute_may_stand_on_the_right(self, written: TableCondition, text: str) -> None:
        assert condition(written)[0] == text

    def test_equal_values_share_a_placeholder(self) -> None:
        text, values = condition((the_name == "x") | (attr("token") == "x"))
        assert text == "#name = :x OR #token = :x"
        assert values == {":x": {"S": "x"}}

    def test_different_values_never_share_a_placeholder(self) -> None:
        text, values = condition((the_name == "count") | (the_count == 1) | (the_count == 2))
        assert text == "#name = :count OR #count = :count2 OR #count = :count3"
        assert values == {":count": {"S": "count"}, ":count2": {"N": "1"}, ":count3": {"N": "2"}}

    @pytest.mark.parametrize(
        "hostile", ["a b", ":x) OR (1 = 1", "#name", "größe", "", "x" * 300, "'; DROP", "{}", "${x"]
    )
    def test_no_value_ever_becomes_part_of_the_text(self, hostile: str) -> None:
        text, values = condition(the_name == hostile)
        placeholder = text.removeprefix("#name = ")
        assert placeholder[1:].isidentifier()
        assert len(placeholder) <= 255
        assert values == {placeholder: {"S": hostile}}

    def test_a_field_with_an_odd_name_makes_a_plain_placeholder(self) -> None:
        assert condition(the_name == order.extra["odd name-ö"])[0] == "#name = :odd_name__"

    def test_attributes_whose_names_look_alike_keep_apart(self) -> None:
        # Two letters that no placeholder may hold.
        odd = Table("Odd", Alike, partition_key="PK")
        write = update_item(
            "Write", odd, key={"PK": "x"}, update=set_(größe="1"), condition=attr("grüße") == "2"
        )
        parameters = body(write)["Parameters"]
        assert parameters["UpdateExpression"] == "SET #gr__e = :gr__e"
        assert parameters["ConditionExpression"] == "#gr__e2 = :gr__e2"
        assert parameters["ExpressionAttributeNames"] == {"#gr__e": "größe", "#gr__e2": "grüße"}

    def test_names_and_values_are_listed_in_a_fixed_order(self) -> None:
        task = update_item(
            "Write",
            table,
            key=KEY,
            update=set_(token="z", name="a"),
            condition=(the_count == 1) & (the_name == "m"),
        )
        parameters = body(task)["Parameters"]
        assert list(parameters["ExpressionAttributeNames"]) == ["#count", "#name", "#token"]
        assert list(parameters["ExpressionAttributeValues"]) == [":a", ":count", ":m", ":z"]


class Alike(Item):
    PK: Str
    größe: Str
    grüße: Str


class TestRefusedConditions:
    def test_and_between_conditions_is_an_error(self) -> None:
        with refused(
            "a condition has no value yet; combine conditions with &, | and ~, not with and, or, not"
        ):
            _ = (the_name == "x") and (the_count == 1)

    def test_a_misspelt_attribute_suggests_the_right_one(self) -> None:
        with refused("Row has no attribute 'nmae' (did you mean 'name'?)", state="Write"):
            condition(attr("nmae") == "x")

    def test_a_value_of_another_type_is_an_error(self) -> None:
        with refused("attribute 'count' is of DynamoDB's type N; 'x' does not fit it", state="Write"):
            condition(the_count == "x")

    def test_an_attribute_is_not_compared_with_an_attribute(self) -> None:
        with refused(
            "attribute 'name' is of DynamoDB's type S; attr('token') does not fit it", state="Write"
        ):
            condition(the_name == attr("token"))  # type: ignore[operator]

    def test_only_conditions_on_attributes_combine(self) -> None:
        with refused(
            "attr('token') is no condition on attributes; compare attr(...) with something, or ask if it exists()"
        ):
            _ = (the_name == "x") & attr("token")  # type: ignore[operator]

    def test_a_choice_s_condition_is_no_condition_on_attributes(self) -> None:
        with refused(
            '<condition {"Variable": "$.paid", "BooleanEquals": true}> is no condition on attributes; '
            "compare attr(...) with something, or ask if it exists()"
        ):
            _ = (the_name == "x") & (order.paid == True)  # type: ignore[operator]  # noqa: E712

    @pytest.mark.parametrize(
        ("written", "message"),
        [
            (lambda: attr("open") < True, "< works on type S or N; attribute 'open' is of type BOOL"),
            (lambda: attr("members") >= "x", ">= works on type S or N; attribute 'members' is of type SS"),
            (
                lambda: the_count.begins_with("1"),
                "begins_with works on type S; attribute 'count' is of type N",
            ),
            (
                lambda: the_count.contains("1"),
                "contains works on type S or SS; attribute 'count' is of type N",
            ),
            (
                lambda: the_count.size() > 1,
                "size works on type S or SS or L or M; attribute 'count' is of type N",
            ),
        ],
    )
    def test_an_operator_that_dynamodb_has_not_for_the_type_is_an_error(
        self, written: Callable[[], TableCondition], message: str
    ) -> None:
        with refused(message, state="Write"):
            condition(written())

    @pytest.mark.parametrize("count", [0, 101])
    def test_a_list_of_values_has_one_to_a_hundred(self, count: int) -> None:
        with refused(f"is_in() takes 1 to 100 values, not {count}"):
            the_name.is_in(*map(str, range(count)))


class TestUpdates:
    @pytest.mark.parametrize(
        ("written", "text", "values"),
        [
            (set_(name="x"), "SET #name = :x", {":x": {"S": "x"}}),
            (set_once(name="x"), "SET #name = if_not_exists(#name, :x)", {":x": {"S": "x"}}),
            (set_(name="x", token="x"), "SET #name = :x, #token = :x", {":x": {"S": "x"}}),
            (remove("token", "count"), "REMOVE #token, #count", {}),
            (add("count", 1), "ADD #count :count", {":count": {"N": "1"}}),
            (add("members", {"a"}), "ADD #members :a", {":a": {"SS": ["a"]}}),
            (
                delete("members", {order.orderId}),
                "DELETE #members :orderId",
                {":orderId": {"SS.$": "States.Array($.orderId)"}},
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_a_clause_is_written_as_dynamodb_has_it(
        self, written: Update, text: str, values: dict[str, Any]
    ) -> None:
        assert update(written) == (text, values)

    def test_the_order_of_clauses_does_not_change_the_update(self) -> None:
        one, two, three = set_(name="x"), remove("token"), add("count", 1)
        text = "SET #name = :x REMOVE #token ADD #count :count"
        assert update(one, two, three)[0] == update(three, two, one)[0] == text

    def test_several_clauses_of_one_kind_become_one(self) -> None:
        assert update(set_(name="x"), set_(token="y"))[0] == "SET #name = :x, #token = :y"

    @pytest.mark.parametrize("clauses", [[], [set_()], [remove()]])
    def test_an_update_changes_something(self, clauses: list[Update]) -> None:
        with refused("an update without any change; give set_(), add(), remove() or delete()", state="Write"):
            update(*clauses)

    def test_an_attribute_is_updated_once(self) -> None:
        with refused("the update touches 'name' twice, which DynamoDB refuses", state="Write"):
            update(set_(name="x"), set_(name="y"))

    def test_the_key_is_never_updated(self) -> None:
        with refused("an update cannot change the key (SK)", state="Write"):
            update(set_(SK="x"))

    def test_what_every_item_has_is_never_removed(self) -> None:
        with refused("it removes 'name', which every Row has; declare it optional", state="Write"):
            update(remove("name"))

    def test_only_numbers_and_sets_are_added_to(self) -> None:
        with refused("ADD works on type N or SS; attribute 'name' is of type S", state="Write"):
            update(add("name", "x"))  # type: ignore[arg-type]

    def test_only_from_sets_members_are_taken(self) -> None:
        with refused("DELETE works on type SS; attribute 'count' is of type N", state="Write"):
            update(delete("count", {"x"}))

    def test_a_misspelt_attribute_suggests_the_right_one(self) -> None:
        with refused("Row has no attribute 'nmae' (did you mean 'name'?)", state="Write"):
            update(set_(nmae="x"))
