"""Definitions in files: read with the place of every value, so that a diagnostic has a line and a column.

`read(name, data)` takes the bytes of any file: a definition in JSON or YAML, or a SAM or CloudFormation template
with state machines in it. Nothing is raised, whatever the bytes are: what is wrong is a `Fault`.
"""

from __future__ import annotations

from dsl.reading.faults import CODES, FileCode
from dsl.reading.files import MOST_BYTES, read
from dsl.reading.places import Places
from dsl.reading.sources import Definition, Fault, Source
from dsl.reading.texts import Lines, Position, Span, Text

__all__ = [
    "CODES",
    "MOST_BYTES",
    "Definition",
    "Fault",
    "FileCode",
    "Lines",
    "Places",
    "Position",
    "Source",
    "Span",
    "Text",
    "read",
]
