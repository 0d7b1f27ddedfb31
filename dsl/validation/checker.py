"""Runs the layers over one definition."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from dsl.validation.dataflow import declare
from dsl.validation.diagnostics import Diagnostic, Severity
from dsl.validation.rules import RULES
from dsl.validation.structure import CODE, check_structure
from dsl.validation.view import View
from dsl.validation.words import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dsl.validation.rules.registry import Finding, Rule

MOST = 1000
"""After so many diagnostics nobody reads on, and a hostile document could produce them without end."""


def validate(
    document: object,
    *,
    limit: int = MOST,
    input_schema: Mapping[str, object] | None = None,
    answers: Mapping[str, Mapping[str, object]] | None = None,
) -> list[Diagnostic]:
    """Check an ASL definition that was parsed from JSON.

    Any JSON value is accepted, and nothing is raised: whatever is wrong is in the answer, at most `limit`
    entries of it, faults of shape before faults of meaning. No entry means that AWS creates a state machine from
    the definition and that nothing in it looks unintended; no entry of severity ERROR means the first alone.

    `input_schema` is the JSON Schema of the machine's input, `answers` those of what functions return, by the name
    of the task's state; what they declare is known when the flow of data is followed.
    """
    if not isinstance(document, dict):
        message = f"Definition must be a valid JSON object; it is {describe(document)}."
        return [Diagnostic(Severity.ERROR, CODE, message)]
    found: list[Diagnostic] = []
    view = View(document)
    if input_schema is not None or answers is not None:
        declare(view, input_schema, answers)
    for diagnostic in _diagnostics(view):
        if len(found) == limit:
            break
        found.append(diagnostic)
    return found


def _diagnostics(view: View) -> Iterator[Diagnostic]:
    yield from check_structure(view)
    for rule in RULES:
        if rule.subject == "machine":
            yield from _reported(rule, rule.check(view))
        elif rule.subject == "scope":
            for scope in view.scopes:
                yield from _reported(rule, rule.check(scope, view))
    by_type = _rules_by_type()
    always = by_type[""]
    for state in view.states:
        for rule in by_type.get(state.type, always):
            yield from _reported(rule, rule.check(state, view))


def _reported(rule: Rule, findings: Iterable[Finding]) -> Iterator[Diagnostic]:
    for message, location in findings:
        yield Diagnostic(rule.severity, rule.code, message, None if location is None else str(location))


@cache
def _rules_by_type() -> dict[str, tuple[Rule, ...]]:
    """The rules about states under each type that one of them asks for, and under "" those about any type."""
    rules = [rule for rule in RULES if rule.subject == "state"]
    types = {"", *(name for rule in rules for name in rule.types)}
    return {name: tuple(rule for rule in rules if not rule.types or name in rule.types) for name in types}
