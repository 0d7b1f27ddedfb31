"""Whether values can be what the fields of a shape declare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args, get_origin

from asl.words import did_you_mean
from dsl.values.expressions import Expression
from dsl.values.payloads import is_list
from dsl.values.placeholders import Placeholder
from dsl.values.references import (
    Anything,
    Array,
    Bool,
    Integer,
    Number,
    Reference,
    Shape,
    Str,
    Timestamp,
    fields,
)

if TYPE_CHECKING:
    from dsl.values.payloads import Payload

_WORDS: tuple[tuple[type[Reference], str, tuple[type, ...]], ...] = (
    (Str, "a string", (str,)),
    (Timestamp, "a timestamp", (str,)),
    (Integer, "a whole number", (int, Placeholder)),
    (Number, "a number", (int, float, Placeholder)),
    (Bool, "a boolean", (bool,)),
)


def fault_of(shape: type[Shape], values: Mapping[str, Payload], at: str = "") -> str | None:
    """Return what keeps the values from being the shape's fields, to be read after its name; None for nothing.

    Of a reference its declared kind is compared. What a function call gives is not known here, and neither is a
    value of kind `Anything`.
    """
    declared = fields(shape)
    for name, value in values.items():
        if name not in declared:
            return f"has no field {at + name!r}{did_you_mean(name, declared)}"
        choices = declared[name].values
        if choices and not isinstance(value, Expression | Placeholder) and value not in choices:
            return f"takes {' or '.join(choices)} as {at + name}, not {value!r}"
        fault = _misfit(declared[name].annotation, value, at + name)
        if fault:
            return fault
    missing = [at + name for name, found in declared.items() if not found.optional and name not in values]
    return f"needs {', '.join(missing)}" if missing else None


def _misfit(annotation: object, value: Payload, at: str) -> str | None:
    element = get_args(annotation)[0] if get_origin(annotation) is Array else None
    kind = Array if element is not None else annotation
    if not isinstance(kind, type):
        return None
    if isinstance(value, Expression):
        return None if _same_kind(kind, value) else f"takes {_word(kind)} as {at}, not {value!r}"
    if issubclass(kind, Array):
        if not is_list(value):
            return f"takes a list as {at}, not {value!r}"
        faults = (_misfit(element, item, f"{at}[{index}]") for index, item in enumerate(value))
        return next(filter(None, faults), None)
    if issubclass(kind, Shape):
        if not isinstance(value, Mapping):
            return f"takes an object as {at}, not {value!r}"
        return fault_of(kind, value, f"{at}.")
    for known, word, types in _WORDS:
        if issubclass(kind, known):
            fits = isinstance(value, types) and (known is Bool or not isinstance(value, bool))
            return None if fits else f"takes {word} as {at}, not {value!r}"
    return None


def kind_fault(kind: type[Reference], value: Payload) -> str | None:
    """Return what keeps a value from being of a kind; None for nothing."""
    if isinstance(value, Mapping) and issubclass(kind, Shape):
        fault = fault_of(kind, value)
        return None if fault is None else f"{kind.__name__} {fault}"
    return f"{value!r} is none" if _misfit(kind, value, "") else None


def _same_kind(kind: type, value: Expression) -> bool:
    if kind is Anything or not issubclass(kind, Reference):
        return True
    if isinstance(value, Anything) or not isinstance(value, Reference):
        return True
    # A field that is declared as a string takes a time too.
    return value._kind == kind._kind or (value._kind, kind._kind) == ("timestamp", "string")


def _word(kind: type[Reference]) -> str:
    named = f"an {kind._kind}" if kind._kind[0] in "aeiou" else f"a {kind._kind}"
    return next((word for known, word, _ in _WORDS if issubclass(kind, known)), named)
