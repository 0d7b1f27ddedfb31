"""Where the values of a parsed document are written, and how a diagnostic's location leads there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from asl.reading.texts import Span, Text, token

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterator

_INDEX = re.compile(r"\[(\d{1,9})\]")

Fields = dict[str, tuple[int, int]]
"""For each key of an object the offsets of the key and of its value."""


MOST_CHARACTERS: Final = 4 * 1024 * 1024
"""For all state machines of a template together. AWS takes definitions, and templates, of up to 1 MiB each."""


class SpentError(Exception):
    """A template puts more into its definitions than is read."""


class Allowance:
    """The characters that may still be put into the definitions of a template."""

    def __init__(self) -> None:
        self._left = MOST_CHARACTERS

    def take(self, characters: int) -> None:
        """Use some of it, before they are put anywhere.

        Raises:
            SpentError: there are not so many left.
        """
        self._left -= characters
        if self._left < 0:
            raise SpentError


class Places:
    """The offsets of all keys and values of a document.

    Offsets are those of `text`, which may itself have been taken out of the file `file`; what is answered
    counts in the file. The document is kept, since its objects and arrays are known by identity. `string_origins`
    gives the origins of the characters of a string that begins at an offset of the file.
    """

    def __init__(self, text: Text, file: str, string_origins: Callable[[str, int], array[int]]) -> None:
        self.text = text
        self.file = file
        self.root: object = None
        self.start = 0
        self.objects: dict[int, Fields] = {}
        self.arrays: dict[int, array[int]] = {}
        self.unquoted: set[tuple[int, str | int]] = set()
        """Where a placeholder stands without quotes, which a deployment may replace by any JSON: the object or array,
        by identity, and the step."""
        self._string_origins = string_origins
        self.allowance = Allowance()
        """What may still be put into the document where it calls functions or uses names."""
        self._lengths: dict[int, list[int]] = {}
        """How long the keys of an object are, which was looked into."""

    def inside(self, value: object, start: int) -> Places:
        """Return the same places, with another value of the document as the root. `start` is its offset in `text`."""
        part = Places(self.text, self.file, self._string_origins)
        part.root, part.start = value, start
        part.objects, part.arrays, part.unquoted = self.objects, self.arrays, self.unquoted
        part.allowance = self.allowance
        return part

    def value_start(self, container: object, step: str | int) -> int:
        """Return the offset in `text` of a value, or of the document where it is not known."""
        if isinstance(step, int):
            starts = self.arrays.get(id(container), ())
            return starts[step] if step < len(starts) else self.start
        both = self.objects.get(id(container), {}).get(step)
        return self.start if both is None else both[1]

    def string(self, container: object, step: str | int, value: str) -> Text:
        """Return a string of the document as a text that knows where its characters are written."""
        origins = self._string_origins(value, self.text.origin(self.value_start(container, step)))
        return Text(value, origins)

    def span(self, container: object, step: str | int) -> Span:
        """Return the stretch of the file that stands for a step: the key of a field, the value of an item."""
        if isinstance(step, int):
            return self._token(self.value_start(container, step))
        both = self.objects.get(id(container), {}).get(step)
        return self._token(self.start if both is None else both[0])

    def _stretch(self, container: object, step: str | int, value: object) -> Span:
        """Return the key of a field, with its value if that is simple and in the same line."""
        span = self.span(container, step)
        if isinstance(step, int) or isinstance(value, dict | list):
            return span
        end = self._token(self.value_start(container, step)).end
        between = self.file[span.end : end] if end > span.end else "\n"
        return span if "\n" in between else Span(span.start, end)

    def whole(self) -> Span:
        """Return where the document begins."""
        return self._token(self.start)

    def find(self, location: str | None) -> tuple[Span, object]:
        """Return the stretch that a location such as `/States/Decide/Choices[0]/Next` means, and the value there.

        Where the document does not go that far, it is the nearest thing around that exists. A key may hold the
        signs that a location is made of, so every way of cutting the location is tried.
        """
        farthest, best = 0, (self.whole(), self.root)
        seen: set[tuple[int, int]] = set()

        def follow(container: object, location: str, start: int) -> bool:
            """Go on from a container; whether the whole location was followed."""
            nonlocal farthest, best
            for key, end in self._steps(container, location, start):
                value = _child(container, key)
                if end > farthest:
                    farthest, best = end, (self._stretch(container, key, value), value)
                if end == len(location):
                    return True
                if (id(value), end) not in seen:
                    seen.add((id(value), end))
                    if follow(value, location, end):
                        return True
            return False

        if location and location != "/":
            follow(self.root, location, 0)
        return best

    def _steps(self, value: object, location: str, start: int) -> Iterator[tuple[str | int, int]]:
        """Yield the keys or the index that may be meant from `start` on, the shortest first, each with its end."""
        if isinstance(value, list):
            index = _INDEX.match(location, start)
            if index is not None and int(index[1]) < len(value):
                yield int(index[1]), index.end()
        elif isinstance(value, dict) and location.startswith("/", start):
            if id(value) not in self._lengths:
                self._lengths[id(value)] = sorted({len(key) for key in value})
            for length in self._lengths[id(value)]:
                end = start + 1 + length
                if end > len(location):
                    break
                if (end == len(location) or location[end] in "/[") and location[start + 1 : end] in value:
                    yield location[start + 1 : end], end

    def _token(self, offset: int) -> Span:
        return token(self.file, self.text.origin(offset))


def _child(container: object, step: str | int) -> object:
    if isinstance(container, dict):
        return container[step]
    return container[step] if isinstance(container, list) and isinstance(step, int) else None
