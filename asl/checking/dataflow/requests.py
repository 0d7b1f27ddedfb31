"""What a task hands to a service, where it is known what is at the paths: a text where an object is to be.

A service takes a text for a number or for true and false, and any JSON as the text of a message; so only lists and
objects are held to the model, and what is to be neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.checking.dataflow.values import Array, Object, Scalar, Value, forced
from asl.definitions.model import JSONATA
from asl.services import integrations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definitions.model import State
    from asl.services.models import Shape

_DEEPEST: Final = 4
_WORDS: Final = {"list": "an array", "map": "an object", "structure": "an object"}
_ONE_VALUE: Final = frozenset({"boolean", "integer", "long", "double", "float"})


def handed_on(state: State) -> Iterator[tuple[str, str, tuple[str, ...], Shape, str]]:
    """Yield the parameters of a service that are read from somewhere, down to some depth.

    Each with its text, the key as it is written, the names of the objects around it, its shape and the integration's
    kind.
    """
    resource = integrations.parse(state.resource)
    found = (
        integrations.find(resource)
        if resource is not None and resource.kind in ("sdk", "optimised")
        else None
    )
    jsonata = state.language == JSONATA
    given = state.value.get("Arguments" if jsonata else "Parameters")
    if resource is None or found is None or found.input is None or not isinstance(given, dict):
        return
    waiting: list[tuple[Shape, dict[str, object], tuple[str, ...]]] = [(found.input, given, ())]
    while waiting:
        shape, fields, around = waiting.pop()
        members = integrations.fields(shape, resource.kind) if shape.kind == "structure" else {}
        for key, value in fields.items():
            name = key if jsonata else key.removesuffix(".$")
            member = members.get(name)
            inner = member.shape if member is not None else shape.element if shape.kind == "map" else None
            if inner is None or inner.kind == "any":
                continue
            if isinstance(value, str) and (value.startswith("{%") if jsonata else name != key):
                yield value, key, around, inner, resource.kind
            elif isinstance(value, dict) and inner.kind in ("structure", "map") and len(around) < _DEEPEST:
                waiting.append((inner, value, (*around, key)))


def misfit(shape: Shape, value: Value, kind: str, level: int = 0) -> str | None:
    """Return what a service takes in place of a value of which something is known; None where nothing is wrong
    with it."""
    value = forced(value)
    if isinstance(value, Scalar):
        if value.kind == "null" or (value.constant and "${" in str(value.constant[0])):
            return None
        if shape.name == "AttributeValue" and kind == "optimised" and value.kind == "string":
            return None
        return _WORDS.get(shape.kind)
    if isinstance(value, Array):
        if shape.kind == "list":
            return None
        return _WORDS.get(shape.kind) or ("one value" if shape.kind in _ONE_VALUE else None)
    if not isinstance(value, Object) or not value.solid:
        return None
    if shape.kind == "list":
        return _WORDS["list"]
    if shape.kind in _ONE_VALUE:
        return "one value"
    if shape.kind == "map" and level < _DEEPEST:
        for name, entry in value.entries():
            if isinstance(entry, Value):
                inner = misfit(shape.element, entry, kind, level + 1)
                if inner is not None:
                    return f"{inner} as {name}"
    return None
