"""Tests of what lies at a reference: whether anything does, and of which type it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.errors import DefinitionError
from dsl.values.conditions import Condition, TypeTest
from dsl.values.references import Reference

if TYPE_CHECKING:
    from dsl.values.expressions import ReferencePath


def is_present(value: Reference) -> Condition:
    """Whether anything lies at the path, `null` included."""
    return TypeTest(_place(value), "IsPresent")


def is_null(value: Reference) -> Condition:
    """Whether the value is `null`."""
    return TypeTest(_place(value), "IsNull")


def is_string(value: Reference) -> Condition:
    """Whether the value is a string."""
    return TypeTest(_place(value), "IsString")


def is_number(value: Reference) -> Condition:
    """Whether the value is a number."""
    return TypeTest(_place(value), "IsNumeric")


def is_boolean(value: Reference) -> Condition:
    """Whether the value is a boolean."""
    return TypeTest(_place(value), "IsBoolean")


def is_timestamp(value: Reference) -> Condition:
    """Whether the value is a string in the States Language's timestamp form."""
    return TypeTest(_place(value), "IsTimestamp")


def _place(value: Reference) -> ReferencePath:
    """Where the value is that is tested.

    Raises:
        DefinitionError: it is no reference.
    """
    if not isinstance(value, Reference):
        raise DefinitionError(f"{value!r} is no reference; test a field of a view, a result or a slot")
    return value._path
