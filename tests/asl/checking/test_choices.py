"""Which rules of a choice can ever be reached."""

from __future__ import annotations

import pytest

from asl.checking import Diagnostic, Severity, validate

WARNING = Severity.WARNING
END = {"Type": "Succeed"}


def asking(*rules: dict[str, object], language: str = "JSONPath") -> list[Diagnostic]:
    choice = {"Type": "Choice", "Choices": [rule | {"Next": "Done"} for rule in rules], "Default": "Done"}
    top = {} if language == "JSONPath" else {"QueryLanguage": language}
    return validate({**top, "StartAt": "Here", "States": {"Here": choice, "Done": END}})


def never(index: int, why: str) -> list[Diagnostic]:
    message = f"This rule is never reached: {why}."
    return [Diagnostic(WARNING, "UNREACHABLE_CHOICE", message, f"/States/Here/Choices[{index}]")]


def number(comparison: str, value: float, variable: str = "$.n") -> dict[str, object]:
    return {"Variable": variable, f"Numeric{comparison}": value}


def kind(name: str, value: object, variable: str = "$.n") -> dict[str, object]:
    return {"Variable": variable, name: value}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (number("GreaterThan", 5), number("GreaterThan", 10)),
        (number("GreaterThan", 5), number("Equals", 6)),
        (number("GreaterThanEquals", 5), number("Equals", 5)),
        (number("LessThan", 5), number("LessThanEquals", 4)),
        (number("LessThanEquals", 5), number("LessThan", 5)),
    ],
)
def test_a_narrower_comparison_behind_a_wider_one_is_never_reached(
    first: dict[str, object], second: dict[str, object]
) -> None:
    assert asking(second, first) == []
    assert asking(first, second) == never(1, "Choices[0] holds for every number for which it would")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (number("GreaterThan", 5), number("Equals", 5)),
        (number("GreaterThan", 5), number("GreaterThanEquals", 5)),
        (number("GreaterThan", 5), number("LessThan", 10)),
        (number("GreaterThan", 5), number("GreaterThan", 10, "$.m")),
    ],
)
def test_comparisons_that_leave_something_over_are_fine(
    first: dict[str, object], second: dict[str, object]
) -> None:
    assert asking(first, second) == []


def test_what_follows_a_test_and_its_opposite_is_never_reached() -> None:
    there, gone = kind("IsPresent", True), kind("IsPresent", False)
    other = kind("StringEquals", "x", "$.m")
    assert asking(there, gone) == asking(there, other, gone) == []
    assert asking(there, gone, other) == never(2, "one of Choices[0] and Choices[1] is always true")
    assert asking(there, kind("IsPresent", False, "$.m"), other) == []


@pytest.mark.parametrize("condition", [True, "{% true %}", "{%true%}"])
def test_what_follows_a_condition_that_is_always_true_is_never_reached(condition: object) -> None:
    always: dict[str, object] = {"Condition": condition}
    other: dict[str, object] = {"Condition": "{% $states.input.open %}"}
    assert asking(other, always, language="JSONata") == []
    assert asking(always, other, language="JSONata") == never(1, "Choices[0] is always true")
