"""What an execution did, in words: its route, and how one value differs from another."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Final

from stepfunctions_local_client.masking import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stepfunctions_local_client.history import Step
    from stepfunctions_local_client.masking import Tokens
    from stepfunctions_local_client.values import Json

_SMALL: Final = 12
"""Lines of a value that is shown whole."""
_MOST_LINES: Final = 60
_LONGEST_LOOP: Final = 12
"""States of a loop that is still looked for."""


def difference(expected: Json, came: Json, known: Tokens, *, what: str = "output") -> str:
    """Say what was expected and what came: whole if it is small, and otherwise the lines that differ."""
    before, after = (_lines(value, known) for value in (expected, came))
    if len(before) + len(after) <= 2 * _SMALL:
        return f"expected the {what}\n{shown(expected, without=known)}\nnot\n{shown(came, without=known)}"
    changes = list(difflib.unified_diff(before, after, "expected", "came", lineterm="", n=2))
    if len(changes) > _MOST_LINES:
        changes = [*changes[:_MOST_LINES], f"... ({len(changes) - _MOST_LINES:,} more lines that differ)"]
    return "\n".join([f"expected another {what}; lines with - were expected, lines with + came", *changes])


def _lines(value: Json, known: Tokens) -> list[str]:
    return known.hide(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)).splitlines()


def route_lines(path: Sequence[Step]) -> Iterator[str]:
    """Yield the steps in a line each; a loop that goes round more than twice is told once, with how often."""
    lines = [describe_step(step) for step in path]
    at = 0
    while at < len(lines):
        length, times = _loop(lines, at)
        if times > 2:
            yield from lines[at : at + length]
            yield (
                f"... these {length} states {times - 1} times more"
                if length > 1
                else f"... {times - 1} times more"
            )
            at += length * times
        else:
            yield lines[at]
            at += 1


def _loop(lines: list[str], at: int) -> tuple[int, int]:
    """Return how many lines from here on repeat, and how often they are there."""
    for length in range(1, _LONGEST_LOOP + 1):
        body = lines[at : at + length]
        times = 1
        while lines[at + length * times : at + length * (times + 1)] == body:
            times += 1
        if times > 2:
            return length, times
    return 1, 1


def describe_step(step: Step) -> str:
    """Return one step in a line."""
    text = f"{step.name}"
    if step.within is not None:
        text = f"[{step.within} #{step.branch}] {text}"
    if step.attempts > 1:
        text += f"  ({step.attempts} attempts)"
    if step.failures:
        last = step.failures[-1]
        text += f"  failed: {last.error}" + (f": {last.cause}" if last.cause else "")
        if step.catcher is not None:
            text += ", caught"
    return text
