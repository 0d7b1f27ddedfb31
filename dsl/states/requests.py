"""Whether parameters are those that an API takes, by AWS's own description of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from asl.services.integrations import fields
from asl.words import did_you_mean
from dsl.values.expressions import Expression
from dsl.values.payloads import is_list
from dsl.values.references import Reference

if TYPE_CHECKING:
    from asl.services.models import ServiceShape
    from dsl.values.payloads import Payload
    from dsl.values.responses import Kind

_NUMBERS: Final = ("double", "float", "integer", "long")

_TAKEN: Final[Mapping[str, tuple[str, ...]]] = {
    "string": ("string", "timestamp", "object", "list", "string set"),  # an object is written as JSON text
    "blob": ("string", "object", "list"),
    "timestamp": ("string", "timestamp", "number"),
    "boolean": ("boolean",),
    **dict.fromkeys(_NUMBERS, ("number",)),
    "list": ("list", "string set"),
    "map": ("object",),
    "structure": ("object",),
}
"""Which kinds of references may stand for which kinds of the models."""


def present(parameters: Mapping[str, Payload]) -> dict[str, Payload]:
    """Return the parameters without those that are None: an option that was not given."""
    return {name: value for name, value in parameters.items() if value is not None}


def fault_of(shape: ServiceShape, value: Mapping[str, Payload], naming: Kind, at: str = "") -> str | None:
    """Return what keeps the value from being of the shape, to be read after the action's name; None for nothing."""
    members = fields(shape, naming)
    for name, item in value.items():
        if name not in members:
            return f"takes no parameter {at + name!r}{did_you_mean(name, members)}"
        fault = _misfit(members[name].shape, item, naming, at + name)
        if fault:
            return fault
    missing = [name for name, member in members.items() if member.required and name not in value]
    return f"needs {', '.join(at + name for name in missing)}" if missing else None


def _misfit(shape: ServiceShape, value: Payload, naming: Kind, at: str) -> str | None:
    if _unfit(shape, value):
        hint = ""
        if isinstance(value, Reference) and shape.kind == "string":
            hint = "; format_string('{}', value) makes text of it"
        if isinstance(value, Reference) and shape.kind in _NUMBERS and value._kind == "string":
            hint = "; string_to_json(value) makes a number of digits"
        article = "an" if shape.kind[0] in "aeiou" else "a"
        return f"takes {article} {shape.kind} as {at!r}, not {value!r}{hint}"
    if isinstance(value, Mapping) and shape.kind == "structure":
        return fault_of(shape, value, naming, f"{at}.")
    if shape.kind == "list" and is_list(value):
        faults = (_misfit(shape.element, item, naming, f"{at}[{index}]") for index, item in enumerate(value))
        return next(filter(None, faults), None)
    return None


def _unfit(shape: ServiceShape, value: Payload) -> bool:
    if isinstance(value, Reference):
        taken = _TAKEN.get(shape.kind)
        return taken is not None and value._kind != "value" and value._kind not in taken
    if isinstance(value, Expression):
        return False
    if shape.kind == "list":
        return not is_list(value)
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str, Mapping),  # JSON in a string parameter: Step Functions writes an object as text
        "boolean": (bool, str),
        "integer": (int, str),
        "long": (int, str),
        "map": (Mapping,),
        "structure": (Mapping,),
    }
    allowed = kinds.get(shape.kind)
    if allowed is None:
        return False
    return not isinstance(value, allowed) or (isinstance(value, bool) and shape.kind != "boolean")
