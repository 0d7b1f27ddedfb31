"""JSONata as Step Functions runs it: version 2.0.6, its own six functions, no top-level input, `$states` instead.

https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from asl.execution.faults import QueryFault
from asl.execution.values import dump, is_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.execution.sight import Sight


def compile_query(text: str, location: str) -> Callable[[Sight], Any]:
    """Prepare an expression with its delimiters. What it returns raises QueryFault."""
    body = text[2:-2].strip()
    where = f"The JSONata expression '{body}' specified for the field '{location}'"

    def evaluate(sight: Sight) -> Any:
        engine = _library()
        try:
            result = engine.evaluate(body, sight)
        except Exception as error:  # noqa: BLE001 - the library raises whatever Python raised within it
            raise QueryFault(
                f"{where} threw an error during evaluation{engine.wording(error)}", location
            ) from None
        if result is engine.UNDEFINED:
            raise QueryFault(f"{where} returned nothing (undefined).", location)
        try:
            return engine.json_of(result)
        except TypeError:
            raise QueryFault(f"{where} returned an unsupported result type: function.", location) from None

    return evaluate


def unexpected(text: str, location: str, wanted: str, value: Any) -> QueryFault:
    """Return the fault of an expression whose result its field does not take."""
    return QueryFault(
        f"The JSONata expression '{text[2:-2].strip()}' specified for the field '{location}' returned an unexpected "
        f"result type. Expected '{wanted}', but was '{type_of(value)}' for value: {dump(value)}",
        location,
    )


def type_of(value: Any) -> str:
    """JSONata's name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if is_number(value):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


@lru_cache(maxsize=1)
def _library() -> Any:
    """Return the library, loaded when the first expression is evaluated: that takes longer than many an execution."""
    limit = sys.getrecursionlimit()
    from asl.execution import jsonata_library

    sys.setrecursionlimit(limit)
    return jsonata_library
