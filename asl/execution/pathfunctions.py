"""The functions that may end a path, such as `$.prices.sum()`.

https://github.com/json-path/JsonPath#functions
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.execution.values import is_number

if TYPE_CHECKING:
    from collections.abc import Callable


def _deviation(numbers: list[Any]) -> float:
    mean = sum(numbers) / len(numbers)
    return float((sum((number - mean) ** 2 for number in numbers) / len(numbers)) ** 0.5)


_OF_NUMBERS: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "avg": lambda numbers: sum(numbers) / len(numbers),
    "max": lambda numbers: float(max(numbers)),
    "min": lambda numbers: float(min(numbers)),
    "stddev": _deviation,
    "sum": lambda numbers: float(sum(numbers)),
}


def call(name: str, path: str, value: Any) -> Any:
    """Return the result of a function over what the path before it gives.

    Raises:
        ValueError: there is no such function, or it does not take the value.
    """
    if name in ("length", "size"):
        return len(value) if isinstance(value, (list, dict, str)) else None
    if name == "keys":
        return list(value) if isinstance(value, dict) else None
    if name in ("first", "last"):
        if not isinstance(value, list) or not value:
            raise ValueError(f"{path} is applied to nothing")
        return value[0 if name == "first" else -1]
    if name in _OF_NUMBERS:
        numbers = [part for part in value if is_number(part)] if isinstance(value, list) else []
        if not numbers:
            raise ValueError("Aggregation function attempted to calculate value using empty array")
        return _OF_NUMBERS[name](numbers)
    raise ValueError(f"Function with name: {name} does not exist.")
