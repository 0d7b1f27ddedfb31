"""Whether what the checker was given is JSON at all.

`validate` is handed Python values, and Python has more than JSON has: keys that are no strings and dates, both of
which YAML makes, numbers that are none, objects that contain themselves. All that is settled here, in one walk, so
that whatever comes after can rely on plain JSON.
"""

from __future__ import annotations

import json
import math
from datetime import date
from itertools import compress, repeat
from operator import is_, is_not
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from asl.limits import (
    DEEPEST,
    LARGEST,
    MOST_VALUES,
    TOO_DEEP_CODE,
    TOO_DEEP_MESSAGE,
    TOO_LARGE_CODE,
    TOO_MANY_MESSAGE,
    too_large,
)
from asl.locations import ROOT
from asl.words import number, shorten

if TYPE_CHECKING:
    from asl.locations import Location

_TEXT: Final = repeat(str)
_ANYTHING: Final = "${Anything}"
"""What stands for a value that JSON does not have: a placeholder is in order everywhere, so no more is said of it."""
_LONGEST_ESCAPE: Final = 6
_MOST_BITS: Final = 4096
"""A larger number is taken as one of so many: Python refuses to write one of 4,300 digits, and libraries stumble."""


class Alien(NamedTuple):
    """Something that is not JSON: what is wrong with it, and where it lies."""

    message: str
    location: Location


class Outline(NamedTuple):
    """What one look at a document tells."""

    is_json: bool
    """Whether it is JSON through and through, every object with strings for keys."""
    refusal: tuple[str, str] | None
    """A code and a message, if the document is too deep or too large to be looked at any closer."""


def outline(document: object) -> Outline:
    """Look at a value level by level: is it JSON, and of a reasonable size?

    What is met twice counts twice, so a value that contains itself is too deep or too large.
    """
    is_json = True
    level = [document]
    left, size = MOST_VALUES, 0
    for _ in range(DEEPEST + 1):
        inside: list[object] = []
        keys: list[object] = []
        # Most values are texts, of which nothing but the length is asked: those are left to the libraries in C.
        kinds = [*map(type, level)]
        size += sum(map(len, compress(level, map(is_, kinds, _TEXT))))  # type: ignore[arg-type]
        for value in compress(level, map(is_not, kinds, _TEXT)):
            if isinstance(value, dict):
                is_json = is_json and type(value) is dict
                keys += value
                inside += value.values()
            elif isinstance(value, list | tuple):
                is_json = is_json and type(value) is list
                inside += value
            else:
                is_json = is_json and _is_leaf(value)
            if len(inside) > left:
                return Outline(is_json, (TOO_LARGE_CODE, TOO_MANY_MESSAGE))
        left -= len(inside)
        if not all(map(is_, map(type, keys), _TEXT)):
            is_json = False
            keys = [key for key in keys if isinstance(key, str)]
        size += sum(map(len, keys)) + 3 * len(keys) + 2 * len(level)  # type: ignore[arg-type]
        if not inside:
            break
        level = inside
    else:
        return Outline(is_json, (TOO_DEEP_CODE, TOO_DEEP_MESSAGE))
    if is_json and LARGEST // _LONGEST_ESCAPE < size < 2 * LARGEST:
        size = len(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
    return Outline(is_json, (TOO_LARGE_CODE, too_large(size)) if size > LARGEST else None)


def _is_leaf(value: object) -> bool:
    """Whether a value that is not text, array or object is JSON."""
    kind = type(value)
    if kind is int:
        return cast("int", value).bit_length() <= _MOST_BITS
    return kind is bool or value is None or (kind is float and math.isfinite(cast("float", value)))


def contains_itself(value: object) -> bool:
    """Whether a value has no end."""
    return _contains_itself(value, set(), set())


def _contains_itself(value: object, around: set[int], seen: set[int]) -> bool:
    if id(value) in around:
        return True
    if not isinstance(value, dict | list | tuple) or id(value) in seen or len(around) > DEEPEST:
        return False
    seen.add(id(value))
    around.add(id(value))
    inside = value.values() if isinstance(value, dict) else value
    found = any(_contains_itself(item, around, seen) for item in inside)
    around.discard(id(value))
    return found


def as_json(document: object) -> tuple[object, list[Alien]]:
    """Return a copy of a value that `outline` passed as JSON would have it, and what JSON cannot have.

    A key becomes the text that `json.dumps` makes of it; a date, which YAML makes of text, becomes text again.
    """
    found: list[Alien] = []
    return _copied(document, ROOT, found), found


def _copied(value: object, place: Location, found: list[Alien]) -> object:
    if isinstance(value, dict):
        named = ((_name(key), item) for key, item in value.items())
        return {name: _copied(item, place / name, found) for name, item in named}
    if isinstance(value, list | tuple):
        return [_copied(item, place / i, found) for i, item in enumerate(value)]
    return _leaf(value, place, found)


def _leaf(value: object, place: Location, found: list[Alien]) -> object:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return 1 << _MOST_BITS if value > 0 else -1 << _MOST_BITS
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
            Alien(f"A value of Python's type {shorten(kind)} is not JSON: write what it stands for.", place)
        )
    return _ANYTHING


def _name(key: object) -> str:
    """Return the text of a key, as JSON has it."""
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, int):
        return number(key)
    return key.isoformat() if isinstance(key, date) else shorten(repr(key))
