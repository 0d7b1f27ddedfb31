"""The adapter of `jsonata-python`: undefined is not null, functions and clock are bound, errors worded as JSONata's.

Imported when the first expression is evaluated, since the library takes half a second to load.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

from asl.execution import jsonata_functions

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.execution.sight import Sight

UNDEFINED: Final = object()
LONGEST: Final = 5_000
"""Milliseconds that an expression with functions of its own may take; Step Functions allows one second."""
_DEEPEST: Final = 100
"""How deep an expression may be nested, calls included (measured in Step Functions)."""
_BOUNDS: Final = {
    "D1011": "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as "
    "tail-recursive.",
    "D1012": "Expression evaluation timeout: Check for infinite loop",
}
"""What is said where an expression runs into a bound of the service, which has no code."""
_TYPES: Final = {
    "a": "arrays",
    "b": "booleans",
    "f": "functions",
    "n": "numbers",
    "o": "objects",
    "s": "strings",
}
_EXACT: Final = 2**53
"""Numbers are doubles, which have no larger integer exactly (measured in Step Functions)."""
_NOT_FINITE: Final = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
"""What becomes of a division by zero when a state hands it on (measured in Step Functions)."""
_FUNCTIONS: Final = {
    name: Jsonata.JFunction(Jsonata.JLambda(jsonata_functions.of_undefined(name, function)), signature)
    for name, (signature, function) in jsonata_functions.OTHERWISE.items()
}
_PLACEHOLDER: Final = re.compile(r"\{\{\{(\w+)\}\}\}|\{\{(\w+)\}\}")


@lru_cache(maxsize=4_096)
def _parsed(body: str) -> Any:
    parser = Jsonata.get_parser()
    # The parser keeps these between expressions; a `%` would be numbered on from the last one.
    parser.ancestry = []
    parser.ancestor_index = 0
    parser.ancestor_label = 0
    # The library watches time and depth only where it is asked to, since watching takes time itself.
    is_watched = "function" in body or "λ" in body or len(body) > _DEEPEST
    expression = Jsonata(body, _regex, LONGEST if is_watched else None)
    expression.output_convert_nulls = False
    expression.validate_input = False
    expression.evaluate_numeric_expression = jsonata_functions.arithmetic
    apply, made_range = expression.apply_inner, expression.evaluate_range_expression

    def make_range(first: Any, last: Any) -> Any:
        jsonata_functions.refuse_too_many(first, last)
        return made_range(first, last)

    expression.evaluate_range_expression = make_range

    def apply_function(function: Any, arguments: Any, data: Any, environment: Any) -> Any:
        if not expression.is_function_like(function):  # the library would print so
            raise JException("T1006", 0)
        return apply(function, arguments, data, environment)

    expression.apply_inner = apply_function
    for name, function in _FUNCTIONS.items():
        expression.environment.bind(name, function)
    return expression


def _regex(pattern: str, flags: Any) -> re.Pattern[str]:
    """Return a pattern whose `\\s`, `\\w` and `\\d` are those of ASCII, as Java's are."""
    chosen = re.ASCII | (re.IGNORECASE if flags.case_insensitive else re.NOFLAG)
    return re.compile(pattern, chosen | (re.MULTILINE if flags.multiline else re.NOFLAG))


def evaluate(body: str, sight: Sight) -> Any:
    """Return the result of an expression in the library's own values, UNDEFINED for nothing. Raises what the
    library does."""
    expression = _parsed(body)
    bindings: dict[str, Any] = {
        name: Jsonata.JLambda(_with_null(function))
        for name, function in jsonata_functions.added(sight).items()
    }
    millis = int(sight.now() * 1000)
    bindings["millis"] = Jsonata.JLambda(lambda: millis)
    bindings["now"] = Jsonata.JLambda(
        lambda picture=None, zone=None: Functions.datetime_from_millis(millis, picture, zone)
    )
    bindings["eval"] = None
    bindings.update(
        (name, Utils.NULL_VALUE if value is None else value) for name, value in sight.variables.items()
    )
    states = dict(sight.states)
    if "context" in body:  # making the context object costs more than many an expression
        states["context"] = sight.context
    bindings["states"] = states
    Jsonata.CURRENT.jsonata = expression
    if expression.timeout is not None:
        expression.environment.set_runtime_bounds(expression.timeout, _DEEPEST)
    result = expression.evaluate(None, bindings)
    return UNDEFINED if result is None else result


def _with_null(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose None is JSON's null, not nothing."""

    def call(*values: Any) -> Any:
        result = function(*values)
        return Utils.NULL_VALUE if result is None else result

    return call


def json_of(value: Any) -> Any:
    """Return a result as JSON. Raises TypeError for a function."""
    if value is None or value is Utils.NULL_VALUE:
        return None
    if isinstance(value, dict):
        return {key: json_of(part) for key, part in value.items()}
    if isinstance(value, list):
        return [json_of(part) for part in value]
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT else int(float(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            return _NOT_FINITE[repr(value)]
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    raise TypeError(type(value).__name__)


def wording(error: Exception) -> str:
    """Return the end of the sentence about an error: its code and JSONata's words, or a bound's words."""
    if isinstance(error, RecursionError):
        return f": {_BOUNDS['D1011']}"
    if not isinstance(error, JException):
        return f": {error}"
    if error.error in _BOUNDS:
        return f": {_BOUNDS[error.error]}"
    # The library has "Object" for what JSONata calls a function, and letters for types.
    template = JException.error_codes.get(error.error, str(error)).replace("Object", "function")
    extra = _TYPES.get(error.extra, error.extra) if error.error == "T0412" else error.extra
    told = [error.current, error.expected, extra]
    values = iter(told[1:] if error.error == "D1002" else told)  # there the sign comes before the value

    def fill(matched: re.Match[str]) -> str:
        value = next(values, "")
        return str(value) if matched[1] else json.dumps(value, ensure_ascii=False, default=str)

    return f". {error.error}: {_PLACEHOLDER.sub(fill, template)}"
