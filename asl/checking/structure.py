"""The first layer: the shape of every scope and state, held to the schema files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asl.checking.fault_words import belongs_to_other_language, meant_field, message
from asl.checking.placeholders import text_faults
from asl.checking.schemas import fits, types
from asl.checking.shapes import SchemaFault, faults
from asl.definitions.model import JSON_PATH, JSONATA, Definition, State
from asl.diagnostics import Diagnostic, Severity
from asl.words import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.locations import Location

CODE = "SCHEMA_VALIDATION_FAILED"
MOST_PER_STATE = 5
"""More faults than this in one state are one misunderstanding, not many."""


def check_structure(
    definition: Definition, unquoted: frozenset[tuple[int, str | int]] | None = None
) -> Iterator[Diagnostic]:
    """Report what breaks the schemas, scope by scope, the most specific faults of each state first.

    `unquoted` are the placeholders that stand for any JSON, by object or array and step; None where all may.
    """
    for scope in definition.scopes:
        schema = "scope.json", f"/$defs/{scope.kind}"
        if not fits(*schema, scope.value):
            yield from _worded(faults(*schema, scope.value, scope.location), None)
        if unquoted is not None:
            yield from _worded(text_faults(*schema, scope.value, scope.location, unquoted), None)
        written = scope.value.get("States")
        if not isinstance(written, dict):
            continue
        for name, value in written.items():
            state = scope.states.get(name)
            if state is None:
                yield _diagnostic(
                    f"Expected value of type Object: a state is an object, not {describe(value)}.",
                    scope.location / "States" / name,
                )
                continue
            schema = "state.json", ""
            if state.type in types():
                schema = f"{state.type.lower()}.json", f"/$defs/{state.language}"
            if unquoted is not None:
                yield from _worded(text_faults(*schema, state.value, state.location, unquoted), state)
            if fits(*schema, state.value):
                continue
            found = faults(*schema, state.value, state.location)
            if found and is_downgraded(state, definition):
                found = [fault for fault in found if not belongs_to_other_language(fault, state)]
            yield from _worded(found, state)


def is_downgraded(state: State, definition: Definition) -> bool:
    """Whether the state asks for JSONPath in a machine of JSONata.

    AWS refuses that before it looks at which fields fit the language, so those are not reported beside it.
    """
    return definition.language == JSONATA and state.value.get("QueryLanguage") == JSON_PATH


def _worded(found: list[SchemaFault], state: State | None) -> Iterator[Diagnostic]:
    if not found:
        return
    kept = _without_echoes(found, state)
    kept.sort(key=lambda fault: -fault.location.depth)
    for fault in kept[:MOST_PER_STATE]:
        yield _diagnostic(message(fault, state), fault.location)


def _without_echoes(found: list[SchemaFault], state: State | None) -> list[SchemaFault]:
    """Drop what only follows from another fault of the same object: one mistake, one message.

    A misspelt or misplaced field is also a missing one, and a rule in the other language has several foreign
    fields and none of its own.
    """
    misspelt: dict[Location, set[str]] = {}
    foreign: dict[Location, SchemaFault] = {}
    for fault in found:
        if fault.kind == "unknown":
            if belongs_to_other_language(fault, state):
                foreign.setdefault(fault.location, fault)
            elif near := meant_field(fault):
                misspelt.setdefault(fault.location, set()).add(near)
    if not misspelt and not foreign:
        return found
    kept: list[SchemaFault] = []
    for fault in found:
        stranger = foreign.get(fault.location)
        at_state = state is not None and fault.location is state.location
        if stranger is not None and fault is not stranger:
            if fault.kind in ("one of", "required") and fault.title != "Next or End":
                continue
            if fault.kind == "unknown" and not at_state:
                continue
        if fault.kind in ("one of", "required") and (meant := misspelt.get(fault.location)):
            left = tuple(name for name in fault.names if name not in meant)
            if not left or (fault.kind == "one of" and left != fault.names):
                continue
            fault = replace(fault, names=left)
        kept.append(fault)
    return kept


def _diagnostic(text: str, location: Location) -> Diagnostic:
    return Diagnostic(Severity.ERROR, CODE, text, str(location))
