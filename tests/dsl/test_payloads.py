"""Payload templates: where references stand, and what is no payload."""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum
from typing import Any

import pytest

from dsl import InvalidDefinitionError, Payload, Placeholder, context
from dsl.intrinsics import format_string, uuid
from tests.dsl.samples import KEY, ask, body, order, refused, table


def payload(**fields: Payload) -> Any:
    return body(ask("Ask", **fields))["Parameters"]["Payload"]


def test_a_literal_stays_as_it_is() -> None:
    given = {"a": "x", "b": 1, "c": 1.5, "d": True, "e": None, "f": [1, [2]], "g": {"h": {}}, "i": []}
    assert payload(**given) == given  # type: ignore[arg-type]


def test_a_reference_gives_its_field_the_suffix_of_a_path() -> None:
    assert payload(id=order.orderId) == {"id.$": "$.orderId"}


def test_a_reference_may_stand_at_any_depth() -> None:
    assert payload(a={"b": {"c": order.orderId}}) == {"a": {"b": {"c.$": "$.orderId"}}}


def test_a_reference_may_stand_in_an_object_in_a_list() -> None:
    assert payload(a=[{"id": order.orderId}, {"id": "x"}]) == {"a": [{"id.$": "$.orderId"}, {"id": "x"}]}


def test_a_list_with_references_is_built_by_a_function() -> None:
    assert payload(a=["x", order.orderId, 3, None]) == {"a.$": "States.Array('x', $.orderId, 3, null)"}


def test_lists_of_lists_with_references_are_built_by_nested_functions() -> None:
    assert payload(a=[[order.orderId], ["x", []]]) == {
        "a.$": "States.Array(States.Array($.orderId), States.Array('x', States.Array()))"
    }


def test_a_list_cannot_mix_references_with_objects() -> None:
    task = ask("Ask", outer={"lines": [order.orderId, {"a": 1}]})
    with refused(
        "the field 'lines': a list cannot mix references with objects; put the references into the objects",
        state="Ask",
    ):
        body(task)


def test_a_tuple_is_a_list() -> None:
    assert payload(a=("x", 1)) == {"a": ["x", 1]}


def test_a_view_stands_for_the_whole_object() -> None:
    assert payload(all=order, drink=order.drinks) == {"all.$": "$", "drink.$": "$.drinks"}


def test_the_context_object_may_be_read() -> None:
    assert payload(id=context.execution.id) == {"id.$": "$$.Execution.Id"}


def test_a_call_may_stand_where_a_value_may() -> None:
    assert payload(a=uuid()) == {"a.$": "States.UUID()"}


def test_a_dynamodb_number_is_sent_as_a_number() -> None:
    from dsl import end, required
    from dsl.dynamodb import get_item
    from tests.dsl.samples import states

    got = get_item("Get", table, key=KEY)
    task = ask("Ask", one=required(got.Item.count), many=[required(got.Item.count)])
    assert states(got >> task >> end)["Ask"]["Parameters"]["Payload"] == {
        "one.$": "States.StringToJson($.get.Item.count.N)",
        "many.$": "States.Array(States.StringToJson($.get.Item.count.N))",
    }


def test_the_suffix_is_never_written_by_hand() -> None:
    task = ask("Ask", **{"id.$": "$.orderId"})
    with refused("the field 'id.$': name it without '.$' and give it a reference as its value", state="Ask"):
        body(task)


def test_a_text_that_looks_like_a_path_is_refused_since_it_was_meant_as_one() -> None:
    with pytest.raises(InvalidDefinitionError, match="NO_DOLLAR"):
        payload(a="$.orderId")


class Size(StrEnum):
    SMALL = "small"


class Old(str, Enum):  # noqa: UP042  # what a StrEnum is in older code
    SMALL = "small"


class Level(IntEnum):
    LOW = 1


def test_a_member_of_an_enumeration_is_sent_as_its_value() -> None:
    assert payload(a=Size.SMALL, b=Old.SMALL, c=Level.LOW) == {"a": "small", "b": "small", "c": 1}
    assert type(payload(b=Old.SMALL)["b"]) is str


@pytest.mark.parametrize(
    "value",
    [{1, 2}, b"x", object, float("nan"), float("inf"), 1j, order.orderId == "x"],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_write_is_an_error(value: Any) -> None:
    task = ask("Ask", a={"b": [value]})
    with refused(f"the field 'b': {value!r} is neither JSON nor a reference", state="Ask"):
        body(task)


def test_a_state_in_place_of_its_result_is_an_error() -> None:
    other: Any = ask("Other")
    task = ask("Ask", a=other)
    with refused(f"the field 'a': {other!r} is neither JSON nor a reference", state="Ask"):
        body(task)


def test_a_name_that_is_no_string_is_an_error() -> None:
    task = ask("Ask", a={1: "x"})  # type: ignore[dict-item]
    with refused("the field 1: a field's name is a string", state="Ask"):
        body(task)


def test_a_placeholder_stands_as_it_is_written_until_it_is_bound() -> None:
    assert payload(a=Placeholder("Name"), b=format_string("{}-x", Placeholder("Name"))) == {
        "a": "${Name}",
        "b.$": "States.Format('{}-x', '${Name}')",
    }
