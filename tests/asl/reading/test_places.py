"""From a diagnostic's location to a stretch of the file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl.locations import ROOT
from asl.reading import Lines, Text
from asl.reading.json_text import parse_json
from asl.reading.texts import token
from tests.asl.reading.test_json_text import everywhere, json_values

TEXT = """{
  "StartAt": "Decide",
  "States": {
    "Decide": {"Type": "Choice", "Choices": [{"Variable": "$.a", "Next": "a/b[0]"}]},
    "a/b[0]": {"Type": "Succeed"},
    "a": {"b[0]": {"Type": 1}}
  }
}"""


@pytest.mark.parametrize(
    ("location", "place", "stretch"),
    [
        (None, "1:1", "{"),
        ("/", "1:1", "{"),
        ("/StartAt", "2:3", '"StartAt": "Decide"'),
        ("/States/Decide", "4:5", '"Decide"'),
        ("/States/Decide/Choices[0]", "4:46", "{"),
        ("/States/Decide/Choices[0]/Next", "4:66", '"Next": "a/b[0]"'),
        ("/States/Decide/Choices[0]/Default", "4:46", "{"),
        ("/States/Decide/Choices[7]/Next", "4:34", '"Choices"'),
        ("/States/Nowhere/Next", "3:3", '"States"'),
        ("/Nowhere", "1:1", "{"),
        ("/States/a/b[0]/Type", "6:20", '"Type": 1'),
        ("/States/a/b[0]", "6:11", '"b[0]"'),
        ("/States/Decide/.../Next", "4:5", '"Decide"'),
    ],
)
def test_a_location_leads_to_the_key_or_to_the_nearest_thing_around(
    location: str | None, place: str, stretch: str
) -> None:
    tree = parse_json(Text(TEXT), TEXT)
    span, _ = tree.places.find(location)
    assert (str(Lines(TEXT).position(span.start)), TEXT[span.start : span.end]) == (place, stretch)


@given(json_values)
def test_every_value_is_found_by_its_location(value: object) -> None:
    text = json.dumps({"root": value}, indent=1)
    tree = parse_json(Text(text), text)
    plain = all(
        "/" not in str(step) and "[" not in str(step) and step != "" for _, step, _ in everywhere(tree.value)
    )
    waiting = [(tree.value, ROOT)]
    while waiting:
        node, place = waiting.pop()
        span, found = tree.places.find(str(place))
        assert found == node or not plain
        assert 0 <= span.start < span.end <= len(text)
        if isinstance(node, dict):
            waiting += [(item, place / key) for key, item in node.items()]
        elif isinstance(node, list):
            waiting += [(item, place / i) for i, item in enumerate(node)]


def test_a_state_whose_name_is_all_slashes_is_found_in_no_time() -> None:
    name = "/" * 20_000
    text = json.dumps({"States": {name: {"Type": 1}}})
    tree = parse_json(Text(text), text)
    assert tree.places.find(f"/States/{name}/Type")[1] == 1
    assert tree.places.find(f"/States/{name}x/Type")[1] == {name: {"Type": 1}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a b": 1', '"a b"'),
        ('"a\\"b": 1', '"a\\"b"'),
        ("'it''s': 1", "'it''s'"),
        ("Some state: 1", "Some state"),
        ("https://example.com # why", "https://example.com"),
        ("{a: 1}", "{"),
        ("12,", "12"),
        ('\\"Next\\":\\"A\\"', '\\"Next\\"'),
        ("", ""),
    ],
)
def test_the_token_at_an_offset(text: str, expected: str) -> None:
    span = token(text, 0)
    assert text[span.start : span.end] == expected


@given(st.text(alphabet="ab\r\n"), st.integers(0, 50))
def test_lines_are_counted_as_python_counts_them(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    place = Lines(text).position(offset)
    before = text[:offset]
    if before.endswith("\r") and text[offset : offset + 1] == "\n":
        return  # between the two halves of a line's end
    written = before.replace("\r\n", "\n").replace("\r", "\n")
    assert place.line == written.count("\n") + 1
    assert place.column == len(written) - (written.rfind("\n") + 1) + 1
