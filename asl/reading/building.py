"""Builds a document with the place of every key and value; the readers of JSON and of YAML feed it.

It holds what the two have in common: which object or array is open, where its entries are written, which key is
written twice, and how deep and how large a document may be.
"""

from __future__ import annotations

from array import array
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from asl.limits import DEEPEST, LARGEST, MOST_VALUES, TOO_DEEP_MESSAGE, TOO_MANY_MESSAGE
from asl.reading.faults import TOO_DEEP, TOO_LARGE, FileCode
from asl.reading.places import Fields, Places
from asl.reading.sources import FileFault, Tree, duplicate_key
from asl.reading.texts import Lines, Text, token

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_FAULTS: Final = 100

Container: TypeAlias = "dict[str, object] | list[object]"


class BrokenError(Exception):
    """The text cannot be read on from an offset."""

    def __init__(self, kind: FileCode, message: str, offset: int) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.offset = offset


class OpenContainer:
    """An object or array that is not closed yet."""

    __slots__ = ("fields", "items", "key", "key_places", "key_start", "start", "starts")

    def __init__(self, value: Container, start: int) -> None:
        self.start = start
        self.fields: dict[str, object] | None = value if isinstance(value, dict) else None
        self.items: list[object] = value if isinstance(value, list) else []
        self.key_places: Fields = {}
        self.starts = array("q")
        self.key: str | None = None
        """The key whose value comes next; None where a key is expected."""
        self.key_start = 0

    @property
    def value(self) -> Container:
        """The object or array itself."""
        return self.items if self.fields is None else self.fields

    @property
    def expects_key(self) -> bool:
        """Whether what comes next is a key."""
        return self.fields is not None and self.key is None


class Builder:
    """One document in the making. Offsets are those of `text`, which may have been taken out of the text `file`."""

    def __init__(self, text: Text, file: str, string_origins: Callable[[str, int], array[int]]) -> None:
        self.places = Places(text, file, string_origins)
        self.faults: list[FileFault] = []
        self.open: list[OpenContainer] = []
        self._size = 0
        self._count = 0

    @cached_property
    def lines(self) -> Lines:
        """The lines of the file."""
        return Lines(self.places.file)

    def begin(self, value: Container, start: int) -> OpenContainer:
        """Open an object or array; what is added from now on belongs to it.

        Raises:
            BrokenError: this is too deep.
        """
        if len(self.open) == DEEPEST:
            raise BrokenError(TOO_DEEP, TOO_DEEP_MESSAGE, start)
        frame = OpenContainer(value, start)
        self.open.append(frame)
        return frame

    def end(self) -> OpenContainer:
        """Close what was opened last. It still has to be added to what is around it."""
        frame = self.open.pop()
        if frame.fields is not None:
            self.places.objects[id(frame.fields)] = frame.key_places
        else:
            self.places.arrays[id(frame.items)] = frame.starts
        return frame

    def key(self, key: str, start: int) -> None:
        """Take the key of the next value of the object that is open."""
        frame = self.open[-1]
        frame.key, frame.key_start = key, start
        self._size += len(key) + 3

    def add(self, value: object, start: int) -> None:
        """Put a value where it belongs: it is an item, the value of a key, or the document.

        Raises:
            BrokenError: the document becomes too large.
        """
        self._size += len(value) + 3 if isinstance(value, str) else 2
        self._count += 1
        if self._size > LARGEST or self._count > MOST_VALUES:
            raise BrokenError(TOO_LARGE, self._too_large(), start)
        if not self.open:
            self.places.root, self.places.start = value, start
            return
        frame = self.open[-1]
        if frame.fields is None:
            frame.items.append(value)
            frame.starts.append(start)
            return
        key, frame.key = frame.key or "", None
        if key in frame.fields:
            self._duplicate(frame, key)
        frame.fields[key] = value
        frame.key_places[key] = frame.key_start, start

    def note_unquoted(self) -> None:
        """Note that the value that is added next is a placeholder without quotes."""
        if self.open:
            frame = self.open[-1]
            step = len(frame.items) if frame.fields is None else frame.key or ""
            self.places.unquoted.add((id(frame.value), step))

    def tell(self, fault: FileFault) -> None:
        """Keep what is wrong with the document though it can be read, unless there is very much of it."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(fault)

    def tree(self) -> Tree:
        """Return the document, complete."""
        return Tree(self.places.root, self.places, self.faults)

    def broken(self, kind: FileCode, message: str, offset: int) -> Tree:
        """No document, and why not. `offset` is one of the text."""
        places = self.places
        span = token(places.file, places.text.origin(offset))
        return Tree(None, places, [FileFault(kind, message, span)], broken=True)

    def _too_large(self) -> str:
        if self._count > MOST_VALUES:
            return TOO_MANY_MESSAGE
        return f"The definition has more than {LARGEST:,} characters without spaces, which is all that AWS takes."

    def _duplicate(self, frame: OpenContainer, key: str) -> None:
        if len(self.faults) == _MOST_FAULTS:
            return
        first = self.lines.position(self.places.text.origin(frame.key_places[key][0]))
        steps = []
        for outer in self.open:
            if outer.fields is None:
                steps.append(f"[{len(outer.items)}]")
            else:
                steps.append(f"/{key if outer is frame else outer.key}")
        span = token(self.places.file, self.places.text.origin(frame.key_start))
        self.tell(duplicate_key(key, first.line, span, steps))
