"""Intrinsic functions: syntax, names, arguments and limits."""

from __future__ import annotations

import pytest

from asl.checking import Diagnostic, Severity, validate
from asl.expressions.intrinsic_calls import CallFault, ParsedCall, StringArgument, read_call
from asl.expressions.intrinsic_functions import FUNCTIONS
from tests.asl.checking.machines import machine

ERROR, WARNING = Severity.ERROR, Severity.WARNING
PLACE = "/States/Here/Parameters/a.$"
START = "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call: "


def given(call: str) -> list[Diagnostic]:
    return validate(machine({"Type": "Pass", "Parameters": {"a.$": call}, "End": True}))


@pytest.mark.parametrize(
    "call",
    [
        "States.Format('{} of {}', $.a, States.ArrayLength($.b))",
        r"States.Format('it\'s \{{}\} \\', $.a)",
        "States.Format($.template, 1, 2)",
        "States.StringToJson($.a)",
        "States.JsonToString($.a)",
        "States.Array()",
        "States.Array('x', 1, -2.5e3, true, false, null, $.a[?(@.b == 'c,d')], $['e)'])",
        "States.ArrayPartition($.a, 4)",
        "States.ArrayContains($.a, 'x')",
        "States.ArrayRange(1, 9, 2)",
        "States.ArrayGetItem($.a, 0)",
        "States.ArrayLength($.a)",
        "States.ArrayUnique(States.Array(1, 1))",
        "States.Base64Encode('x')",
        "States.Base64Decode($.a)",
        "States.Hash($.a, 'SHA-1')",
        "States.Hash($.a, $.algorithm)",
        "States.JsonMerge($.a, $.b, false)",
        "States.MathRandom(1, 999)",
        "States.MathRandom(1, 999, 7)",
        "States.MathAdd($.a, -1)",
        "States.StringSplit($.a, ',')",
        "States.UUID()",
        "States.UUID( )",
    ],
)
def test_correct_calls_are_accepted(call: str) -> None:
    assert given(call) == []


def test_every_function_is_among_them() -> None:
    assert len(FUNCTIONS) == 18


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ('States.Format("x")', "a string stands in single quotes, '...', not in double ones"),
        ("States.Format('x'", "the bracket of States.Format is never closed"),
        ("States.Format('x)", "a quote is never closed"),
        ("States.Format('x',)", "an argument is missing"),
        ("States.Format('x' $.a)", "between arguments stands a comma, not $"),
        ("States.Format(x)", "x is not a path, string, number or function"),
        ("States.Format", "a function is written States.Name(...)"),
        ("States.UUID() & 'x'", "something follows its last bracket: & 'x'"),
        ("States.Format('{}', $.a.)", "$.a. is not a path: it ends with a dot"),
        (r"States.StringToJson('\"x\"')", r"\" is not an escape in it; the escapes are \', \{, \} and \\"),
    ],
)
def test_a_call_that_cannot_be_read_is_an_error(call: str, reason: str) -> None:
    assert given(call) == [
        Diagnostic(ERROR, "SCHEMA_VALIDATION_FAILED", f"{START}in {call} {reason}.", PLACE)
    ]


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ("States.format('x')", "States.format is not known; did you mean States.Format?"),
        ("States.ArrayLen($.a)", "States.ArrayLen is not known; did you mean States.ArrayLength?"),
        ("States.Format('{}', States.Now())", "States.Now is not known; there is no function of that name."),
    ],
)
def test_an_unknown_function_is_an_error(call: str, hint: str) -> None:
    assert given(call) == [Diagnostic(ERROR, "SCHEMA_VALIDATION_FAILED", START + hint, PLACE)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "States.MathAdd($.a)",
            "States.MathAdd takes 2 arguments, not 1: write States.MathAdd(number, number).",
        ),
        ("States.UUID(1)", "States.UUID takes no arguments, not 1: write States.UUID()."),
        (
            "States.MathRandom(1, 2, 3, 4)",
            "States.MathRandom takes 2 or 3 arguments, not 4: write States.MathRandom(start, end) or with a seed.",
        ),
        (
            "States.Format()",
            "States.Format takes 1 argument or more, not none: write States.Format('{} of {}', value, ...).",
        ),
    ],
)
def test_a_wrong_number_of_arguments_is_a_warning(call: str, message: str) -> None:
    assert given(call) == [Diagnostic(WARNING, "INTRINSIC_ARGUMENT_COUNT", message, PLACE)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            "States.ArrayLength('abc')",
            "Argument 1 of States.ArrayLength has to be an array: write States.ArrayLength(array).",
        ),
        (
            "States.MathAdd(1.5, 2)",
            "Argument 1 of States.MathAdd has to be a whole number: write States.MathAdd(number, number).",
        ),
        (
            "States.StringSplit($.a, 1)",
            "Argument 2 of States.StringSplit has to be a text: write States.StringSplit(text, separator).",
        ),
        (
            "States.JsonMerge($.a, $.b, 'no')",
            "Argument 3 of States.JsonMerge has to be true or false: write States.JsonMerge(object, object, false).",
        ),
        (
            "States.JsonMerge($.a, $.b, true)",
            "States.JsonMerge only merges the first level; its third argument has to be false.",
        ),
        (
            "States.Hash($.a, 'SHA256')",
            "States.Hash knows MD5, SHA-1, SHA-256, SHA-384 and SHA-512, not 'SHA256'.",
        ),
        ("States.ArrayPartition($.a, 0)", "The size for States.ArrayPartition has to be 1 or more, not 0."),
        ("States.ArrayRange(1, 9, 0)", "The step of States.ArrayRange cannot be 0."),
        (
            "States.ArrayRange(1, 2000, 1)",
            "States.ArrayRange makes an array of at most 1000 items; this would have 2000.",
        ),
        (
            "States.MathRandom(5, 5)",
            "States.MathRandom chooses from 5 up to, but not including, 5: there is nothing.",
        ),
    ],
)
def test_a_constant_that_does_not_fit_is_a_warning(call: str, message: str) -> None:
    assert given(call) == [Diagnostic(WARNING, "INTRINSIC_ARGUMENT", message, PLACE)]


