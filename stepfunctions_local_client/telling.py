"""What an execution did, in words: its route, and how one value differs from another."""

from __future__ import annotations

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
_MOST_PLACES: Final = 20
_BRIEF: Final = 120
"""Characters of a value that differs."""
_LONGEST_LOOP: Final = 12
"""States of a loop that is still looked for."""


def difference(expected: Json, came: Json, known: Tokens, *, what: str = "output") -> str:
    """Say what was expected and what came: whole if it is small, and otherwise the places that differ."""
    whole = [shown(value, without=known) for value in (expected, came)]
    if sum(text.count("\n") + 1 for text in whole) <= 2 * _SMALL:
        return f"expected the {what}\n{whole[0]}\nnot\n{whole[1]}"
    places = list(_places(expected, came, "$"))
    told = [f"  {known.hide(place)}" for place in places[:_MOST_PLACES]]
    if len(places) > _MOST_PLACES:
        told.append(f"  ... and in {len(places) - _MOST_PLACES:,} more places")
    count = "1 place" if len(places) == 1 else f"{len(places):,} places"
    return "\n".join([f"expected another {what}; it differs in {count}:", *told])


def _places(expected: Json, came: Json, at: str) -> Iterator[str]:
    """Yield where two values differ, and how."""
    if isinstance(expected, dict) and isinstance(came, dict):
        for key in [*expected, *(key for key in came if key not in expected)]:
            place = f"{at}.{key}" if key.isidentifier() else f"{at}[{json.dumps(key, ensure_ascii=False)}]"
            if key not in came:
                yield f"{place}: expected {_brief(expected[key])}, but there is nothing"
            elif key not in expected:
                yield f"{place}: expected nothing, but there is {_brief(came[key])}"
            else:
                yield from _places(expected[key], came[key], place)
    elif isinstance(expected, list) and isinstance(came, list) and len(expected) == len(came):
        for index, (one, other) in enumerate(zip(expected, came, strict=True)):
            yield from _places(one, other, f"{at}[{index}]")
    elif isinstance(expected, list) and isinstance(came, list):
        same = next(
            (i for i, pair in enumerate(zip(expected, came, strict=False)) if pair[0] != pair[1]), None
        )
        yield (
            f"{at}: expected {len(expected):,} items, but there are {len(came):,}"
            + (f"; the first to differ is [{same}]" if same is not None else "")
        )
    elif expected != came:
        yield f"{at}: expected {_brief(expected)}, but there is {_brief(came)}"


def _brief(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _BRIEF else f"{text[:_BRIEF]}... ({len(text) - _BRIEF:,} more characters)"


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
