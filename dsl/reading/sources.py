"""What reading a file gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from dsl.reading.faults import FileCode
    from dsl.reading.places import Places
    from dsl.reading.texts import Lines, Span


class Fault(NamedTuple):
    """Something wrong with a file, apart from what its definition means."""

    kind: FileCode
    message: str
    span: Span
    location: str | None = None


@dataclass(slots=True)
class Tree:
    """A parsed document. `broken` means that there is no value, since the text does not parse."""

    value: object
    places: Places
    faults: list[Fault] = field(default_factory=list)
    broken: bool = False
    tagged: bool = False
    """Whether it has short tags of CloudFormation, and so functions in place of values."""


@dataclass(slots=True)
class Definition:
    """A definition that was found in a file."""

    document: object
    places: Places
    name: str = ""
    """The logical name of its resource in a template."""
    prefix: str = ""
    """Where it lies in the file: `/Resources/Order/Properties/Definition`."""
    execution_type: str | None = None
    """STANDARD or EXPRESS, where a template says it."""

    def location(self, place: str | None) -> str | None:
        """A place of the definition as a place of the file."""
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
    definitions: list[Definition] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What could not be checked, and why."""
    path: Path | None = None
    recognised: bool = True
    """Whether it holds what looks like a definition or a template."""
