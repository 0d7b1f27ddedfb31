"""Intrinsic functions: how a call is written, quotes, braces and backslashes included."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import Placeholder, required
from dsl.dynamodb import get_item
from dsl.intrinsics import (
    Argument,
    IntrinsicCall,
    array,
    array_contains,
    array_get_item,
    array_length,
    array_partition,
    array_range,
    array_unique,
    base64_decode,
    base64_encode,
    format_string,
    hash_of,
    json_merge,
    json_to_string,
    math_add,
    math_random,
    string_split,
    string_to_json,
    uuid,
)
from tests.dsl.samples import KEY, ask, body, order, refused, table


def written(call: IntrinsicCall) -> Any:
    return body(ask("Ask", value=call))["Parameters"]["Payload"]["value.$"]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (array("a", 1, None, True), "States.Array('a', 1, null, true)"),
        (array(), "States.Array()"),
        (array_partition(order.tags, 2), "States.ArrayPartition($.tags, 2)"),
        (array_contains(order.tags, "x"), "States.ArrayContains($.tags, 'x')"),
        (array_range(0, order.count, 2), "States.ArrayRange(0, $.count, 2)"),
        (array_get_item(order.tags, 0), "States.ArrayGetItem($.tags, 0)"),
        (array_length(order.tags), "States.ArrayLength($.tags)"),
        (array_unique(order.tags), "States.ArrayUnique($.tags)"),
        (base64_encode(order.orderId), "States.Base64Encode($.orderId)"),
        (base64_decode("eA=="), "States.Base64Decode('eA==')"),
        (hash_of(order.orderId, "SHA-256"), "States.Hash($.orderId, 'SHA-256')"),
        (json_merge(order.extra, order.drink), "States.JsonMerge($.extra, $.drink, false)"),
        (json_to_string(order), "States.JsonToString($)"),
        (string_to_json(order.orderId), "States.StringToJson($.orderId)"),
        (math_random(1, 6), "States.MathRandom(1, 6)"),
        (math_random(1, 6, order.count), "States.MathRandom(1, 6, $.count)"),
        (math_add(order.count, -1), "States.MathAdd($.count, -1)"),
        (string_split(order.orderId, ":-"), "States.StringSplit($.orderId, ':-')"),
        (uuid(), "States.UUID()"),
        (
            array_length(string_split(order.orderId, ",")),
            "States.ArrayLength(States.StringSplit($.orderId, ','))",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_call_is_written_as_the_states_language_has_it(call: IntrinsicCall, text: str) -> None:
    # Some read what is optional; writing is what this is about.
    assert call._asl() == text


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("it's", r"'it\'s'"),
        ("a\\b", r"'a\\b'"),
        ("{x}", r"'\{x\}'"),
        ("\\'", r"'\\\''"),
        ("", "''"),
        ("Käse ☕", "'Käse ☕'"),
    ],
)
def test_reserved_characters_of_a_text_are_escaped(text: str, argument: str) -> None:
    assert written(base64_encode(text)) == f"States.Base64Encode({argument})"


@given(st.text(alphabet="ab'\\{}$N "))
def test_an_escaped_text_means_what_was_given(text: str) -> None:
    argument = base64_encode(text)._asl().removeprefix("States.Base64Encode(").removesuffix(")")
    assert re.fullmatch(r"'(?:\\.|\$\{[A-Za-z]+\}|[^'\\{}])*'", argument)
    assert re.sub(r"\\(.)", r"\1", argument[1:-1]) == text


def test_a_placeholder_in_a_text_is_left_for_its_binding() -> None:
    assert written(base64_encode(f"{Placeholder('Name')}'s")) == r"States.Base64Encode('${Name}\'s')"


class TestFormat:
    def test_each_slot_takes_the_next_argument(self) -> None:
        call = format_string("{}/{}", order.orderId, 3)
        assert written(call) == "States.Format('{}/{}', $.orderId, 3)"

    def test_a_template_may_have_no_slot(self) -> None:
        assert written(format_string("x")) == "States.Format('x')"

    @pytest.mark.parametrize(
        ("template", "text"),
        [
            ("{{}}", r"'\{\}'"),
            ("{{{}}}", r"'\{{}\}'"),
            ("it's {}", r"'it\'s {}'"),
            ("C:\\{}", r"'C:\\{}'"),
            ('"{}"', "'\"{}\"'"),
            ("☕ {}", "'☕ {}'"),
        ],
    )
    def test_a_doubled_brace_means_itself_and_a_quote_needs_no_care(self, template: str, text: str) -> None:
        arguments: list[Argument] = [1] if "{}" in template.replace("{{}}", "") else []
        assert format_string(template, *arguments)._asl().startswith(f"States.Format({text}")

    @given(st.text(alphabet="ab'\\{}"), st.text(alphabet="ab'\\{}"))
    def test_a_template_means_what_python_makes_of_it(self, before: str, after: str) -> None:
        def doubled(text: str) -> str:
            return text.replace("{", "{{").replace("}", "}}")

        call = format_string(f"{doubled(before)}{{}}{doubled(after)}", 1)
        template = call._asl().removeprefix("States.Format('").removesuffix("', 1)")
        meant = re.sub(r"\\(.)|\{\}", lambda found: found[1] or "1", template)
        assert meant == f"{before}1{after}"

    @pytest.mark.parametrize("arguments", [(), (1, 2)])
    def test_slots_and_arguments_are_as_many(self, arguments: tuple[int, ...]) -> None:
        with refused(f"the template '{{}}' has 1 slots for {len(arguments)} arguments"):
            format_string("{}", *arguments)

    @pytest.mark.parametrize("template", ["{0}", "{name}", "{!r}", "{:>5}"])
    def test_a_slot_is_empty(self, template: str) -> None:
        with refused(
            f"the template {template!r} says something in a slot; States.Format has only empty ones, '{{}}'"
        ):
            format_string(template, 1)

    def test_a_placeholder_is_an_argument(self) -> None:
        with refused(
            "the template '${Bucket}/{}' holds the placeholder ${Bucket}; write {} there, and give "
            "Placeholder('Bucket') as the argument"
        ):
            format_string("${Bucket}/{}", order.orderId)
        text = format_string("{}/{}", Placeholder("Bucket"), order.orderId)
        assert text._asl() == "States.Format('{}/{}', '${Bucket}', $.orderId)"

    @pytest.mark.parametrize("template", ["{", "}", "a {} b {"])
    def test_a_brace_alone_is_an_error(self, template: str) -> None:
        with pytest.raises(Exception, match="malformed"):
            format_string(template, 1)


def test_a_function_on_numbers_takes_a_dynamodb_number_as_one() -> None:
    count = required(get_item("Get", table, key=KEY).Item.count)
    assert math_add(count, 1)._asl() == "States.MathAdd(States.StringToJson($.get.Item.count.N), 1)"


def test_a_text_takes_a_dynamodb_number_as_its_digits() -> None:
    count = required(get_item("Get", table, key=KEY).Item.count)
    assert format_string("{}", count)._asl() == "States.Format('{}', $.get.Item.count.N)"


@pytest.mark.parametrize("argument", [[1], {"a": 1}, float("nan"), order.orderId == "x"], ids=repr)
def test_what_a_function_cannot_take_is_an_error(argument: Any) -> None:
    with refused(f"States.Array takes references, calls, text, numbers, booleans and None, not {argument!r}"):
        array(argument)


def test_an_unknown_algorithm_is_an_error() -> None:
    with refused("States.Hash knows no 'md5'; use MD5, SHA-1, SHA-256, SHA-384 or SHA-512"):
        hash_of("x", "md5")


def test_a_result_of_a_function_is_not_compared() -> None:
    with refused(
        "<States.UUID()> cannot be compared: a Choice compares what is in the data, and not what a function makes; "
        "put it there first, pass_('Count', {'n': ...}, into=slot), and compare that"
    ):
        uuid() == "x"  # type: ignore[comparison-overlap]  # noqa: B015
