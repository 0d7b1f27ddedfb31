"""Tests of what lies at a reference: whether anything does, and of which type it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.values.conditions import Condition, Presence

if TYPE_CHECKING:
    from dsl.values.references import Reference


def is_present(value: Reference) -> Condition:
    """Whether anything lies at the path, `null` included."""
    return Presence(value._path, "IsPresent")


def is_null(value: Reference) -> Condition:
    """Whether the value is `null`."""
    return Presence(value._path, "IsNull")


def is_string(value: Reference) -> Condition:
    """Whether the value is a string."""
    return Presence(value._path, "IsString")


def is_number(value: Reference) -> Condition:
    """Whether the value is a number."""
    return Presence(value._path, "IsNumeric")


def is_boolean(value: Reference) -> Condition:
    """Whether the value is a boolean."""
    return Presence(value._path, "IsBoolean")


def is_timestamp(value: Reference) -> Condition:
    """Whether the value is a string in the States Language's timestamp form."""
    return Presence(value._path, "IsTimestamp")
