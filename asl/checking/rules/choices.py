"""Choice states."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from asl.checking.rules.registry import DOCUMENTED, INFERRED, Finding, state_rule
from asl.comparisons import COMPARISONS, JUNCTIONS, TYPE_TESTS
from asl.diagnostics import Severity
from asl.timestamps import read_timestamp
from asl.words import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.model import State
    from asl.locations import Place

_MOMENTS = frozenset(name for name, comparison in COMPARISONS.items() if comparison.family == "Timestamp")


@state_rule("CHOICE_WITHOUT_DEFAULT", Severity.WARNING, DOCUMENTED, "Choice")
def choice_has_a_default(state: State, _view: View) -> Iterator[Finding]:
    """A Choice state has a `Default`; otherwise the execution fails if no rule matches.

    Example::

        {"Shop Open?": {"Type": "Choice", "Choices": [
            {"Variable": "$.open", "BooleanEquals": true, "Next": "Brew"}]},
         "Brew": {"Type": "Pass", "End": true}}
    """
    if "Default" not in state.value:
        yield Finding(
            "This Choice has no Default: when no rule matches, the execution fails with States.NoChoiceMatched.",
            state.location,
        )


@state_rule("UNREACHABLE_CHOICE", Severity.WARNING, INFERRED, "Choice", having=("Choices",))
def choice_rules_can_be_reached(state: State, _view: View) -> Iterator[Finding]:
    """A rule does not repeat an earlier rule, and does not follow rules of which one is always true.

    Example::

        {"Shop Open?": {"Type": "Choice", "Default": "Close", "Choices": [
            {"Variable": "$.open", "BooleanEquals": true, "Next": "Brew"},
            {"Variable": "$.open", "BooleanEquals": true, "Next": "Close"}]},
         "Brew": {"Type": "Pass", "End": true}, "Close": {"Type": "Pass", "End": true}}
    """
    rules = state.value.get("Choices")
    if not isinstance(rules, list) or len(rules) < 2:
        return
    tests: dict[tuple[tuple[str, str, object], ...], int] = {}
    kinds: dict[tuple[object, str], tuple[object, int]] = {}
    ranges: dict[object, _Ranges] = {}
    always = ""
    for i, rule in enumerate(rules):
        if not isinstance(rule, dict):
            continue
        place = state.location / "Choices" / i
        if always:
            yield Finding(f"This rule is never reached: {always}.", place)
            return
        test = _simple_test(rule)
        if test and tests.setdefault(test, i) != i:
            yield Finding(f"This rule is never reached: Choices[{tests[test]}] tests the same.", place)
            continue
        if _is_always_true(rule):
            always = f"Choices[{i}] is always true"
        for name in _TESTS & rule.keys() if len(test) == 2 else ():
            other, j = kinds.setdefault((rule.get("Variable"), name), (rule[name], i))
            if {other, rule[name]} == {True, False}:
                always = f"one of Choices[{j}] and Choices[{i}] is always true"
        numbers = range_of(rule) if len(test) == 2 else None
        if numbers is not None:
            wider = ranges.setdefault(rule.get("Variable"), _Ranges()).add(numbers, i)
            if wider is not None:
                yield Finding(
                    f"This rule is never reached: Choices[{wider}] holds for every number for which it would.",
                    place,
                )


@state_rule("NOT_A_TIMESTAMP", Severity.WARNING, DOCUMENTED, "Choice", having=("Choices",))
def timestamps_are_compared_with_timestamps(state: State, _view: View) -> Iterator[Finding]:
    """A `Timestamp...` comparison compares with a timestamp in the format of RFC 3339.

    Example::

        {"Late?": {"Type": "Choice", "Default": "Brew", "Choices": [
            {"Variable": "$.now", "TimestampGreaterThan": "2030-01-31 18:00", "Next": "Close"}]},
         "Brew": {"Type": "Pass", "End": true}, "Close": {"Type": "Pass", "End": true}}
    """
    for name, value, place in _moments(state.value.get("Choices"), (None, "Choices")):
        if not _may_be_a_moment(value):
            yield Finding(
                f"'{name}' compares moments, and {describe(value)} is none: write it as 2030-01-31T18:00:00Z.",
                state.at(place),
            )


def _moments(rule: object, place: Place) -> Iterator[tuple[str, str, Place]]:
    """Yield the texts that variables are compared with as moments, each with its comparison and its place."""
    if isinstance(rule, list):
        for i, item in enumerate(rule):
            if isinstance(item, dict) and not _JUNCTIONS_AND_MOMENTS.isdisjoint(item):
                yield from _moments(item, (place, i))
    elif isinstance(rule, dict):
        for name, value in rule.items():
            if name in JUNCTIONS:
                yield from _moments(value, (place, name))
            elif name in _MOMENTS and isinstance(value, str):
                yield name, value, (place, name)


_JUNCTIONS_AND_MOMENTS = JUNCTIONS | _MOMENTS
_TESTS = frozenset({"IsPresent", *TYPE_TESTS})
_TRUE = re.compile(r"\{%\s*true\s*%\}")


class Range(NamedTuple):
    """The numbers for which a comparison holds: between `low` and `high`, each with or without the bound itself."""

    low: float
    with_low: bool
    high: float
    with_high: bool

    def holds(self, other: Range) -> bool:
        """Whether every number of the other range is in this one."""
        low = self.low < other.low or (self.low == other.low and (self.with_low or not other.with_low))
        high = self.high > other.high or (self.high == other.high and (self.with_high or not other.with_high))
        return low and high


def range_of(rule: dict[str, object]) -> Range | None:
    """Return the numbers for which a rule with one comparison of a variable with a number holds."""
    for name, value in rule.items():
        if type(value) is not int and not (type(value) is float and math.isfinite(value)):
            continue
        match name:
            case "NumericEquals":
                return Range(value, True, value, True)
            case "NumericLessThan" | "NumericLessThanEquals":
                return Range(-math.inf, False, value, name.endswith("Equals"))
            case "NumericGreaterThan" | "NumericGreaterThanEquals":
                return Range(value, name.endswith("Equals"), math.inf, False)
    return None


class _Ranges:
    """The ranges of the comparisons of one variable with a number, in order. A step takes no longer the more there are.

    A comparison holds for one number, or for all on one side of one. Of the latter only those are kept that hold for
    more than each before, so they are sorted.
    """

    def __init__(self) -> None:
        self._points: dict[float, int] = {}
        self._below: list[tuple[float, bool, int]] = []
        self._above: list[tuple[float, bool, int]] = []
        """The lower bounds with the other sign, so that wider is larger here too."""

    def add(self, new: Range, index: int) -> int | None:
        """Take one more; answer with the first before it that holds wherever it does."""
        found = [self._points[new.low]] if new.low == new.high and new.low in self._points else []
        for sorted_, bound, included in (
            (self._below, new.high, new.with_high),
            (self._above, -new.low, new.with_low),
        ):
            at = bisect_left(sorted_, (bound, included, -1))
            if at < len(sorted_):
                found.append(sorted_[at][2])
        if new.low == new.high:
            self._points.setdefault(new.low, index)
        else:
            sorted_, end = (
                (self._below, (new.high, new.with_high, index))
                if new.low == -math.inf
                else (self._above, (-new.low, new.with_low, index))
            )
            if not sorted_ or end[:2] > sorted_[-1][:2]:
                sorted_.append(end)
        return min(found, default=None)


def _is_always_true(rule: dict[str, object]) -> bool:
    condition = rule.get("Condition")
    return condition is True or (isinstance(condition, str) and _TRUE.fullmatch(condition) is not None)


def _may_be_a_moment(text: str) -> bool:
    if "${" in text or text.startswith("$"):
        return True  # a placeholder, or a path that another rule speaks of
    return read_timestamp(text) is not None


def _simple_test(rule: dict[str, object]) -> tuple[tuple[str, str, object], ...]:
    """Return the test of a rule that has no other rules inside; empty for one that does."""
    test: list[tuple[str, str, object]] = []
    for name, value in rule.items():
        if name in ("Next", "Assign", "Comment", "Output"):
            continue
        if not isinstance(value, str | int | float) or not isinstance(name, str):
            return ()
        test.append((name, type(value).__name__, value))
    return tuple(sorted(test, key=lambda part: part[0]))
