"""JSON with positions: what it gives, where things are, and what it says of a text that is not JSON."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asl.limits import DEEPEST
from asl.reading import Lines, Text
from asl.reading.json_text import parse_json
from tests.dice import Dice, thrown

if TYPE_CHECKING:
    from asl.reading.sources import Tree

json_values = thrown(Dice.json)


def parsed(text: str) -> Tree:
    return parse_json(Text(text), text)


def complaint(text: str) -> tuple[str, str]:
    """Return the place and the words of the one thing that is wrong with a text."""
    tree = parsed(text)
    assert tree.broken
    [fault] = tree.faults
    return str(Lines(text).position(fault.span.start)), fault.message


def everywhere(value: object) -> list[tuple[object, str | int, object]]:
    """Every container of a document with each of its steps and the value there."""
    found: list[tuple[object, str | int, object]] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        steps: list[tuple[str | int, object]] = []
        if isinstance(node, dict):
            steps = list(node.items())
        elif isinstance(node, list):
            steps = list(enumerate(node))
        found += [(node, step, item) for step, item in steps]
        waiting += [item for _, item in steps]
    return found


@given(json_values, st.sampled_from([None, 0, 1, 3]), st.booleans())
def test_any_json_is_read_as_the_standard_library_reads_it(
    value: object, indent: int | None, escaped: bool
) -> None:
    tree = parsed(json.dumps(value, indent=indent, ensure_ascii=escaped))
    assert not tree.broken
    assert tree.faults == []
    assert tree.value == value


@given(json_values, st.sampled_from([None, 2]), st.booleans())
def test_every_value_and_every_key_is_where_it_is_said_to_be(
    value: object, indent: int | None, escaped: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=escaped)
    tree = parsed(text)
    decoder = json.JSONDecoder()
    for container, step, item in everywhere(tree.value):
        assert decoder.raw_decode(text, tree.places.value_start(container, step))[0] == item
        if isinstance(step, str):
            start, end = tree.places.span(container, step)
            assert json.loads(text[start:end]) == step


@given(json_values, st.booleans())
def test_the_characters_of_a_string_are_where_they_are_said_to_be(value: object, escaped: bool) -> None:
    text = json.dumps([value, 'a\n"ü\u2028😀\\'], ensure_ascii=escaped)
    tree = parsed(text)
    for container, step, string in everywhere(tree.value):
        if isinstance(string, str):
            found = tree.places.string(container, step, string)
            assert found.origins is not None
            start = tree.places.value_start(container, step)
            ends = [*list(found.origins)[1:], json.decoder.scanstring(text, start + 1, True)[1] - 1]  # type: ignore[attr-defined]
            signs = [json.loads(f'"{text[a:b]}"') for a, b in zip(found.origins, ends, strict=False)]
            assert signs == list(string)


def damaged_text(dice: Dice) -> str:
    """Return JSON with one character left out or replaced."""
    text = json.dumps({"a": [dice.json(), 1.5, True], "b": "x"}, indent=dice.one_of([None, 2]))
    at = dice.roll(len(text))
    sign: str = dice.one_of(["", *"\"{}[],:\\'#é\n0-e"])
    return text[:at] + sign + text[at + 1 :]


@settings(max_examples=300)
@given(thrown(damaged_text, 300))
def test_a_damaged_text_is_refused_exactly_if_it_is_no_json(damaged: str) -> None:
    try:
        expected = json.loads(damaged)
    except ValueError:
        place, message = complaint(damaged)
        assert message
        assert place
    else:
        tree = parsed(damaged)
        assert not tree.broken
        assert tree.value == expected


@given(st.text(alphabet="{}[]\",:\\ \n-+.0123456789truefalsnN$/#'é"))
def test_no_text_crashes_it(text: str) -> None:
    tree = parsed(text)
    assert tree.broken == any(fault.kind.code == "INVALID_JSON_DESCRIPTION" for fault in tree.faults)
    assert all(0 <= fault.span.start <= fault.span.end <= max(len(text), 1) for fault in tree.faults)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('{"a": 1,}', "1:9", "There is a comma before this }: JSON has none after the last entry."),
        ("[1,\n]", "2:1", "There is a comma before this ]: JSON has none after the last entry."),
        ('{"a": 1 "b": 2}', "1:9", "A comma is missing before this."),
        ('{"a" 1}', "1:6", 'A colon is missing after the key "a".'),
        ("{'a': 1}", "1:2", "JSON takes double quotes only."),
        ("{\"a\": 'b'}", "1:7", "JSON takes double quotes only."),
        ("{a: 1}", "1:2", 'A key is written in quotes: "a".'),
        ('{"a": brew}', "1:7", 'A value is expected here, not brew; a string is written in quotes: "brew".'),
        ('{"a": True}', "1:7", "JSON writes true, not True."),
        ('{"a": NaN}', "1:7", "JSON has no NaN."),
        ('{"a": 01}', "1:7", "01 is not a number as JSON writes it."),
        ('{"a": 1} // why', "1:10", "JSON has no comments; write it into the field Comment."),
        ('{\n  /* why */ "a": 1}', "2:3", "JSON has no comments; write it into the field Comment."),
        ('{"a": }', "1:7", "A value is missing before this }"),
        ('{"a": "b}', "1:7", 'This string is not closed: a " is missing at its end.'),
        (
            '{"a": "b\nc"}',
            "1:7",
            "A line break cannot stand in a string: write \\n, or close the string before it.",
        ),
        ('{"a": "b\tc"}', "1:9", "A tab cannot stand in a string: write \\t, or close the string before it."),
        (
            '{"a": "\\d"}',
            "1:8",
            'After \\ JSON takes one of " \\ / b f n r t, or u and four digits. Write \\\\ for a \\ itself.',
        ),
        (
            '{\n"a": [1\n}',
            "3:1",
            "This } closes nothing: the [ of line 2 is still open and needs a ] first.",
        ),
        (
            '{\n"a": {"b": 1',
            "2:12",
            "The text ends too early: the { of line 2 is never closed, a } is missing.",
        ),
        ('{"a": 1}}', "1:9", "There is one } too many: the definition has ended before it."),
        ('{"a": 1} {"b": 2}', "1:10", "The definition has ended before this. A file holds one definition."),
        ('["a": 1]', "1:5", "An array has no keys: write { } around the fields."),
        ('{"a": \x00}', "1:7", "A value is expected here, not the character U+0000."),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, place: str, message: str) -> None:
    assert complaint(text) == (place, message)


def test_a_placeholder_may_stand_without_quotes() -> None:
    assert parsed('{"TimeoutSeconds": ${Limit}, "a": [${A.B}]}').value == {
        "TimeoutSeconds": "${Limit}",
        "a": ["${A.B}"],
    }


def test_the_last_of_two_equal_keys_counts_and_the_second_is_reported() -> None:
    text = '{"States": {"A": 1,\n "B": [{"x": 1, "x": 2}]}}'
    tree = parsed(text)
    assert tree.value == {"States": {"A": 1, "B": [{"x": 2}]}}
    [fault] = tree.faults
    assert fault.kind.code == "DUPLICATE_KEY"
    assert fault.location == "/States/B[0]/x"
    assert str(Lines(text).position(fault.span.start)) == "2:17"
    assert fault.message == (
        'The key "x" is written twice in this object, first in line 2: only the last one counts.'
    )


def test_a_nesting_that_is_too_deep_is_refused_where_it_becomes_so() -> None:
    assert not parsed("[" * DEEPEST + "]" * DEEPEST).broken
    for depth in (DEEPEST + 1, 100_000):
        for ending in ("", "1" + "]" * depth):
            place, message = complaint("[" * depth + ending)
            assert place == f"1:{DEEPEST + 1}"
            assert message.startswith(f"This is nested more than {DEEPEST} levels deep")


@pytest.mark.parametrize("text", ["1" * 100_000, "-" + "9" * 5000, "1e99999"])
def test_a_number_without_measure_is_infinite(text: str) -> None:
    value = parsed(text).value
    assert isinstance(value, float)
    assert math.isinf(value)
