"""Paths and intrinsic functions as the flow of data sees them.

What cannot be read is silently None: other rules speak about syntax. A path is followed as far as it leads to one
value; after a wildcard, a filter, a slice, a deep scan or a function nothing is known of what it gives.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from asl.expressions import intrinsic_calls as calls
from asl.expressions import jsonpath

if TYPE_CHECKING:
    from asl.checking.dataflow.access import Steps

MOST_STEPS: Final = 24
"""Of a longer path only the beginning is followed."""

_PLAIN_STEPS: Final = ("name", "index")
_CONSTANTS: Final[dict[str, object]] = {"true": True, "false": False, "null": None}


class Path(NamedTuple):
    """A path, as far as it leads to one value. Of a variable the name is the first step and `VARIABLE` the root."""

    root: str
    """`$`, `$$` or `VARIABLE`."""
    steps: Steps
    definite: bool = True
    """Whether `steps` are all of it."""


class Literal(NamedTuple):
    """A literal argument of an intrinsic function."""

    value: object


class Call(NamedTuple):
    """A call of an intrinsic function, named without `States.`."""

    name: str
    arguments: tuple[Expression, ...]


Expression: TypeAlias = Path | Call | Literal

VARIABLE: Final = "$x"


@lru_cache(maxsize=16_384)
def parse_path(text: str) -> Path | None:
    """Read a path that is the whole text; None where it is none, or where a placeholder hides what it is."""
    read = jsonpath.read_path(text) if text.startswith("$") and "${" not in text else None
    return _followed(read) if isinstance(read, jsonpath.Path) else None


@lru_cache(maxsize=16_384)
def parse(text: str) -> Expression | None:
    """Read what may stand in a field whose name ends in `.$`: a path, or a call of an intrinsic function."""
    if text.startswith("$"):
        return parse_path(text)
    read = calls.read_call(text)
    return _argument(read) if isinstance(read, calls.Call) else None


def _followed(path: jsonpath.Path) -> Path:
    steps: list[str | int] = []
    for step in path.steps:
        if (
            step.kind not in _PLAIN_STEPS
            or len(steps) == MOST_STEPS
            or "${" in str(step.value)
            or step.escaped
        ):
            break
        steps.append(step.value)
    definite = len(steps) == len(path.steps)
    if path.variable is not None:
        return Path(VARIABLE, (path.variable, *steps), definite)
    return Path(path.root, tuple(steps), definite)


def _argument(argument: calls.Argument) -> Expression:
    """Return an argument; calls are nested no deeper than they are read."""
    match argument:
        case calls.Call(name, arguments):
            return Call(name, tuple(_argument(item) for item in arguments))
        case jsonpath.Path():
            return _followed(argument)
        case calls.Text():
            return Literal(argument.value)
        case calls.Number():
            return Literal(argument.whole if argument.whole is not None else 0.5)
    return Literal(_CONSTANTS[argument.raw])


_NAME = re.compile(r"[^\W\d]\w*\Z")


def written(root: str, steps: Steps) -> str:
    """Return the text of a path."""
    if root == VARIABLE:
        root, steps = f"${steps[0]}", steps[1:]
    return root + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if _NAME.match(step) else f"['{step}']"
        for step in steps
    )
