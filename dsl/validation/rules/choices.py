"""Choice states."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.validation.diagnostics import Severity
from dsl.validation.rules.fields import exists, is_timestamp
from dsl.validation.rules.registry import Finding, state_rule
from dsl.validation.words import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsl.validation.locations import Location
    from dsl.validation.view import State, View

TIMESTAMP_COMPARISONS = frozenset(
    f"Timestamp{how}" for how in ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
)


@state_rule("CHOICE_WITHOUT_DEFAULT", Severity.WARNING, "Choice")
def choice_has_a_default(state: State, _view: View) -> Iterator[Finding]:
    """A choice says where to go when no rule matches; otherwise the execution fails there.

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


@state_rule("UNREACHABLE_CHOICE", Severity.WARNING, "Choice")
def choice_rules_can_be_reached(state: State, _view: View) -> Iterator[Finding]:
    """No rule tests what an earlier one tests already, and none follows a condition that is always true.

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
    always: int | None = None
    for i, rule in enumerate(rules):
        if not isinstance(rule, dict):
            continue
        test = _simple_test(rule)
        if always is not None:
            yield Finding(
                f"This rule is never reached: Choices[{always}] is always true.",
                state.location / "Choices" / i,
            )
            return
        if test and tests.setdefault(test, i) != i:
            yield Finding(
                f"This rule is never reached: Choices[{tests[test]}] tests the same.",
                state.location / "Choices" / i,
            )
        if rule.get("Condition") is True:
            always = i


@state_rule("NOT_A_TIMESTAMP", Severity.WARNING, "Choice")
def timestamps_are_compared_with_timestamps(state: State, _view: View) -> Iterator[Finding]:
    """What a `Timestamp...` comparison holds a variable against is a moment as RFC 3339 writes it.

    Example::

        {"Late?": {"Type": "Choice", "Default": "Brew", "Choices": [
            {"Variable": "$.now", "TimestampGreaterThan": "2030-01-31 18:00", "Next": "Close"}]},
         "Brew": {"Type": "Pass", "End": true}, "Close": {"Type": "Pass", "End": true}}
    """
    waiting: list[tuple[object, Location]] = [(state.value.get("Choices"), state.location / "Choices")]
    while waiting:
        rule, place = waiting.pop()
        if isinstance(rule, list):
            waiting.extend((rule[i], place / i) for i in reversed(range(len(rule))))
        elif isinstance(rule, dict):
            for name, value in rule.items():
                if name in ("And", "Or", "Not"):
                    waiting.append((value, place / name))
                elif name in TIMESTAMP_COMPARISONS and isinstance(value, str) and not _may_be_a_moment(value):
                    yield Finding(
                        f"'{name}' compares moments, and {describe(value)} is none: write it as 2030-01-31T18:00:00Z.",
                        place / name,
                    )


def _may_be_a_moment(text: str) -> bool:
    if "${" in text or text.startswith("$"):
        return True  # a placeholder, or a path that another rule speaks of
    return is_timestamp(text) and exists(text)


def _simple_test(rule: dict[str, object]) -> tuple[tuple[str, str, object], ...]:
    """The test of a rule that has no other rules inside; empty for one that does."""
    test: list[tuple[str, str, object]] = []
    for name, value in rule.items():
        if name in ("Next", "Assign", "Comment", "Output"):
            continue
        if not isinstance(value, str | int | float) or not isinstance(name, str):
            return ()
        test.append((name, type(value).__name__, value))
    return tuple(sorted(test, key=lambda part: part[0]))
