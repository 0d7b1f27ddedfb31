"""YAML with positions: read as the tools read it that make JSON of it, and bounded whatever it says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from asl.limits import DEEPEST
from asl.reading import Lines
from asl.reading.yaml_text import Dialect, parse_yaml
from asl.reports.findings import Target, check
from tests.asl.reading.test_json_text import everywhere, json_values
from tests.texts import CHARACTERS

if TYPE_CHECKING:
    from pathlib import Path

    from asl.reading.sources import Tree


def parsed(text: str) -> Tree:
    [tree] = parse_yaml(text)
    return tree


def complaint(text: str) -> tuple[str, str, str]:
    """Return the place, the code and the words of the one thing that is wrong with a text."""
    tree = parsed(text)
    [fault] = tree.faults
    return str(Lines(text).position(fault.span.start)), fault.kind.code, fault.message


@given(json_values, st.sampled_from([True, False, None]), st.booleans())
def test_any_json_that_is_written_as_yaml_is_read_back(
    value: object, flow: bool | None, unicode: bool
) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=unicode)
    tree = parsed(text)
    assert tree.faults == []
    # Not always the value itself: PyYAML writes some line ends of Unicode so that no reader gets them back.
    assert tree.value == yaml.safe_load(text)


@given(json_values, st.sampled_from([True, False, None]))
def test_every_value_and_every_key_begins_where_it_is_said_to(value: object, flow: bool | None) -> None:
    text = yaml.safe_dump({"root": value}, default_flow_style=flow, allow_unicode=True, width=1000)
    tree = parsed(text)
    loader = yaml.SafeLoader(text)
    starts = {}
    waiting = [(tree.value, loader.get_single_node())]
    while waiting:
        container, node = waiting.pop()
        if isinstance(node, yaml.MappingNode) and isinstance(container, dict):
            for key, item in node.value:
                starts[id(container), key.value] = (key.start_mark.index, item.start_mark.index)
                waiting.append((container[key.value], item))
        elif isinstance(node, yaml.SequenceNode) and isinstance(container, list):
            for i, item in enumerate(node.value):
                starts[id(container), i] = (item.start_mark.index, item.start_mark.index)
                waiting.append((container[i], item))
    for container, step, _ in everywhere(tree.value):
        key_start, value_start = starts[id(container), step]
        assert tree.places.value_start(container, step) == value_start
        assert tree.places.span(container, step).start == key_start


@settings(max_examples=300)
@given(st.text(alphabet="ab:-?!&*|>%@`'\"{}[],# \n\t<~0.\x00\x1b\ufeff\u2028é") | st.text(CHARACTERS))
def test_no_text_crashes_it(text: str) -> None:
    for tree in parse_yaml(text):
        assert tree.broken == any(fault.kind.code != "DUPLICATE_KEY" for fault in tree.faults)
        assert all(0 <= fault.span.start <= fault.span.end <= len(text) + 1 for fault in tree.faults)


def test_keys_are_text_and_dates_stay_text() -> None:
    tree = parsed("On: true\n1: 10\n2024-01-01: 2024-01-01\n~: null\nx: !!str 5\ny: 1.5\n")
    assert tree.value == {
        "On": True,
        "1": 10,
        "2024-01-01": "2024-01-01",
        "~": None,
        "x": "5",
        "y": 1.5,
    }


@pytest.mark.parametrize(
    ("word", "definition", "template", "handler"),
    [
        ("Yes", "Yes", True, True),
        ("no", "no", False, False),
        ("ON", "ON", True, True),
        ("off", "off", False, False),
        ("y", "y", "y", "y"),
        ("true", True, True, True),
        ("False", False, False, False),
        ("12:30:45", "12:30:45", 45045, "12:30:45"),
        ("1:30", "1:30", 90, "1:30"),
        ("010", 10, 8, 10),
        ("0o17", 15, "0o17", "0o17"),
        ("0x1F", 31, 31, "0x1F"),
        ("1_000", 1000, 1000, 1000),
        ("-7", -7, -7, -7),
        ("+7", 7, 7, 7),
        ("1e3", 1000.0, "1e3", 1000.0),
        ("1.5e3", 1500.0, "1.5e3", 1500.0),
        ("1.5", 1.5, 1.5, 1.5),
        (".5", 0.5, 0.5, 0.5),
        ("1.", 1.0, 1.0, 1.0),
        ("1.2.3", "1.2.3", "1.2.3", "1.2.3"),
        ("~", None, None, None),
        ("Null", None, None, None),
        ("", None, None, None),
        ("2024-01-01", "2024-01-01", "2024-01-01", "2024-01-01"),
        ("2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"),
        ("=", "=", "=", "="),
        ("'Yes'", "Yes", "Yes", "Yes"),
        ('"12:30"', "12:30", "12:30", "12:30"),
        ("$.at", "$.at", "$.at", "$.at"),
    ],
)
def test_what_a_word_is_depends_on_who_reads_it(
    word: str, definition: object, template: object, handler: object
) -> None:
    for dialect, expected in zip(Dialect, (definition, template, handler), strict=True):
        [tree] = parse_yaml(f"a: {word}\n", dialect)
        assert isinstance(tree.value, dict)
        assert (tree.value["a"], type(tree.value["a"])) == (expected, type(expected)), dialect


def test_a_template_is_read_as_one_and_what_was_meant_as_a_text_is_to_be_quoted(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        "Resources:\n  Order:\n    Type: AWS::Serverless::StateMachine\n    Properties:\n      Definition:\n"
        "        StartAt: Yes\n        States: {Yes: {Type: Succeed}}\n"
    )
    [report] = check(Target(str(path), path, certain=True), path.read_bytes(), 10)
    messages = [found.diagnostic.message for found in report.found]
    assert any(message.endswith('YAML reads Yes as true: write "Yes" in quotes.') for message in messages)


def test_a_definition_by_itself_may_have_such_words_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "order.asl.yaml"
    path.write_text("StartAt: Yes\nStates: {Yes: {Type: Succeed}}\n")
    [report] = check(Target(str(path), path, certain=True), path.read_bytes(), 10)
    assert report.found == []


def test_short_tags_become_what_they_stand_for() -> None:
    text = "a: !Ref Queue\nb: !GetAtt Fn.Arn\nc: !Sub ['${x}', {x: !Ref Y}]\nd: !If [p, 1, 2]\n"
    assert parsed(text).value == {
        "a": {"Ref": "Queue"},
        "b": {"Fn::GetAtt": "Fn.Arn"},
        "c": {"Fn::Sub": ["${x}", {"x": {"Ref": "Y"}}]},
        "d": {"Fn::If": ["p", 1, 2]},
    }


def test_other_tags_run_nothing_and_are_taken_for_remarks() -> None:
    assert parsed('a: !!python/object/apply:os.system ["true"]\nb: !Cup {c: 1}\n').value == {
        "a": ["true"],
        "b": {"c": 1},
    }


@pytest.mark.parametrize("key", ["'<<'", '"<<"', "!!str <<"])
def test_a_merge_key_in_quotes_is_a_key_like_any_other(key: str) -> None:
    text = f"base: &base {{a: 1}}\nA: {{{key} : *base, b: 2}}\nB: {{b: 2, {key} : [*base]}}\n"
    assert parsed(text).value == yaml.safe_load(text)
    assert parsed(text).value == {
        "base": {"a": 1},
        "A": {"<<": {"a": 1}, "b": 2},
        "B": {"<<": [{"a": 1}], "b": 2},
    }


def test_aliases_and_merge_keys_are_followed_to_where_their_values_are_written() -> None:
    text = "base: &base {Type: Pass, End: true}\nA:\n  <<: *base\n  Comment: first\nB: *base\n"
    tree = parsed(text)
    assert tree.value == {
        "base": {"Type": "Pass", "End": True},
        "A": {"Comment": "first", "Type": "Pass", "End": True},
        "B": {"Type": "Pass", "End": True},
    }
    span, value = tree.places.find("/A/End")
    assert (text[span.start : span.end], value) == ("End: true", True)
    assert str(Lines(text).position(span.start)) == "1:26"


def test_what_is_merged_gives_way_to_what_is_written() -> None:
    assert parsed("x: &x {a: 1, b: 1}\ny: &y {a: 2, c: 2}\nz: {<<: [*x, *y], b: 3}\n").value == {
        "x": {"a": 1, "b": 1},
        "y": {"a": 2, "c": 2},
        "z": {"b": 3, "a": 1, "c": 2},
    }


def test_every_document_of_a_stream_is_read() -> None:
    assert [tree.value for tree in parse_yaml("a: &x 1\n---\nb: 2\n")] == [{"a": 1}, {"b": 2}]
    assert [tree.broken for tree in parse_yaml("a: &x 1\n---\nb: *x\n")] == [True]


@pytest.mark.parametrize(
    ("text", "place", "code", "message"),
    [
        ("a:\n\tb: 1\n", "2:1", "INVALID_YAML", "YAML takes no tabs for indentation; write spaces."),
        ("a: &a {b: *a}", "1:11", "INVALID_YAML", "The alias *a stands for something that contains it."),
        ("a: *b", "1:4", "INVALID_YAML", "There is no anchor &b before this alias."),
        ("? [a]\n: 1", "1:3", "INVALID_YAML", "A key has to be a text, not a list or an object."),
        ("a: b\x07", "1:5", "INVALID_YAML", "YAML takes no control characters."),
        (
            "A: 1\nB: 2\nA: 3\n",
            "3:1",
            "DUPLICATE_KEY",
            'The key "A" is written twice in this object, first in line 1: only the last one counts.',
        ),
    ],
)
def test_what_is_wrong_is_said_where_it_is(text: str, place: str, code: str, message: str) -> None:
    assert complaint(text) == (place, code, message)


def test_a_bracket_that_is_not_closed_is_told_with_its_line() -> None:
    place, code, message = complaint("a: 1\nb: {c: 1\nd: 2\n")
    assert code == "INVALID_YAML"
    assert "line 2" in message
    assert place.startswith("3:")


@pytest.mark.parametrize("opening", ["[", "[[", "- ", "{a: ", "{a: ["])
@pytest.mark.parametrize("before", ["", "é: 1\nb:\n ", "--- 1\n---\n"])
@pytest.mark.parametrize("depth", [DEEPEST + 1, 2 * DEEPEST, 100_000])
def test_deep_nesting_is_a_diagnostic(opening: str, before: str, depth: int) -> None:
    *_, tree = parse_yaml(before + opening * depth)
    [fault] = tree.faults
    assert fault.kind.code == "TOO_DEEPLY_NESTED"
    assert fault.message.startswith(f"This is nested more than {DEEPEST} levels deep")
    assert len(before) < fault.span.start <= len(before) + DEEPEST * len(opening)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}"), ("- ", ""), ("[{a: ", "}]")])
def test_what_is_nested_as_deep_as_is_allowed_is_read(opening: str, closing: str) -> None:
    times = DEEPEST // (2 if "[{" in opening else 1)
    assert parsed(opening * times + "1" + closing * times).faults == []


def test_aliases_do_not_make_deep_what_is_written_flat() -> None:
    half = DEEPEST // 2
    levels = "a: &a " + "[" * (half - 1) + "1" + "]" * (half - 1) + "\n"
    assert parsed(levels + "b: " + "[" * half + "*a" + "]" * half).faults == []
    [fault] = parse_yaml(levels + "b: " + "[" * (half + 1) + "*a" + "]" * (half + 1))[0].faults
    assert fault.kind.code == "TOO_DEEPLY_NESTED"


def test_an_earlier_fault_is_told_rather_than_the_place_where_the_parser_gave_up() -> None:
    assert complaint("a: [*nowhere, b: {c: d: e]") == (
        "1:5",
        "INVALID_YAML",
        "There is no anchor &nowhere before this alias.",
    )


def test_aliases_that_stand_for_billions_of_values_are_a_diagnostic() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{c}: &{c} [{', '.join([f'*{b}'] * 10)}]" for b, c in zip("abcdefghij", "bcdefghijk", strict=True)
    ]
    started = time.process_time()
    _, code, message = complaint("\n".join(lines))
    assert (code, message) == (
        "INVALID_YAML",
        "The aliases of this document stand for more than 200,000 values.",
    )
    assert time.process_time() - started < 10


def test_the_lines_of_a_block_are_where_they_are_said_to_be() -> None:
    text = "a:\n  b: |\n\n    first\n      second é\n\n    third\nc: 1\n"
    tree = parsed(text)
    assert isinstance(tree.value, dict)
    inner = tree.value["a"]
    found = tree.places.string(inner, "b", inner["b"])
    for word in ("first", "second", "é", "third"):
        offset = found.origin(found.value.index(word))
        assert text[offset : offset + len(word)] == word
