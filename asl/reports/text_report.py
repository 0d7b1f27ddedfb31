"""Reports for people: one line a fault, and on a terminal the place in the file beneath it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO
from unicodedata import combining, east_asian_width

from asl.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asl.reports.findings import Found, Report

_BEFORE = 30
"""Characters that are shown before the place when its line is too long to be shown whole."""
_RED, _YELLOW, _BOLD, _DIM, _GREEN = "31", "33", "1", "2", "32"


class TextReport:
    """Writes reports to a stream; colours and source lines only if it is a terminal."""

    def __init__(self, stream: TextIO, environment: Mapping[str, str] = os.environ) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._colours = (
            self._terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        )
        self._width = _width() if self._terminal else 0

    def write(self, reports: Sequence[Report]) -> None:
        """Write every report, then one line that sums them up."""
        for report in reports:
            for found in report.found:
                self._line(report.name, found)
            if report.truncated:
                hidden = report.errors + report.warnings - len(report.found)
                self._say(f"{plain(report.name)}: and {hidden} more; --max-diagnostics shows more of them.")
            for note in report.notes:
                self._say(f"{plain(report.name)}: {plain(note)}")
        self._say(self._summary(reports))

    def _line(self, name: str, found: Found) -> None:
        diagnostic = found.diagnostic
        colour = _RED if diagnostic.severity == Severity.ERROR else _YELLOW
        place = self._in(_BOLD, f"{plain(name)}:{found.start}:")
        message = plain(diagnostic.message).replace("\n", "\n    ")
        self._say(f"{place} {self._in(colour, str(diagnostic.severity))} {diagnostic.code} {message}")
        if self._terminal and found.line.strip():
            self._show(found, colour)

    def _show(self, found: Found, colour: str) -> None:
        number = str(found.start.line)
        start = found.start.column - 1 - found.cut
        end = found.end.column - 1 - found.cut if found.end.line == found.start.line else len(found.line)
        room = self._width - len(number) - 5
        line, cut = found.line, 0
        if _columns(line) > room:
            cut = max(0, min(start - _BEFORE, len(line) - room))
            line = line[cut : cut + room]
            while _columns(line) > room:
                line = line[:-1]
        shown = plain(line.replace("\t", " "), keep_lines=False)
        before = _columns(plain(line[: start - cut].replace("\t", " "), keep_lines=False))
        marked = plain(line[start - cut : max(end, start + 1) - cut].replace("\t", " "), keep_lines=False)
        margin = " " * len(number)
        self._say(f"  {self._in(_DIM, f'{number} |')} {shown}")
        self._say(
            f"  {margin} {self._in(_DIM, '|')} {' ' * before}{self._in(colour, '^' * max(1, _columns(marked)))}"
        )

    def _summary(self, reports: Sequence[Report]) -> str:
        errors = sum(report.errors for report in reports)
        warnings = sum(report.warnings for report in reports)
        files = _count(len(reports), "file")
        definitions = _count(sum(report.definitions for report in reports), "definition")
        if not errors and not warnings:
            return self._in(_GREEN, f"{definitions} in {files}: nothing to complain about.")
        faulty = sum(1 for report in reports if report.errors or report.warnings)
        counts = [_count(errors, "error")] if errors else []
        counts += [_count(warnings, "warning")] if warnings else []
        text = f"{definitions} in {files}: {' and '.join(counts)}"
        text += f" in {_count(faulty, 'file')}." if len(reports) > 1 else "."
        return self._in(_RED if errors else _YELLOW, text)

    def _in(self, colour: str, text: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours else text

    def _say(self, text: str) -> None:
        self._stream.write(f"{text}\n")


def _width() -> int:
    """Return the columns of the terminal; only who has one waits for the module that knows."""
    import shutil

    return max(40, shutil.get_terminal_size().columns)


def plain(text: str, *, keep_lines: bool = True) -> str:
    """Return a text without signs that a terminal would obey: they are written as escapes."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or (sign == "\n" and keep_lines) else _escaped(sign) for sign in text
    )


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
