"""The seam to `jsonata-python`: undefined told from null, our functions and clock bound, errors worded as JSONata's.

Imported when the first expression is evaluated, since the library takes half a second to load.
"""

from __future__ import annotations

import json
import random
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

from asl.execution.intrinsics import array_range, digest
from asl.execution.values import new_uuid

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.execution.sight import Sight

UNDEFINED: Final = object()
_PLACEHOLDER: Final = re.compile(r"\{\{\{(\w+)\}\}\}|\{\{(\w+)\}\}")


@lru_cache(maxsize=4_096)
def _parsed(body: str) -> Any:
    parser = Jsonata.get_parser()
    # The parser keeps these between expressions; a `%` would be numbered on from the last one.
    parser.ancestry = []
    parser.ancestor_index = 0
    parser.ancestor_label = 0
    expression = Jsonata(body)
    expression.output_convert_nulls = False
    expression.validate_input = False
    return expression


def evaluate(body: str, sight: Sight) -> Any:
    """Return the result of an expression in the library's own values, UNDEFINED for nothing. Raises what the
    library does."""
    expression = _parsed(body)
    bindings: dict[str, Any] = {
        name: Jsonata.JLambda(_with_null(function))
        for name, function in _own_functions(sight, _sequence).items()
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
    result = expression.evaluate(None, bindings)
    return UNDEFINED if result is None else result


def _with_null(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose None is JSON's null, not nothing."""

    def call(*values: Any) -> Any:
        result = function(*values)
        return Utils.NULL_VALUE if result is None else result

    return call


def _sequence(items: list[Any]) -> Any:
    return Utils.create_sequence_from_iter(items)


def json_of(value: Any) -> Any:
    """Return a result as JSON. Raises TypeError for a function."""
    if value is None or value is Utils.NULL_VALUE:
        return None
    if isinstance(value, dict):
        return {key: json_of(part) for key, part in value.items()}
    if isinstance(value, list):
        return [json_of(part) for part in value]
    if isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    raise TypeError(type(value).__name__)


def wording(error: Exception) -> str:
    """Return an error with its code, as JSONata words it."""
    if not isinstance(error, JException):
        return str(error)
    template = JException.error_codes.get(error.error, str(error))
    values = iter([error.current, error.expected, error.extra])

    def fill(matched: re.Match[str]) -> str:
        value = next(values, "")
        return str(value) if matched[1] else json.dumps(value, ensure_ascii=False, default=str)

    return f"{error.error}: {_PLACEHOLDER.sub(fill, template)}"


def _own_functions(sight: Sight, sequence: Callable[[list[Any]], Any]) -> dict[str, Callable[..., Any]]:
    """Return the functions that Step Functions adds. What gives several values gives one, if it is but one, as it
    is."""

    def seeded(seed: Any = None) -> float:
        return sight.random.random() if seed is None else random.Random(seed).random()  # noqa: S311

    def partition(array: Any, size: Any) -> Any:
        items = array if isinstance(array, list) else [array]
        length = int(size)
        if length < 1:
            raise ValueError("the size of a chunk is 1 or more")
        return sequence([items[i : i + length] for i in range(0, len(items), length)])

    return {
        "hash": digest,
        "parse": json.loads,
        "partition": partition,
        "random": seeded,
        "range": lambda first, last, step: sequence(list(array_range(first, last, step))),
        "uuid": lambda: new_uuid(sight.random),
    }
