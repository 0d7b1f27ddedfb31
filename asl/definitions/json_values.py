"""Whether what the checker was given is JSON at all.

`validate` is handed Python values, and Python has more than JSON has: keys that are no strings and dates, both of
which YAML makes, numbers that are none, objects that contain themselves. All that is settled here, in one walk, so
that whatever comes after can rely on plain JSON.
"""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from asl.locations import ROOT
from asl.words import number, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.locations import Location

MOST_VALUES: Final = 350_000
"""So many arrays and objects may a definition hold: more than a megabyte of text has, which is all that AWS takes."""

_LEAVES: Final = frozenset({str, int, bool, type(None)})
_ANYTHING: Final = "${Anything}"
"""What stands for a value that JSON does not have: a placeholder is in order everywhere, so no more is said of it."""


class Alien(NamedTuple):
    """Something that is not JSON: what is wrong with it, and where it lies."""

    message: str
    location: Location


def is_json(document: object) -> bool:
    """Whether a value is JSON through and through, of a reasonable size, every object with strings for keys."""
    waiting = [document]
    left = MOST_VALUES
    while waiting and left:
        left -= 1
        value = waiting.pop()
        if type(value) is dict:
            for key in value:
                if type(key) is not str:
                    return False
            waiting += [item for item in value.values() if type(item) not in _LEAVES]
        elif type(value) is list:
            waiting += [item for item in value if type(item) not in _LEAVES]
        elif type(value) not in _LEAVES and not (type(value) is float and math.isfinite(value)):
            return False
    return not waiting


def as_json(document: object) -> tuple[object, list[Alien]]:
    """A copy of a value as JSON would have it, and what JSON cannot have.

    A key becomes the text that `json.dumps` makes of it; a date, which YAML makes of text, becomes text again. Of a
    value that contains itself, or stands for too many others, there is no copy but null.
    """
    endless = _endless(document)
    if endless is not None:
        return None, [Alien(endless, ROOT)]
    found: list[Alien] = []
    holder: list[object] = [None]
    waiting: list[tuple[object, dict[str, object] | list[object], str | int, Location]] = []
    waiting.append((document, holder, 0, ROOT))
    while waiting:
        value, target, at, place = waiting.pop()
        made: object
        if isinstance(value, dict):
            fields: dict[str, object] = {}
            made = fields
            for key, item in value.items():
                name = _name(key)
                fields[name] = None
                waiting.append((item, fields, name, place / name))
        elif isinstance(value, list | tuple):
            elements: list[object] = [None] * len(value)
            made = elements
            waiting.extend((item, elements, i, place / i) for i, item in enumerate(value))
        else:
            made = _leaf(value, place, found)
        target[at] = made  # type: ignore[index]
    found.reverse()
    return holder[0], found


def _endless(document: object) -> str | None:
    """Why a value has no end, or none that anybody waits for; None where it has one.

    Every object is weighed once, however often it is met.
    """
    weights: dict[int, int] = {}
    """By identity; 0 of what is not weighed yet."""
    stack: list[tuple[object, Iterator[object]]] = [(None, iter([document]))]
    while stack:
        holder, inside = stack[-1]
        for item in inside:
            if not isinstance(item, dict | list | tuple):
                continue
            weight = weights.get(id(item))
            if weight is None:
                weights[id(item)] = 0
                stack.append((item, _elements(item)))
                break
            if not weight:
                return "The definition contains itself, so it has no end."
        else:
            stack.pop()
            weight = 1 + sum(weights.get(id(item), 0) for item in _elements(holder))
            if weight > MOST_VALUES:
                return f"The definition has more than {MOST_VALUES:,} arrays and objects."
            weights[id(holder)] = weight
    return None


def _elements(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        return iter(value.values())
    return iter(value) if isinstance(value, list | tuple) else iter(())


def _leaf(value: object, place: Location, found: list[Alien]) -> object:
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        found.append(Alien(f"JSON has no number {value}: write one that has an end, or a text.", place))
    elif isinstance(value, date):  # a moment is one too
        return value.isoformat()
    else:
        kind = type(value).__name__
        found.append(
            Alien(f"A value of Python's type {shorten(kind)} is no JSON: write what it stands for.", place)
        )
    return _ANYTHING


def _name(key: object) -> str:
    """The text of a key, as JSON has it."""
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, int):
        return number(key)
    return key.isoformat() if isinstance(key, date) else shorten(repr(key))
