"""JSON with the place of every key and value.

The standard library's parser forgets where things are, and keeps the last of two equal keys without a word. This one
takes one thing that JSON has not: a placeholder without quotes (`"TimeoutSeconds": ${Limit}`), which a deployment
replaces before AWS sees the text. It becomes the string `"${Limit}"`.
"""

from __future__ import annotations

import re
from array import array
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]  # in C; not in typeshed
from typing import TYPE_CHECKING, Final

from asl.limits import LARGEST, too_large
from asl.reading.building import BrokenError, Builder, OpenContainer
from asl.reading.faults import INVALID_JSON, TOO_LARGE
from asl.words import shorten

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.reading.sources import Tree
    from asl.reading.texts import Text

_SPACES: Final = " \t\r\n"
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


def parse_json(text: Text, file: str) -> Tree:
    """Parse a JSON text that is, or was taken out of, the text `file`."""
    builder = Builder(text, file, string_origins(file))
    written = len(text.value) - sum(map(text.value.count, _SPACES)) if len(text.value) > LARGEST else 0
    if written > LARGEST:
        return builder.broken(TOO_LARGE, too_large(written), 0)
    try:
        _JsonParser(text.value, builder).document()
    except BrokenError as broken:
        return builder.broken(broken.kind, broken.message, broken.offset)
    return builder.tree()


class _JsonParser:
    def __init__(self, text: str, builder: Builder) -> None:
        self._text = text
        self._builder = builder

    def document(self) -> None:
        offset = self._skip(self._value(self._skip(0)))
        if offset < len(self._text):
            raise _broken(self._after_the_end(offset), offset)

    def _value(self, start: int) -> int:
        """Read the value that begins at an offset, and answer where it ends."""
        sign = self._text[start : start + 1]
        value: object
        if sign == '"':
            value, end = self._string(start)
        elif sign == "{":
            value, end = self._object(start)
        elif sign == "[":
            value, end = self._array(start)
        else:
            value, end = self._plain(start)
        self._builder.add(value, start)
        return end

    def _object(self, start: int) -> tuple[object, int]:
        frame = self._builder.begin({}, start)
        offset = self._skip(start + 1)
        if self._text[offset : offset + 1] != "}":
            offset = self._value(self._key(offset))
            while (following := self._next(frame, offset, "}")) is not None:
                offset = self._value(self._key(following))
            offset = self._skip(offset)
        return self._builder.end().value, offset + 1

    def _array(self, start: int) -> tuple[object, int]:
        frame = self._builder.begin([], start)
        offset = self._skip(start + 1)
        if self._text[offset : offset + 1] != "]":
            offset = self._value(offset)
            while (following := self._next(frame, offset, "]")) is not None:
                offset = self._value(following)
            offset = self._skip(offset)
        return self._builder.end().value, offset + 1

    def _next(self, frame: OpenContainer, offset: int, closing: str) -> int | None:
        """Return where the next entry begins, behind a comma; None where `closing` comes instead."""
        text = self._text
        offset = self._skip(offset)
        sign = text[offset : offset + 1]
        if sign == closing:
            return None
        if sign != ",":
            raise _broken(self._not_closed(frame, offset), min(offset, max(len(text) - 1, 0)))
        offset = self._skip(offset + 1)
        if text[offset : offset + 1] in ("}", "]"):
            raise _broken(
                f"There is a comma before this {text[offset]}: JSON has none after the last entry.", offset
            )
        return offset

    def _skip(self, offset: int) -> int:
        found = _SPACE.match(self._text, offset)
        return found.end() if found is not None else offset

    def _key(self, start: int) -> int:
        """Read `"key" :` and answer where its value begins."""
        text, offset = self._text, start
        if text[offset : offset + 1] != '"':
            raise _broken(self._no_key(offset), min(offset, max(len(text) - 1, 0)))
        key, offset = self._string(offset)
        offset = self._skip(offset)
        if text[offset : offset + 1] != ":":
            raise _broken(f'A colon is missing after the key "{shorten(key)}".', min(offset, len(text) - 1))
        self._builder.key(key, start)
        return self._skip(offset + 1)

    def _string(self, offset: int) -> tuple[str, int]:
        try:
            text, end = scanstring(self._text, offset + 1, True)
        except JSONDecodeError as error:
            if error.msg.startswith("Unterminated"):
                raise _broken('This string is not closed: a " is missing at its end.', offset) from None
            if error.msg.startswith("Invalid control"):
                sign = self._text[error.pos]
                what = {"\n": "A line break", "\r": "A line break", "\t": "A tab"}.get(
                    sign, "A control character"
                )
                how = {"\n": "\\n", "\r": "\\n", "\t": "\\t"}.get(sign, f"\\u{ord(sign):04x}")
                message = f"{what} cannot stand in a string: write {how}, or close the string before it."
                raise _broken(message, offset if sign in "\r\n" else error.pos) from None
            message = 'After \\ JSON takes one of " \\ / b f n r t, or u and four digits. Write \\\\ for a \\ itself.'
            raise _broken(message, error.pos) from None
        return text, end

    def _plain(self, offset: int) -> tuple[object, int]:
        """Return a number, a constant or a placeholder."""
        text = self._text
        number = _NUMBER.match(text, offset)
        if number is not None:
            whole, fraction, exponent = number.groups()
            if fraction or exponent or len(whole) > _MOST_DIGITS:
                return float(number[0]), number.end()
            return int(whole), number.end()
        placeholder = _PLACEHOLDER.match(text, offset)
        if placeholder is not None:
            self._builder.note_unquoted()
            return placeholder[0], placeholder.end()
        word = _WORD.match(text, offset)
        if word is not None and word[0] in _CONSTANTS:
            return _CONSTANTS[word[0]], word.end()
        raise _broken(self._no_value(offset, word[0] if word else ""), min(offset, max(len(text) - 1, 0)))

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

    def _no_key(self, offset: int) -> str:
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

    def _not_closed(self, frame: OpenContainer, offset: int) -> str:
        if offset >= len(self._text):
            return self._ends_early("")
        sign = self._text[offset]
        closing = "}" if frame.fields is not None else "]"
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
        if not self._builder.open:
            return "There is nothing here."
        opening, begins = self._begin(self._builder.open[-1])
        closing = "}" if opening == "{" else "]"
        more = f" and {expected}" if expected else ""
        return f"The text ends too early: the {opening} of {begins} is never closed, {_a(closing)}{more} is missing."

    def _begin(self, frame: OpenContainer) -> tuple[str, str]:
        place = self._builder.lines.position(self._builder.places.text.origin(frame.start))
        return ("{" if frame.fields is not None else "["), f"line {place.line}"

    def _is_comment(self, offset: int) -> bool:
        return self._text.startswith(("//", "/*", "#"), offset)

    def _after_the_end(self, offset: int) -> str:
        if self._is_comment(offset):
            return "JSON has no comments; write it into the field Comment."
        sign = self._text[offset]
        if sign in "}]":
            return f"There is one {sign} too many: the definition has ended before it."
        return "The definition has ended before this. A file holds one definition."


def _broken(message: str, offset: int) -> BrokenError:
    return BrokenError(INVALID_JSON, message, offset)


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
