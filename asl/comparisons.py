"""What the rules of a Choice state ask in JSONPath.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ScalarKind = Literal["string", "number", "boolean", "null"]
JUNCTIONS: Final = frozenset({"And", "Or", "Not"})
"""What makes one rule of a Choice of others."""
TYPE_TESTS: Final[dict[str, ScalarKind]] = {
    "IsBoolean": "boolean",
    "IsNull": "null",
    "IsNumeric": "number",
    "IsString": "string",
    "IsTimestamp": "string",
}
"""Of which kind a value is for which a test of its type holds."""


class Comparison(NamedTuple):
    """A comparison of a Choice rule."""

    family: Literal["Boolean", "Numeric", "String", "Timestamp"]
    order: Literal["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals", "Matches"]
    with_path: bool = False
    """Whether it compares with what is at another path."""

    @property
    def kind(self) -> ScalarKind:
        """The kind of the values that it compares; one of any other kind never compares."""
        kinds: dict[str, ScalarKind] = {"Boolean": "boolean", "Numeric": "number"}
        return kinds.get(self.family, "string")


def _comparisons() -> Iterator[tuple[str, Comparison]]:
    for family in ("Boolean", "Numeric", "String", "Timestamp"):
        for order in ("Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"):
            if family != "Boolean" or order == "Equals":
                yield f"{family}{order}", Comparison(family, order)
                yield f"{family}{order}Path", Comparison(family, order, with_path=True)
    yield "StringMatches", Comparison("String", "Matches")


COMPARISONS: Final = dict(_comparisons())
"""All of them by name."""
