"""Which rule of a Choice decided.

A history says where a Choice went, not why, and two rules may lead to the same state. So the rules are tried again
here on the state's input. Where this cannot tell (a rule in JSONata, a path into the context object) it says so.

https://states-language.net/#choice-state lists the operators.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from stepfunctions_local_client.values import Json, JsonObject, as_list, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Callable

_STEP: Final = re.compile(r"\.([^.\[\]]+)|\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]")
_DEFAULT: Final = -1


class Undecidable(Exception):  # noqa: N818
    """The rule reads what a history does not hold, or is in a language that is not read here."""


_ABSENT: Final = object()


def deciding_rule(document: JsonObject, value: Json, target: str, context: Json = None) -> int | None:
    """Return the index of the rule that led to `target`, -1 for the default, None where that cannot be told.

    Args:
        document: The Choice state.
        value: The state's input.
        target: The state that came next.
        context: What is known of the context object.
    """
    rules = [as_object(rule) for rule in as_list(document.get("Choices"))]
    found: int | None = _DEFAULT if "Default" in document else None
    try:
        data = _Data(_within(as_text(document.get("InputPath")) or "$", value), context)
        for index, rule in enumerate(rules):
            if _holds(rule, data):
                found = index
                break
    except Undecidable:
        found = None
    leads = (
        document.get("Default")
        if found == _DEFAULT
        else rules[found].get("Next")
        if found is not None
        else None
    )
    if leads == target:
        return found
    # What the engine did counts. If only one rule leads there, it was that one.
    ways = [index for index, rule in enumerate(rules) if rule.get("Next") == target]
    ways += [_DEFAULT] if document.get("Default") == target else []
    return ways[0] if len(ways) == 1 else None


def _holds(rule: JsonObject, data: _Data) -> bool:
    if "Condition" in rule:
        raise Undecidable
    if "And" in rule:
        return all(_holds(as_object(part), data) for part in as_list(rule["And"]))
    if "Or" in rule:
        return any(_holds(as_object(part), data) for part in as_list(rule["Or"]))
    if "Not" in rule:
        return not _holds(as_object(rule["Not"]), data)
    value = data.at(as_text(rule.get("Variable")))
    operator = next((key for key in rule if key not in ("Variable", "Next", "Comment", "Assign")), "")
    expected: Json | object = rule.get(operator)
    if operator.startswith("Is"):
        return _IS[operator](value) == expected if operator in _IS else _unknown()
    if operator.endswith("Path"):
        operator, expected = operator.removesuffix("Path"), data.at(as_text(expected))
    if value is _ABSENT or expected is _ABSENT:
        raise Undecidable  # the engine fails here, unless it is a lenient one
    return _compare(operator, value, expected)


def _unknown() -> bool:
    raise Undecidable


def _compare(operator: str, value: object, expected: object) -> bool:
    if operator == "StringMatches":
        return isinstance(value, str) and _pattern(as_text(expected)).fullmatch(value) is not None
    if operator == "BooleanEquals":
        return isinstance(value, bool) and value is expected
    kind = next((kind for kind in ("String", "Numeric", "Timestamp") if operator.startswith(kind)), "")
    test = _ORDER.get(operator.removeprefix(kind))
    if test is None or not kind:
        raise Undecidable
    if kind == "Numeric":
        return _is_number(value) and _is_number(expected) and test(value, expected)
    if not (isinstance(value, str) and isinstance(expected, str)):
        return False
    if kind == "String":
        return test(value, expected)
    return _is_timestamp(value) and _is_timestamp(expected) and test(_time(value), _time(expected))


_ORDER: Final[dict[str, Callable[[object, object], bool]]] = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,  # type: ignore[operator]  # both are of the kind that the operator names
    "LessThanEquals": lambda a, b: a <= b,  # type: ignore[operator]
    "GreaterThan": lambda a, b: a > b,  # type: ignore[operator]
    "GreaterThanEquals": lambda a, b: a >= b,  # type: ignore[operator]
}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _is_timestamp(value: object) -> bool:
    if not isinstance(value, str) or "T" not in value:
        return False
    try:
        return _time(value).tzinfo is not None
    except ValueError:
        return False


_IS: Final[dict[str, Callable[[object], bool]]] = {
    "IsPresent": lambda value: value is not _ABSENT,
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": _is_number,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": _is_timestamp,
}


def _pattern(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\\.|\*)", pattern)
    return re.compile(
        "".join(".*" if part == "*" else re.escape(part.removeprefix("\\")) for part in parts), re.DOTALL
    )


class _Data:
    """The state's input, and as much of the context object as is known."""

    def __init__(self, value: Json | object, context: Json) -> None:
        self._value = value
        self._context = context

    def at(self, path: str) -> Json | object:
        """Return the value at a reference path, or `_ABSENT`."""
        if not path.startswith("$$"):
            return _within(path, self._value)
        found = _within(path[1:], self._context)
        if found is _ABSENT:
            raise Undecidable
        return found


def _within(path: str, data: Json | object) -> Json | object:
    if not path.startswith("$"):
        raise Undecidable
    position = 1
    value: object = data
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise Undecidable
        position = step.end()
        if step[3] is not None:
            index = int(step[3])
            value = value[index] if isinstance(value, list) and index < len(value) else _ABSENT
        else:
            key = step[1] if step[1] is not None else step[2]
            value = value.get(key, _ABSENT) if isinstance(value, dict) else _ABSENT
        if value is _ABSENT:
            return _ABSENT
    return value
