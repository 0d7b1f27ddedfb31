"""Variables: names, scopes, and whether anybody sets them."""

from __future__ import annotations

import time

import pytest

from asl.checking import Diagnostic, Severity, validate
from tests.asl.checking.machines import machine

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def setting(assign: dict[str, object], language: str = "JSONPath") -> list[Diagnostic]:
    return validate(machine({"Type": "Pass", "Assign": assign, "End": True}, language))


def step(**fields: object) -> dict[str, object]:
    return {"Type": "Pass", **({} if "Next" in fields else {"End": True}), **fields}


def nested(kind: str, inner: dict[str, object], outer: dict[str, object]) -> list[Diagnostic]:
    """Return what is said of a state inside a branch, a map or a distributed map that follows the state `outer`."""
    scope: dict[str, object] = {"StartAt": "Inner", "States": {"Inner": inner}}
    if kind == "Parallel":
        state: dict[str, object] = {"Type": "Parallel", "Branches": [scope], "End": True}
    else:
        mode = {"Mode": "INLINE"}
        if kind == "distributed":
            mode = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
        state = {"Type": "Map", "ItemProcessor": {"ProcessorConfig": mode, **scope}, "End": True}
    return validate({"StartAt": "First", "States": {"First": {**outer, "Next": "Around"}, "Around": state}})


READ = step(Parameters={"x.$": "$drink"})
SET = step(Assign={"drink": "mocha"})
FIRST: dict[str, object] = {"Type": "Pass", "Assign": {"drink": "espresso"}}
BLANK: dict[str, object] = {"Type": "Pass"}


class TestNames:
    @pytest.mark.parametrize("name", ["a", "orderId", "größe", "a_1", "x" * 80, "${Name}"])
    def test_an_identifier_is_fine(self, name: str) -> None:
        assert setting({name: 1}) == []

    @pytest.mark.parametrize("name", ["order-id", "1a", "a b", "", "a.b"])
    def test_any_other_name_is_an_error(self, name: str) -> None:
        assert setting({name: 1}) == [
            Diagnostic(
                ERROR,
                "INVALID_VARIABLE_NAME",
                f"Invalid variable name '{name}': the variable name contains invalid characters. It starts with a "
                "letter and has letters, digits and _ only.",
                f"/States/Here/Assign/{name}",
            )
        ]

    def test_a_name_has_at_most_80_characters(self) -> None:
        [only] = setting({"x" * 81: 1})
        assert (
            only.message
            == f"Invalid variable name '{'x' * 57}...': it has 81 characters, and 80 are the most."
        )

    def test_the_ending_of_a_dynamic_value_belongs_to_jsonpath(self) -> None:
        assert setting({"a.$": "$.a"}) == []
        [only] = setting({"a.$": "x"}, "JSONata")
        assert only.message.endswith("digits and _ only. Its keys take no .$ in JSONata.")

    @pytest.mark.parametrize(("language", "name"), [("JSONPath", "states.$"), ("JSONata", "states")])
    def test_states_is_taken(self, language: str, name: str) -> None:
        assert setting({name: "$.a" if language == "JSONPath" else 1}, language) == [
            Diagnostic(
                ERROR,
                "RESERVED_VARIABLE_NAME",
                "Cannot assign to reserved variable '$states'. Choose another name.",
                f"/States/Here/Assign/{name}",
            )
        ]


class TestShadowing:
    @pytest.mark.parametrize("kind", ["Parallel", "Map"])
    def test_a_variable_of_an_outer_scope_is_not_set_inside(self, kind: str) -> None:
        assert nested(kind, SET, BLANK) == []
        [only] = nested(kind, SET, FIRST)
        assert (only.severity, only.code) == (ERROR, "DUPLICATE_VARIABLE_NAME")
        assert only.message == (
            "The variable name 'drink' was already defined in a parent scope: see /States/First/Assign/drink. "
            "A scope inside can read it and not set it."
        )

    def test_a_distributed_map_does_not_set_them_either(self) -> None:
        [only] = nested("distributed", SET, FIRST)
        assert only.code == "DUPLICATE_VARIABLE_NAME"

    def test_a_long_row_of_states_in_the_wrong_order_takes_little_time(self) -> None:
        row: dict[str, object] = {
            f"S{i}": {"Type": "Pass", "Assign": {f"v{i}": 1}, "Next": f"S{i - 1}"} for i in range(1, 3000)
        }
        inner = {f"I{i}": step(Assign={f"v{i}": 2}, Next=f"I{i + 1}") for i in range(1, 2999)}
        inner["I2999"] = step()
        row["S0"] = {"Type": "Parallel", "End": True, "Branches": [{"StartAt": "I1", "States": inner}]}
        begin = time.process_time()
        found = [
            d for d in validate({"StartAt": "S2999", "States": row}) if d.code == "DUPLICATE_VARIABLE_NAME"
        ]
        assert time.process_time() - begin < 5
        assert found

    def test_the_same_name_in_two_branches_is_fine(self) -> None:
        branches = [{"StartAt": n, "States": {n: SET}} for n in ("A", "B")]
        assert validate(machine({"Type": "Parallel", "Branches": branches, "End": True})) == []


