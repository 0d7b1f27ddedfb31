"""What a task hands to a service, where it is known what is at the paths: a text where an object is to be.

A service takes a text for a number or for true and false, and any JSON as the text of a message; so only lists and
objects are held to the model, and what is to be neither.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from asl.checking.dataflow.values import KnownList, Object, Scalar, Value, forced
from asl.definitions.model import JSONATA
from asl.services import integrations
from asl.services.resources import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definitions.model import State
    from asl.locations import Place
    from asl.services.models import ServiceShape
    from asl.services.resources import Resource

_DEEPEST: Final = 4
_WORDS: Final = {"list": "an array", "map": "an object", "structure": "an object"}
_ONE_VALUE: Final = frozenset({"boolean", "integer", "long", "double", "float"})


class HandedOn(NamedTuple):
    """A parameter of a service that is read from somewhere."""

    text: str
    place: Place
    key: str
    """As it is written, with `.$`."""
    shape: ServiceShape
    kind: str
    """The integration's."""


def handed_on(state: State) -> Iterator[HandedOn]:
    """Yield the parameters that are read from somewhere, down to some depth, and that not any value would fit."""
    resource = parse(state.resource)
    if resource is None or not resource.is_integration:
        return
    if state.language == JSONATA:
        read = _read_in_jsonata(state.value.get("Arguments"), (None, "Arguments"))
    else:
        read = _read_in_paths(state)
    for text, place, key in read:
        shape = _shape_at(resource, tuple(_steps(place)), key)
        if shape is not None:
            yield HandedOn(text, (place, key), key, shape, resource.kind)


def _read_in_paths(state: State) -> Iterator[tuple[str, Place, str]]:
    for place, key, text, _ in state.template("Parameters").dynamic:
        if isinstance(text, str):
            yield text, place, key


def _read_in_jsonata(value: object, place: Place) -> Iterator[tuple[str, Place, str]]:
    for key, item in value.items() if isinstance(value, dict) else ():
        if isinstance(item, str) and item.startswith("{%"):
            yield item, place, key
        else:
            yield from _read_in_jsonata(item, (place, key))


def _steps(place: Place) -> list[str | int]:
    """Return the steps of a place below the field of the state in which it lies."""
    steps: list[str | int] = []
    while place is not None and place[0] is not None:
        place, step = place
        steps.append(step)
    steps.reverse()
    return steps


@lru_cache(maxsize=4096)
def _shape_at(resource: Resource, around: tuple[str | int, ...], key: str) -> ServiceShape | None:
    """Return what a service takes in a field, None where that is not known or any value would do."""
    found = integrations.find(resource)
    shape = None if found is None else found.input
    if len(around) > _DEEPEST:
        return None
    for step in (*around, key.removesuffix(".$")):
        if shape is None or not isinstance(step, str):
            return None
        if shape.kind == "structure":
            member = integrations.fields(shape, resource.kind).get(step)
            shape = None if member is None else member.shape
        else:
            shape = shape.element if shape.kind == "map" else None
    return shape if shape is not None and (shape.kind in _WORDS or shape.kind in _ONE_VALUE) else None


def misfit(shape: ServiceShape, value: Value, kind: str, level: int = 0) -> str | None:
    """Return what a service takes in place of a value of which something is known; None where nothing is wrong
    with it."""
    value = forced(value)
    if isinstance(value, Scalar):
        if value.kind == "null" or (value.constant and "${" in str(value.constant[0])):
            return None
        if shape.name == "AttributeValue" and kind == "optimised" and value.kind == "string":
            return None
        return _WORDS.get(shape.kind)
    if isinstance(value, KnownList):
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
