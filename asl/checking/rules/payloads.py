"""Payload templates, and texts that are handed on although they look as if they were to be evaluated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.checking.rules.registry import DOCUMENTED, INFERRED, RECORDED, Finding, machine_rule
from asl.definitions.grammar import TEMPLATES
from asl.definitions.model import JSON_PATH
from asl.diagnostics import Severity
from asl.expressions import is_expression
from asl.words import describe, shorten, with_article

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View

_JSON_TYPES: Final[dict[type, str]] = {
    bool: "BOOLEAN",
    dict: "OBJECT",
    float: "NUMBER",
    int: "NUMBER",
    list: "ARRAY",
    type(None): "NULL",
}
_WITH_PATH: Final = frozenset({"Error", "Cause"})


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED)
def dollar_keys_have_something_to_evaluate(view: View) -> Iterator[Finding]:
    """The value of a key that ends with `.$` is a path or a call of an intrinsic function.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"drink.$": "espresso"}, "End": true}}
    """
    for entry in view.texts.bad_values:
        key, value = entry.key, entry.value
        if isinstance(value, str):
            yield Finding(
                f"The value for the field '{shorten(key)}' must be a valid JSONPath or a valid intrinsic function "
                f"call; {describe(value)} is neither. A text as it stands goes under '{shorten(key[:-2])}'.",
                entry.location / key,
            )
        else:
            yield Finding(
                f"The value for the field '{shorten(key)}' must be a STRING that contains a JSONPath but was "
                f"{with_article(_JSON_TYPES.get(type(value), 'unknown'))}. A value as it stands goes under "
                f"'{shorten(key[:-2])}'.",
                entry.location / key,
            )


@machine_rule("DOUBLED_KEY", Severity.WARNING, INFERRED)
def keys_are_spelled_in_one_way(view: View) -> Iterator[Finding]:
    """A template does not have the same key with and without `.$`: both name the same field of the result.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"drink": "espresso", "drink.$": "$.drink"}, "End": true}}
    """
    for entry in view.texts.doubled:
        key = shorten(entry.key[:-2])
        yield Finding(f"'{key}' and '{key}.$' give the same field twice; keep one of them.", entry.location)


@machine_rule("NO_DOLLAR", Severity.WARNING, DOCUMENTED)
def dynamic_values_have_a_dollar_key(view: View) -> Iterator[Finding]:
    """The key of a path or a function call in a template ends with `.$`; otherwise it is plain text.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"drink": "$.order.drink"}, "End": true}}
    """
    if not view.texts.unevaluated:
        return
    refused = {str(fault.location) for fault in view.parameter_faults if fault.kind == "bound"}
    for text in view.texts.unevaluated:
        if text.state.language != JSON_PATH or text.field not in TEMPLATES or is_expression(text.text):
            continue
        if text.state.waits_for_token and text.text.startswith("$$.Task"):
            continue  # that the token is not handed on is said by another rule
        if str(text.location) in refused:
            continue  # so is that no text can stand there
        advice = (
            f"write the key as '{shorten(text.key)}.$'"
            if text.key
            else "InputPath takes a path"
            if text.location.step == text.field and text.field == "Parameters"
            else "an object has such values under keys that end with .$"
            if text.location.step == text.field
            else "a list can be made with States.Array(...) under a key that ends with .$"
        )
        yield Finding(
            f"{shorten(text.text)} is handed on as a text and not evaluated: {advice}.", text.location
        )


@machine_rule("NO_PATH", Severity.WARNING, DOCUMENTED)
def paths_stand_in_path_fields(view: View) -> Iterator[Finding]:
    """A field with a path has a name that ends with `Path`: `ErrorPath`, `StringEqualsPath`.

    Example::

        {"Closed": {"Type": "Fail", "Error": "ShopClosed", "Cause": "$.reason"}}
    """
    for text in view.texts.unevaluated:
        field = text.field
        if text.state.language != JSON_PATH or is_expression(text.text) or field in TEMPLATES:
            continue
        if field == "Result" or (field not in _WITH_PATH and not text.text.startswith("$")):
            continue
        if field == "StringMatches":
            advice = "StringMatches cannot be compared with a path"
        else:
            advice = f"to evaluate it, write '{field}Path'"
        yield Finding(f"'{field}' takes {shorten(text.text)} as a mere text: {advice}.", text.location)


@machine_rule("PASS_RESULT_IS_STATIC", Severity.WARNING, DOCUMENTED)
def results_of_pass_states_are_constant(view: View) -> Iterator[Finding]:
    """The `Result` of a Pass state contains no expressions, which are evaluated only in `Parameters`.

    Example::

        {"Brew": {"Type": "Pass", "Result": {"drink.$": "$.order.drink"}, "End": true}}
    """
    for text in view.texts.unevaluated:
        if text.field == "Result":
            yield Finding(
                f"'Result' is constant, so {shorten(text.text)} is handed on as a text: use 'Parameters' instead.",
                text.location,
            )


@machine_rule("JSONATA_IN_JSONPATH", Severity.WARNING, INFERRED)
def expressions_stand_in_jsonata_states(view: View) -> Iterator[Finding]:
    """A `{% %}` expression is evaluated in JSONata states only.

    Example::

        {"Brew": {"Type": "Pass", "Parameters": {"drink": "{% $states.input.drink %}"}, "End": true}}
    """
    for text in view.texts.unevaluated:
        if text.state.language == JSON_PATH and text.field != "Result" and is_expression(text.text):
            yield Finding(
                "The state is written in JSONPath, so this expression is handed on as a text: "
                'set its QueryLanguage to "JSONata", or write a path under a key that ends with .$.',
                text.location,
            )
