"""What the schema layer says of every state type in both query languages."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from asl.checking import Severity, validate
from tests.asl.checking.machines import STATES, machine

JSON_PATH, JSONATA = "JSONPath", "JSONata"
HERE = "/States/Here"
GONE = object()
CASES = tomllib.loads(Path(__file__).with_name("broken_states.toml").read_text(encoding="utf-8"))["case"]


def said(document: object) -> list[tuple[str, str | None]]:
    found = validate(document)
    assert {(d.severity, d.code) for d in found} <= {(Severity.ERROR, "SCHEMA_VALIDATION_FAILED")}
    return [(d.message, d.location) for d in found]


def wrong_language(field: str, this: str, other: str) -> str:
    only = f"field '{field}' is only supported for the '{other}' QueryLanguage"
    return f"The QueryLanguage is set to '{this}', but {only}"


def broken(kind: str, language: str, changes: dict[str, object]) -> dict[str, object]:
    state = {name: value for name, value in (STATES[kind, language] | changes).items() if value is not GONE}
    return machine(state, language)


@pytest.mark.parametrize(("kind", "language"), STATES)
def test_a_correct_state_of_every_type_and_language_is_accepted(kind: str, language: str) -> None:
    assert validate(machine(STATES[kind, language], language)) == []


@pytest.mark.parametrize(
    ("kind", "language"), [(k, lang) for k, lang in STATES if k not in {"Succeed", "Fail", "Choice"}]
)
def test_a_state_goes_on_or_is_the_last_but_not_both(kind: str, language: str) -> None:
    both = "There should only be one of the following fields: [Next, End]. A state goes on or is the last."
    neither = (
        "This object should have only one of the following fields: [Next, End]. "
        'Name the next state, or write "End": true if this is the last.'
    )
    assert said(broken(kind, language, {"End": True})) == [(both, HERE)]
    assert (neither, HERE) in [
        (d.message, d.location) for d in validate(broken(kind, language, {"Next": GONE}))
    ]


@pytest.mark.parametrize(("kind", "language"), STATES)
def test_a_field_that_no_state_has_is_an_error(kind: str, language: str) -> None:
    [(message, location)] = said(broken(kind, language, {"Xyzzy": 1}))
    assert message.startswith("Field 'Xyzzy' is not supported; the fields here are Type, Comment, ")
    assert location == HERE


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['state']} {case['change']}")
def test_a_broken_state_is_told_what_is_wrong_with_it(case: dict[str, str]) -> None:
    kind, language = case["state"].split()
    changes = {
        name: GONE if value == "(gone)" else value for name, value in json.loads(case["change"]).items()
    }
    assert said(broken(kind, language, changes)) == [(case["message"], HERE + case["place"])]


@pytest.mark.parametrize(
    "changes",
    [
        {"TimeoutSeconds": "${Limit}", "HeartbeatSeconds": "${Beat}"},
        {"Retry": "${Retry}", "Catch": "${Catch}"},
        {"Parameters": "${Parameters}", "Resource": "${FunctionArn}"},
        {"Retry": [{"ErrorEquals": "${Errors}", "MaxAttempts": "${Attempts}", "BackoffRate": "${Rate}"}]},
    ],
)
def test_a_placeholder_stands_for_any_value(changes: dict[str, object]) -> None:
    assert said(broken("Task", JSON_PATH, changes)) == []


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws-cn:states:::lambda:invoke",
        "arn:aws:lambda:::function:f",
        "arn:${Partition}:states:::lambda:invoke",
    ],
)
def test_a_resource_of_any_partition_is_accepted(resource: str) -> None:
    changes: dict[str, object] = {
        "Resource": resource,
        "Parameters": {"FunctionName": "f"},
        "ResultSelector": GONE,
    }
    assert said(broken("Task", JSON_PATH, changes)) == []


@pytest.mark.parametrize(
    ("document", "message", "location"),
    [
        ([], "Definition must be a valid JSON object; it is an empty array.", None),
        ({}, "These fields are required: [States, StartAt]. A state machine needs them.", "/"),
        (
            {"StartAt": "A", "States": []},
            "Expected value of type Object: 'States' has to be an object of states, not an empty array.",
            "/States",
        ),
        (
            machine({"Type": "Succeed"}) | {"Version": "2.0"},
            "Value should be one of the following: [1.0]. 'Version' is the string \"2.0\".",
            "/Version",
        ),
        (
            machine({"Type": "Succeed"}) | {"Timeoutseconds": 1},
            "Field 'Timeoutseconds' is not supported; did you mean 'TimeoutSeconds'?",
            "/",
        ),
        (
            machine({"Type": "succeed"}),
            "Value should be one of the following: [Choice, Fail, Map, Parallel, Pass, Succeed, Task, Wait]. "
            '\'Type\' is the string "succeed"; write "Succeed".',
            "/States/Here/Type",
        ),
        (machine({"Comment": "?"}), "These fields are required: [Type]. A state needs it.", "/States/Here"),
    ],
)
def test_a_broken_machine_is_told_what_is_wrong_with_it(
    document: object, message: str, location: str | None
) -> None:
    assert said(document) == [(message, location)]


def test_a_state_that_is_no_object_is_an_error() -> None:
    document = machine({"Type": "Succeed"})
    document["States"] = {"Here": {"Type": "Succeed"}, "There": "Here"}
    assert said(document) == [
        ('Expected value of type Object: a state is an object, not the string "Here".', "/States/There")
    ]


def test_a_machine_timeout_of_zero_is_accepted_as_aws_does() -> None:
    assert said(machine({"Type": "Succeed"}) | {"TimeoutSeconds": 0}) == []


class TestTheQueryLanguageOfAState:
    def test_comes_from_the_machine_and_not_from_the_map_around_it(self) -> None:
        inner = {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
            "StartAt": "Inner",
            "States": {"Inner": {"Type": "Pass", "Output": 1, "End": True}},
        }
        document = broken("Map", JSONATA, {"QueryLanguage": JSONATA, "ItemProcessor": inner})
        del document["QueryLanguage"]
        assert said(document) == [
            (
                wrong_language("Output", JSON_PATH, JSONATA),
                "/States/Here/ItemProcessor/States/Inner",
            )
        ]

    def test_is_jsonata_for_any_other_spelling(self) -> None:
        state = {"Type": "Pass", "QueryLanguage": "jsonata", "Output": 1, "InputPath": "$.a", "End": True}
        assert said(machine(state)) == [
            (
                "Value should be one of the following: [JSONPath, JSONata]. "
                '\'QueryLanguage\' is the string "jsonata"; write "JSONata".',
                "/States/Here/QueryLanguage",
            ),
            (wrong_language("InputPath", JSONATA, JSON_PATH), HERE),
        ]

    def test_cannot_be_turned_back_and_says_nothing_else_then(self) -> None:
        state = {"Type": "Pass", "QueryLanguage": "JSONPath", "Output": 1, "End": True}
        [(message, location)] = said(machine(state, JSONATA))
        assert message.startswith(
            "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine."
        )
        assert location == HERE


def test_many_faults_in_one_state_are_cut_off_after_the_most_specific() -> None:
    state = STATES["Task", JSON_PATH] | {f"field {i}": i for i in range(50)} | {"Retry": [{}]}
    found = said(machine(state))
    assert len(found) == 5
    assert found[0] == ("These fields are required: [ErrorEquals].", "/States/Here/Retry[0]")