def test_a_text_to_encode_has_a_longest_length() -> None:
    assert given(f"States.Base64Encode('{'x' * 10_000}')") == []
    [only] = given(f"States.Base64Encode('{'x' * 10_001}')")
    assert only.message == "States.Base64Encode takes a text of at most 10000 characters."


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("States.Format('{} {}', $.a)", "States.Format has 2 slots {} in its text and 1 value for them."),
        ("States.Format('{}')", "States.Format has 1 slot {} in its text and 0 values for it."),
        ("States.Format('x', 1, 2)", "States.Format has 0 slots {} in its text and 2 values for them."),
        (
            "States.Format('{a}', $.a)",
            r"States.Format has a single brace in its text; a slot is written {}, a brace itself \{ or \}.",
        ),
    ],
)
def test_slots_and_values_of_format_match(call: str, message: str) -> None:
    assert given(call) == [Diagnostic(WARNING, "FORMAT_SLOTS", message, PLACE)]


def test_escaped_braces_are_no_slots() -> None:
    assert given(r"States.Format('\{\} {}', $.a)") == []


def test_a_field_has_ten_calls_at_most() -> None:
    def nest(count: int) -> str:
        return "States.Array(" * count + "1" + ")" * count

    assert given(nest(10)) == []
    assert [(d.code, d.message) for d in given(nest(11))] == [
        (
            "TOO_MANY_INTRINSICS",
            "This field calls 11 intrinsic functions, and the service takes 10: "
            "compute a part of it in a state before.",
        )
    ]


def test_a_hopeless_nesting_is_answered() -> None:
    assert read_call("States.Array(" * 10_000) == CallFault("functions are nested too deep")


def test_a_fail_state_can_call_functions_too() -> None:
    assert validate(machine({"Type": "Fail", "CausePath": "States.Format('{}', $.a)"})) == []
    [only] = validate(machine({"Type": "Fail", "CausePath": "States.Formt('{}', $.a)"}))
    assert only.location == "/States/Here/CausePath"


def test_escapes_stand_for_single_characters() -> None:
    call = read_call(r"States.Format('\'\{\}\\')")
    assert isinstance(call, ParsedCall)
    [text] = call.arguments
    assert isinstance(text, StringArgument)
    assert (text.value, text.slots) == ("'{}\\", 0)
