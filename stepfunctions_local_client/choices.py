"""Which rule of a Choice decided.

A history says where a Choice went, not why, and two rules may lead to the same state. So the rules are tried again
here on the state's input. Where that does not decide it (a rule in JSONata, one that reads a variable, or what is not
known of the context object) it says so.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

from asl.execution.comparisons import compile_rule
from asl.execution.faults import RuntimeFault
from asl.execution.paths import PathMissing
from asl.execution.sight import Sight
from asl.execution.templates import selected
from stepfunctions_local_client.values import Json, JsonObject, as_list, as_object

if TYPE_CHECKING:
    from asl.execution.paths import PathReader

_DEFAULT: Final = -1
_NO_CHANCE: Final = random.Random(0)  # noqa: S311 - no rule draws a number


class Undecidable(Exception):  # noqa: N818
    """The rule reads what a history does not hold, or is in a language that is not read here."""


def deciding_rule(document: JsonObject, value: Json, target: str, context: Json = None) -> int | None:
    """Return the index of the rule that led to `target`, -1 for the default, None where that is not known.

    Args:
        document: The Choice state.
        value: The state's input.
        target: The state that came next.
        context: What is known of the context object.
    """
    rules = [as_object(rule) for rule in as_list(document.get("Choices"))]
    found: int | None = _DEFAULT if "Default" in document else None
    try:
        path = document.get("InputPath", "$")
        sight = _KnownData(value, as_object(context))
        data = _KnownData(selected(None if path is None else str(path))(sight), as_object(context))
        found = next((index for index, rule in enumerate(rules) if _holds(rule, data)), found)
    except (Undecidable, RuntimeFault, ValueError):
        found = None  # the engine fails here, unless it is a lenient one
    ways = [index for index, rule in enumerate(rules) if rule.get("Next") == target]
    ways += [_DEFAULT] if document.get("Default") == target else []
    if found in ways:
        return found
    # What the engine did counts. If only one rule leads there, it was that one.
    return ways[0] if len(ways) == 1 else None


def _holds(rule: JsonObject, data: Sight) -> bool:
    if "Condition" in rule:
        raise Undecidable
    return compile_rule(rule)(data)


class _KnownData(Sight):
    """The state's input, and as much of the context object as is known."""

    __slots__ = ()

    def __init__(self, data: Any, context: JsonObject) -> None:
        super().__init__(data, lambda: context, {}, _NO_CHANCE, lambda: 0.0)

    def read(self, reader: PathReader) -> Any:
        """Return the value at a path. Raises PathMissing, and Undecidable for what may be there all the same."""
        try:
            return super().read(reader)
        except PathMissing:
            if reader.root != "$":
                raise Undecidable from None
            raise
