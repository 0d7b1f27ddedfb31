"""Evaluates choice rules as AWS does: a comparison whose variable is missing fails the execution."""

from __future__ import annotations

import operator
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ABSENT = object()


class MissingVariableError(Exception):
    """The rule compares what is not there: `States.Runtime`, which no catcher sees."""


def holds(rule: Mapping[str, Any], data: object) -> bool:
    """Whether the rule holds for the data. `And` and `Or` stop at the first part that decides."""
    if "And" in rule:
        return all(holds(part, data) for part in rule["And"])
    if "Or" in rule:
        return any(holds(part, data) for part in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], data)
    (name, operand) = next((key, value) for key, value in rule.items() if key != "Variable")
    value = lookup(rule["Variable"], data)
    if name == "IsPresent":
        return (value is not ABSENT) is operand
    if value is ABSENT:
        raise MissingVariableError(rule["Variable"])
    if name.startswith("Is"):
        return _KINDS[name](value) is operand
    if name.endswith("Path"):
        operand = lookup(operand, data)
        if operand is ABSENT:
            raise MissingVariableError(rule[name])
    return _compare(name.removesuffix("Path"), value, operand)


def lookup(path: str, data: Any) -> Any:
    """Return the value at a path, or ABSENT."""
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path.removeprefix("$")):
        try:
            data = data[name] if name else data[int(index)]
        except (KeyError, IndexError, TypeError):
            return ABSENT
    return data


def _compare(name: str, value: Any, operand: Any) -> bool:
    if name == "StringMatches":
        return isinstance(value, str) and re.fullmatch(operand.replace("*", ".*"), value) is not None
    kind, comparison = re.fullmatch(r"(String|Numeric|Boolean|Timestamp)(\w+)", name).groups()  # type: ignore[union-attr]
    if not _is(kind, value) or not _is(kind, operand):
        return False
    if kind == "Timestamp":
        value, operand = datetime.fromisoformat(value), datetime.fromisoformat(operand)
    return _COMPARISONS[comparison](value, operand)


def _is(kind: str, value: object) -> bool:
    if kind == "Numeric":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, bool if kind == "Boolean" else str)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}

_KINDS: dict[str, Callable[[object], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: _is("Numeric", value),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: (
        isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT.*Z", value) is not None
    ),
}
