"""Placeholders in quotes where no text can stand.

Mostly it is not known how a deployment replaces `${Name}`, so the schema layer takes it for any value. In a template it
is known: AWS puts texts into the text of the definition, and what stands in quotes stays a text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from asl.checking.shapes import Fault, faults

if TYPE_CHECKING:
    from asl.checking.schemas import Shape
    from asl.locations import Location

_ELSEWHERE: Final = frozenset({"Branches", "ItemProcessor", "Iterator", "States"})
"""Fields whose content is looked at by itself."""
_MARK: Final = "$\0{"
"""What no schema takes for a placeholder."""


def text_faults(
    shape: Shape, value: dict[str, object], location: Location, unquoted: frozenset[tuple[int, str | int]]
) -> list[Fault]:
    """Where a placeholder in quotes has the place of a number, a truth value, an array or an object.

    `unquoted` are the placeholders that do not stand in quotes: the object or array, by identity, and the step.
    """
    kept = {name: item for name, item in value.items() if name not in _ELSEWHERE}
    marked = _marked(kept, id(value), unquoted)
    if marked is None:
        return []
    found = []
    for fault in faults(shape, marked, location):
        text = fault.value
        if fault.kind == "type" and isinstance(text, str) and _MARK in text:
            found.append(replace(fault, value=text.replace(_MARK, "${")))
    return found


def _marked(
    value: dict[str, object], identity: int, unquoted: frozenset[tuple[int, str | int]]
) -> dict[str, object] | None:
    """Return a copy in which the placeholders in quotes are marked; None where there are none."""
    copy: dict[str, object] = {}
    any_marked = False
    waiting: list[tuple[dict[str, object] | list[object], int, dict[str, object] | list[object]]] = [
        (value, identity, copy)
    ]
    while waiting:
        container, known, into = waiting.pop()
        entries = container.items() if isinstance(container, dict) else enumerate(container)
        for step, item in entries:
            kept: object = item
            if isinstance(item, str) and "${" in item and (known, step) not in unquoted:
                kept, any_marked = item.replace("${", _MARK), True
            elif isinstance(item, dict):
                kept = {}
                waiting.append((item, id(item), kept))
            elif isinstance(item, list):
                kept = []
                waiting.append((item, id(item), kept))
            if isinstance(into, dict):
                into[str(step)] = kept
            else:
                into.append(kept)
    return copy if any_marked else None
