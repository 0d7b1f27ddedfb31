"""Holding a value to a shape: which fields are wrong, and how."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from asl.checking.schemas import Shape
    from asl.locations import Location

Kind = Literal[
    "type",
    "choice",
    "minimum",
    "maximum",
    "empty",
    "pattern",
    "required",
    "unknown",
    "excluded",
    "one of",
    "not both",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way in which a value breaks a shape.

    `location` is the value at fault; for a missing, unknown, excluded or contradictory field the object that
    should or should not have it, with `names` telling which fields.
    """

    kind: Kind
    location: Location
    shape: Shape
    value: object
    names: tuple[str, ...] = ()


def faults(shape: Shape, value: object, location: Location, stop: int = 100) -> list[Fault]:
    """List what is wrong with `value`, at most about `stop` faults. Takes no recursion, however deep the value."""
    found: list[Fault] = []
    waiting: list[tuple[Shape, object, Location]] = [(shape, value, location)]
    while waiting and len(found) < stop:
        shape, value, location = waiting.pop()
        kind = plain_fault(shape, value)
        if kind is not None:
            found.append(Fault(kind, location, shape, value))
            if kind == "type":
                continue
        if shape.every:
            waiting.extend((part, value, location) for part in shape.every)
        branch = shape.branch
        if branch is not None:
            chosen = branch.then if fits(branch.when, value) else branch.otherwise
            if chosen is not None:
                waiting.append((chosen, value, location))
        if isinstance(value, dict):
            _check_fields(shape, value, location, found)
            if shape.properties:
                _enter(shape.properties, value, location, found, waiting)
        elif shape.items is not None and isinstance(value, list):
            waiting.extend((shape.items, value[i], location / i) for i in range(len(value) - 1, -1, -1))
    return found


def _enter(
    properties: dict[str, Shape],
    value: dict[str, object],
    location: Location,
    found: list[Fault],
    waiting: list[tuple[Shape, object, Location]],
) -> None:
    """Check the simple fields of an object at once, and leave those with fields of their own for later."""
    deep: list[tuple[Shape, object, Location]] = []
    for name, item in value.items():
        child = properties.get(name)
        if child is None or child.never:
            continue
        if not child.flat:
            deep.append((child, item, location / name))
            continue
        part: Shape | None = child
        while part is not None:
            kind = plain_fault(part, item)
            if kind is not None:
                found.append(Fault(kind, location / name, part, item))
                break
            branch = part.branch
            part = None if branch is None else branch.then if fits(branch.when, item) else branch.otherwise
    deep.reverse()
    waiting += deep


def fits(shape: Shape, value: object) -> bool:
    """Whether `value` has the shape. For conditions, which look at one level of a value and never at its items."""
    if plain_fault(shape, value) is not None:
        return False
    if shape.refused is not None and fits(shape.refused, value):
        return False
    if isinstance(value, dict):
        if any(name not in value for name in shape.required):
            return False
        return all(fits(child, value[name]) for name, child in shape.properties.items() if name in value)
    return True


_MOST_UNKNOWN: Final = 100


def _check_fields(shape: Shape, value: dict[str, object], location: Location, found: list[Fault]) -> None:
    if not value.keys() >= shape.needed:
        missing = tuple(name for name in shape.required if name not in value)
        found.append(Fault("required", location, shape, value, missing))
    if shape.closed and not value.keys() <= shape.properties.keys():
        unknown = (name for name in value if name not in shape.properties)
        found.extend(
            Fault("unknown", location, shape, value, (name,)) for name in islice(unknown, _MOST_UNKNOWN)
        )
    if shape.excluded:
        found.extend(
            Fault("excluded", location, shape, value, (name,)) for name in shape.excluded if name in value
        )
    if shape.one_of and sum([name in shape.one_of for name in value]) != 1:
        present = tuple(name for name in shape.one_of if name in value)
        found.append(Fault("one of", location, shape, value, present or shape.one_of))
    if shape.refused is not None and fits(shape.refused, value):
        found.append(Fault("not both", location, shape, value, shape.refused.required))


def plain_fault(shape: Shape, value: object) -> Kind | None:
    """Return what is wrong with the value by itself, apart from its fields and items."""
    if shape.types and not _has_type(shape, value):
        return "type"
    if shape.enum and not any(same(value, allowed) for allowed in shape.enum):
        return "choice"
    if shape.constant and not same(value, shape.constant[0]):
        return "choice"
    if isinstance(value, str):
        if len(value) < shape.min_length:
            return "empty"
        if shape.pattern is not None and shape.pattern.search(value) is None:
            return "pattern"
    elif isinstance(value, list):
        if len(value) < shape.min_items:
            return "empty"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if shape.minimum is not None and value < shape.minimum:
            return "minimum"
        if shape.maximum is not None and value > shape.maximum:
            return "maximum"
    return None


def _has_type(shape: Shape, value: object) -> bool:
    if isinstance(value, bool):
        return "boolean" in shape.types
    if not isinstance(value, shape.classes):
        return False
    if isinstance(value, float):
        return "number" in shape.types or (math.isfinite(value) and value.is_integer())
    return True


def same(one: object, other: object) -> bool:
    """JSON equality of simple values: true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other
