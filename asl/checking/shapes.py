"""Which values break a schema, and how: one fault for one mistake, where the library reports each keyword."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from asl.checking.schemas import files, validator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asl.locations import Location

Kind = Literal[
    "type", "choice", "minimum", "maximum", "empty", "pattern", "required", "unknown", "excluded", "one of", "not both"
]  # fmt: skip

_KINDS: Final[dict[str, Kind]] = {
    "type": "type",
    "enum": "choice",
    "const": "choice",
    "minimum": "minimum",
    "maximum": "maximum",
    "minLength": "empty",
    "minItems": "empty",
    "pattern": "pattern",
    "required": "required",
    "additionalProperties": "unknown",
    "oneOf": "one of",
    "not": "not both",
}
"""What is wrong where a keyword does not hold."""
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class SchemaFault:
    """One way in which a value breaks a schema.

    `location` is the value at fault; for a missing, unknown, excluded or contradictory field the object that
    should or should not have it, with `names` telling which fields.
    """

    kind: Kind
    location: Location
    schema: Mapping[str, Any]
    """The schema that has the keyword."""
    title: str
    """What that schema asks for, in words; empty where it does not say."""
    value: object
    names: tuple[str, ...] = ()


def faults(file: str, pointer: str, value: object, location: Location) -> list[SchemaFault]:
    """List what is wrong with a value, at most about a hundred faults."""
    places: dict[tuple[str | int, ...], tuple[Location, object]] = {(): (location, value)}

    def place(path: tuple[str | int, ...]) -> tuple[Location, object]:
        if path not in places:
            around, container = place(path[:-1])
            places[path] = around / path[-1], container[path[-1]]  # type: ignore[index]
        return places[path]

    found: dict[tuple[object, ...], SchemaFault] = {}
    for error in islice(validator(file, pointer).iter_errors(value), _MOST):
        path = tuple(error.instance_path)
        keyword, schema, title = _broken(error.absolute_keyword_location or "")
        kind = _KINDS.get(keyword, "excluded")
        if kind == "excluded":
            path = path[:-1]
        where, here = place(path)
        for names in _names(kind, keyword, schema, here):
            found.setdefault(
                (path, id(schema), kind, names), SchemaFault(kind, where, schema, title, here, names)
            )
    return list(found.values())


@cache
def _broken(url: str) -> tuple[str, dict[str, Any], str]:
    """Return the keyword at a place in the schema files, the schema that has it, and what that is called.

    Of a field that must not be there, for which the schema is false, the keyword is the field's name.
    """
    file, _, pointer = url.rpartition("/schema/")[2].partition("#/")
    *steps, keyword = pointer.split("/")
    schema: Any = files()[file]
    title = schema["title"]
    for step in steps:
        schema = schema[int(step) if isinstance(schema, list) else step]
        inherited = title if step in ("then", "else") else ""
        title = schema.get("title", inherited) if isinstance(schema, dict) else ""
    return keyword, schema, title


def _names(kind: Kind, keyword: str, schema: Mapping[str, Any], value: object) -> Iterator[tuple[str, ...]]:
    """Yield the fields that a fault is about, none for a fault of the value; one by one those that are unknown."""
    if kind in ("type", "choice", "minimum", "maximum", "empty", "pattern"):
        yield ()
        return
    if not isinstance(value, dict):
        return  # that it is not an object is a fault of its own
    match kind:
        case "required":
            yield tuple(name for name in schema["required"] if name not in value)
        case "unknown":
            unknown = (name for name in value if name not in schema["properties"])
            yield from ((name,) for name in islice(unknown, _MOST))
        case "excluded":
            yield (keyword,)
        case "one of":
            allowed = one_of(schema)
            yield tuple(name for name in allowed if name in value) or allowed
        case _:
            yield tuple(schema["not"]["required"])


def one_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields of which exactly one is to be there (`oneOf` over single required fields)."""
    return tuple(each["required"][0] for each in schema["oneOf"])
