"""Payload templates of JSONPath: what of them is evaluated, and what looks as if it were meant to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from asl.locations import Place

DYNAMIC_START: Final = frozenset("$S{ \t\r\n")
"""What a text begins with that is a path, a call or an expression, perhaps after blanks."""


class Dynamic(NamedTuple):
    """A field whose name ends in `.$`, so that its value is evaluated."""

    place: Place
    """The object that has the field, below the state."""
    key: str
    value: object
    doubled: bool
    """Whether the object has the field without `.$` too."""


class Plain(NamedTuple):
    """A text that is handed on as it is, and begins as one that is to be evaluated would."""

    place: Place
    key: str
    """The key under which it stands; empty in a list, and where the template itself is a text."""
    under: str
    """The key of the object or list in which it stands."""
    text: str


class Template:
    """A template, read once for all who ask what it evaluates."""

    __slots__ = ("dynamic", "plain")

    def __init__(self, value: object, place: Place) -> None:
        self.dynamic: list[Dynamic] = []
        self.plain: list[Plain] = []
        self._read(value, place, "")

    def _read(self, value: object, place: Place, under: str) -> None:
        nested: list[tuple[object, Place, str]] = []
        if type(value) is dict:
            for key, item in value.items():
                if key[-2:] == ".$":
                    self.dynamic.append(Dynamic(place, key, item, key[:-2] in value))
                    continue
                kind = type(item)
                if kind is str:
                    if item[:1] in DYNAMIC_START:
                        self.plain.append(Plain((place, key), key, under, item))
                elif kind is dict or kind is list:
                    nested.append((item, (place, key), key))
        elif type(value) is list:
            for i, item in enumerate(value):
                kind = type(item)
                if kind is str:
                    if item[:1] in DYNAMIC_START:
                        self.plain.append(Plain((place, i), "", under, item))
                elif kind is dict or kind is list:
                    nested.append((item, (place, i), under))
        for inner in nested:
            self._read(*inner)
