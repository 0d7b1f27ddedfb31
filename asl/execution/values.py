"""JSON values as executions carry them: written compactly, measured in bytes, compared and shown as the service does.

A value that came into an execution is never changed; whatever is derived from it is built anew. So values can be
shared between states, branches and the history.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from asl.limits import DEEPEST

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""Any JSON value."""

LARGEST: Final = 262_144
"""Bytes in UTF-8 that an input, an output or a result may have (256 KiB; developer guide, "Service quotas")."""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def dump(value: object) -> str:
    """Return a value as the service writes it: without blanks, other alphabets as they are.

    Raises:
        ValueError: it holds NaN or an infinite number.
        TypeError: it holds what JSON has not.
    """
    return _encode(value)


def is_too_large(text: str, limit: int = LARGEST) -> bool:
    """Whether a text has more bytes than a payload may have."""
    length = len(text)
    if length * 4 <= limit:
        return False
    return length > limit or (not text.isascii() and len(text.encode("utf-8", "surrogatepass")) > limit)


def copied(value: Any) -> Any:
    """Return a copy that shares no list and no object with the value."""
    if isinstance(value, dict):
        return {key: copied(part) for key, part in value.items()}
    if isinstance(value, list):
        return [copied(part) for part in value]
    return value


def json_value(value: Any, levels: int = DEEPEST) -> Any:
    """Return a value from Python code as JSON: tuples become lists; objects and lists are copied.

    Raises:
        TypeError: it holds what JSON has not, such as a date or bytes.
        ValueError: it holds NaN or an infinite number, or more than so many levels of objects and lists.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a number that JSON has")
        return value
    if not levels:
        raise ValueError(f"it is nested more than {DEEPEST} levels deep")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("the keys of a JSON object are texts")
        return {key: json_value(part, levels - 1) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(part, levels - 1) for part in value]
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")


def is_number(value: object) -> bool:
    """Whether a value is a JSON number; a Boolean is none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON: `true` is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def shown(value: Any) -> str:
    """Return a value inside of a text, as `States.Format` puts it there: objects and lists in Java's notation."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={shown(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value)) + "]"
    return dump(value)


def placed(data: Json, steps: Sequence[str | int], value: Json) -> Json:
    """Return the data with a value at the place that a reference path names; objects on the way are made.

    Raises:
        LookupError: there is no such place: a list is too short, or what is there is neither object nor list.
    """
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        if not isinstance(data, list) or not -len(data) <= step < len(data):
            raise LookupError(step)
        items = list(data)
        items[step] = placed(items[step], rest, value)
        return items
    if data is not None and not isinstance(data, dict):
        raise LookupError(step)
    fields: dict[str, Json] = dict(data or {})
    fields[step] = placed(fields.get(step, {} if rest else None), rest, value)
    return fields


def given(**fields: Any) -> dict[str, Any]:
    """Return the fields that are not None, as AWS leaves out what there is not."""
    return {name: value for name, value in fields.items() if value is not None}


def new_uuid(source: random.Random) -> str:
    """Return a random UUID of version 4."""
    digits = f"{source.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
