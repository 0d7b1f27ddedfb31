"""Which rule of a Choice led on, told from the state's input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stepfunctions_local_client.choices import deciding_rule

if TYPE_CHECKING:
    from stepfunctions_local_client.values import Json, JsonObject


def decide(rule: JsonObject, value: Json, context: Json = None) -> bool | None:
    """Whether the rule holds; None if that cannot be told. Both ways lead to the same state."""
    document: JsonObject = {"Choices": [rule | {"Next": "There"}], "Default": "There"}
    found = deciding_rule(document, value, "There", context)
    return None if found is None else found == 0


@pytest.mark.parametrize(
    ("operator", "expected", "value", "holds"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "b", False),
        ("StringEquals", "1", 1, False),
        ("StringLessThan", "b", "a", True),
        ("StringGreaterThanEquals", "b", "a", False),
        ("StringMatches", "log-*.txt", "log-1.txt", True),
        ("StringMatches", r"log-\*", "log-1", False),
        ("StringMatches", r"log-\*", "log-*", True),
        ("NumericEquals", 1, 1.0, True),
        ("NumericEquals", 1, True, False),
        ("NumericGreaterThan", 1, 2, True),
        ("NumericLessThanEquals", 1, "0", False),
        ("BooleanEquals", True, True, True),
        ("BooleanEquals", True, 1, False),
        ("TimestampEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", True),
        ("TimestampLessThan", "2026-01-01T00:00:00Z", "2026-01-01", False),
        ("IsNull", True, None, True),
        ("IsString", True, 1, False),
        ("IsNumeric", True, 1, True),
        ("IsBoolean", False, True, False),
        ("IsTimestamp", True, "2026-01-01T00:00:00Z", True),
        ("IsTimestamp", True, "yesterday", False),
    ],
)
def test_an_operator_decides_as_the_states_language_says(
    operator: str, expected: Json, value: Json, holds: bool
) -> None:
    assert decide({"Variable": "$.x", operator: expected}, {"x": value}) is holds


def test_a_field_that_is_not_there_is_only_tested_for_presence() -> None:
    assert decide({"Variable": "$.x", "IsPresent": False}, {}) is True
    assert decide({"Variable": "$.x", "IsPresent": True}, {"x": None}) is True
    assert decide({"Variable": "$.x", "StringEquals": "a"}, {}) is None


def test_rules_are_combined_and_stop_where_the_outcome_is_known() -> None:
    missing: JsonObject = {"Variable": "$.missing", "StringEquals": "a"}
    present: JsonObject = {"Variable": "$.x", "IsPresent": True}
    absent: JsonObject = {"Not": present}
    assert decide({"And": [absent, missing]}, {"x": 1}) is False
    assert decide({"Or": [present, missing]}, {"x": 1}) is True


def test_two_fields_are_compared() -> None:
    rule: JsonObject = {"Variable": "$.a[1]['b c']", "StringEqualsPath": "$.d"}
    assert decide(rule, {"a": [0, {"b c": "x"}], "d": "x"}) is True


def test_the_context_object_is_read_as_far_as_it_is_known() -> None:
    rule: JsonObject = {"Variable": "$.id", "StringEqualsPath": "$$.Execution.Id"}
    assert decide(rule, {"id": "me"}, {"Execution": {"Id": "me"}}) is True
    assert decide(rule, {"id": "me"}) is None


def test_a_rule_in_jsonata_is_not_told_apart_unless_it_alone_leads_there() -> None:
    assert decide({"Condition": "{% $states.input.x = 1 %}"}, {"x": 1}) is None
    alone: JsonObject = {"Choices": [{"Condition": "{% true %}", "Next": "Here"}], "Default": "There"}
    assert deciding_rule(alone, {}, "Here") == 0
    assert deciding_rule(alone, {}, "There") == -1


def test_what_the_engine_did_counts_more_than_what_is_worked_out() -> None:
    document: JsonObject = {
        "Choices": [
            {"Variable": "$.x", "NumericEquals": 1, "Next": "One"},
            {"Variable": "$.x", "IsNull": True, "Next": "Two"},
        ],
        "Default": "Other",
    }
    assert deciding_rule(document, {"x": 1}, "Two") == 1
