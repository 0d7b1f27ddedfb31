"""JSONata expressions.

The codes INVALID_JSONATA_EXPRESSION and UNSUPPORTED_JSONATA_EXPRESSION are the service's own, although its
documentation does not list them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from asl.checking.rules.registry import DOCUMENTED, INFERRED, RECORDED, Finding, machine_rule
from asl.definitions.model import JSONATA
from asl.diagnostics import Severity
from asl.expressions import is_expression
from asl.expressions.intrinsic_functions import HASHES
from asl.expressions.jsonata_functions import FUNCTIONS, Signature
from asl.words import closest, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View

STATES_FIELDS: Final = ("input", "context", "result", "errorOutput")


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED)
def delimiters_are_closed(view: View) -> Iterator[Finding]:
    """A text that starts with `{%` ends with `%}`, without a blank behind it.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": {"drink": "{% $states.input.drink }"}, "End": true}}}
    """
    for text in view.texts.half_open:
        what = "is followed by blanks" if is_expression(text.text.strip()) else "is missing"
        yield Finding(
            f"JSONata string must start with {{% and end with %}}: in {shorten(text.text)} the end {what}.",
            text.location,
        )


@machine_rule("JSONATA_NOT_EVALUATED", Severity.WARNING, DOCUMENTED)
def expressions_fill_their_text(view: View) -> Iterator[Finding]:
    """An expression is the whole string: with any character before or after its delimiters, it is plain text.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": "Brewing {% $states.input.drink %}", "End": true}}}
    """
    for text in view.texts.not_expressions:
        if text.state.waits_for_token and text.text.startswith("$states.context.Task"):
            continue  # that the token is not handed on is said by another rule
        if is_expression(text.text.strip()):
            advice = "take the blanks away."
        elif "{%" in text.text:
            advice = "put the whole text inside: {% 'Hello ' & $name %}."
        else:
            advice = f"write {shorten('{% ' + text.text.strip('{ }') + ' %}')}."
        yield Finding(
            f"Only a text that starts with {{% is evaluated, and this one does not: {advice}", text.location
        )
    if view.texts.bare_variables:
        known = {name for assignment in view.texts.assignments for name in assignment.names}
        for text in view.texts.bare_variables:
            if re.split(r"\W", text.text[1:], maxsplit=1)[0] in known:
                yield Finding(
                    "Only a text that starts with {% is evaluated, and this one is the name of a variable: write "
                    f"{shorten('{% ' + text.text + ' %}')}.",
                    text.location,
                )


@machine_rule("INVALID_JSONATA_EXPRESSION", Severity.ERROR, RECORDED)
def expressions_can_be_parsed(view: View) -> Iterator[Finding]:
    """An expression has JSONata's syntax.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": "{% $states.input.drinks[0 %}", "End": true}}}
    """
    for use in view.texts.expressions:
        if use.expression.fault is not None:
            yield Finding(use.expression.fault, use.location)


@machine_rule("EXPRESSION_NOT_CHECKED", Severity.WARNING, INFERRED)
def expressions_can_be_checked(view: View) -> Iterator[Finding]:
    """An expression is short enough to be checked.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {"Brew": {"Type": "Pass", "End": true, "Output":
            "{% ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))\
            )))))))))))))))))))))))))))))))) %}"}}}
    """
    for use in view.texts.expressions:
        if use.expression.skipped:
            yield Finding("This expression is too long or too deeply nested to be checked.", use.location)


@machine_rule("UNSUPPORTED_JSONATA_EXPRESSION", Severity.ERROR, RECORDED)
def expressions_start_from_a_variable(view: View) -> Iterator[Finding]:
    """An expression reads from `$states` or a variable: there is no context item.

    Within a path, a predicate or a function's body names are fine: `$states.input.drinks[price > 3]`.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": "{% order.drink %}", "End": true}}}
    """
    for use in view.texts.expressions:
        for name in use.expression.bare:
            instead = "$states.input" if name == "$" else f"$states.input.{name}"
            known = "" if name == "$" else f", or ${name} for a variable"
            yield Finding(
                f"Reference to '{shorten(name)}' at the top level is not supported. Write {shorten(instead)}"
                f"{shorten(known)}.",
                use.location,
            )
        if use.expression.reads_root:
            yield Finding("Reference to '$$' is not supported. Write $states.input.", use.location)


@machine_rule("UNSUPPORTED_JSONATA_EXPRESSION", Severity.ERROR, RECORDED)
def error_output_is_read_by_catchers(view: View) -> Iterator[Finding]:
    """`$states.errorOutput` is there in the `Output` and `Assign` of a catcher alone.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": "{% $states.errorOutput.Cause %}", "End": true}}}
    """
    for use in view.texts.expressions:
        if use.sight != "error" and any(names[0] == "errorOutput" for names in use.expression.states):
            yield Finding(
                "Field '$states.errorOutput' does not exist. Only the Output and Assign of a catcher have it.",
                use.location,
            )


@machine_rule("UNSUPPORTED_JSONATA_EXPRESSION", Severity.ERROR, RECORDED)
def results_are_read_where_there_is_one(view: View) -> Iterator[Finding]:
    """`$states.result` is there in the `Output` and `Assign` of a Task, Parallel or Map state alone.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": "{% $states.result %}", "End": true}}}
    """
    for use in view.texts.expressions:
        if use.sight != "result" and any(names[0] == "result" for names in use.expression.states):
            yield Finding(
                "Field '$states.result' does not exist. Only the Output and Assign of a Task, Parallel or Map state "
                "have it.",
                use.location,
            )


@machine_rule("UNSUPPORTED_JSONATA_EXPRESSION", Severity.ERROR, RECORDED)
def fields_of_states_exist(view: View) -> Iterator[Finding]:
    """`$states` has input, context, result and errorOutput.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": "{% $states.inputs.drink %}", "End": true}}}
    """
    for use in view.texts.expressions:
        for name in dict.fromkeys(names[0] for names in use.expression.states):
            if name not in STATES_FIELDS:
                near = closest(name, STATES_FIELDS)
                hint = f"did you mean $states.{near}?" if near else f"it has {listed(STATES_FIELDS)}."
                yield Finding(f"Field '$states.{shorten(name)}' does not exist; {hint}", use.location)


@machine_rule("UNKNOWN_JSONATA_FUNCTION", Severity.WARNING, RECORDED)
def called_functions_exist(view: View) -> Iterator[Finding]:
    """A function that is called is built into JSONata, added by Step Functions, or defined in the expression.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": "{% $upperCase($states.input.drink) %}", "End": true}}}
    """
    for use in view.texts.expressions:
        for name in dict.fromkeys(call.name for call in use.expression.calls):
            if name == "eval":
                yield Finding(
                    "Step Functions does not have $eval, so this fails when it runs; $parse reads JSON from a text.",
                    use.location,
                )
            elif name not in FUNCTIONS:
                near = closest(name, FUNCTIONS)
                hint = f"; did you mean ${near}?" if near else ", so calling it fails."
                yield Finding(f"There is no function ${shorten(name)}{hint}", use.location)


@machine_rule("JSONATA_ARGUMENT", Severity.WARNING, RECORDED)
def hash_algorithms_exist(view: View) -> Iterator[Finding]:
    """`$hash` knows MD5 and the SHA family, spelled with a hyphen.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": "{% $hash($states.input.drink, 'SHA256') %}", "End": true}}}
    """
    for use in view.texts.expressions:
        for call in use.expression.calls:
            algorithm = call.texts[1] if call.name == "hash" and len(call.texts) > 1 else None
            if algorithm is not None and algorithm not in HASHES:
                yield Finding(
                    f"$hash knows {listed(list(HASHES))}, not '{shorten(algorithm)}'.", use.location
                )


@machine_rule("JSONATA_ARGUMENT_COUNT", Severity.WARNING, RECORDED)
def functions_get_as_many_arguments_as_they_take(view: View) -> Iterator[Finding]:
    """A function is called with the right number of arguments.

    Within a path many functions take the item at hand as their first argument, and `~>` hands one on.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": "{% $range(1, $states.input.cups) %}", "End": true}}}
    """
    for use in view.texts.expressions:
        for call in use.expression.calls:
            signature = FUNCTIONS.get(call.name)
            if signature is None or call.count < 0:
                continue
            fewest = signature.fewest - (signature.takes_context and call.in_path)
            if call.count < fewest or (signature.most is not None and call.count > signature.most):
                yield Finding(
                    f"${call.name} takes {_arguments(signature)}, not {call.count or 'none'}.", use.location
                )


@machine_rule("JSONATA_ARGUMENT", Severity.WARNING, DOCUMENTED)
def texts_are_not_calculated_with(view: View) -> Iterator[Finding]:
    """Arithmetic takes numbers; texts are joined with `&`.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": "{% 'one ' + $states.input.drink %}", "End": true}}}
    """
    for use in view.texts.expressions:
        for sign in use.expression.sums_of_texts[:1]:
            advice = "join texts with &" if sign == "+" else "make a number of it with $number"
            yield Finding(f"{sign} works on numbers, and a text beside it fails: {advice}.", use.location)


@machine_rule("JSONPATH_IN_JSONATA", Severity.WARNING, DOCUMENTED)
def paths_stand_in_jsonpath_states(view: View) -> Iterator[Finding]:
    """A JSONata state evaluates neither paths nor intrinsic functions, and `.$` in a key has no meaning.

    Example::

        {"QueryLanguage": "JSONata", "StartAt": "Brew", "States": {
            "Brew": {"Type": "Pass", "Output": {"drink": "$.order.drink"}, "End": true}}}
    """
    for text in view.texts.unevaluated:
        if text.field == "Assign" and text.key.endswith(".$"):
            continue  # a name that no variable can have, which another rule tells
        if text.state.language == JSONATA:
            if text.text.startswith("States."):
                advice = "JSONata has functions of its own for it"
            else:
                advice = f"write {shorten(_as_expression(text.text))}"
            yield Finding(
                f"The state is written in JSONata, so {shorten(text.text)} is handed on as a text: {advice}.",
                text.location,
            )
    for entry in view.texts.dollar_keys:
        key = shorten(entry.key)
        yield Finding(
            f"The state is written in JSONata, where the key '{key}' keeps its ending: write '{key[:-2]}' with an "
            "expression in {% %}.",
            entry.location,
        )


def _arguments(signature: Signature) -> str:
    fewest, most = signature.fewest, signature.most
    if most is None:
        return f"{fewest} or more arguments"
    if fewest != most:
        return f"{fewest} to {most} arguments"
    return {0: "no arguments", 1: "one argument"}.get(most, f"{most} arguments")


def _as_expression(path: str) -> str:
    if path.startswith("$$"):
        return f"{{% $states.context{path[2:]} %}}"
    return f"{{% $states.input{path[1:]} %}}"
