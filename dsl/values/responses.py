"""Responses of services: typed by AWS's own description of the API, and read like any other data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from asl.services.integrations import fields
from asl.words import did_you_mean, listed
from dsl.errors import DefinitionError
from dsl.values.references import Anything, Bool, Number, Reference, Str, Timestamp

if TYPE_CHECKING:
    from asl.services.models import ServiceShape
    from dsl.values.conditions import Condition
    from dsl.values.expressions import ReferencePath

Kind: TypeAlias = Literal["sdk", "optimised"]
"""How fields are named: as AWS's Java SDK does, or as the API itself."""


class ServiceResponse(Anything):
    """A part of an API's response: attributes and `[...]` go deeper, checked against the service's model.

    Texts, numbers, booleans and times compare as such. To a type checker all of it is a `ServiceResponse`, since only
    the model knows more.
    """

    __slots__ = ("_naming", "_shape")
    _kind = "object"

    def __init__(self, path: ReferencePath, shape: ServiceShape, naming: Kind = "sdk") -> None:
        super().__init__(path)
        self._shape = shape
        self._naming = naming

    def __getattr__(self, name: str) -> ServiceResponse:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, step: str | int) -> ServiceResponse:
        kind = self._shape.kind
        if isinstance(step, int):
            if kind not in ("list", "any"):
                raise DefinitionError(f"{self._path} is no list but a {kind}; it has no element {step}")
            inner = self._shape.element if kind == "list" else self._shape
            return _part(self._path.child(step, optional=kind == "list"), inner, self._naming)
        if kind == "map":
            return _part(self._path.child(step, optional=True), self._shape.element, self._naming)
        if kind == "any":
            return _part(self._path.child(step), self._shape, self._naming)
        if kind != "structure":
            raise DefinitionError(f"{self._path} is a {kind}, and has no field {step!r}")
        members = fields(self._shape, self._naming)
        if step not in members:
            raise DefinitionError(f"{self._path} has no field {step!r}{did_you_mean(step, members)}")
        member = members[step]
        return _part(self._path.child(step, optional=not member.required), member.shape, self._naming)

    def _compare(self, operator: str, other: object) -> Condition:
        if self._shape.kind == "any":
            return Anything(self._path)._compare(operator, other)
        raise self._incomparable()

    def _incomparable(self) -> DefinitionError:
        known = (
            listed(sorted(fields(self._shape, self._naming)), "or") if self._shape.kind == "structure" else ""
        )
        return DefinitionError(
            f"{self._path} is a {self._shape.kind}, which cannot be compared; compare what is in it"
            + (f": {known}" if known else "")
        )


_LEAVES: Final[dict[str, type[Reference]]] = {
    "string": Str,
    "blob": Str,
    "timestamp": Timestamp,
    "integer": Number,
    "long": Number,
    "float": Number,
    "double": Number,
    "boolean": Bool,
}


def _part(path: ReferencePath, shape: ServiceShape, naming: Kind) -> ServiceResponse:
    leaf = _LEAVES.get(shape.kind)
    if leaf is Str and shape.enum and shape.is_closed:
        return Str(path, shape.enum)  # type: ignore[return-value]  # as below
    if leaf is not None:
        return leaf(path)  # type: ignore[return-value]  # what is below a response depends on the model
    return ServiceResponse(path, shape, naming)
