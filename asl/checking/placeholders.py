"""Placeholders in quotes where no text can stand.

Mostly it is not known how a deployment replaces `${Name}`, so the schema layer takes it for any value. In a template it
is known: AWS puts texts into the text of the definition, and what stands in quotes stays a text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from asl.checking.shapes import SchemaFault, faults

if TYPE_CHECKING:
    from asl.locations import Location

_ELSEWHERE: Final = frozenset({"Branches", "ItemProcessor", "Iterator", "States"})
"""Fields whose content is looked at by itself."""
_MARK: Final = "$\0{"
"""What no schema takes for a placeholder."""


def text_faults(
    file: str,
    pointer: str,
    value: dict[str, object],
    location: Location,
    unquoted: frozenset[tuple[int, str | int]],
) -> list[SchemaFault]:
    """Return where a placeholder in quotes has the place of a number, a truth value, an array or an object.

    `unquoted` are the placeholders that do not stand in quotes: the object or array, by identity, and the step.
    """
    kept = {name: item for name, item in value.items() if name not in _ELSEWHERE}
    marked = _marked(kept, id(value), unquoted)
    if marked == kept:
        return []
    found = []
    for fault in faults(file, pointer, marked, location):
        text = fault.value
        if fault.kind == "type" and isinstance(text, str) and _MARK in text:
            found.append(replace(fault, value=text.replace(_MARK, "${")))
    return found


def _marked(
    value: dict[str, object] | list[object], identity: int, unquoted: frozenset[tuple[int, str | int]]
) -> object:
    """Return a copy in which the placeholders in quotes are marked; `identity` is that of what `unquoted` names."""

    def kept(step: str | int, item: object) -> object:
        if isinstance(item, str):
            return item if (identity, step) in unquoted else item.replace("${", _MARK)
        return _marked(item, id(item), unquoted) if isinstance(item, dict | list) else item

    if isinstance(value, dict):
        return {name: kept(name, item) for name, item in value.items()}
    return [kept(i, item) for i, item in enumerate(value)]
