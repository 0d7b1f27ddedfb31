"""Payload templates: keys with and without `.$`, and texts that are handed on by mistake."""

from __future__ import annotations

import pytest

from asl.checking import Diagnostic, Severity, validate
from tests.asl.checking.machines import LAMBDA, machine

ERROR, WARNING = Severity.ERROR, Severity.WARNING
AT = "/States/Here/Parameters"


def given(parameters: object) -> list[Diagnostic]:
    return validate(machine({"Type": "Pass", "Parameters": parameters, "End": True}))


class TestDollarKeys:
    @pytest.mark.parametrize(
        "value", ["$", "$.a", "$$.State.Name", "States.UUID()", "${Path}", " States.UUID()"]
    )
    def test_a_path_a_call_or_a_placeholder_is_evaluated(self, value: str) -> None:
        assert given({"a.$": value}) == []

    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (
                "espresso",
                "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call; the "
                "string \"espresso\" is neither. A text as it stands goes under 'a'.",
            ),
            (
                {"b": 1},
                "The value for the field 'a.$' must be a STRING that contains a JSONPath but was an OBJECT. A value as "
                "it stands goes under 'a'.",
            ),
            (
                7,
                "The value for the field 'a.$' must be a STRING that contains a JSONPath but was a NUMBER. A value as "
                "it stands goes under 'a'.",
            ),
        ],
    )
    def test_anything_else_is_an_error(self, value: object, message: str) -> None:
        assert given({"a.$": value}) == [Diagnostic(ERROR, "SCHEMA_VALIDATION_FAILED", message, f"{AT}/a.$")]

    @pytest.mark.parametrize("field", ["Parameters", "ResultSelector", "Assign"])
    def test_every_template_of_a_task_is_looked_through(self, field: str) -> None:
        state = {"Type": "Task", "Resource": LAMBDA, field: {"a": [{"b.$": "x"}]}, "End": True}
        [only] = validate(machine(state))
        assert (only.severity, only.location) == (ERROR, f"/States/Here/{field}/a[0]/b.$")

    def test_a_key_in_both_spellings_is_a_warning(self) -> None:
        assert given({"a": {"b": 1, "c.$": "$.b"}}) == []
        assert given({"a": {"b": 1, "b.$": "$.b"}}) == [
            Diagnostic(
                WARNING,
                "DOUBLED_KEY",
                "'b' and 'b.$' give the same field twice; keep one of them.",
                f"{AT}/a",
            )
        ]


class TestNoDollar:
    @pytest.mark.parametrize("text", ["$", "$.a", "$[0]", "$$.Execution.Id", "States.UUID()"])
    def test_a_text_that_looks_dynamic_is_a_warning(self, text: str) -> None:
        assert given({"a.$": text}) == []
        assert given({"a": text}) == [
            Diagnostic(
                WARNING,
                "NO_DOLLAR",
                f"{text} is handed on as a text and not evaluated: write the key as 'a.$'.",
                f"{AT}/a",
            )
        ]

    def test_in_a_list_there_is_no_key_to_mend(self) -> None:
        assert given({"a": ["$.b"]}) == [
            Diagnostic(
                WARNING,
                "NO_DOLLAR",
                "$.b is handed on as a text and not evaluated: a list can be made with States.Array(...) under a key "
                "that ends with .$.",
                f"{AT}/a[0]",
            )
        ]

    @pytest.mark.parametrize(
        "parameters",
        [
            {"Qualifier": "$LATEST"},
            {"Price": "$.99"},
            {"Price": "$5"},
            {"InputPath": "$.detail"},
            {"InputPathsMap": {"id": "$.detail.id"}},
            {"Text": "States of matter"},
            {"Text": "$.${Field}"},
        ],
    )
    def test_what_only_begins_alike_or_is_a_path_for_somebody_else_is_fine(
        self, parameters: dict[str, object]
    ) -> None:
        assert given(parameters) == []


class TestNoPath:
    @pytest.mark.parametrize("field", ["Error", "Cause"])
    def test_a_fail_state_evaluates_in_its_path_fields(self, field: str) -> None:
        assert validate(machine({"Type": "Fail", f"{field}Path": "$.why"})) == []
        assert validate(machine({"Type": "Fail", field: "$.why"})) == [
            Diagnostic(
                WARNING,
                "NO_PATH",
                f"'{field}' takes $.why as a mere text: to evaluate it, write '{field}Path'.",
                f"/States/Here/{field}",
            )
        ]

    @pytest.mark.parametrize(
        ("operator", "advice"),
        [
            ("StringEquals", "to evaluate it, write 'StringEqualsPath'"),
            ("StringMatches", "StringMatches cannot be compared with a path"),
        ],
    )
    def test_so_does_a_choice(self, operator: str, advice: str) -> None:
        def choice(operand: str) -> list[Diagnostic]:
            rule = {"Variable": "$.a", operator: operand, "Next": "Done"}
            return validate(machine({"Type": "Choice", "Choices": [rule], "Default": "Done"}))

        assert choice("$5") == []
        assert choice("$.b") == [
            Diagnostic(
                WARNING,
                "NO_PATH",
                f"'{operator}' takes $.b as a mere text: {advice}.",
                f"/States/Here/Choices[0]/{operator}",
            )
        ]


class TestPassResult:
    @pytest.mark.parametrize(
        ("result", "text", "place"),
        [
            ({"a": [{"b.$": "$.c"}], "d": "$.e"}, "$.c", "/a[0]/b.$"),
            ("$.a", "$.a", ""),
            ({"a": "States.UUID()"}, "States.UUID()", "/a"),
        ],
    )
    def test_is_constant(self, result: object, text: str, place: str) -> None:
        assert validate(machine({"Type": "Pass", "Result": result, "End": True})) == [
            Diagnostic(
                WARNING,
                "PASS_RESULT_IS_STATIC",
                f"'Result' is constant, so {text} is handed on as a text: use 'Parameters' instead.",
                f"/States/Here/Result{place}",
            )
        ]

    def test_a_plain_result_is_fine(self) -> None:
        assert validate(machine({"Type": "Pass", "Result": {"a": "b", "c": "$5"}, "End": True})) == []


class TestLanguages:
    def test_an_expression_in_a_jsonpath_state_is_a_warning(self) -> None:
        assert given({"a": "{% $states.input %}"}) == [
            Diagnostic(
                WARNING,
                "JSONATA_IN_JSONPATH",
                "The state is written in JSONPath, so this expression is handed on as a text: "
                'set its QueryLanguage to "JSONata", or write a path under a key that ends with .$.',
                f"{AT}/a",
            )
        ]

    def test_the_input_is_not_called_states_there(self) -> None:
        assert given({"a.$": "$states.input.b"}) == [
            Diagnostic(
                WARNING,
                "JSONATA_IN_JSONPATH",
                "$states is only there in JSONata; in JSONPath the input is $, the context object $$.",
                f"{AT}/a.$",
            )
        ]
