"""Python has values that JSON does not have: the checker says so, and never stumbles over one."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from asl.checking import Severity, validate
from asl.definitions.json_values import as_json, outline
from asl.limits import LARGEST, MOST_VALUES
from tests.dice import Dice, thrown

if TYPE_CHECKING:
    from collections.abc import Hashable

CODE = "SCHEMA_VALIDATION_FAILED"


def machine(**fields: object) -> dict[object, object]:
    return {"StartAt": "Here", "States": {"Here": {"Type": "Pass", "End": True, **fields}}}


def said(document: object) -> list[tuple[Severity, str, str, str | None]]:
    return [(found.severity, found.code, found.message, found.location) for found in validate(document)]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (1, "1"),
        (True, "true"),
        (None, "null"),
        (1.5, "1.5"),
        (date(2030, 1, 31), "2030-01-31"),
        pytest.param(10**5000, "a number of more than 30 digits", id="gigantic"),
        ((1, 2), "(1, 2)"),
    ],
)
def test_a_key_that_is_no_string_is_read_as_the_text_that_json_has_for_it(key: object, text: str) -> None:
    document = machine()
    document[key] = "x"
    [(severity, code, message, place)] = said(document)
    assert (severity, code, place) == (Severity.ERROR, CODE, "/")
    assert message.startswith(f"Field '{text}' is not supported; the fields here are ")


def test_keys_of_states_and_payloads_may_be_numbers_in_yaml() -> None:
    document = yaml.safe_load(
        """
        StartAt: "1"
        States:
          1: {Type: Pass, Result: {1: one, true: yes, null: none}, Next: "2"}
          2: {Type: Wait, Timestamp: 2030-01-31T09:00:00Z, End: true}
        """
    )
    assert [(found.message, found.location) for found in validate(document)] == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_without_an_end_is_an_error(value: float) -> None:
    message = f"JSON has no number {value}: write one that has an end, or a text."
    assert said(machine(Result={"a": [value]})) == [
        (Severity.ERROR, CODE, message, "/States/Here/Result/a[0]")
    ]


@pytest.mark.parametrize(("value", "kind"), [(b"latte", "bytes"), ({"latte"}, "set"), (object(), "object")])
def test_an_object_of_python_is_an_error(value: object, kind: str) -> None:
    message = f"A value of Python's type {kind} is not JSON: write what it stands for."
    assert said(machine(Comment=value)) == [(Severity.ERROR, CODE, message, "/States/Here/Comment")]


def test_a_date_a_tuple_and_an_ordered_mapping_are_what_json_makes_of_them() -> None:
    when = datetime(2030, 1, 31, 9, tzinfo=UTC)
    found, aliens = as_json(OrderedDict(when=when, day=when.date(), drinks=("latte", 1)))
    assert found == {"when": "2030-01-31T09:00:00+00:00", "day": "2030-01-31", "drinks": ["latte", 1]}
    assert aliens == []


def test_what_contains_itself_is_an_error_and_no_endless_loop() -> None:
    document: Any = machine()
    document["States"]["Here"]["Result"] = [document]
    message = "The definition contains itself, so it has no end."
    assert said(document) == [(Severity.ERROR, CODE, message, "/")]


def test_a_few_aliases_that_stand_for_billions_of_values_are_an_error_soon() -> None:
    value: object = "ha"
    for _ in range(40):
        value = [value] * 9
    started = time.process_time()
    message = f"The definition has more than {MOST_VALUES:,} values; the checker reads no more."
    assert said(machine(Result=value)) == [(Severity.ERROR, "DEFINITION_TOO_LARGE", message, "/")]
    assert time.process_time() - started < 10


@pytest.mark.parametrize("sign", ["a", "é", '"', "\x01"])
def test_a_definition_is_as_large_as_its_shortest_json(sign: str) -> None:
    written = len(json.dumps(sign, ensure_ascii=False)) - 2
    empty = len(json.dumps(machine(Comment=""), separators=(",", ":")))
    count, left = divmod(LARGEST - empty, written)
    fitting = sign * count + "a" * left
    assert said(machine(Comment=fitting)) == []
    message = f"The definition has {LARGEST + 1:,} characters without spaces; AWS takes up to {LARGEST:,}."
    assert said(machine(Comment=fitting + "a")) == [(Severity.ERROR, "DEFINITION_TOO_LARGE", message, "/")]


def test_a_value_that_is_met_twice_is_in_order() -> None:
    drinks = ["latte", "mocha"]
    assert said(machine(Result={"morning": drinks, "evening": drinks})) == []


def test_the_limit_holds_for_what_is_no_json_too() -> None:
    assert len(validate(machine(Result=[float("nan")] * 50), limit=7)) == 7


FIELDS = ["Type", "States", "StartAt", "Parameters", "x.$", "Choices", "Retry", "Catch", "Assign"]


def anything(dice: Dice) -> object:
    def day() -> date:
        return date.fromordinal(date.max.toordinal() - 50 * dice.roll(0x10000))

    def some_bytes() -> bytes:
        return bytes(dice.some(lambda: dice.roll(256), 0, 2))

    def key() -> Hashable:
        return dice.either(
            lambda: dice.one_of(FIELDS), lambda: None, lambda: bool(dice.roll(2)), dice.integer, day
        )

    return dice.nested(
        lambda: dice.either(dice.scalar, dice.scalar, day, some_bytes), key, lists=(list, tuple), most=3
    )


@given(thrown(anything), st.sampled_from(["Pass", "Task", "Choice", "Map", "Parallel", "Wait", "Fail"]))
def test_whatever_yaml_may_make_gets_an_answer(value: Any, kind: str) -> None:
    fields = value if isinstance(value, dict) else {"Result": value}
    document = {"StartAt": "Here", "States": {"Here": {**fields, "Type": kind}, 1: value}, None: value}
    for found in validate(document):
        assert str(found)


@given(thrown(anything))
def test_the_copy_is_json(value: object) -> None:
    copy, _ = as_json(value)
    assert outline(copy) == (True, None)
    if outline(value).is_json:
        assert copy == value
