"""What the language alone knows of a machine's data, handed to the checker, and the checker's answer in its words.

The checker follows the data of the compiled document (`asl.checking.dataflow`). A document does not say which fields
are declared optional, what `required()` takes for granted, where results are kept, and of which kinds the input is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dsl.errors import DefinitionError
from dsl.values.references import Shape, json_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from asl.checking.dataflow.analysis import Unproved
    from dsl.states.wiring import StateGraph
    from dsl.values.expressions import Json, JsonObject, ReferencePath

_ALWAYS: Final = ("$", "$$")


def needs(scopes: Sequence[StateGraph]) -> dict[str, dict[str, ReferencePath]]:
    """Of each state what has to be there on every route to it, each with the first read that asks for it."""
    found: dict[str, dict[str, ReferencePath]] = {}
    for scope in scopes:
        for state, paths in scope.needs.items():
            needed: dict[str, ReferencePath] = {}
            for path in paths:
                if path.root not in _ALWAYS or path.optional:
                    needed.setdefault(str(path.proved), path)
            if needed:
                found[state.name] = needed
    return found


def input_schema(scopes: Sequence[StateGraph], given: type[Shape] | None) -> JsonObject:
    """Return the JSON Schema of the machine's input: the shape that is `given`, or what the views of it say together.

    Where results and variables are kept nothing is before.
    """
    if given is not None:
        return json_schema(given)
    viewed: dict[object, None] = {}
    kept: set[str] = set()
    inside: set[StateGraph] = set()
    """The scopes that see other data than the machine's input."""
    for scope in scopes:
        for state in scope.states:
            inside.update(inner for inner in state.scopes() if scope in inside or not inner.sees_outside)
            kept.update(edge.writes for edge in scope.edges[state] if edge.writes is not None)
            if scope not in inside:
                for path in scope.touches[state]:
                    if path.root == "$" and path.declared is not None:
                        viewed[path.declared] = None
                    elif path.root.startswith("$."):
                        kept.add(path.root)
    schema = dict(_together(tuple(viewed)))
    properties = dict(_object(schema.get("properties")))
    properties.update((root.removeprefix("$."), False) for root in kept if root.startswith("$."))
    return {**schema, "type": "object", "properties": properties}


@lru_cache(maxsize=256)
def _together(shapes: tuple[type[Shape], ...]) -> JsonObject:
    """Return what several views of the same object say of its kinds. That a field is there none of them proves."""
    merged: Json = {}
    for shape in shapes:
        merged = _merged(_kinds(json_schema(shape)), merged) if merged else _kinds(json_schema(shape))
    schema = dict(_object(merged))
    schema.pop("additionalProperties", None)
    return schema


def _kinds(schema: Json) -> Json:
    """Return a schema without what it requires and enumerates."""
    kept = {name: value for name, value in _object(schema).items() if name not in ("required", "enum")}
    if "properties" in kept:
        kept["properties"] = {name: _kinds(value) for name, value in _object(kept["properties"]).items()}
    if "items" in kept:
        kept["items"] = _kinds(kept["items"])
    return kept


def _merged(one: Json, other: Json) -> Json:
    if one == other or not isinstance(one, dict) or not isinstance(other, dict):
        return one if one == other else {}
    if one.get("type") == other.get("type") == "object" and "properties" in one and "properties" in other:
        ours, theirs = _object(one["properties"]), _object(other["properties"])
        fields = {
            name: _merged(ours.get(name, theirs.get(name)), theirs.get(name, ours.get(name)))
            for name in {**ours, **theirs}
        }
        return {**one, "properties": fields}
    return {}


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def missing(
    scopes: Sequence[StateGraph], found: Unproved, needed: Mapping[str, Mapping[str, ReferencePath]]
) -> DefinitionError:
    """Return the refusal of a read that is not there on some route."""
    state = next(state for scope in scopes for state in scope.states if state.name == found.state.name)
    path = needed[state.name][found.path]
    shown = " → ".join("..." if step is None else repr(step) for step in found.route)
    writer = "" if path.root in set(_written(scopes)) or path.root in _ALWAYS else "; no state writes it"
    if path.optional:
        remedy = (
            "it is optional, so test it with is_present() on the way, or take it for granted with required()"
        )
    else:
        remedy = "write it on that route too, or do not read it here"
    return DefinitionError(
        f"it reads {path}, which may not be there{writer}. On the route {shown} nothing makes sure of it; {remedy}",
        state=state.name,
        source=state.source,
    )


def _written(scopes: Sequence[StateGraph]) -> Iterator[str]:
    """Where the transitions of a machine keep something."""
    for scope in scopes:
        for state, edges in scope.edges.items():
            yield from (edge.writes for edge in edges if edge.writes is not None)
            yield from state.assigns
