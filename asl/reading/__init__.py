"""Definitions in files: read with the place of every value, so that a diagnostic has a line and a column.

`read(name, data)` takes the bytes of any file: a definition in JSON or YAML, or a SAM or CloudFormation template
with state machines in it. Nothing is raised, whatever the bytes are: what is wrong is a `Fault`.
"""

from __future__ import annotations

from asl.reading.faults import CODES, FileCode
from asl.reading.files import MOST_BYTES, read, read_bytes
from asl.reading.places import Places
from asl.reading.sources import FileFault, FoundDefinition, Source
from asl.reading.texts import Lines, Position, Span, Text

__all__ = [
    "CODES",
    "MOST_BYTES",
    "FileCode",
    "FileFault",
    "FoundDefinition",
    "Lines",
    "Places",
    "Position",
    "Source",
    "Span",
    "Text",
    "read",
    "read_bytes",
]
