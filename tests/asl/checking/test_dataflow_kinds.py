"""Reads that find a value with which the state can do nothing."""

from __future__ import annotations

from typing import Any

import pytest

from asl.checking import Diagnostic, Severity, validate

RESULT = {"text": "soon", "number": 3, "flag": True, "list": [1, 2], "object": {"a": 1}, "open": "${Open}"}
WAITS = "The execution fails here."


def check(*states: dict[str, Any], result: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """Return what is said about states that come one after another, after one that makes the result."""
    named: dict[str, dict[str, Any]] = {
        "Make": {"Type": "Pass", "Result": RESULT if result is None else result}
    }
    named |= {f"Here{i or ''}": dict(state) for i, state in enumerate(states)}
    names = [*named, "Done"]
    for state, following in zip(named.values(), names[1:], strict=True):
        if state["Type"] != "Choice":
            state["Next"] = following
    found = validate({"StartAt": "Make", "States": {**named, "Done": {"Type": "Succeed"}}})
    assert {(fault.code, fault.severity) for fault in found} <= {("WRONG_KIND", Severity.WARNING)}
    return [(fault.message, str(fault.location)) for fault in found]


def choice(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": [{**rule, "Next": "Done"} for rule in rules], "Default": "Done"}


def each(**fields: Any) -> dict[str, Any]:
    processor = {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}}
    return {"Type": "Map", "ItemProcessor": processor, **fields}


class TestFields:
    def test_seconds_are_a_number(self) -> None:
        assert check({"Type": "Wait", "SecondsPath": "$.number"}) == []
        assert check({"Type": "Wait", "SecondsPath": "$.text"}) == [
            (
                f"SecondsPath takes a number, and $.text is a string. {WAITS} Point SecondsPath at a number, or make "
                "one before.",
                "/States/Here/SecondsPath",
            )
        ]

    def test_a_moment_is_text(self) -> None:
        assert check({"Type": "Wait", "TimestampPath": "$.text"}) == []
        [(message, _)] = check({"Type": "Wait", "TimestampPath": "$.number"})
        assert message.startswith("TimestampPath takes a string, and $.number is a number.")

    def test_a_map_goes_over_an_array(self) -> None:
        assert check(each(ItemsPath="$.list")) == []
        assert check(each(), result={"$": 1}) == [
            (
                f"A Map without ItemsPath takes its whole input, which is to be an array, and $ is an object. {WAITS} "
                "Point ItemsPath at an array, or make one before.",
                "/States/Here",
            )
        ]
        [(message, _)] = check(each(ItemsPath="$.object"))
        assert message.startswith("ItemsPath takes an array, and $.object is an object.")

    def test_what_input_path_leaves_out_is_not_looked_at(self) -> None:
        assert (
            check({"Type": "Wait", "InputPath": "$.inner", "SecondsPath": "$.s"}, result={"inner": {"s": 1}})
            == []
        )
        [(message, _)] = check(
            {"Type": "Wait", "InputPath": "$.inner", "SecondsPath": "$.s"},
            result={"inner": {"s": "1"}, "s": 1},
        )
        assert message.startswith("SecondsPath takes a number, and $.s is a string.")

    def test_a_placeholder_may_stand_for_anything(self) -> None:
        assert check({"Type": "Wait", "SecondsPath": "$.open"}) == []

    def test_what_differs_from_route_to_route_is_not_known(self) -> None:
        states = {
            "Which?": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "A"}],
                "Default": "B",
            },
            "A": {"Type": "Pass", "Result": {"s": 1}, "Next": "Wait"},
            "B": {"Type": "Pass", "Result": {"s": "1"}, "Next": "Wait"},
            "Wait": {"Type": "Wait", "SecondsPath": "$.s", "Next": "Done"},
            "Done": {"Type": "Succeed"},
        }
        assert validate({"StartAt": "Which?", "States": states}) == []


