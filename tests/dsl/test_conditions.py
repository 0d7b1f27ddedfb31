"""Conditions of a Choice: what each operator compiles to, when it holds, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from dsl import (
    Condition,
    DefinitionError,
    choice,
    end,
    is_boolean,
    is_null,
    is_number,
    is_present,
    is_string,
    is_timestamp,
    succeed,
)
from tests.dice import Dice, thrown
from tests.dsl.choices import holds
from tests.dsl.samples import KEY, ask, order, refused, rule, states, table

if TYPE_CHECKING:
    from collections.abc import Callable

EARLY, LATE = "2026-01-01T08:00:00Z", "2026-01-01T09:00:00Z"
INPUT: dict[str, Any] = {
    "orderId": "b",
    "userId": "b",
    "count": 2,
    "price": 2.5,
    "paid": True,
    "placed": EARLY,
    "tags": ["x"],
    "drinks": [],
    "extra": None,
}


class TestComparisons:
    @pytest.mark.parametrize(
        ("condition", "compiled"),
        [
            (order.orderId == "x", {"StringEquals": "x"}),
            (order.orderId < "x", {"StringLessThan": "x"}),
            (order.orderId <= "x", {"StringLessThanEquals": "x"}),
            (order.orderId > "x", {"StringGreaterThan": "x"}),
            (order.orderId >= "x", {"StringGreaterThanEquals": "x"}),
            (order.orderId.matches("a*"), {"StringMatches": "a*"}),
            (order.orderId == order.userId, {"StringEqualsPath": "$.userId"}),
        ],
    )
    def test_strings_compare_with_the_string_operators(
        self, condition: Condition, compiled: dict[str, object]
    ) -> None:
        assert rule(condition) == {"Variable": "$.orderId", **compiled}

    @pytest.mark.parametrize(
        ("condition", "compiled"),
        [
            (order.price == 3, {"NumericEquals": 3}),
            (order.price < 3.5, {"NumericLessThan": 3.5}),
            (order.price <= -1, {"NumericLessThanEquals": -1}),
            (order.price > 3, {"NumericGreaterThan": 3}),
            (order.price >= 3, {"NumericGreaterThanEquals": 3}),
        ],
    )
    def test_numbers_compare_with_the_numeric_operators(
        self, condition: Condition, compiled: dict[str, object]
    ) -> None:
        assert rule(condition) == {"Variable": "$.price", **compiled}

    def test_numbers_compare_with_numbers_in_the_data(self) -> None:
        assert rule(order.count < order.price) == {"Variable": "$.count", "NumericLessThanPath": "$.price"}

    @pytest.mark.parametrize(
        ("condition", "compiled"),
        [
            (order.placed == EARLY, {"TimestampEquals": EARLY}),
            (order.placed < EARLY, {"TimestampLessThan": EARLY}),
            (order.placed <= EARLY, {"TimestampLessThanEquals": EARLY}),
            (order.placed > EARLY, {"TimestampGreaterThan": EARLY}),
            (order.placed >= EARLY, {"TimestampGreaterThanEquals": EARLY}),
            (order.placed < order.placed, {"TimestampLessThanPath": "$.placed"}),
        ],
    )
    def test_times_compare_with_the_timestamp_operators(
        self, condition: Condition, compiled: dict[str, object]
    ) -> None:
        assert rule(condition) == {"Variable": "$.placed", **compiled}

    def test_a_boolean_is_a_condition_by_itself(self) -> None:
        assert rule(order.paid) == {"Variable": "$.paid", "BooleanEquals": True}

    def test_a_boolean_compares_with_a_boolean(self) -> None:
        assert rule(order.paid == False) == {"Variable": "$.paid", "BooleanEquals": False}  # noqa: E712

    def test_a_literal_may_stand_on_the_left(self) -> None:
        # mypy takes the word of str that this gives a bool.
        assert rule("x" == order.orderId) == rule(order.orderId == "x")  # type: ignore[arg-type]  # noqa: SIM300
        assert rule(3 < order.price) == rule(order.price > 3)  # noqa: SIM300

    def test_different_is_the_opposite_of_equal(self) -> None:
        assert rule(order.orderId != "x") == {"Not": {"Variable": "$.orderId", "StringEquals": "x"}}
        assert rule(order.price != 3) == {"Not": {"Variable": "$.price", "NumericEquals": 3}}
        assert rule(order.placed != EARLY) == {"Not": {"Variable": "$.placed", "TimestampEquals": EARLY}}
        assert rule(order.paid != True) == {"Not": {"Variable": "$.paid", "BooleanEquals": True}}  # noqa: E712

    def test_being_one_of_several_is_any_of_the_equalities(self) -> None:
        assert rule(order.orderId.is_in("x", "y")) == {
            "Or": [
                {"Variable": "$.orderId", "StringEquals": "x"},
                {"Variable": "$.orderId", "StringEquals": "y"},
            ]
        }

    def test_being_one_of_one_is_an_equality(self) -> None:
        assert rule(order.orderId.is_in("x")) == {"Variable": "$.orderId", "StringEquals": "x"}


class TestTestsOfKind:
    @pytest.mark.parametrize(
        ("test", "name"),
        [
            (is_null, "IsNull"),
            (is_string, "IsString"),
            (is_number, "IsNumeric"),
            (is_boolean, "IsBoolean"),
            (is_timestamp, "IsTimestamp"),
            (is_present, "IsPresent"),
        ],
    )
    def test_a_test_of_kind_compiles_to_its_operator(
        self, test: Callable[[object], Condition], name: str
    ) -> None:
        assert rule(test(order.extra)) == {"Variable": "$.extra", name: True}

    def test_a_test_of_kind_asks_for_an_optional_value_first(self) -> None:
        assert rule(is_string(order.note)) == {
            "And": [{"Variable": "$.note", "IsPresent": True}, {"Variable": "$.note", "IsString": True}]
        }

    def test_absence_is_written_without_a_not(self) -> None:
        assert rule(~is_present(order.note)) == {"Variable": "$.note", "IsPresent": False}


class TestGuards:
    """A missing value equals nothing, and AWS never sees a comparison of one."""

    def test_a_comparison_of_an_optional_value_asks_for_its_presence_first(self) -> None:
        assert rule(order.note == "x") == {
            "And": [{"Variable": "$.note", "IsPresent": True}, {"Variable": "$.note", "StringEquals": "x"}]
        }

    def test_a_comparison_of_two_optional_values_asks_for_both(self) -> None:
        assert rule(order.note == order.drink.name) == {
            "And": [
                {"Variable": "$.note", "IsPresent": True},
                {"Variable": "$.drink.name", "IsPresent": True},
                {"Variable": "$.note", "StringEqualsPath": "$.drink.name"},
            ]
        }

    def test_a_field_inside_an_optional_object_is_optional(self) -> None:
        assert rule(order.drink.price > 1)["And"][0] == {"Variable": "$.drink.price", "IsPresent": True}

    def test_an_element_of_a_list_is_optional(self) -> None:
        assert rule(order.tags[0] == "x")["And"][0] == {"Variable": "$.tags[0]", "IsPresent": True}

    def test_the_opposite_of_a_guarded_comparison_holds_for_a_missing_value(self) -> None:
        compiled = rule(order.note != "x")
        assert list(compiled) == ["Not"]
        assert holds(compiled, INPUT)

    def test_a_guard_that_two_comparisons_share_is_written_once(self) -> None:
        assert rule((order.tip > 1) & (order.tip < 5)) == {
            "And": [
                {"Variable": "$.tip", "IsPresent": True},
                {"Variable": "$.tip", "NumericGreaterThan": 1},
                {"Variable": "$.tip", "NumericLessThan": 5},
            ]
        }

    def test_a_guard_that_the_author_wrote_is_not_repeated(self) -> None:
        assert len(rule(is_present(order.note) & (order.note == "x"))["And"]) == 2

    def test_each_part_of_an_or_has_its_own_guard(self) -> None:
        compiled = rule((order.note == "x") | (order.tip > 1))
        assert [list(part) for part in compiled["Or"]] == [["And"], ["And"]]


class TestAlgebra:
    A, B, C = order.orderId == "a", order.userId == "b", order.paid

    def test_and_of_and_is_one_and(self) -> None:
        assert rule((self.A & self.B) & self.C) == rule(self.A & (self.B & self.C))
        assert len(rule(self.A & self.B & self.C)["And"]) == 3

    def test_or_of_or_is_one_or(self) -> None:
        assert len(rule(self.A | (self.B | self.C))["Or"]) == 3

    def test_and_binds_within_or(self) -> None:
        compiled = rule(self.A | self.B & self.C)
        assert [list(part) for part in compiled["Or"]] == [["Variable", "StringEquals"], ["And"]]

    def test_not_not_is_nothing(self) -> None:
        assert rule(~~self.A) == rule(self.A)
        assert rule(~(order.orderId != "a")) == rule(self.A)

    def test_what_is_said_twice_is_written_once(self) -> None:
        assert rule(self.A & self.A) == rule(self.A)
        assert rule(self.A | self.B | self.A) == rule(self.A | self.B)

    def test_the_operands_stay_as_they_were(self) -> None:
        before = rule(self.A)
        _ = self.A & self.B
        _ = ~self.A
        assert rule(self.A) == before

    def test_a_thousand_conditions_in_a_row_make_one_or(self) -> None:
        assert len(rule(order.orderId.is_in(*map(str, range(1000))))["Or"]) == 1000


class TestRefusals:
    MESSAGE = "a condition has no value yet; combine conditions with &, | and ~, not with and, or, not"

    def test_and_between_conditions_is_an_error(self) -> None:
        with refused(self.MESSAGE):
            _ = (order.orderId == "a") and (order.userId == "b")

    def test_or_between_conditions_is_an_error(self) -> None:
        with refused(self.MESSAGE):
            _ = (order.orderId == "a") or (order.userId == "b")

    def test_not_before_a_condition_is_an_error(self) -> None:
        with refused(self.MESSAGE):
            _ = not is_present(order.note)

    def test_a_chain_of_comparisons_is_an_error(self) -> None:
        with refused(self.MESSAGE):
            1 < order.price < 3  # noqa: B015

    def test_in_is_an_error(self) -> None:
        with refused(
            "a condition has no value yet, so `in` finds nothing; write x.is_in('a', 'b') for `x in ('a', 'b')`"
        ):
            order.orderId in ("a", "b")  # noqa: B015

    @pytest.mark.parametrize("value", ["3", None, True, order.paid, order.orderId], ids=repr)
    def test_a_number_compares_with_numbers_only(self, value: Any) -> None:
        with pytest.raises(
            DefinitionError, match=r"NumericEquals cannot compare|comparing them would never hold"
        ):
            _ = order.price == value
        with pytest.raises(
            DefinitionError, match=r"NumericEquals cannot compare|comparing them would never hold"
        ):
            _ = order.price != value

    def test_a_number_and_a_string_are_never_equal(self) -> None:
        with refused("NumericEquals cannot compare $.price with '3'"):
            order.price == "3"  # noqa: B015

    @pytest.mark.parametrize("value", [float("nan"), float("inf")])
    def test_a_number_compares_with_what_json_can_write(self, value: float) -> None:
        with refused(f"NumericLessThan cannot compare $.price with {value!r}"):
            order.price < value  # noqa: B015

    def test_a_string_and_a_number_are_never_equal(self) -> None:
        with refused("StringEquals cannot compare $.orderId with 3"):
            order.orderId == 3  # noqa: B015

    def test_a_boolean_and_a_number_are_never_equal(self) -> None:
        with refused("BooleanEquals cannot compare $.paid with 1"):
            order.paid == 1  # noqa: B015

    def test_references_of_different_kinds_are_never_equal(self) -> None:
        with refused("$.orderId holds a string and $.price a number: comparing them would never hold"):
            order.orderId == order.price  # type: ignore[operator]  # noqa: B015

    def test_a_pattern_is_a_literal(self) -> None:
        with refused("StringMatches takes its pattern from the definition, not from <Str $.userId>"):
            order.orderId.matches(order.userId)  # type: ignore[arg-type]

    def test_being_one_of_nothing_is_an_error(self) -> None:
        with refused("$.orderId.is_in() was given no value, so it could never hold; name at least one"):
            order.orderId.is_in()

    def test_only_conditions_combine(self) -> None:
        with refused("'x' is no condition; compare it with something first"):
            (order.orderId == "a") & "x"  # type: ignore[operator]

    def test_a_dynamodb_number_is_not_compared_as_a_number(self) -> None:
        from dsl.dynamodb import get_item

        got = get_item("Get", table, key=KEY)
        with refused(
            "$.get.Item.count.N is a DynamoDB number, which arrives as a string; a Choice cannot compare it as a "
            "number. Compare it in a DynamoDB condition, or have a function return it as a number"
        ):
            got.Item.count > 3  # noqa: B015

    def test_a_condition_shows_what_it_compiles_to(self) -> None:
        assert repr(order.orderId == "ä") == '<condition {"Variable": "$.orderId", "StringEquals": "ä"}>'


# --- What holds for every condition, whatever it is made of -----------------------------------------------------


def _has(data: dict[str, Any], *names: str) -> bool:
    return all(name in data for name in names)


def _name(data: dict[str, Any]) -> Any:
    return data.get("drink", {}).get("name")


Rule = tuple[Condition, "Callable[[dict[str, Any]], bool]"]
"""A condition, and what Python says of it."""

LEAVES: list[Rule] = [
    (order.orderId == "b", lambda d: d["orderId"] == "b"),
    (order.orderId < order.userId, lambda d: d["orderId"] < d["userId"]),
    (order.count >= 2, lambda d: d["count"] >= 2),
    (order.price != order.count, lambda d: d["price"] != d["count"]),
    (order.paid, lambda d: d["paid"]),
    (order.placed <= EARLY, lambda d: d["placed"] <= EARLY),
    (order.note == "a", lambda d: d.get("note") == "a"),
    (order.note != "a", lambda d: d.get("note") != "a"),
    (order.note >= order.userId, lambda d: _has(d, "note") and d["note"] >= d["userId"]),
    (order.note == order.drink.name, lambda d: _has(d, "note") and d["note"] == _name(d)),
    (order.note.matches("a*"), lambda d: d.get("note", "").startswith("a")),
    (order.gift, lambda d: d.get("gift", False)),
    (order.gift == False, lambda d: d.get("gift") is False),  # noqa: E712
    (order.tip > 1, lambda d: _has(d, "tip") and d["tip"] > 1),
    (order.drink.hot, lambda d: d.get("drink", {}).get("hot", False)),
    (order.tags[0] == "x", lambda d: d["tags"][:1] == ["x"]),
    (is_present(order.note), lambda d: "note" in d),
    (is_null(order.extra), lambda d: d["extra"] is None),
    (is_string(order.drink.name), lambda d: _name(d) is not None),
]


def condition(dice: Dice, deep: int = 3) -> Rule:
    kind = dice.roll(4) if deep else 0
    if kind == 0:
        return dice.one_of(LEAVES)
    one, says = condition(dice, deep - 1)
    if kind == 1:
        return ~one, lambda data: not says(data)
    other, says_other = condition(dice, deep - 1)
    if kind == 2:
        return one & other, lambda data: says(data) and says_other(data)
    return one | other, lambda data: says(data) or says_other(data)


def data(dice: Dice) -> dict[str, Any]:
    texts = ["a", "ab", "b", "c"]
    optional: dict[str, Callable[[], Any]] = {
        "note": lambda: dice.one_of(texts),
        "gift": lambda: bool(dice.roll(2)),
        "tip": lambda: dice.roll(4),
        "drink": lambda: {"name": dice.one_of(texts)} | ({"hot": bool(dice.roll(2))} if dice.roll(2) else {}),
    }
    return {
        "orderId": dice.one_of(texts),
        "userId": dice.one_of(texts),
        "count": dice.roll(4),
        "price": dice.roll(4),
        "paid": bool(dice.roll(2)),
        "placed": dice.one_of([EARLY, LATE]),
        "tags": dice.some(lambda: dice.one_of(["x", "y"]), 0, 2),
        "extra": dice.one_of([None, 1]),
    } | {field: make() for field, make in optional.items() if dice.roll(2)}


cases = thrown(lambda dice: (data(dice), condition(dice)), 100)


@given(cases)
def test_a_condition_holds_exactly_when_python_says_so_and_never_compares_what_is_missing(
    case: tuple[dict[str, Any], Rule],
) -> None:
    given_data, (written, expected) = case
    assert holds(rule(written), given_data) == expected(given_data)


@given(cases)
def test_what_a_condition_lets_a_state_read_is_there(case: tuple[dict[str, Any], Rule]) -> None:
    """Whichever way the choice goes: if the next state may read the note, then the note is in the data."""
    given_data, (written, _) = case
    for negated in (False, True):
        tested = ~written if negated else written
        start = choice("Decide", (tested, ask("Read", text=order.note) >> end), otherwise=succeed("Other"))
        try:
            compiled = states(start)["Decide"]["Choices"][0]
        except DefinitionError:
            continue  # the language does not let it
        if holds({key: value for key, value in compiled.items() if key != "Next"}, given_data):
            assert "note" in given_data
