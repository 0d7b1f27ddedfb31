"""Runs the layers over one definition."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from asl.checking.dataflow.declared import Declared
from asl.checking.rules import RULES
from asl.checking.structure import CODE, check_structure
from asl.checking.view import View
from asl.definitions.json_values import as_json, contains_itself, outline
from asl.diagnostics import Diagnostic, Severity
from asl.words import describe, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asl.checking.dataflow.analysis import Unproved
    from asl.checking.rules.registry import Rule
    from asl.definitions.model import Scope, State
    from asl.locations import Location

CHECKER_FAILED = "CHECKER_FAILED"
"""The code of what is wrong with the checker itself."""
MOST = 1000
"""After so many diagnostics nobody reads on, and a hostile document could produce them without end."""


_GENERAL = tuple(rule for rule in RULES if rule.subject != "state")


def validate(
    document: object,
    *,
    limit: int = MOST,
    input_schema: Mapping[str, object] | None = None,
    answers: Mapping[str, Mapping[str, object]] | None = None,
    execution_type: str | None = None,
    unquoted: frozenset[tuple[int, str | int]] | None = None,
) -> list[Diagnostic]:
    """Check an ASL definition that was parsed from JSON.

    Anything is accepted, and nothing is raised: whatever is wrong is in the answer, at most `limit` entries of it,
    what is not JSON first, faults of shape before faults of meaning. No entry means that AWS creates a state machine
    from the definition and that nothing in it looks unintended; no entry of severity ERROR means the first alone.

    `input_schema` is the JSON Schema of the machine's input, `answers` those of what functions return, by the name
    of the task's state; what they declare is known when the flow of data is followed. `execution_type` is STANDARD
    or EXPRESS; what only one of them can do is checked where it is known. `unquoted` are the placeholders that a
    deployment may replace by any JSON, each as the identity of its object or array and the step there; all others are
    then texts, and without it each may stand for anything.
    """
    return check(
        document,
        Declared(input_schema, answers),
        limit=limit,
        execution_type=execution_type,
        unquoted=unquoted,
    ).diagnostics


class Checked(NamedTuple):
    """What `check` answers."""

    diagnostics: list[Diagnostic]
    unproved: tuple[Unproved, ...] = ()
    """What a state needs and is not there on every route to it."""


def check(
    document: object,
    declared: Declared,
    *,
    limit: int = MOST,
    execution_type: str | None = None,
    unquoted: frozenset[tuple[int, str | int]] | None = None,
) -> Checked:
    """Check a definition as `validate` does, and whether its states have what is declared that they need."""
    if not isinstance(document, dict):
        message = f"Definition must be a valid JSON object; it is {describe(document)}."
        return Checked([Diagnostic(Severity.ERROR, CODE, message)])
    found: list[Diagnostic] = []
    seen = outline(document)
    if seen.refusal is not None:
        code, message = seen.refusal
        if contains_itself(document):
            code, message = CODE, "The definition contains itself, so it has no end."
        return Checked([Diagnostic(Severity.ERROR, code, message, "/")])
    if not seen.is_json:
        document, aliens = as_json(document)
        found += [Diagnostic(Severity.ERROR, CODE, message, str(place)) for message, place in aliens[:limit]]
        if not isinstance(document, dict):
            return Checked(found)
    view = View(document, declared, execution_type=execution_type)
    found += islice(_diagnostics(view, unquoted), limit - len(found))
    is_broken = any(each.code == CHECKER_FAILED for each in found)
    return Checked(found, () if is_broken else view.flow.unproved)


def _diagnostics(view: View, unquoted: frozenset[tuple[int, str | int]] | None) -> Iterator[Diagnostic]:
    yield from check_structure(view, unquoted)
    broken: set[str] = set()
    for rule, subject in chain(_general(view), _of_states(view)):
        # A rule that breaks down must not hide what the others find, nor let the definition pass.
        try:
            for message, place in rule.check(*subject):
                yield Diagnostic(rule.severity, rule.code, message, None if place is None else str(place))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is reported
            first = subject[0]
            yield from _breakdown(rule, error, broken, None if isinstance(first, View) else first.location)


def _general(view: View) -> Iterator[tuple[Rule, tuple[View] | tuple[Scope, View]]]:
    """Yield the rules about the machine and its scopes, each with what it is called with."""
    for rule in _GENERAL:
        if rule.subject == "machine":
            yield rule, (view,)
        else:
            for scope in view.scopes:
                yield rule, (scope, view)


def _of_states(view: View) -> Iterator[tuple[Rule, tuple[State, View]]]:
    """Yield the rules about states, each with the states that it looks at."""
    asked = _asked()
    for state in view.states:
        subject = (state, view)
        for rule in _rules_about(state.type, frozenset(asked & state.value.keys())):
            yield rule, subject


@cache
def _asked() -> frozenset[str]:
    """Return the fields without one of which some rule does not look at a state."""
    return frozenset().union(*(rule.having for rule in RULES))


@lru_cache(maxsize=1024)
def _rules_about(kind: str, fields: frozenset[str]) -> tuple[Rule, ...]:
    """Return the rules that look at states of a type that have these of the fields that rules ask for."""
    return tuple(
        rule
        for rule in RULES
        if rule.subject == "state"
        and (not rule.types or kind in rule.types)
        and (not rule.having or not rule.having.isdisjoint(fields))
    )


def _breakdown(
    rule: Rule, error: Exception, broken: set[str], location: Location | None
) -> Iterator[Diagnostic]:
    """Say that a rule broke down: once for each rule, since it may do so in every state."""
    if rule.name not in broken:
        broken.add(rule.name)
        what = shorten(f"{type(error).__name__}: {error}")
        message = (
            f"The checker broke down over this definition in its rule {rule.name} ({what}). Please report it."
        )
        yield Diagnostic(Severity.ERROR, CHECKER_FAILED, message, None if location is None else str(location))