class TestComparisons:
    @pytest.mark.parametrize(
        "rule",
        [
            {"Variable": "$.number", "NumericEquals": 3},
            {"Variable": "$.text", "StringMatches": "s*"},
            {"Variable": "$.text", "TimestampEquals": "2030-01-01T00:00:00Z"},
            {"Variable": "$.flag", "BooleanEquals": True},
            {"Variable": "$.open", "NumericEquals": 3},
            {"And": [{"Variable": "$.text", "IsNumeric": True}, {"Variable": "$.text", "NumericEquals": 3}]},
        ],
    )
    def test_of_the_right_kind_or_asked_before(self, rule: dict[str, Any]) -> None:
        assert check(choice(rule)) == []

    @pytest.mark.parametrize(
        ("rule", "message"),
        [
            (
                {"Variable": "$.text", "NumericEquals": 3},
                "$.text is a string, so NumericEquals never holds. Compare it with a String... operator, or compare "
                "what is a number.",
            ),
            (
                {"Variable": "$.number", "StringEquals": "3"},
                "$.number is a number, so StringEquals never holds. Compare it with a Numeric... operator, or "
                "compare what is a string.",
            ),
            (
                {"Variable": "$.object", "BooleanEquals": True},
                "$.object is an object, so BooleanEquals never holds. Compare a part of it, or compare what is a "
                "boolean.",
            ),
        ],
    )
    def test_of_another_kind(self, rule: dict[str, Any], message: str) -> None:
        assert check(choice(rule)) == [(message, "/States/Here/Choices[0]/Variable")]
        assert check(choice({"Not": rule})) == [(message, "/States/Here/Choices[0]/Not/Variable")]

    def test_the_path_on_the_right_is_of_the_kind_too(self) -> None:
        assert check(choice({"Variable": "$.number", "NumericEqualsPath": "$.number"})) == []
        [(message, place)] = check(choice({"Variable": "$.number", "NumericEqualsPath": "$.text"}))
        assert message.startswith("$.text is a string, so NumericEqualsPath never holds.")
        assert place == "/States/Here/Choices[0]/NumericEqualsPath"

    def test_digits_of_dynamodb_are_text(self) -> None:
        get = {
            "Type": "Task",
            "Resource": "arn:aws:states:::dynamodb:getItem",
            "Parameters": {"TableName": "t", "Key": {"id": {"S": "1"}}},
        }
        [(message, _)] = check(get, choice({"Variable": "$.Item.count.N", "NumericGreaterThan": 3}))
        assert message.startswith("$.Item.count.N is a string, so NumericGreaterThan never holds.")

    def test_services_differ_about_moments(self) -> None:
        describe = {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
            "Parameters": {"ExecutionArn.$": "$.text"},
        }
        assert check(describe, choice({"Variable": "$.StartDate", "NumericGreaterThan": 3})) == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("States.MathAdd($.number, $.number)", None),
        ("States.ArrayLength($.list)", None),
        ("States.JsonToString($.text)", None),
        ("States.MathAdd($.open, 1)", None),
        ("States.MathAdd($.text, 1)", "States.MathAdd takes a number, and $.text is a string."),
        ("States.ArrayLength($.object)", "States.ArrayLength takes an array, and $.object is an object."),
        ("States.StringToJson($.object)", "States.StringToJson takes a string, and $.object is an object."),
        (
            "States.Format('{}', States.StringSplit($.list, ','))",
            "States.StringSplit takes a string, and $.list is an array.",
        ),
    ],
)
def test_functions(call: str, message: str | None) -> None:
    found = check({"Type": "Pass", "Parameters": {"a": [{"b.$": call}]}})
    assert [(text.split(" The execution")[0], place) for text, place in found] == (
        [] if message is None else [(message, "/States/Here/Parameters/a[0]/b.$")]
    )


def test_the_message_is_a_diagnostic_like_any_other() -> None:
    [found] = validate(
        {
            "StartAt": "Make",
            "States": {
                "Make": {"Type": "Pass", "Result": {"s": "soon"}, "Next": "Wait"},
                "Wait": {"Type": "Wait", "SecondsPath": "$.s", "End": True},
            },
        }
    )
    assert isinstance(found, Diagnostic)
    assert (found.code, found.severity) == ("WRONG_KIND", Severity.WARNING)
