"""Paths as the flow of data sees them.

What cannot be read is silently None: other rules speak about syntax. A path is followed as far as it leads to one
value; after a wildcard, a filter, a slice, a deep scan or a function nothing is known of what it gives.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from asl.expressions.jsonpath import Path, read_path

if TYPE_CHECKING:
    from asl.checking.dataflow.access import Steps

MOST_STEPS: Final = 24
"""Of a longer path only the beginning is followed."""


class DataPath(NamedTuple):
    """A path, as far as it leads to one value. Of a variable the name is the first step and `VARIABLE` the root."""

    root: str
    """`$`, `$$` or `VARIABLE`."""
    steps: Steps
    definite: bool = True
    """Whether `steps` are all of it."""


VARIABLE: Final = "$x"


@lru_cache(maxsize=16_384)
def parse_path(text: str) -> DataPath | None:
    """Read a path that is the whole text; None where it is none, or where a placeholder hides what it is."""
    read = read_path(text) if text.startswith("$") and "${" not in text else None
    return followed(read) if isinstance(read, Path) else None


@lru_cache(maxsize=16_384)
def followed(path: Path) -> DataPath:
    """Return a path as far as it leads to one value."""
    steps: list[str | int] = []
    for step in path.steps:
        if not (step.kind == "name" or step.kind == "index"):
            break
        if len(steps) == MOST_STEPS or "${" in str(step.value) or step.escaped:
            break
        steps.append(step.value)
    is_definite = len(steps) == len(path.steps)
    if path.variable is not None:
        return DataPath(VARIABLE, (path.variable, *steps), is_definite)
    return DataPath(path.root, tuple(steps), is_definite)


_NAME = re.compile(r"[^\W\d]\w*\Z")


def written(root: str, steps: Steps) -> str:
    """Return the text of a path."""
    if root == VARIABLE:
        root, steps = f"${steps[0]}", steps[1:]
    return root + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if _NAME.match(step) else f"['{step}']"
        for step in steps
    )
