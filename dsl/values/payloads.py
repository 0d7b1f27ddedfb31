"""Payload templates: JSON in which references and calls may stand wherever a value may.

The States Language marks a field whose value is computed by a name that ends in `.$`. Authors of payloads never
write that suffix; rendering adds it where an expression stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Final, TypeAlias, TypeGuard, Union

from dsl.errors import DefinitionError
from dsl.intrinsics import array
from dsl.values.expressions import Expression, Json, JsonObject, check_text
from dsl.values.references import Shape, fields

if TYPE_CHECKING:
    from dsl.intrinsics import Argument
    from dsl.values.expressions import Locate, ReferencePath

Payload: TypeAlias = Union[
    bool, int, float, str, Expression, "Sequence[Payload]", "Mapping[str, Payload]", None
]
"""A JSON value that may hold expressions at any depth."""


def render(payload: Mapping[str, Payload], locate: Locate = str) -> JsonObject:
    """Return the payload as a template of the States Language; `locate` writes the paths in it.

    Raises:
        DefinitionError: a field's name ends in `.$`, or something is no JSON value.
    """
    rendered: JsonObject = {}
    for key, value in payload.items():
        if not isinstance(key, str):
            raise DefinitionError(f"the field {key!r}: a field's name is a string")
        if key[-2:] == ".$":
            raise DefinitionError(
                f"the field {key!r}: name it without '.$' and give it a reference as its value"
            )
        if type(value) is str:
            check_text(value)
            rendered[key] = value  # what most fields are
        elif type(value) is dict:
            rendered[key] = render(value, locate)
        elif isinstance(value, Expression):
            parts = declared_fields(value)
            if parts is None:
                rendered[f"{key}.$"] = value._json()._asl(locate)
            else:
                rendered[key] = render(parts, locate)
        elif is_list(value) and any(map(_computed, value)):
            rendered[f"{key}.$"] = _array(key, value)._asl(locate)
        else:
            rendered[key] = _literal(key, value, locate)
    return rendered


def declared_fields(value: object) -> Mapping[str, Payload] | None:
    """Return the fields of a view of all the data, which is handed on field by field; None for anything else.

    So whatever other states have put into the data stays where it is. With a field that may be missing it cannot be
    done: a path to nothing fails the execution.
    """
    if not isinstance(value, Shape) or value._path.steps or value._path.root != "$":
        return None
    known = fields(type(value))
    if not known or any(declared.optional for declared in known.values()):
        return None
    return {name: value._child(name, declared) for name, declared in known.items()}


_NO_LISTS: Final = (str, dict, int, float, type(None), Expression)
"""What most values are: asking an abstract class is slow."""


def is_list(value: object) -> TypeGuard[Sequence[Payload]]:
    """Whether the value is what JSON calls an array."""
    if isinstance(value, _NO_LISTS):
        return False
    return isinstance(value, list | tuple) or (
        isinstance(value, Sequence) and not isinstance(value, bytes | bytearray)
    )


def is_object(value: object) -> TypeGuard[Mapping[str, Payload]]:
    """Whether the value is what JSON calls an object."""
    return isinstance(value, dict) or (not isinstance(value, _NO_LISTS) and isinstance(value, Mapping))


def _computed(item: object) -> bool:
    return isinstance(item, Expression) or (is_list(item) and any(_computed(part) for part in item))


def _array(key: str, items: Sequence[Payload]) -> Expression:
    """Return a list with computed items has no `.$` of its own for each: it is built by States.Array."""
    arguments: list[Argument] = []
    for item in items:
        if isinstance(item, Expression):
            arguments.append(item)
        elif is_list(item):
            arguments.append(_array(key, item))
        elif isinstance(item, Mapping):
            raise DefinitionError(
                f"the field {key!r}: a list cannot mix references with objects; put the references into the objects"
            )
        else:
            arguments.append(item)  # type: ignore[arg-type]
    return array(*arguments)


def _literal(key: str, value: Payload, locate: Locate) -> Json:
    if isinstance(value, str):
        check_text(value)
        return str.__str__(value)  # of an enumeration's member too, whose str() is its name
    if value is None or isinstance(value, bool | int):
        return value
    if is_object(value):
        return render(value, locate)
    if isinstance(value, float) and isfinite(value):
        return value
    if is_list(value):
        return [_literal(key, item, locate) for item in value]
    raise DefinitionError(f"the field {key!r}: {value!r} is neither JSON nor a reference")


def expressions(payload: Payload) -> list[Expression]:
    """Return every expression in a payload, in the order in which it is written."""
    found: list[Expression] = []
    _gather(payload, found)
    return found


def _gather(value: Payload, found: list[Expression]) -> None:
    if isinstance(value, Expression):
        parts = declared_fields(value)
        if parts is None:
            found.append(value)
        else:
            _gather(parts, found)
    elif is_object(value):
        for item in value.values():
            if type(item) is not str:
                _gather(item, found)
    elif is_list(value):
        for item in value:
            _gather(item, found)


def paths(payload: Payload) -> Iterator[ReferencePath]:
    """Every path that rendering and running the payload reads."""
    for expression in expressions(payload):
        yield from expression._paths()
