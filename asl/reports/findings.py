"""Checks the definitions of a file and says where in the file each fault lies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from asl.checking import Diagnostic, Severity, validate
from asl.checking.checker import CHECKER_FAILED
from asl.reading import Position, Span, read
from asl.words import clipped, describe, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from asl.reading import FoundDefinition, Lines, Source

STANDARD_INPUT: Final = "-"
_NO_TEXT: Final = "Expected value of type String"
_AFTER_KEY = re.compile(r"\A[^:]*:\s+")
_NAMED_FIELD = re.compile(r"[Ff]ield '([^']*)'")


@dataclass(frozen=True, slots=True)
class Target:
    """A file to look at."""

    name: str
    path: Path | None
    """None for standard input."""
    certain: bool
    """Whether it is meant to hold a definition. Of a directory's files only those are reported that do."""
    root: Path | None = None
    """The folder in which the files that a template names have to lie; None for the folder of the template."""


@dataclass(frozen=True, slots=True)
class Found:
    """A diagnostic with its place in the file."""

    diagnostic: Diagnostic
    start: Position
    end: Position
    """The first character behind the place."""
    line: str
    """The line of the file that `start` is in, or the part of it around the place."""
    cut: int
    """How many characters of the line are left out before `line`."""


@dataclass(slots=True)
class Report:
    """What is to be said of one file."""

    name: str
    path: Path | None
    definitions: int
    found: list[Found] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    truncated: bool = False
    linked: bool = False
    """Whether a template named the file, so that the names it uses were known."""
    errors: int = 0
    warnings: int = 0

    @property
    def failed(self) -> bool:
        """Whether the checker itself broke down over the file."""
        return any(found.diagnostic.code == CHECKER_FAILED for found in self.found)


def check(target: Target, data: bytes, limit: int, execution_type: str | None = None) -> list[Report]:
    """Check a file, and the files with definitions that it names. At most `limit` diagnostics are kept of each.

    `execution_type`, STANDARD or EXPRESS, is that of definitions of which no template says it.

    A file that is only looked at because it lies in a directory is passed over if it holds no definition.
    """
    try:
        sources = read(target.name, data, path=target.path, root=target.root)
    except Exception as error:  # noqa: BLE001  # one file must not hide what is wrong with all others
        return [_failed(target, error)]
    if not target.certain and not (sources[0].recognised and (sources[0].definitions or len(sources) > 1)):
        return []
    reports = [_report(source, limit, execution_type) for source in sources]
    for report in reports[1:]:
        report.linked = True
    return reports


def _failed(target: Target, error: Exception) -> Report:
    message = f"The file cannot be read ({type(error).__name__}: {error}). Please report it."
    start = Position(1, 1)
    found = Found(Diagnostic(Severity.ERROR, CHECKER_FAILED, message), start, start, "", 0)
    return Report(target.name, target.path, 0, [found], errors=1)


def _report(source: Source, limit: int, execution_type: str | None) -> Report:
    name = "<stdin>" if source.name == STANDARD_INPUT else source.name
    report = Report(name, source.path, len(source.definitions), notes=list(source.notes))
    found = [
        _found(
            Diagnostic(fault.kind.severity, fault.kind.code, fault.message, fault.location),
            fault.span,
            source,
        )
        for fault in source.faults
    ]
    for definition in source.definitions:
        found += _check(definition, source, definition.execution_type or execution_type)
    report.errors = sum(item.diagnostic.severity == Severity.ERROR for item in found)
    report.warnings = len(found) - report.errors
    if len(found) > limit:
        # Errors are kept rather than warnings.
        found.sort(key=lambda item: item.diagnostic.severity != Severity.ERROR)
        report.truncated = True
        del found[limit:]
    found.sort(key=lambda item: (item.start, item.diagnostic.severity != Severity.ERROR))
    report.found = found
    return report


def _check(definition: FoundDefinition, source: Source, execution_type: str | None) -> list[Found]:
    try:
        diagnostics: Sequence[Diagnostic] = validate(
            definition.document, execution_type=execution_type, unquoted=definition.unquoted
        )
    except Exception as error:  # noqa: BLE001  # a definition that breaks a rule's code must not hide all others
        message = f"The checker broke down over this definition ({type(error).__name__}: {error}). Please report it."
        diagnostics = [Diagnostic(Severity.ERROR, CHECKER_FAILED, message)]
    found = []
    for diagnostic in diagnostics:
        span, value = definition.places.find(diagnostic.location)
        name = _NAMED_FIELD.search(diagnostic.message)
        if name is not None and isinstance(value, dict) and name[1] in value:
            span = definition.places.span(value, name[1])
        place = definition.location(diagnostic.location)
        message = diagnostic.message
        if message.startswith(_NO_TEXT) and isinstance(value, bool | int | float):
            message += _how_to_quote(source, span, value)
        message = clipped(message)
        located = Diagnostic(
            diagnostic.severity, diagnostic.code, message, None if place is None else clipped(place)
        )
        found.append(_found(located, span, source))
    return found


def _how_to_quote(source: Source, span: Span, value: float) -> str:
    """Return what to write in YAML, where a word without quotes is not text."""
    if not source.name.lower().endswith((".yaml", ".yml")):
        return ""
    word = _AFTER_KEY.sub("", source.text[span.start : span.end]).strip()
    return f' YAML reads {shorten(word)} as {describe(value)}: write "{shorten(word)}" in quotes.'


def _found(diagnostic: Diagnostic, span: Span, source: Source) -> Found:
    lines: Lines = source.lines
    start = lines.position(span.start)
    return Found(diagnostic, start, lines.position(span.end), *lines.around(start))
