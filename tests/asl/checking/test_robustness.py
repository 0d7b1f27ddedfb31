"""Whatever is given to the checker, it answers, soon, and as the reference library judges."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from hypothesis import given, settings

from asl.checking import validate
from asl.checking.checker import _rules_about
from asl.checking.rules import RULES
from asl.checking.schemas import owners
from asl.checking.structure import check_structure
from asl.definitions.model import Definition
from asl.diagnostics import Severity
from asl.limits import DEEPEST
from tests.asl.checking.machines import STATES, machine
from tests.asl.checking.reference import has_the_right_shape
from tests.dice import Dice, thrown

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from asl.checking import Diagnostic
    from asl.checking.rules.registry import Finding

FIELDS = sorted(
    {
        "StartAt",
        "States",
        "Version",
        "ProcessorConfig",
        "Mode",
        "ErrorEquals",
        "Token",
        "x.$",
        "A",
        "B",
        "Next",
        "End",
    }
    | set(owners())
    | {
        "Variable",
        "TimestampEquals",
        "ReaderConfig",
        "InputType",
        "MaxItemsPerBatch",
        "x",
        "v.$",
        "IntervalSeconds",
    }
    | {"StringEquals", "IsNull", "Variable", "And", "Or", "Not", "Condition", "MaxAttempts", "RoleArn"}
)
WORDS = [
    "A",
    "B",
    "$",
    "$.a",
    "$$.Task.Token",
    "{% 1 %}",
    "${X}",
    "JSONata",
    "JSONPath",
    "",
    "States.ALL",
    "arn:aws:x",
]
WORDS += [
    "$.a[*]",
    "$.a[",
    "$$.Execution.Id",
    "$order.id",
    "States.Format('{}', $.a)",
    "States.Format('{}",
    "{% $states.result.a %}",
    "{% $x[ %}",
    "{% open",
    "2030-02-30T00:00:00Z",
    "arn:aws:states:::s3:getObject",
]
WORDS += [
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Pass",
    "Task",
    "Choice",
    "Map",
    "Parallel",
    "Wait",
]


def json_value(dice: Dice) -> object:
    def word() -> object:
        return dice.one_of(WORDS)

    return dice.nested(
        lambda: dice.either(dice.scalar, lambda: 10**4000, word, word, word),
        lambda: dice.one_of(FIELDS) if dice.roll(2) else dice.text(3),
    )


@given(thrown(json_value))
def test_any_json_gets_an_answer(document: object) -> None:
    for diagnostic in validate(document):
        assert diagnostic.message
        assert diagnostic.code != "CHECKER_FAILED", diagnostic


def nearly_correct(dice: Dice) -> dict[str, object]:
    """Return a correct machine with one to three fields of one state, or of something inside it, changed or added."""
    kind, language = dice.one_of(sorted(STATES))
    document = machine(STATES[kind, language], language)
    for _ in range(1 + dice.roll(3)):
        target: object = document
        for _ in range(dice.roll(7)):
            inside = list(target.values()) if isinstance(target, dict) else cast("list[object]", target)
            containers = [item for item in inside if isinstance(item, dict | list) and item]
            if not containers:
                break
            target = dice.one_of(containers)
        if isinstance(target, dict):
            field = dice.one_of([*target, *target, *FIELDS])
            if dice.roll(2):
                target[field] = json_value(dice)
            else:
                target.pop(field, None)
        elif isinstance(target, list):
            target[0] = json_value(dice)
    return document


def hardly_correct(dice: Dice) -> dict[str, object]:
    fields = ("StartAt", "States", "Version")
    return dice.fields(lambda: dice.one_of(fields), lambda: json_value(dice), 0, 3)


@settings(max_examples=300)
@given(thrown(nearly_correct) | thrown(hardly_correct))
def test_our_tables_and_the_jsonschema_library_agree(document: dict[str, object]) -> None:
    ours = not list(check_structure(Definition(document)))
    downgraded = any(s.value.get("QueryLanguage") == "JSONPath" for s in Definition(document).states)
    if downgraded and Definition(document).language == "JSONata":
        return  # faults of such a state are left out on purpose, as AWS does
    assert ours == has_the_right_shape(document)


def passes(count: int) -> dict[str, object]:
    states: dict[str, object] = {f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}"} for i in range(count)}
    return {"StartAt": "S0", "States": states | {f"S{count}": {"Type": "Succeed"}}}


def nested(depth: int) -> dict[str, object]:
    document: dict[str, object] = {"StartAt": "Last", "States": {"Last": {"Type": "Succeed"}}}
    for i in range(depth):
        name = f"P{i}"
        document = {
            "StartAt": name,
            "States": {name: {"Type": "Parallel", "Branches": [document], "End": True}},
        }
    return document


def timed(document: object) -> tuple[list[Diagnostic], float]:
    started = time.process_time()
    found = validate(document)
    return found, time.process_time() - started


def test_a_number_too_large_to_print_is_described() -> None:
    document = machine(STATES["Pass", "JSONPath"]) | {"TimeoutSeconds": 10**5000}
    [only] = validate(document)
    assert only.message.endswith("not a number of more than 30 digits.")


class TestSize:
    def test_five_thousand_states_in_a_row(self) -> None:
        found, seconds = timed(passes(5_000))
        assert (found, seconds < 5) == ([], True)

    def test_scopes_within_one_another_as_deep_as_may_be(self) -> None:
        assert validate(nested(DEEPEST // 4 - 2)) == []

    def test_conditions_within_one_another_as_deep_as_may_be(self) -> None:
        rule: dict[str, object] = {"Variable": "$.a", "IsNull": True}
        for _ in range(DEEPEST - 10):
            rule = {"Not": rule}
        choice = {"Type": "Choice", "Choices": [rule | {"Next": "Done"}], "Default": "Done"}
        assert validate({"StartAt": "Here", "States": {"Here": choice, "Done": {"Type": "Succeed"}}}) == []

    def test_a_payload_as_deep_as_may_be(self) -> None:
        for language, field in (("JSONPath", "Parameters"), ("JSONata", "Output")):
            payload: dict[str, object] = {"x.$": 1, "y": "$.a", "z": "{% ( %}"}
            for _ in range(DEEPEST // 2 - 4):
                payload = {"a": [payload]}
            state = {"Type": "Pass", "QueryLanguage": language, field: payload, "End": True}
            assert len(validate({"StartAt": "Here", "States": {"Here": state}})) > 1

    def test_what_is_nested_deeper_is_said_to_be_and_not_looked_at(self) -> None:
        for depth in (DEEPEST // 4 + 1, 10_000):
            [only] = validate(nested(depth))
            assert (only.severity, only.code, only.location) == (Severity.ERROR, "TOO_DEEPLY_NESTED", "/")
            assert only.message.startswith(f"This is nested more than {DEEPEST} levels deep")

    def test_five_thousand_assignments_and_reads_of_a_variable(self) -> None:
        states: dict[str, object] = {
            f"S{i}": {
                "Type": "Pass",
                "Assign": {f"v{i}.$": f"$v{i - 1}" if i else "$unset"},
                "Next": f"S{i + 1}",
            }
            for i in range(5_000)
        }
        found, seconds = timed({"StartAt": "S0", "States": states | {"S5000": {"Type": "Succeed"}}})
        assert ([d.code for d in found], seconds < 10) == (["UNDEFINED_VARIABLE"], True)

    def test_five_thousand_misspelt_targets_do_not_take_for_ever(self) -> None:
        states = {f"Brew {i}": {"Type": "Pass", "Next": f"brew number {i + 1}"} for i in range(5_000)}
        found, seconds = timed({"StartAt": "Brew 0", "States": states})
        assert (len(found), seconds < 10) == (1000, True)

    def test_the_answer_can_be_limited(self) -> None:
        assert len(validate({"StartAt": "A", "States": {f"S{i}": {} for i in range(50)}}, limit=7)) == 7


def test_importing_the_checker_does_not_load_the_reference_library() -> None:
    program = "import sys, asl.checking as v; v.validate({}); print('jsonschema' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


def test_a_rule_that_breaks_down_hides_no_other_and_lets_nothing_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(*_: object) -> Iterator[Finding]:
        raise OverflowError("no beans")

    broken = [replace(rule, check=breaks) if rule.code == "UNREACHABLE_CHOICE" else rule for rule in RULES]
    monkeypatch.setattr("asl.checking.checker.RULES", broken)
    _rules_about.cache_clear()
    choice = {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": True, "Next": "Nowhere"}]}
    try:
        found = validate({"StartAt": "A", "States": {"A": choice, "B": choice, "C": {"Type": "Pass"}}})
    finally:
        _rules_about.cache_clear()
    assert [one.message for one in found if one.code == "CHECKER_FAILED"] == [
        "The checker broke down over this definition in its rule breaks "
        "(OverflowError: no beans). Please report it."
    ]
    assert {"MISSING_TRANSITION_TARGET", "CHOICE_WITHOUT_DEFAULT"} <= {one.code for one in found}


def test_a_number_of_any_size_is_compared_with() -> None:
    rule = {"Variable": "$.a", "NumericEquals": 10**400, "Next": "B"}
    choice = {"Type": "Choice", "Choices": [rule, rule], "Default": "B"}
    [found] = validate({"StartAt": "A", "States": {"A": choice, "B": {"Type": "Succeed"}}})
    assert found.code == "UNREACHABLE_CHOICE"
