"""Reading calls of intrinsic functions: `States.Format('{} of {}', $.done, States.ArrayLength($.all))`.

Written from the specification's section on intrinsic functions and the developer guide's page about them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from asl.expressions.jsonpath import Path, PathFault, read_path
from asl.words import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 50
"""Calls nested deeper than this are not read; the service stops at ten functions in one field."""


@dataclass(frozen=True, slots=True)
class StringArgument:
    """A string in quotes. `raw` is as it is written, with its escapes."""

    raw: str

    @property
    def value(self) -> str:
        """What it stands for: `\\'`, `\\{`, `\\}` and `\\\\` without their backslash."""
        return _ESCAPE.sub(r"\1", self.raw)

    @property
    def slots(self) -> int | None:
        """How many `{}` there are to fill in; None where a brace stands alone, which `States.Format` refuses."""
        rest = _ESCAPE.sub("", self.raw)
        return None if re.search(r"[{}]", rest.replace("{}", "")) else rest.count("{}")


@dataclass(frozen=True, slots=True)
class NumberArgument:
    """A number as it is written."""

    raw: str

    @property
    def whole(self) -> int | None:
        """Its value, None where it has a fraction or an exponent."""
        return int(self.raw) if re.fullmatch(r"-?\d{1,15}", self.raw) else None


@dataclass(frozen=True, slots=True)
class ConstantArgument:
    """`true`, `false` or `null`."""

    raw: str


@dataclass(frozen=True, slots=True)
class ParsedCall:
    """A function with its arguments. `name` is without `States.`."""

    name: str
    arguments: tuple[Argument, ...]

    def every(self) -> Iterator[Argument]:
        """Itself and all arguments, however deep, in the order in which they are written."""
        yield self
        for argument in self.arguments:
            if isinstance(argument, ParsedCall):
                yield from argument.every()
            else:
                yield argument


Argument = ParsedCall | Path | StringArgument | NumberArgument | ConstantArgument


class CallFault(NamedTuple):
    """Why a text is no call, as the end of a sentence."""

    reason: str


_ESCAPE = re.compile(r"\\([\\'{}])")
_NAME = re.compile(r"States\.(\w+)\s*\(")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_CONSTANT = re.compile(r"(?:true|false|null)\b")
_BLANK = re.compile(r"\s*")


@lru_cache(maxsize=16_384)
def read_call(text: str) -> ParsedCall | CallFault:
    """Take a call apart. A text that is none gives the reason; nothing is raised."""
    reader = _CallParser(text)
    try:
        call = reader.call(0)
        reader.blank()
    except _StopError as stopped:
        return CallFault(str(stopped))
    if reader.at < len(text):
        return CallFault(f"something follows its last bracket: {shorten(text[reader.at :])}")
    return call


class Parts(NamedTuple):
    """What a text holds, flat: all its calls, and all paths that they are given."""

    calls: tuple[ParsedCall, ...]
    paths: tuple[Path, ...]


@lru_cache(maxsize=16_384)
def parts_of(text: str) -> Parts | CallFault:
    """Take a call apart as `read_call` does, and list what is in it."""
    call = read_call(text)
    if isinstance(call, CallFault):
        return call
    parts = list(call.every())
    return Parts(
        tuple(part for part in parts if isinstance(part, ParsedCall)),
        tuple(part for part in parts if isinstance(part, Path)),
    )


class _StopError(Exception):
    pass


class _CallParser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def blank(self) -> None:
        matched = _BLANK.match(self.text, self.at)
        self.at = matched.end() if matched else self.at

    def call(self, depth: int) -> ParsedCall:
        if depth > DEEPEST:
            raise _StopError("functions are nested too deep")
        self.blank()
        matched = _NAME.match(self.text, self.at)
        if matched is None:
            raise _StopError("a function is written States.Name(...)")
        self.at = matched.end()
        arguments: list[Argument] = []
        self.blank()
        if self._next() == ")":
            self.at += 1
            return ParsedCall(matched[1], ())
        while True:
            arguments.append(self._argument(depth))
            self.blank()
            following = self._next()
            if following not in (",", ")"):
                if not following:
                    raise _StopError(f"the bracket of States.{matched[1]} is never closed")
                raise _StopError(f"between arguments stands a comma, not {following}")
            self.at += 1
            if following == ")":
                return ParsedCall(matched[1], tuple(arguments))

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _argument(self, depth: int) -> Argument:
        self.blank()
        first = self._next()
        if first == "'":
            return self._quoted()
        if first == "$":
            return self._path()
        if self.text.startswith("States.", self.at):
            return self.call(depth + 1)
        for pattern, make in ((_NUMBER, NumberArgument), (_CONSTANT, ConstantArgument)):
            matched = pattern.match(self.text, self.at)
            if matched is not None:
                self.at = matched.end()
                return make(matched[0])
        if first == '"':
            raise _StopError("a string stands in single quotes, '...', not in double ones")
        if first in ("", ",", ")"):
            raise _StopError("an argument is missing")
        written = re.split(r"[,)]", self.text[self.at :], maxsplit=1)[0]
        raise _StopError(f"{shorten(written)} is not a path, string, number or function")

    def _quoted(self) -> StringArgument:
        start = self.at + 1
        i = start
        while i < len(self.text) and self.text[i] != "'":
            if self.text[i] == "\\":
                if self.text[i + 1 : i + 2] not in ("'", "\\", "{", "}"):
                    raise _StopError(
                        rf"{self.text[i : i + 2]} is not an escape in it; the escapes are \', \{{, \}} and \\"
                    )
                i += 1
            i += 1
        if i >= len(self.text):
            raise _StopError("a quote is never closed")
        self.at = i + 1
        return StringArgument(self.text[start:i])

    def _path(self) -> Path:
        start = i = self.at
        depth = 0
        while i < len(self.text):
            char = self.text[i]
            if char in "'\"":
                i += 1
                while i < len(self.text) and self.text[i] != char:
                    i += 2 if self.text[i] == "\\" else 1
            elif char in "([":
                depth += 1
            elif char in ")]":
                if depth == 0:
                    break
                depth -= 1
            elif char == "," and depth == 0:
                break
            i += 1
        written = self.text[start:i]
        path = read_path(written)
        if isinstance(path, PathFault):
            raise _StopError(f"{shorten(written)} is not a path: {path.reason}")
        self.at = min(i, len(self.text))
        return path
