"""JSON with the place of every key and value.

The standard library's parser forgets where things are, keeps the last of two equal keys without a word, and gives
up on deep nesting. This one is a loop with a stack of its own. It takes one thing that JSON has not: a placeholder
without quotes (`"TimeoutSeconds": ${Limit}`), which a deployment replaces before AWS sees the text. It becomes the
string `"${Limit}"`.
"""

from __future__ import annotations

import re
from array import array
from functools import cached_property
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # in C; not in typeshed
from typing import TYPE_CHECKING, Final

from asl.reading.faults import INVALID_JSON
from asl.reading.places import Fields, Places, packed
from asl.reading.sources import Fault, Tree, duplicate_key
from asl.reading.texts import Lines, Text, token
from asl.words import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?(?![\w.])")
_PLACEHOLDER = re.compile(r"\$\{[^{}\"\n]+\}")
_WORD = re.compile(r"[\w.+-]+")
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_MEANT: Final = {
    "True": "true",
    "False": "false",
    "None": "null",
    "TRUE": "true",
    "FALSE": "false",
    "NULL": "null",
}
_MOST_DIGITS = 4000
_MOST_FAULTS = 100


class _BrokenError(Exception):
    """The text does not go on as JSON does."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class _Frame:
    """An object or array that is not closed yet."""

    __slots__ = ("key", "key_start", "start", "table", "value")

    def __init__(self, value: dict[str, object] | list[object], start: int) -> None:
        self.value = value
        self.start = start
        self.table: Fields | array[int] = {} if isinstance(value, dict) else array("q")
        self.key = ""
        self.key_start = 0


def parse_json(text: Text, file: str) -> Tree:
    """Parse a JSON text that is, or was taken out of, the text `file`."""
    places = Places(text, file, string_origins(file))
    reader = _Reader(text, file, places)
    try:
        places.root = reader.document()
    except _BrokenError as broken:
        span = token(file, text.origin(broken.offset))
        return Tree(None, places, [Fault(INVALID_JSON, broken.message, span)], broken=True)
    return Tree(places.root, places, reader.faults)


class _Reader:
    def __init__(self, text: Text, file: str, places: Places) -> None:
        self._text = text.value
        self._origin = text.origin
        self._file = file
        self._places = places
        self._stack: list[_Frame] = []
        self.faults: list[Fault] = []

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self._file)

    def document(self) -> object:
        text, stack = self._text, self._stack
        skip = _SPACE.match
        offset = self._skip(0)
        self._places.start = offset
        root: object = None
        while True:
            # A value begins here; what opens is put on the stack, and its first entry is read next.
            start = offset
            sign = text[offset : offset + 1]
            value: object
            if sign == '"':
                value, offset = self._string(offset)
            elif sign in ("{", "["):
                opened: dict[str, object] | list[object] = {} if sign == "{" else []
                value = opened
                offset = self._skip(offset + 1)
                if text[offset : offset + 1] != ("}" if sign == "{" else "]"):
                    frame = _Frame(opened, start)
                    self._keep(value, start)
                    root = value if not stack else root
                    stack.append(frame)
                    self._note(frame)
                    if sign == "{":
                        offset = self._key(frame, offset)
                    continue
                offset += 1
            else:
                value, offset = self._plain(offset)
            self._keep(value, start)
            root = value if not stack else root
            # A value has ended: close whatever ends with it.
            while True:
                found = skip(text, offset)
                offset = found.end() if found is not None else offset
                if not stack:
                    if offset < len(text):
                        raise _BrokenError(self._after_the_end(offset), offset)
                    return root
                frame = stack[-1]
                sign = text[offset : offset + 1]
                if sign == ",":
                    offset = self._skip(offset + 1)
                    if text[offset : offset + 1] in ("}", "]"):
                        raise _BrokenError(
                            f"There is a comma before this {text[offset]}: JSON has none after the last entry.",
                            offset,
                        )
                    if isinstance(frame.value, dict):
                        offset = self._key(frame, offset)
                    break
                if sign != ("}" if isinstance(frame.value, dict) else "]"):
                    raise _BrokenError(self._not_closed(frame, offset), min(offset, max(len(text) - 1, 0)))
                offset += 1
                stack.pop()

    def _keep(self, value: object, start: int) -> None:
        """Put a value into the object or array that is open."""
        if not self._stack:
            return
        frame = self._stack[-1]
        if isinstance(frame.value, dict):
            if frame.key in frame.value and len(self.faults) < _MOST_FAULTS:
                self._duplicate(frame)
            frame.value[frame.key] = value
            if isinstance(frame.table, dict):
                frame.table[frame.key] = packed(frame.key_start, start)
        else:
            frame.value.append(value)
            if isinstance(frame.table, array):
                frame.table.append(start)

    def _note(self, frame: _Frame) -> None:
        if isinstance(frame.table, dict):
            self._places.objects[id(frame.value)] = frame.table
        else:
            self._places.arrays[id(frame.value)] = frame.table

    def _duplicate(self, frame: _Frame) -> None:
        first = self._lines.position(self._places.span(frame.value, frame.key).start)
        steps = []
        for outer in self._stack:
            inside = isinstance(outer.value, dict)
            steps.append(f"/{outer.key}" if inside else f"[{len(outer.value) - (outer is not frame)}]")
        span = token(self._file, self._origin(frame.key_start))
        self.faults.append(duplicate_key(frame.key, first.line, span, steps))

    def _skip(self, offset: int) -> int:
        found = _SPACE.match(self._text, offset)
        return found.end() if found is not None else offset

    def _key(self, frame: _Frame, offset: int) -> int:
        """Read `"key" :` and answer where its value begins."""
        text = self._text
        frame.key_start = offset
        if text[offset : offset + 1] != '"':
            raise _BrokenError(self._no_key(frame, offset), min(offset, max(len(text) - 1, 0)))
        frame.key, offset = self._string(offset)
        offset = self._skip(offset)
        if text[offset : offset + 1] != ":":
            raise _BrokenError(
                f'A colon is missing after the key "{shorten(frame.key)}".', min(offset, len(text) - 1)
            )
        return self._skip(offset + 1)

    def _string(self, offset: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self._text, offset + 1, True)
        except JSONDecodeError as error:
            if error.msg.startswith("Unterminated"):
                raise _BrokenError('This string is not closed: a " is missing at its end.', offset) from None
            if error.msg.startswith("Invalid control"):
                sign = self._text[error.pos]
                what = {"\n": "A line break", "\r": "A line break", "\t": "A tab"}.get(
                    sign, "A control character"
                )
                how = {"\n": "\\n", "\r": "\\n", "\t": "\\t"}.get(sign, f"\\u{ord(sign):04x}")
                message = f"{what} cannot stand in a string: write {how}, or close the string before it."
                raise _BrokenError(message, offset if sign in "\r\n" else error.pos) from None
            message = 'After \\ JSON takes one of " \\ / b f n r t, or u and four digits. Write \\\\ for a \\ itself.'
            raise _BrokenError(message, error.pos) from None
        return text, end

    def _plain(self, offset: int) -> tuple[object, int]:
        """A number, a constant or a placeholder."""
        text = self._text
        number = _NUMBER.match(text, offset)
        if number is not None:
            whole, fraction, exponent = number.groups()
            if fraction or exponent or len(whole) > _MOST_DIGITS:
                return float(number[0]), number.end()
            return int(whole), number.end()
        placeholder = _PLACEHOLDER.match(text, offset)
        if placeholder is not None:
            if self._stack:
                frame = self._stack[-1]
                step = frame.key if isinstance(frame.value, dict) else len(frame.value)
                self._places.unquoted.add((id(frame.value), step))
            return placeholder[0], placeholder.end()
        word = _WORD.match(text, offset)
        if word is not None and word[0] in _CONSTANTS:
            return _CONSTANTS[word[0]], word.end()
        raise _BrokenError(
            self._no_value(offset, word[0] if word else ""), min(offset, max(len(text) - 1, 0))
        )

    def _no_value(self, offset: int, word: str) -> str:
        if offset >= len(self._text):
            return self._ends_early("a value")
        sign = self._text[offset]
        if word in _MEANT:
            return f"JSON writes {_MEANT[word]}, not {word}."
        if word in ("NaN", "Infinity", "-Infinity"):
            return f"JSON has no {word}."
        if word[:1].isdigit() or word[:1] in ("-", "+", "."):
            return f"{shorten(word)} is not a number as JSON writes it."
        if sign == "'":
            return "JSON takes double quotes only."
        if self._is_comment(offset):
            return "JSON has no comments; write it into the field Comment."
        if sign in "}],:":
            return f"A value is missing before this {sign}"
        if word:
            return f'A value is expected here, not {shorten(word)}; a string is written in quotes: "{shorten(word)}".'
        return f"A value is expected here, not {_shown(sign)}."

    def _no_key(self, frame: _Frame, offset: int) -> str:
        if offset >= len(self._text):
            return self._ends_early("a key")
        if self._text[offset] == "'":
            return "JSON takes double quotes only."
        if self._is_comment(offset):
            return "JSON has no comments; write it into the field Comment."
        word = _WORD.match(self._text, offset)
        if word is not None:
            return f'A key is written in quotes: "{shorten(word[0])}".'
        return f"A key in quotes is expected here, not {_shown(self._text[offset])}."

    def _not_closed(self, frame: _Frame, offset: int) -> str:
        if offset >= len(self._text):
            return self._ends_early("")
        sign = self._text[offset]
        closing = "}" if isinstance(frame.value, dict) else "]"
        if sign in "}]":
            opening, begins = self._begin(frame)
            return f"This {sign} closes nothing: the {opening} of {begins} is still open and needs {_a(closing)} first."
        if self._is_comment(offset):
            return "JSON has no comments; write it into the field Comment."
        if sign == ":" and closing == "]":
            return "An array has no keys: write { } around the fields."
        if sign in "\"'{[" or sign.isalnum() or sign in "-$":
            return "A comma is missing before this."
        return f"A comma or {_a(closing)} is expected here, not {_shown(sign)}."

    def _ends_early(self, expected: str) -> str:
        if not self._stack:
            return "There is nothing here."
        opening, begins = self._begin(self._stack[-1])
        closing = "}" if opening == "{" else "]"
        more = f" and {expected}" if expected else ""
        return f"The text ends too early: the {opening} of {begins} is never closed, {_a(closing)}{more} is missing."

    def _begin(self, frame: _Frame) -> tuple[str, str]:
        place = self._lines.position(self._origin(frame.start))
        return ("{" if isinstance(frame.value, dict) else "["), f"line {place.line}"

    def _is_comment(self, offset: int) -> bool:
        return self._text.startswith(("//", "/*", "#"), offset)

    def _after_the_end(self, offset: int) -> str:
        if self._is_comment(offset):
            return "JSON has no comments; write it into the field Comment."
        sign = self._text[offset]
        if sign in "}]":
            return f"There is one {sign} too many: the definition has ended before it."
        return "The definition has ended before this. A file holds one definition."


def _a(sign: str) -> str:
    return f"a {sign}"


def _shown(sign: str) -> str:
    return sign if sign.isprintable() and not sign.isspace() else f"the character U+{ord(sign):04X}"


def string_origins(file: str) -> Callable[[str, int], array[int]]:
    """Make the function that tells where the characters of a JSON string are written."""

    def origins(value: str, start: int) -> array[int]:
        if file[start : start + 1] != '"':
            return array("q", [start]) * len(value)
        found = array("q")
        offset = start + 1
        for character in value:
            found.append(offset)
            if file[offset : offset + 1] != "\\":
                offset += 1
            elif file[offset + 1 : offset + 2] != "u":
                offset += 2
            else:
                offset += 12 if ord(character) > 0xFFFF else 6
        return found

    return origins
