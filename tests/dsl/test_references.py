"""References: what a path is, and which mistakes about paths surface at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, assert_type, get_type_hints

import pytest

from dsl import Anything, Array, OneOf, Shape, Str, context, end, json_schema, optional, required, slot, view
from dsl.values.expressions import ReferencePath as Place
from dsl.values.references import fields
from tests.dsl.samples import Drink, Order, ask, definition, order, refused, rule, states

# mypy is told to look away where a test writes on purpose what mypy would refuse.


def path(reference: object) -> str:
    """Return the path as a payload would hold it."""
    return repr(reference).split(" ")[1].removesuffix(">")


def test_the_view_of_the_input_starts_at_the_root() -> None:
    assert path(order) == "$"


def test_reading_a_field_gives_the_path_to_it() -> None:
    assert path(order.orderId) == "$.orderId"


def test_fields_of_fields_are_read_the_same_way() -> None:
    assert path(order.drink.name) == "$.drink.name"


def test_an_element_of_a_list_is_read_by_its_index() -> None:
    assert path(order.drinks[0].name) == "$.drinks[0].name"


def test_a_declared_kind_decides_the_class_of_the_reference() -> None:
    assert_type(order.orderId, Str)
    assert type(order.orderId) is Str
    assert type(order.drink) is Drink


def test_anything_goes_deeper_without_a_declaration() -> None:
    assert path(order.extra["a"][3]["b"]) == "$.extra.a[3].b"


@pytest.mark.parametrize(
    ("step", "written"),
    [
        ("plain_1", "$.extra.plain_1"),
        ("two words", "$.extra['two words']"),
        ("it's", "$.extra['it\\'s']"),
        ("back\\slash", "$.extra['back\\\\slash']"),
        ("größe", "$.extra['größe']"),
        ("1st", "$.extra['1st']"),
        ("", "$.extra['']"),
        ("a.b", "$.extra['a.b']"),
    ],
)
def test_a_field_that_is_no_plain_word_is_quoted(step: str, written: str) -> None:
    assert repr(order.extra[step]) == f"<Anything {written}>"


def test_the_context_object_has_its_own_root() -> None:
    assert path(context.execution.id) == "$$.Execution.Id"
    assert path(context.state.entered_time) == "$$.State.EnteredTime"
    assert path(context.execution.input["orderId"]) == "$$.Execution.Input.orderId"


def test_a_misspelt_field_suggests_the_right_one() -> None:
    with refused("Order ($) has no field 'orderID' (did you mean 'orderId'?)"):
        _ = order.orderID  # type: ignore[attr-defined]


def test_a_field_unlike_any_other_is_answered_with_all_of_them() -> None:
    with refused("Drink ($.drink) has no field 'zzz' (there are: hot, name, price)"):
        _ = order.drink.zzz  # type: ignore[attr-defined]


def test_the_message_about_a_field_points_at_the_line_that_read_it() -> None:
    with refused("Order ($) has no field 'orderID' (did you mean 'orderId'?)") as refusal:
        _ = order.orderID  # type: ignore[attr-defined]
    assert "= order.orderID" in line_of(refusal)


def line_of(refusal: refused) -> str:
    return Path(__file__).read_text().splitlines()[refusal.line - 1]


class Base(Shape):
    first: Str


class Derived(Base):
    second: Str


def test_a_shape_has_the_fields_of_the_shape_that_it_derives_from() -> None:
    assert path(view(Derived).first) == "$.first"
    assert list(json_schema(Derived)["properties"]) == ["first", "second"]  # type: ignore[arg-type]


class Words(Shape):
    items: Str
    keys: Str
    get: Str
    matches: Str
    format: Str


@pytest.mark.parametrize("name", ["items", "keys", "get", "matches", "format"])
def test_any_public_name_may_be_a_field(name: str) -> None:
    assert path(getattr(view(Words), name)) == f"$.{name}"


class Broken(Shape):
    count: int


def test_a_field_that_is_declared_with_a_python_type_is_an_error() -> None:
    with refused("$.count is declared as <class 'int'>, which is no kind of reference; write Integer"):
        _ = view(Broken).count


class Unknown(Shape):
    name: Missing  # type: ignore[name-defined]  # noqa: F821


def test_a_field_whose_kind_is_not_imported_is_an_error() -> None:
    with refused(
        "Unknown declares a field as 'Missing', which its module does not know while it runs; "
        "import it there, and not under TYPE_CHECKING"
    ):
        _ = view(Unknown).name


def test_a_reference_has_no_truth() -> None:
    with refused(
        "$.orderId has no value while the workflow is being described; combine conditions with &, | and ~"
    ):
        if order.orderId:
            pass


def test_a_reference_cannot_stand_in_an_f_string() -> None:
    with refused(
        "<Str $.orderId> has no value while the workflow is being described, so text cannot hold it; "
        "use format_string('... {}', value)"
    ):
        f"order {order.orderId}"


def test_python_cannot_iterate_over_a_list_that_is_not_there_yet() -> None:
    with refused(
        "<Array $.tags> has no elements while the workflow is being described, so Python cannot iterate over it"
    ):
        list(order.tags)  # type: ignore[call-overload]


def test_python_cannot_look_into_a_value_of_unknown_kind() -> None:
    with refused(
        "<Anything $.extra> has no elements while the workflow is being described, so Python cannot iterate over it"
    ):
        _ = "x" in order.extra  # type: ignore[operator]


@pytest.mark.parametrize("value", [order.drink, order.tags, order], ids=repr)
def test_only_a_string_a_number_a_boolean_or_a_time_is_compared(value: object) -> None:
    with refused(
        f"{value!r} cannot be compared: a condition needs a reference whose declared kind is a string, "
        "a number, a boolean or a timestamp"
    ):
        _ = value == "x"


def test_references_can_be_kept_in_sets_and_dictionaries() -> None:
    assert len({order.orderId, order.userId, order.extra}) == 3


def test_required_takes_an_optional_place_for_granted() -> None:
    assert rule(required(order.note) == "x") == {"Variable": "$.note", "StringEquals": "x"}


def test_required_leaves_the_reference_itself_as_it_was() -> None:
    note = order.note
    required(note)
    assert "And" in rule(note == "x")


def test_required_says_nothing_about_what_lies_deeper() -> None:
    compiled = rule(required(order.drink).hot == True)  # noqa: E712
    assert compiled["And"][0] == {"Variable": "$.drink.hot", "IsPresent": True}


@pytest.mark.parametrize("name", ["two words", "", "1st", "a.b", "größe", "$.x"])
def test_the_name_of_a_slot_is_a_plain_word(name: str) -> None:
    with refused(f"{name!r} cannot name a slot: use letters, digits and _, a letter first"):
        slot(Order, name)


class Reply(Shape):
    verdict: Annotated[Str, OneOf("yes", "no")]
    lines: Array[Drink]
    more: Annotated[Anything, optional]


def test_the_schema_of_a_shape_is_closed_and_requires_what_is_not_optional() -> None:
    assert json_schema(Reply) == {
        "type": "object",
        "properties": {
            "verdict": {"type": "string", "enum": ["yes", "no"]},
            "lines": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "price": {"type": "number"},
                        "hot": {"type": "boolean"},
                    },
                    "required": ["name", "price"],
                    "additionalProperties": False,
                },
            },
            "more": {},
        },
        "required": ["verdict", "lines"],
        "additionalProperties": False,
    }


def test_what_is_no_reference_has_no_schema() -> None:
    with refused("<class 'int'> is no kind of reference"):
        json_schema(int)


@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("Get shop", "$.getShop"),
        ("DynamoDB Get Shop status", "$.dynamoDBGetShopStatus"),
        ("TT", "$.tt"),
        ("Emit - order (2nd time)", "$.emitOrder2ndTime"),
        ("3 tries", "$.s3Tries"),
        ("Café öffnen", "$.cafeOffnen"),
        ("注文", "$.result"),
        ("--", "$.result"),
    ],
)
def test_the_result_of_a_state_is_kept_under_the_words_of_its_name(name: str, root: str) -> None:
    first = ask(name)
    compiled = states(first >> ask("Read it", text=first.Payload.text) >> end)
    assert compiled[name]["ResultPath"] == root
    assert compiled["Read it"]["Parameters"]["Payload"] == {"text.$": f"{root}.Payload.text"}


def test_a_name_in_any_script_compiles() -> None:
    assert definition(ask("注文を受ける ☕") >> end)["StartAt"] == "注文を受ける ☕"


class Sign(Shape):
    note: Annotated[Str, optional]
    state: Annotated[Str, optional, OneOf("open", "closed")]


class Menu(Sign):
    drinks: Array[Drink]
    later: Array["Drink"]  # noqa: UP037  # text within text is looked up too
    best: Drink


@pytest.mark.parametrize("shape", [Sign, Menu, Reply, Order, Drink])
def test_the_fields_of_a_shape_are_what_python_says_of_its_annotations(shape: type[Shape]) -> None:
    hints = get_type_hints(shape, include_extras=True)
    plain = get_type_hints(shape)
    public = [name for name in hints if not name.startswith("_")]
    assert {name: field.annotation for name, field in fields(shape).items()} == {
        name: plain[name] for name in public
    }
    assert list(fields(shape)) == public
    marked = {name for name in public if optional in getattr(hints[name], "__metadata__", ())}
    assert {name for name, field in fields(shape).items() if field.optional} == marked


def test_two_paths_are_the_same_if_they_lead_to_the_same_place() -> None:
    one, other = Place("$").child("a"), Place("$").child("a", optional=True).grant()
    assert (one == other, hash(one) == hash(other), len({one, other})) == (True, True, 1)
    assert one != Place("$.a")
    assert one != Place("$").child("b")
