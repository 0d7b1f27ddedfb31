"""A fault of shape in words: what the service says of it, then what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.checking.schemas import fields_of, owners
from asl.checking.shapes import one_of
from asl.definitions.model import JSON_PATH, JSONATA
from asl.words import closest, describe, listed, number, shorten, with_article

if TYPE_CHECKING:
    from asl.checking.shapes import SchemaFault
    from asl.definitions.model import State

_ONLY_JSON_PATH = frozenset({"Variable", "And", "Or", "Not", "ResultPath"})
_ONLY_JSONATA = frozenset({"Condition", "Output"})
"""Fields of a choice rule or a catcher, not of a state, that only one of the languages has."""
_MANY = 8


def message(fault: SchemaFault, state: State | None) -> str:
    """Say what is wrong. `state` is the state that the fault lies in, None for a fault of a scope."""
    schema, names = fault.schema, fault.names
    field = f"'{fault.location.step}'" if isinstance(fault.location.step, str) else "the entry"
    meant = f"{field} has to be {fault.title}, not {describe(fault.value)}" if fault.title else ""
    match fault.kind:
        case "type":
            types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
            kinds = listed([name.capitalize() for name in types], "or")
            return f"Expected value of type {kinds}: {meant or f'{field} is {describe(fault.value)}'}."
        case "choice":
            allowed = [str(value) for value in schema.get("enum") or [schema["const"]]]
            near = closest(fault.value, allowed) if isinstance(fault.value, str) else None
            hint = f'; write "{near}"' if near else ""
            start = f"Value should be one of the following: [{', '.join(allowed)}]."
            return f"{start} {field} is {describe(fault.value)}{hint}."
        case "minimum":
            return f"Minimum value is {number(schema['minimum'])}: {meant}."
        case "maximum":
            return f"Maximum value is {number(schema['maximum'])}: {meant}."
        case "empty":
            return (
                f"Value cannot be empty: {field} has to {'name' if fault.value == '' else 'list'} something."
            )
        case "pattern":
            return f"{_pattern_words(fault.title)}: {meant}."
        case "required":
            return _missing(fault, state)
        case "unknown":
            return _unknown(fault, state)
        case "excluded":
            return _excluded(fault, state)
        case "not both":
            return (
                f"There should only be one of the following fields: [{', '.join(names)}]. Keep one of them."
            )
        case "one of":
            return _not_one(fault)


def belongs_to_other_language(fault: SchemaFault, state: State | None) -> bool:
    """Whether an unknown field would be right if the state were written in the other query language."""
    if state is None or fault.kind != "unknown":
        return False
    name = fault.names[0]
    if fault.location is state.location:
        other = JSONATA if state.language == JSON_PATH else JSON_PATH
        return name in fields_of(state.type, other)
    if not fault.location.within("Choices", "Catch"):
        return False
    return name in (_ONLY_JSONATA if state.language == JSON_PATH else _ONLY_JSON_PATH)


def meant_field(fault: SchemaFault) -> str | None:
    """Return the field of the object that an unknown one was probably meant to be."""
    return closest(
        fault.names[0], (name for name in fault.schema["properties"] if name not in _present(fault))
    )


def _present(fault: SchemaFault) -> dict[str, object]:
    return fault.value if isinstance(fault.value, dict) else {}


def _pattern_words(title: str) -> str:
    if "ARN" in title:
        return "Value is not a valid resource ARN"
    if "{%" in title:
        return "JSONata string must start with {% and end with %}"
    if "timestamp" in title:
        return "String does not match RFC3339 timestamp"
    return "Value must be a valid JSONPath"


def _missing(fault: SchemaFault, state: State | None) -> str:
    if fault.title == "Next or End":
        return (
            "This object should have only one of the following fields: [Next, End]. "
            'Name the next state, or write "End": true if this is the last.'
        )
    start = f"These fields are required: [{', '.join(fault.names)}]."
    needs = "needs it" if len(fault.names) == 1 else "needs them"
    if fault.title:
        who = fault.title
    elif state is not None and fault.location is state.location:
        who = f"{with_article(state.type)} state"
    else:
        return start
    return f"{start} {who[0].upper()}{who[1:]} {needs}."


def _unknown(fault: SchemaFault, state: State | None) -> str:
    name = fault.names[0]
    if state is not None and belongs_to_other_language(fault, state):
        return _wrong_language(name, state)
    plain = f"Field '{shorten(name)}' is not supported"
    if state is not None and fault.location is state.location and name in owners():
        return f"{plain} on {with_article(state.type)} state; it belongs to {listed(owners()[name])}."
    near = meant_field(fault)
    if near:
        return f"{plain}; did you mean '{near}'?"
    names = list(fault.schema["properties"])
    shown = (
        listed(names) if len(names) <= _MANY else f"{', '.join(names[:_MANY])} and {len(names) - _MANY} more"
    )
    return f"{plain}; the fields here are {shown}."


def _wrong_language(name: str, state: State) -> str:
    other = JSONATA if state.language == JSON_PATH else JSON_PATH
    return (
        f"The QueryLanguage is set to '{state.language}', but field '{name}' is only supported "
        f"for the '{other}' QueryLanguage"
    )


def _excluded(fault: SchemaFault, state: State | None) -> str:
    name = fault.names[0]
    if name == "Next":
        return (
            "There should only be one of the following fields: [Next, End]. A state goes on or is the last."
        )
    if name == "ExecutionType":
        return "Field 'ExecutionType' is not supported; an INLINE map runs inside the execution itself."
    if name == "CSVHeaderLocation":
        return "Field 'CSVHeaderLocation' is not supported; a JSON file has no header."
    return _wrong_language(name, state) if state is not None else f"Field '{name}' is not supported here."


def _not_one(fault: SchemaFault) -> str:
    names, allowed = fault.names, one_of(fault.schema)
    if names != allowed:
        return f"There should only be one of the following fields: [{', '.join(names)}]. Keep one of them."
    if len(allowed) > _MANY:
        return (
            "A comparison is missing: say what 'Variable' is held against, for example with 'StringEquals'."
        )
    return f"This object should have only one of the following fields: [{', '.join(allowed)}]. It has none of them."
