"""JSON: its types, reading it, and showing it to people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias, Union

if TYPE_CHECKING:
    from collections.abc import Iterable

Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]
JsonObject: TypeAlias = "dict[str, Json]"
JsonInput: TypeAlias = Union[bool, int, float, str, "Sequence[JsonInput]", "Mapping[str, JsonInput]", None]
"""What may be given where JSON is asked for."""

DEEPEST: Final = 200
"""The levels of objects and lists that a document may have, so that plain recursion can walk it."""

_TOO_DEEP: Final = f"it is nested deeper than {DEEPEST} levels"


def parse(text: str | bytes) -> Json:
    """Read JSON that anybody may have written.

    Raises:
        ValueError: it is not JSON, or nested deeper than `DEEPEST` levels; says which.
    """
    try:
        document: Json = json.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if isinstance(text, str) and text.count("{") + text.count("[") <= DEEPEST:
        return document
    level: list[Json] = [document]
    for _ in range(DEEPEST + 1):
        level = [item for value in level for item in _members(value)]
        if not level:
            return document
    raise ValueError(_TOO_DEEP)


def _members(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def parsed(text: object) -> Json:
    """JSON from its text; text that is none, or too deep, stays text, and nothing stays None."""
    if not isinstance(text, str):
        return None
    try:
        return parse(text)
    except ValueError:
        return text


def as_object(value: object) -> JsonObject:
    """Return the value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Json]:
    """Return the value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return the value if it is text, else no text."""
    return value if isinstance(value, str) else ""


def follow(value: Json, path: Iterable[str | int]) -> Json:
    """Return the value at a path; JSON inside a text is read. None where there is nothing."""
    for part in path:
        if isinstance(value, str):
            value = parsed(value)
        if isinstance(part, str):
            value = as_object(value).get(part)
        else:
            items = as_list(value)
            value = items[part] if part < len(items) else None
    return value


def plain(value: object) -> Json:
    """Return JSON in Python's own dictionaries and lists, whatever mappings and sequences it was written with.

    Raises:
        TypeError: It holds something that JSON does not have.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [plain(item) for item in value]
    raise TypeError(f"{value!r} is not JSON")
