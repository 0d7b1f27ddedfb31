"""From bytes to definitions: any bytes get an answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl.checking import validate
from asl.reading import CODES, MOST_BYTES, read
from tests.dice import Dice, thrown
from tests.texts import CHARACTERS

SIMPLE = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
NAMES = ["x.json", "x.yaml", "x.asl", "x", "-", "x.template"]


def complaints(data: bytes, name: str = "x.json") -> list[tuple[str, str, str]]:
    return [
        (str(source.lines.position(fault.span.start)), fault.kind.code, fault.message)
        for source in read(name, data)
        for fault in source.faults
    ]


@settings(max_examples=200)
@given(st.binary() | st.text(CHARACTERS).map(str.encode), st.sampled_from(NAMES))
def test_any_bytes_get_an_answer(data: bytes, name: str) -> None:
    [source] = read(name, data)
    assert source.definitions or source.faults or source.notes
    for definition in source.definitions:
        for diagnostic in validate(definition.document):
            span, _ = definition.places.find(diagnostic.location)
            assert 0 <= span.start <= span.end <= len(source.text)


FIELDS = ["Definition", "DefinitionString", "DefinitionUri", "DefinitionSubstitutions"]
FUNCTIONS = ["Ref", "Fn::Sub", "Fn::Join", "Fn::If", "Fn::GetAtt", "a"]


def properties_of_a_machine(dice: Dice) -> dict[str, object]:
    def leaf() -> object:
        return dice.scalar(finite=True) if dice.roll(2) else dice.one_of(["${A}", "{}", "a.json"])

    def value() -> object:
        return dice.nested(leaf, lambda: dice.one_of(FUNCTIONS), most=3)

    return dice.fields(lambda: dice.one_of(FIELDS), value, 1, 4)


@settings(max_examples=300)
@given(
    st.sampled_from(["AWS::Serverless::StateMachine", "AWS::StepFunctions::StateMachine"]),
    thrown(properties_of_a_machine),
)
def test_any_template_gets_an_answer(kind: str, properties: dict[str, object]) -> None:
    template = {"Resources": {"M": {"Type": kind, "Properties": properties}}}
    for source in read("template.json", json.dumps(template).encode()):
        for definition in source.definitions:
            validate(definition.document)


@pytest.mark.parametrize("name", NAMES)
def test_what_begins_like_json_is_json_whatever_it_is_called(name: str) -> None:
    [source] = read(name, json.dumps(SIMPLE, indent=8).encode())
    assert [definition.document for definition in source.definitions] == [SIMPLE]
    assert source.recognised


@pytest.mark.parametrize("name", ["x.yaml", "x.yml", "x", "-"])
def test_what_does_not_is_yaml(name: str) -> None:
    [source] = read(name, b"StartAt: A\nStates:\n  A: {Type: Succeed}\n---\nStartAt: B\nStates: {}\n---\n")
    assert [definition.document for definition in source.definitions] == [
        SIMPLE,
        {"StartAt": "B", "States": {}},
    ]


def test_what_begins_like_json_may_be_yaml_if_it_is_called_so() -> None:
    [source] = read("x.yaml", b"{StartAt: A, States: {A: {Type: Succeed}}}  # short")
    assert [definition.document for definition in source.definitions] == [SIMPLE]


def test_short_tags_are_understood_in_a_definition_of_its_own() -> None:
    text = b"StartAt: A\nStates:\n  A: {Type: Task, Resource: !GetAtt Brew.Arn, Next: !If [p, B, C]}\n"
    [source] = read("x.yaml", text)
    assert source.definitions[0].document == {
        "StartAt": "A",
        "States": {"A": {"Type": "Task", "Resource": "${Brew.Arn}", "Next": "B"}},
    }


def test_what_begins_like_json_and_is_neither_is_broken_json() -> None:
    assert [code for _, code, _ in complaints(b'{"a": 1,, }', "-")] == ["INVALID_JSON_DESCRIPTION"]
    assert [code for _, code, _ in complaints(b'{"a": 1,, ]', "x.yaml")] == ["INVALID_YAML"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("1:1", "MISSING_DESCRIPTION", "There is nothing in this file.")),
        (b" \n\t", ("1:1", "MISSING_DESCRIPTION", "There is nothing in this file.")),
        (b"\xef\xbb\xbf", ("1:1", "MISSING_DESCRIPTION", "There is nothing in this file.")),
        (
            '{\n"ü'.encode("latin-1"),
            ("2:2", "NOT_UTF_8", "Byte 4 (0xfc) is not text in UTF-8. Save the file as UTF-8."),
        ),
        ("{}".encode("utf-16"), ("1:1", "NOT_UTF_8", "This is UTF-16, not UTF-8. Save the file as UTF-8.")),
        (b"{\x00}", ("1:2", "NOT_UTF_8", "This is not text: it has a character with the number 0 in it.")),
        (
            b" " * (MOST_BYTES + 1),
            (
                "1:1",
                "DEFINITION_TOO_LARGE",
                "The file has more than 4 MiB; AWS takes definitions of up to 1 MiB.",
            ),
        ),
    ],
    ids=["empty", "blank", "mark only", "latin-1", "utf-16", "binary", "huge"],
)
def test_what_is_no_text_is_told_so(data: bytes, expected: tuple[str, str, str]) -> None:
    assert complaints(data) == [expected]


def test_a_mark_at_the_start_is_no_part_of_the_text() -> None:
    [source] = read("x.json", b"\xef\xbb\xbf" + json.dumps(SIMPLE).encode())
    assert source.definitions[0].document == SIMPLE


def test_a_definition_is_too_large_only_if_it_is_without_its_spaces() -> None:
    long = {"StartAt": "A", "Comment": "x" * 1_048_576, "States": {}}
    [(_, code, message)] = complaints(json.dumps(long).encode())
    assert code == "DEFINITION_TOO_LARGE"
    size = len(json.dumps(long, separators=(",", ":")))
    assert message == f"The definition has {size:,} characters without spaces; AWS takes up to 1,048,576."
    assert complaints(json.dumps(SIMPLE).encode() + b" " * 1_100_000) == []


def test_no_code_is_listed_twice() -> None:
    assert len({kind.code for kind in CODES}) == len(CODES)
