"""Reading a value by a path, writing into it, and learning from a test that something is there or not."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from asl.checking.dataflow.values import (
    ABSENT,
    EMPTY,
    Entry,
    KnownList,
    Lazy,
    Maybe,
    Object,
    Scalar,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Steps: TypeAlias = "tuple[str | int, ...]"


class Presence(IntEnum):
    """Whether something is there."""

    SURE = 0
    UNSURE = 1
    """Nothing is known, or a service calls it optional."""
    ON_SOME_ROUTES = 2
    """There is a route on which it is certainly missing, and another on which it may be there."""
    NEVER = 3


_MOST_FIRST: Final = 64
"""So many elements of an array of no known length are kept apart."""

_SURE: Final = Presence.SURE
_UNSURE: Final = Presence.UNSURE
_ON_SOME_ROUTES: Final = Presence.ON_SOME_ROUTES
_NEVER: Final = Presence.NEVER


def look(value: Value, steps: Steps) -> tuple[Presence, Value, int]:
    """Follow a path: whether it leads anywhere, the value there, and how many steps were taken.

    Where a step leads nowhere, or is missing on some routes, the count is the index of the first such step;
    where it never leads anywhere, the value is the one that has no such part.
    """
    presence = _SURE
    at = len(steps)
    for i, step in enumerate(steps):
        if type(value) is Lazy:
            value = value.force()
        if type(value) is Object:
            if type(step) is not str:
                if value.solid:
                    return _NEVER, value, i
                value = Unknown()
                if presence is _SURE:
                    presence = _UNSURE
                continue
            fields = value.fields
            entry = fields.get(step) if type(fields) is dict else value.get(step)
            if entry is None:
                if value.rest is None:
                    return _NEVER, value, i
                value = value.other(step)
                if presence is _SURE:
                    presence = _UNSURE
            elif entry is ABSENT:
                return _NEVER, value, i
            elif type(entry) is Maybe:
                value = entry.value
                if not entry.by_route:
                    if presence is _SURE:
                        presence = _UNSURE
                elif presence is not _ON_SOME_ROUTES:
                    presence, at = _ON_SOME_ROUTES, i
            else:
                value = entry  # type: ignore[assignment]
        elif type(value) is Unknown:
            value = value.child(step)
            if presence is _SURE:
                presence = _UNSURE
        elif type(value) is KnownList:
            if type(step) is str:
                return _NEVER, value, i
            if value.items is None:
                if 0 <= step < len(value.first):  # type: ignore[operator]
                    value = value.first[step]  # type: ignore[index]
                    continue
                value = value.element
                if type(value) is Unknown:
                    value = value.child(step)
                if presence is _SURE:
                    presence = _UNSURE
            elif -len(value.items) <= step < len(value.items):  # type: ignore[operator]
                value = value.items[step]  # type: ignore[index]
            else:
                return _NEVER, value, i
        else:
            return _NEVER, value, i
    return presence, value, at


def write(value: Value, steps: Steps, new: Value) -> Value:
    """Put a value where a reference path leads, and make the objects on the way to it."""
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if type(value) is Lazy:
        value = value.force()
    if type(step) is not str:
        return _write_element(value, step, rest, new)  # type: ignore[arg-type]
    if type(value) is Unknown:
        return Object({step: write(value.child(step), rest, new)}, value)
    if (
        type(value) is not Object
    ):  # the write fails when it runs; what is known afterwards is only what it wrote
        return Object({step: write(EMPTY, rest, new)}, Unknown())
    if not rest:
        return value.put(step, new)
    entry = value.entry(step)
    if entry is ABSENT:
        return value.put(step, write(EMPTY, rest, new))
    inner: Value = Unknown() if type(entry) is Maybe else entry  # type: ignore[assignment]
    return value.put(step, write(inner, rest, new))


def _write_element(value: Value, index: int, rest: Steps, new: Value) -> Value:
    if type(value) is KnownList and value.items is not None and 0 <= index < len(value.items):
        items = list(value.items)
        items[index] = write(items[index], rest, new)
        return KnownList(tuple(items))
    return KnownList(None, Unknown()) if type(value) is KnownList else Unknown()


def with_present(value: Value, steps: Steps) -> Value | None:
    """Return what is known once the path is known to lead somewhere; None where it cannot."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if type(value) is Lazy:
        value = value.force()
    if type(value) is Unknown:
        if type(step) is not str:
            return _present_element(KnownList(None, value), step, rest)
        inner = with_present(value.child(step), rest)
        return None if inner is None else Object({step: inner}, value)
    if type(value) is KnownList:
        return _present_element(value, step, rest)
    if type(value) is not Object:
        return None
    if type(step) is not str:
        return None if value.solid else value
    entry = value.entry(step)
    if entry is ABSENT:
        return None
    held: Value = entry.value if type(entry) is Maybe else entry  # type: ignore[assignment]
    inner = with_present(held, rest)
    if inner is None:
        return None
    return value if inner is entry else value.put(step, inner)


def _present_element(value: KnownList, step: str | int, rest: Steps) -> Value | None:
    if type(step) is str:
        return None
    if value.items is None:
        return _present_among(value, step, rest)  # type: ignore[arg-type]
    if not -len(value.items) <= step < len(value.items):  # type: ignore[operator]
        return None
    items = list(value.items)
    inner = with_present(items[step], rest)  # type: ignore[index]
    if inner is None:
        return None
    items[step] = inner  # type: ignore[index]
    return KnownList(tuple(items))


def _present_among(value: KnownList, index: int, rest: Steps) -> Value | None:
    """Return what is known of an array of no known length once it is known to have an element, and something in
    that."""
    if not 0 <= index < _MOST_FIRST:
        return value
    element = value.element
    more = range(len(value.first), index + 1)
    first = [*value.first, *(element.child(i) if type(element) is Unknown else element for i in more)]
    inner = with_present(first[index], rest)
    if inner is None:
        return None
    if inner is first[index] and not more:
        return value
    first[index] = inner
    return KnownList(None, element, tuple(first))


def with_absent(value: Value, steps: Steps) -> Value | None:
    """Return what is known once the path is known to lead nowhere; None where it certainly leads somewhere."""
    if not steps:
        return None
    step, rest = steps[0], steps[1:]
    if type(value) is Lazy:
        value = value.force()
    if type(value) is KnownList and type(step) is int:
        inside = (
            0 <= step < len(value.first)
            if value.items is None
            else -len(value.items) <= step < len(value.items)
        )
        return None if inside and not rest else value
    if type(step) is not str or type(value) in (KnownList, Scalar):
        return value
    if type(value) is Unknown:
        found: Entry = ABSENT
        if rest:
            inner = with_absent(value.child(step), rest)
            found = ABSENT if inner is None else Maybe(inner)
        return Object({step: found}, value, solid=False)
    if type(value) is not Object:
        return value
    entry = value.entry(step)
    if entry is ABSENT:
        return value
    if type(entry) is Maybe:
        inner = with_absent(entry.value, rest)
        changed: Entry = ABSENT if inner is None else Maybe(inner, entry.by_route)
    else:
        inner = with_absent(entry, rest)  # type: ignore[arg-type]
        if inner is None:
            return None
        changed = inner
    put = value.put(step, changed)
    put.solid = value.solid
    return put


def refined(value: Value, steps: Sequence[str | int], new: Value) -> Value:
    """Replace what a path leads to by something that says more; a path through an array is left alone."""
    if any(type(step) is not str for step in steps):
        return value
    return write(value, tuple(steps), new)
