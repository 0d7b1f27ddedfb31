"""The intrinsic functions, evaluated.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import random
import re
from typing import TYPE_CHECKING, Any, Final

from asl.execution.paths import ABSENT, PathMissing, PathReader
from asl.execution.values import dump, equal, is_number, new_uuid, shown
from asl.expressions.intrinsic_calls import (
    CallFault,
    ConstantArgument,
    NumberArgument,
    ParsedCall,
    StringArgument,
    read_call,
)
from asl.expressions.intrinsic_functions import HASHES, LONGEST_RANGE, LONGEST_TEXT
from asl.expressions.jsonpath import Path

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.execution.sight import Sight


class CallFailed(Exception):  # noqa: N818 - what happened to a call, not a fault of this program
    """A call failed. `missing` is true if an argument was not there, false if it was not what the function takes."""

    def __init__(self, reason: str, *, missing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.missing = missing


def compile_call(text: str) -> Callable[[Sight], Any]:
    """Prepare a call. What it returns raises CallFailed.

    Raises:
        ValueError: the text is no call.
    """
    call = read_call(text)
    if isinstance(call, CallFault):
        raise ValueError(f"{text} is not a call of an intrinsic function: {call.reason}")
    return _compiled(call)


def _compiled(argument: Any) -> Callable[[Sight], Any]:
    match argument:
        case ParsedCall(name=name, arguments=parts):
            arguments = [_compiled(part) for part in parts]
            function = _FUNCTIONS.get(name)
            if function is None:
                raise ValueError(f"there is no intrinsic function States.{name}")
            # The escapes of a template mean something to Format alone.
            template = (
                parts[0].raw if name == "Format" and parts and isinstance(parts[0], StringArgument) else None
            )

            def run(sight: Sight) -> Any:
                try:
                    values = [argument(sight) for argument in arguments]
                    if template is not None:
                        values[0] = template
                    return function(sight.random, *values)
                except (TypeError, ValueError, LookupError, ArithmeticError):
                    raise CallFailed(f"Invalid arguments in States.{name}") from None

            return run
        case Path():
            return _argument(argument)
        case StringArgument():
            text = argument.value
            return lambda _: text
        case NumberArgument(raw=raw_number):
            number = json.loads(raw_number)
            return lambda _: number
        case ConstantArgument(raw=word):
            constant = json.loads(word)
            return lambda _: constant
    raise ValueError(f"{argument} is not an argument")


def _argument(path: Path) -> Callable[[Sight], Any]:
    reader = PathReader(path)
    named = reader.text[1:] if path.root == "$$" else reader.text

    def read(sight: Sight) -> Any:
        try:
            found = sight.read(reader)
        except PathMissing:
            found = ABSENT
        if found is ABSENT:
            raise CallFailed(
                f"The JsonPath argument for the field '{named}' could not be found in the input "
                f"'{dump(sight.data)}'",
                missing=True,
            )
        return found

    return read


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _text(value: Any, longest: int | None = None) -> str:
    if not isinstance(value, str) or (longest is not None and len(value) > longest):
        raise TypeError(value)
    return value


def _whole(value: Any) -> int:
    """Return a number rounded as the service does: "if you specify a non-integer value, it's rounded off"."""
    if not is_number(value):
        raise TypeError(value)
    return math.floor(value + 0.5) if isinstance(value, float) else int(value)


def _array_partition(_: random.Random, array: Any, size: Any) -> Any:
    items, length = _list(array), _whole(size)
    if length < 1:
        raise ValueError(size)
    return [items[i : i + length] for i in range(0, len(items), length)]


def _array_contains(_: random.Random, array: Any, wanted: Any) -> bool:
    return any(equal(item, wanted) for item in _list(array))


def array_range(first: Any, last: Any, step: Any) -> list[int]:
    """Return the numbers from the first to the last, both included. Raises ValueError for a step of 0 or over
    1,000 items."""
    start, end, by = _whole(first), _whole(last), _whole(step)
    numbers = range(start, end + (1 if by > 0 else -1), by)
    if len(numbers) > LONGEST_RANGE:
        raise ValueError("more items than 1,000")
    return list(numbers)


def _array_get_item(_: random.Random, array: Any, index: Any) -> Any:
    items, at = _list(array), _whole(index)
    if at < 0:
        raise IndexError(index)
    return items[at]


def array_unique(_: random.Random, array: Any) -> Any:
    """Return the items without those that came before."""
    found: list[Any] = []
    for item in _list(array):
        if not any(equal(item, other) for other in found):
            found.append(item)
    return found


def _base64_encode(_: random.Random, text: Any) -> str:
    return base64.b64encode(_text(text, LONGEST_TEXT).encode()).decode()


def _base64_decode(_: random.Random, text: Any) -> str:
    try:
        return base64.b64decode(_text(text, LONGEST_TEXT), validate=True).decode()
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def digest(value: Any, algorithm: Any) -> str:
    """Return a hash in hexadecimal. Raises KeyError for an algorithm that the service has not."""
    text = value if isinstance(value, str) else dump(value)
    return hashlib.new(HASHES[_text(algorithm)], _text(text, LONGEST_TEXT).encode()).hexdigest()


def _json_merge(_: random.Random, first: Any, second: Any, deep: Any) -> Any:
    if not isinstance(first, dict) or not isinstance(second, dict) or deep is not False:
        raise TypeError("two objects and false")
    return {**first, **second}


def _math_random(source: random.Random, first: Any, last: Any, seed: Any = None) -> int:
    start, end = _whole(first), _whole(last)
    chosen = source if seed is None else random.Random(_whole(seed))  # noqa: S311 - a seed makes it repeatable
    return chosen.randrange(start, end)


def _math_add(_: random.Random, first: Any, second: Any) -> int:
    total = _whole(first) + _whole(second)
    if not -(2**31) <= total < 2**31:
        raise ArithmeticError("beyond 32 bits")
    return total


def _string_split(_: random.Random, text: Any, delimiters: Any) -> list[str]:
    signs = _text(delimiters)
    if not signs:
        return [_text(text)]
    return [part for part in re.split(f"[{re.escape(signs)}]", _text(text)) if part]


def _string_to_json(_: random.Random, text: Any) -> Any:
    return json.loads(text) if _text(text).strip() else None  # nothing is read as null


_SLOT: Final = re.compile(r"\\([\\'{}])|(\{\})|([{}])")


def _format(_: random.Random, template: Any, *values: Any) -> str:
    waiting = list(values)

    def fill(matched: re.Match[str]) -> str:
        if matched[1] is not None:
            return matched[1]
        if matched[2] is None:
            raise ValueError("a brace of its own")
        return shown(waiting.pop(0))

    text = _SLOT.sub(fill, _text(template))
    if waiting:
        raise ValueError("more values than slots")
    return text


_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "Array": lambda _, *items: list(items),
    "ArrayContains": _array_contains,
    "ArrayGetItem": _array_get_item,
    "ArrayLength": lambda _, array: len(_list(array)),
    "ArrayPartition": _array_partition,
    "ArrayRange": lambda _, first, last, step: array_range(first, last, step),
    "ArrayUnique": array_unique,
    "Base64Decode": _base64_decode,
    "Base64Encode": _base64_encode,
    "Format": _format,
    "Hash": lambda _, value, algorithm: digest(value, algorithm),
    "JsonMerge": _json_merge,
    "JsonToString": lambda _, value: dump(value),
    "MathAdd": _math_add,
    "MathRandom": _math_random,
    "StringSplit": _string_split,
    "StringToJson": _string_to_json,
    "UUID": new_uuid,
}
