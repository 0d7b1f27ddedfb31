"""States written field by field, states in JSONata, and definitions read back into states."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from dsl import DefinitionError, InvalidDefinitionError, StateMachine, end, jsonata, succeed, written
from tests.dice import Dice, thrown
from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from dsl import Json

NESTED: dict[str, Any] = {
    "Comment": "All of it",
    "QueryLanguage": "JSONPath",
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1, "End": True}}},
                {
                    "StartAt": "Each",
                    "States": {
                        "Each": {
                            "Type": "Map",
                            "ItemsPath": "$.items",
                            "ItemProcessor": {
                                "ProcessorConfig": {"Mode": "INLINE"},
                                "StartAt": "One",
                                "States": {"One": {"Type": "Succeed"}},
                            },
                            "End": True,
                        }
                    },
                },
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Sorry"}],
            "Next": "Which?",
        },
        "Which?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "Fine", "Comment": "there"}],
            "Default": "Sorry",
        },
        "Fine": {"Type": "Pass", "Comment": "done", "Result": {"a": [1, None, "ü"]}, "End": True},
        "Sorry": {"Type": "Fail", "Error": "Sorry", "Cause": "It did not work"},
    },
}


@pytest.mark.parametrize(
    "document",
    [NESTED, order_processor.definition(), order_manager.definition()],
    ids=["nested", "processor", "manager"],
)
def test_a_definition_that_is_read_compiles_to_itself(document: dict[str, Any]) -> None:
    assert StateMachine.from_asl(document).definition() == document


def test_a_definition_with_an_error_is_refused_with_its_diagnostics() -> None:
    with pytest.raises(InvalidDefinitionError, match="Missing 'Next' target: B") as caught:
        StateMachine.from_asl({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}})
    assert caught.value.diagnostics[0].code == "MISSING_TRANSITION_TARGET"


def test_a_definition_with_a_warning_is_refused_where_strict() -> None:
    document: dict[str, Json] = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": True, "Next": "B"}]},
            "B": {"Type": "Succeed"},
        },
    }
    assert StateMachine.from_asl(document).definition() == document
    with pytest.raises(InvalidDefinitionError):
        StateMachine.from_asl(document, strict=True)


def machine(dice: Dice) -> dict[str, Any]:
    """Return some states in a row, with choices that lead back and branches inside."""
    count = 1 + dice.roll(8)
    depth = dice.roll(3)
    names = iter(f"s{i}" for i in range(1_000))

    def scope(size: int, level: int) -> dict[str, Any]:
        own = [next(names) for _ in range(size)]
        states: dict[str, Any] = {}
        for index, name in enumerate(own):
            last = index == size - 1
            on: dict[str, Any] = {"End": True} if last else {"Next": own[index + 1]}
            kind = dice.one_of(["Pass", "Wait", "Choice", "Parallel", "Task"])
            if kind == "Choice" and not last:
                rule = {"Variable": "$.n", "IsPresent": True, "Next": dice.one_of(own[: index + 1])}
                states[name] = {"Type": "Choice", "Choices": [rule], "Default": own[index + 1]}
            elif kind == "Parallel" and level:
                states[name] = {"Type": "Parallel", "Branches": [scope(2, level - 1)], **on}
            elif kind == "Task":
                arn = "arn:aws:states:::lambda:invoke"
                states[name] = {"Type": "Task", "Resource": arn, "Parameters": {"FunctionName": "f"}, **on}
            elif kind == "Wait":
                states[name] = {"Type": "Wait", "Seconds": dice.roll(100), **on}
            else:
                states[name] = {"Type": "Pass", **on}
        return {"StartAt": own[0], "States": states}

    return scope(count, depth)


@given(thrown(machine))
def test_any_definition_that_is_read_compiles_to_itself(document: dict[str, Any]) -> None:
    assert StateMachine.from_asl(document).definition() == document


class TestJsonata:
    def test_states_in_jsonata_make_a_machine(self) -> None:
        ship, ask = jsonata.succeed("Ship"), jsonata.fail("Ask", error="TooMuch", cause="Ask somebody")
        total = jsonata.pass_("Total", output={"total": jsonata.expression("$sum($states.input.prices)")})
        total >> jsonata.choice(
            "Too much?", (jsonata.expression("$states.input.total > 100"), ask), otherwise=ship
        )
        machine = StateMachine("Prices", start=total, query_language="JSONata")
        document = json.loads(machine.to_json())
        assert document["QueryLanguage"] == "JSONata"
        assert document["States"]["Total"]["Output"] == {"total": "{% $sum($states.input.prices) %}"}
        assert document["States"]["Too much?"]["Choices"] == [
            {"Condition": "{% $states.input.total > 100 %}", "Next": "Ask"}
        ]

    def test_they_stand_beside_states_with_paths(self) -> None:
        first = jsonata.pass_("First", assign={"n": jsonata.expression("1 + 1")})
        first >> succeed("Last")
        machine = StateMachine("Mixed", start=first)
        states = json.loads(machine.to_json())["States"]
        assert states["First"]["QueryLanguage"] == "JSONata"
        assert "QueryLanguage" not in states["Last"]

    @pytest.mark.parametrize("text", ["", "  ", "{% 1 %}"])
    def test_an_expression_is_written_without_its_delimiters(self, text: str) -> None:
        with pytest.raises(DefinitionError, match="is no JSONata expression"):
            jsonata.expression(text)


def test_a_written_state_is_wired_with_objects() -> None:
    with pytest.raises(DefinitionError, match="Next is wired with objects, not written as a field"):
        written("A", "Pass", {"Next": "B"})


def test_a_written_state_that_leads_nowhere_is_an_error() -> None:
    with pytest.raises(DefinitionError, match="it leads nowhere"):
        StateMachine("M", start=written("A", "Pass"))


def test_a_written_state_keeps_its_fields() -> None:
    state = written(
        "A",
        "Task",
        {"Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": {"QueueUrl": "u", "MessageBody": "b"}},
    )
    document = json.loads(StateMachine("M", start=state >> end).to_json())
    assert document["States"]["A"]["Parameters"] == {"QueueUrl": "u", "MessageBody": "b"}