class TestHiddenFunctions:
    @staticmethod
    def calling(expression: str, **first: object) -> list[str]:
        states = {
            "First": {"Type": "Pass", "Assign": {"count": 3, "mine": 1}, "Next": "Here", **first},
            "Here": {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True},
            "Other": {"Type": "Succeed"},
        }
        document = {"QueryLanguage": "JSONata", "StartAt": "First", "States": states}
        return [d.code for d in validate(document) if d.severity == WARNING]

    def test_a_function_that_is_hidden_fails_when_it_is_called(self) -> None:
        assert self.calling("$count([1])") == ["FUNCTION_HIDDEN"]
        assert self.calling("[1] ~> $count()") == ["FUNCTION_HIDDEN"]
        assert self.calling("[1] ~> $count") == ["FUNCTION_HIDDEN"]

    @pytest.mark.parametrize(
        "expression", ["$count + 1", "$sum([1])", "($count := function($x) { 1 }; $count(2))"]
    )
    def test_other_functions_and_the_variable_itself_are_fine(self, expression: str) -> None:
        assert self.calling(expression) == []

    def test_a_call_in_the_state_that_sets_it_is_fine(self) -> None:
        state = step(Assign={"count": "{% $count([1]) %}"})
        assert validate({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}) == []

    @pytest.mark.parametrize(("kind", "hidden"), [("Parallel", True), ("Map", True), ("distributed", False)])
    def test_the_variables_outside_hide_functions_inside(self, kind: str, hidden: bool) -> None:
        inner = step(QueryLanguage="JSONata", Output="{% $count([1]) %}")
        found = nested(kind, inner, {"Type": "Pass", "Assign": {"count": 1}})
        assert [d.code for d in found] == (["FUNCTION_HIDDEN"] if hidden else [])


class TestUndefined:
    @pytest.mark.parametrize("kind", ["Parallel", "Map"])
    def test_the_variables_outside_are_visible_inside(self, kind: str) -> None:
        assert nested(kind, READ, FIRST) == []

    def test_what_nobody_sets_is_a_warning(self) -> None:
        assert validate(machine(READ)) == [
            Diagnostic(
                WARNING,
                "UNDEFINED_VARIABLE",
                "No state whose variables are visible here sets $drink: set it in an 'Assign' before, or write $.drink "
                "to read the input.",
                "/States/Here/Parameters/x.$",
            )
        ]

    def test_a_near_name_is_proposed(self) -> None:
        states = {"A": step(Assign={"drinks": 1}, Next="B"), "B": READ}
        [only] = validate({"StartAt": "A", "States": states})
        assert only.message.endswith("sets $drink: did you mean $drinks?")

    def test_a_distributed_map_does_not_see_them(self) -> None:
        [only] = nested("distributed", READ, FIRST)
        assert only.message.endswith(
            "a distributed map does not see the variables outside, so hand it on in ItemSelector."
        )

    def test_those_of_a_branch_end_with_it(self) -> None:
        parallel = {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": SET}}], "Next": "B"}
        [only] = validate({"StartAt": "P", "States": {"P": parallel, "B": READ}})
        assert only.message.endswith('it is set by "A" in a scope of its own, and ends with that scope.')

    @pytest.mark.parametrize(
        ("state", "place"),
        [
            ({"Type": "Wait", "SecondsPath": "$drink", "End": True}, "SecondsPath"),
            (step(InputPath="$drink.a"), "InputPath"),
            (step(Parameters={"a.$": "States.Format('{}', $drink)"}), "Parameters/a.$"),
            (step(QueryLanguage="JSONata", Output="{% $drink & 'x' %}"), "Output"),
        ],
    )
    def test_it_is_found_wherever_it_is_read(self, state: dict[str, object], place: str) -> None:
        [only] = validate(machine(state))
        assert (only.code, only.location) == ("UNDEFINED_VARIABLE", f"/States/Here/{place}")

    def test_what_an_expression_binds_itself_is_no_variable_of_the_machine(self) -> None:
        assert validate(machine(step(Output="{% ($x := 1; $x) %}"), "JSONata")) == []

    def test_a_placeholder_may_set_any_name(self) -> None:
        states = {"A": step(Assign={"${Name}": 1}, Next="B"), "B": READ}
        assert validate({"StartAt": "A", "States": states}) == []

    def test_it_is_told_once_a_state(self) -> None:
        assert len(validate(machine(step(Parameters={"a.$": "$drink", "b.$": "$drink"})))) == 1
