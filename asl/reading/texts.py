"""Texts that know where they were written: offsets, lines, columns.

An offset counts characters from the start of a file's text. A text that was taken out of a file, such as the
definition inside a string of a template, keeps the offset of each of its characters.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Span(NamedTuple):
    """A stretch of a file's text, by offsets; `end` is the first character behind it."""

    start: int
    end: int


class Position(NamedTuple):
    """A place in a file as people count: lines and columns begin with 1, a column is a character."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class Lines:
    """Where the lines of a text begin."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\r\n|\r|\n", self._text))]

    def position(self, offset: int) -> Position:
        """Return the line and column of an offset; one past the end of the text counts as its end."""
        offset = max(0, min(offset, len(self._text)))
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def around(self, place: Position, most: int = 400) -> tuple[str, int]:
        """Return the line of a place, and how many of its characters are left out before; of a long line, only a
        part."""
        begin = self._starts[place.line - 1]
        end = self._starts[place.line] if place.line < len(self._starts) else len(self._text)
        cut = max(0, place.column - 1 - most // 2)
        return self._text[begin + cut : min(end, begin + cut + most)].rstrip("\r\n"), cut


@dataclass(frozen=True, slots=True)
class Text:
    """A text and, for each of its characters, the offset in the file that it was written at.

    Without `origins` it is the whole text of the file.
    """

    value: str
    origins: array[int] | None = None

    def origin(self, offset: int) -> int:
        """Return the offset in the file of the character at `offset`; behind the end, that of the last one."""
        if self.origins is None:
            return offset
        return self.origins[min(offset, len(self.origins) - 1)] if self.origins else 0

    @classmethod
    def at(cls, value: str, start: int) -> Text:
        """Return a text of which only the start is known: all its characters are said to be there."""
        return cls(value, array("q", [start]) * len(value))

    @classmethod
    def joined(cls, parts: Iterable[Text]) -> Text:
        """Return the parts one after another. All of them need origins."""
        values: list[str] = []
        origins = array("q")
        for part in parts:
            values.append(part.value)
            origins.extend(part.origins if part.origins is not None else range(len(part.value)))
        return cls("".join(values), origins)

    def replaced(self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]) -> Text:
        """Return a copy in which every match has another text, which is said to be written where the match begins."""
        parts: list[Text] = []
        done = 0
        for found in pattern.finditer(self.value):
            parts.append(self._cut(done, found.start()))
            parts.append(Text.at(replacement(found), self.origin(found.start())))
            done = found.end()
        if not parts:
            return self
        return Text.joined([*parts, self._cut(done, len(self.value))])

    def _cut(self, start: int, end: int) -> Text:
        origins = self.origins[start:end] if self.origins is not None else array("q", range(start, end))
        return Text(self.value[start:end], origins)


_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*+"|\'(?:[^\'\n]|\'\')*+\'|\\"(?:[^"\\\n]|\\\\.)*+\\"')
_BARE = re.compile(r"[^\s,:\[\]{}#]")
_END_OF_BARE = re.compile(r"[\n\r,\[\]{}]|:(?=\s|\Z)|\s#")


def token(text: str, start: int) -> Span:
    """Return the token that begins at an offset, in JSON or YAML: a string with its quotes, a plain word, one
    bracket."""
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        return Span(start, quoted.end())
    if _BARE.match(text, start) is None:
        return Span(start, min(start + 1, len(text)))
    stop = _END_OF_BARE.search(text, start + 1)
    return Span(start, start + len(text[start : stop.start() if stop is not None else None].rstrip()))
