"""What the choices on one route have found out, so that the same question is answered alike further on.

A fact is about one value of the execution, wherever in the data it has been moved to since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from asl.checking.dataflow import tries
from asl.comparisons import COMPARISONS

if TYPE_CHECKING:
    from asl.checking.dataflow.tries import Trie
    from asl.checking.dataflow.values import Value

_MOST: Final = 64
"""So many facts are kept about one value."""


class Bound(NamedTuple):
    """What an answer says of the value itself: that it is, or is not, a constant, or lies above or below it."""

    relation: Literal["is", "is not", "above", "below"]
    limit: object
    included: bool = True


class Fact(NamedTuple):
    """One answered question: `operand` is a type and a constant, or another value."""

    value: Value
    operator: str
    operand: tuple[type, object] | Value
    truth: bool
    bound: Bound | None


Facts: TypeAlias = "Trie[tuple[Fact, ...]]"

NO_FACTS: Final[Facts] = {}


def answered(facts: Facts, value: Value, operator: str, operand: tuple[type, object] | Value) -> bool | None:
    """Return how a question was answered before; None where it was not asked."""
    for fact in tries.find(facts, str(id(value))) or ():
        if fact.operator == operator and fact.operand == operand:
            return fact.truth
    return None


def learnt(
    facts: Facts, value: Value, operator: str, operand: tuple[type, object] | Value, truth: bool
) -> Facts | None:
    """Return the facts with one more; None where it contradicts the others."""
    key = str(id(value))
    known = tries.find(facts, key) or ()
    bound = _bound(operator, operand[1], truth) if isinstance(operand, tuple) else None
    if bound is not None and any(fact.bound is not None and _contradict(fact.bound, bound) for fact in known):
        return None
    return tries.put(facts, key, (*known[1 - _MOST :], Fact(value, operator, operand, truth, bound)))


def shared(left: Facts, right: Facts) -> Facts:
    """Return the facts that two routes from one have in common."""

    def both(_: str, ours: tuple[Fact, ...] | None, theirs: tuple[Fact, ...] | None) -> tuple[Fact, ...]:
        common = tuple(a for a, b in zip(ours or (), theirs or (), strict=False) if a is b)
        return ours if ours is not None and len(common) == len(ours) else common

    return tries.merge(left, right, both)


def _bound(operator: str, limit: object, truth: bool) -> Bound | None:
    """Return what the answer says of the value.

    Of a value of another type every comparison fails; since nobody means that, `not less` is taken as `greater or
    equal`.
    """
    comparison = COMPARISONS.get(operator)
    if comparison is None or comparison.family == "Timestamp" or comparison.order == "Matches":
        return None
    order = comparison.order
    if order == "Equals":
        return Bound("is" if truth else "is not", limit)
    above, included = order.startswith("Greater"), order.endswith("Equals")
    if not truth:
        above, included = not above, not included
    return Bound("above" if above else "below", limit, included)


def _contradict(one: Bound, other: Bound) -> bool:
    """Whether no value is both. A boolean that is neither true nor false is none, as authors mean it."""
    relations = one.relation, other.relation
    if relations == ("above", "above") or relations == ("below", "below"):
        return False
    if type(one.limit) is not type(other.limit) and "is" not in relations:
        return False
    same = one.limit == other.limit and isinstance(one.limit, bool) == isinstance(other.limit, bool)
    match relations:
        case "is", "is":
            return not same
        case ("is", "is not") | ("is not", "is"):
            return same
        case "is not", "is not":
            return isinstance(one.limit, bool) and not same
        case ("is not", _) | (_, "is not"):
            return False
        case ("above", _) | (_, "below"):
            return not _below(one, other)
    return not _below(other, one)


def _below(low: Bound, high: Bound) -> bool:
    try:
        if low.limit == high.limit:
            return low.included and high.included
        return bool(low.limit < high.limit)  # type: ignore[operator]
    except TypeError:
        return True
