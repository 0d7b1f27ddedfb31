"""The rules of a Choice state, prepared once.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html#amazon-states-language-choice-state-comparison-operators
A value of another type than the operator's is no match; a path that leads nowhere ends the execution, but for
IsPresent.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Final

from asl.comparisons import COMPARISONS
from asl.execution.faults import RuntimeFault
from asl.execution.paths import ABSENT, PathMissing, compile_path
from asl.execution.queries import compile_query, unexpected
from asl.execution.sight import NULL_INPUT
from asl.execution.values import is_number
from asl.expressions import is_expression
from asl.timestamps import read_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asl.execution.sight import Sight

    Test = Callable[[Sight], bool]

_KINDS: Final[dict[str, Callable[[Any], Any]]] = {
    "Boolean": lambda value: value if isinstance(value, bool) else None,
    "Numeric": lambda value: value if is_number(value) else None,
    "String": lambda value: value if isinstance(value, str) else None,
    "Timestamp": lambda value: read_timestamp(value) if isinstance(value, str) else None,
}
"""What of a value is compared; None for a value of another type."""
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
}
_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsNull": lambda value: value is None,
    "IsNumeric": is_number,
    "IsString": lambda value: isinstance(value, str),
    "IsTimestamp": lambda value: isinstance(value, str) and read_timestamp(value) is not None,
}
_NOT_OPERATORS: Final = frozenset({"Assign", "Comment", "Next", "Output", "Variable"})


def compile_rule(rule: Mapping[str, Any]) -> Test:
    """Prepare a rule in JSONPath. What it returns raises RuntimeFault."""
    if "And" in rule:
        parts = [compile_rule(part) for part in rule["And"]]
        return lambda sight: all(part(sight) for part in parts)
    if "Or" in rule:
        parts = [compile_rule(part) for part in rule["Or"]]
        return lambda sight: any(part(sight) for part in parts)
    if "Not" in rule:
        negated = compile_rule(rule["Not"])
        return lambda sight: not negated(sight)
    name = next((key for key in rule if key not in _NOT_OPERATORS), "")
    return _comparison(name, str(rule.get("Variable")), rule.get(name))


def compile_condition(text: Any, location: str) -> Test:
    """Prepare a rule in JSONata. What it returns raises QueryFault."""
    if isinstance(text, bool):
        return lambda _: text
    evaluate = compile_query(text, location) if is_expression(text) else lambda _: text

    def test(sight: Sight) -> bool:
        result = evaluate(sight)
        if not isinstance(result, bool):
            raise unexpected(str(text), location, "boolean", result)
        return result

    return test


def _comparison(name: str, variable: str, wanted: Any) -> Test:
    read = _value_at(variable)
    if name == "IsPresent":
        return lambda sight: _is_present(variable, sight) is wanted
    if name in _TYPES:
        is_type = _TYPES[name]
        return lambda sight: is_type(read(sight)) is wanted
    if name == "StringMatches":
        pattern = _wildcards(str(wanted))
        return lambda sight: isinstance(value := read(sight), str) and pattern.fullmatch(value) is not None
    comparison = COMPARISONS.get(name)
    if comparison is None:
        raise ValueError(f"{name or 'nothing'} is not a comparison of a Choice state")
    kind, compare = _KINDS[comparison.family], _COMPARE[comparison.order]
    if comparison.with_path:
        other = _value_at(str(wanted))

        def against_path(sight: Sight) -> bool:
            one, two = kind(read(sight)), kind(other(sight))
            return one is not None and two is not None and compare(one, two)

        return against_path
    fixed = kind(wanted)

    def against_value(sight: Sight) -> bool:
        value = kind(read(sight))
        return value is not None and fixed is not None and compare(value, fixed)

    return against_value


def _value_at(path: str) -> Callable[[Sight], Any]:
    reader = compile_path(path)

    def read(sight: Sight) -> Any:
        try:
            found = sight.read(reader)
        except PathMissing as missing:
            if missing.reason == NULL_INPUT:
                raise RuntimeFault(NULL_INPUT) from None
            found = ABSENT
        except ValueError as error:
            raise RuntimeFault(str(error)) from None
        if found is ABSENT:
            raise RuntimeFault(
                f"Invalid path '{path}': The choice state's condition path references an invalid value."
            )
        return found

    return read


def _is_present(path: str, sight: Sight) -> bool:
    try:
        return sight.read(compile_path(path)) is not ABSENT
    except (PathMissing, ValueError):
        return False


def _wildcards(pattern: str) -> re.Pattern[str]:
    """StringMatches: `*` for any characters, `\\*` and `\\\\` for the signs themselves."""
    words = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", pattern)
    parts = (".*" if word == "*" else re.escape(word[-1] if word[0] == "\\" else word) for word in words)
    return re.compile("".join(parts), re.DOTALL)
