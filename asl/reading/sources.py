"""What reading a file gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from asl.reading.faults import DUPLICATE_KEY
from asl.words import clipped, shorten

if TYPE_CHECKING:
    from pathlib import Path

    from asl.reading.faults import FileCode
    from asl.reading.places import Places
    from asl.reading.texts import Lines, Span


class FileFault(NamedTuple):
    """Something wrong with a file, apart from what its definition means."""

    kind: FileCode
    message: str
    span: Span
    location: str | None = None


def duplicate_key(key: str, first_line: int, span: Span, steps: list[str]) -> FileFault:
    """Return the fault of a key that an object has twice: `steps` lead to the second, the first is in `first_line`."""
    message = (
        f'The key "{shorten(key)}" is written twice in this object, first in line {first_line}: '
        "only the last one counts."
    )
    return FileFault(DUPLICATE_KEY, message, span, clipped("".join(steps)))


@dataclass(slots=True)
class Tree:
    """A parsed document. `broken` means that there is no value, since the text does not parse."""

    value: object
    places: Places
    faults: list[FileFault] = field(default_factory=list)
    broken: bool = False
    tagged: bool = False
    """Whether it has short tags of CloudFormation, and so functions in place of values."""
    disputed: bool = False
    """Whether it has words that another kind of YAML file reads otherwise."""


@dataclass(slots=True)
class FoundDefinition:
    """A definition that was found in a file."""

    document: object
    places: Places
    name: str = ""
    """The logical name of its resource in a template."""
    prefix: str = ""
    """Where it lies in the file: `/Resources/Order/Properties/Definition`."""
    execution_type: str | None = None
    """STANDARD or EXPRESS, where a template says it."""
    unquoted: frozenset[tuple[int, str | int]] | None = None
    """In a template, the placeholders that stand for any JSON; every other one stays a text, since AWS puts texts into
    the text of the definition. None where it is not known how a deployment replaces them."""

    def location(self, place: str | None) -> str | None:
        """Return a place of the definition as a place of the file."""
        if not self.prefix:
            return place
        return self.prefix + (place if place and place != "/" else "")


@dataclass(slots=True)
class Source:
    """A file and what was found in it."""

    name: str
    """As it was asked for; `-` for standard input."""
    text: str
    lines: Lines
    definitions: list[FoundDefinition] = field(default_factory=list)
    faults: list[FileFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What could not be checked, and why."""
    path: Path | None = None
    recognised: bool = True
    """Whether it holds what looks like a definition or a template."""
