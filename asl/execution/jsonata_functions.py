"""JSONata's functions where Step Functions gives something else than `jsonata-python`, and its own six.

What each rests on: measured in Step Functions by the authors of sfnx, September 2026
(https://github.com/iwamot/sfnx/blob/main/docs/design.md), and by F. Paredes for Floci, August 2026
(https://github.com/floci-io/floci/issues/2737 and its neighbours), or the reference of JSONata 2.0.6,
https://docs.jsonata.org.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import math
import re
import urllib.parse
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, Final

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.utils import Utils

from asl.execution.intrinsics import array_range, digest
from asl.execution.values import new_uuid
from asl.expressions.intrinsic_functions import HASHES

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.execution.sight import Sight

_ISO_8601: Final = re.compile(
    r"\d{4}(-[01]\d)*(-[0-3]\d)*(T[0-2]\d:[0-5]\d:[0-5]\d)*(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?", re.ASCII
)
MOST_NUMBERS: Final = 873_782
_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|\'((?:[^\'\\]|\\.)*+)\'', re.DOTALL)
_ACTIVE: Final = re.compile(r"[\d#.,;]")
_FRACTION: Final = re.compile(r"\.([\d#]*)")


def arithmetic(left: Any, right: Any, sign: str) -> Any:
    """Evaluate `+ - * / %` on doubles: what is divided by zero, or is too large, is infinite, and fails only when it
    is worked on further. Raises JException."""
    for code, value in (("T2001", left), ("T2002", right)):
        if value is not None and not Utils.is_numeric(value):
            raise JException(code, -1, sign, value)
    if left is None or right is None:
        return None
    one, other = float(left), float(right)
    match sign:
        case "+":
            result = one + other
        case "-":
            result = one - other
        case "*":
            result = one * other
        case "/":
            result = one / other if other else _divided_by_zero(one, other)
        case _:
            result = math.fmod(one, other) if other else math.nan
    return int(result) if math.isfinite(result) and result.is_integer() else result


def refuse_too_many(left: Any, right: Any) -> None:
    """Raise ValueError for a range that takes more memory than an expression may have: 873,782 numbers fit."""
    if isinstance(left, int) and isinstance(right, int) and right - left + 1 > MOST_NUMBERS:
        raise ValueError("Expression evaluation memory limit exceeded: Check for excessive memory usage")


def _divided_by_zero(one: float, zero: float) -> float:
    return math.copysign(math.inf, one) * math.copysign(1.0, zero) if one else math.nan


def _rounded_by(function: Callable[[float], int]) -> Callable[[Any], Any]:
    return lambda number: (
        number if isinstance(number, float) and not math.isfinite(number) else function(number)
    )


def _base64_decode(text: str) -> str:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode(errors="replace")
    except binascii.Error as error:
        raise ValueError(f"{text} is not Base64: {error}") from None


def _decode_url(text: str, *, plus: bool = False) -> str:
    if _ESCAPE.search(text):
        raise JException("D3140", -1, text, "decodeUrlComponent" if plus else "decodeUrl")
    return (urllib.parse.unquote_plus if plus else urllib.parse.unquote)(text, errors="replace")


def _distinct(items: Any) -> Any:
    if not isinstance(items, list) or len(items) < 2:
        return items
    found = Utils.create_sequence() if isinstance(items, Utils.JList) else []
    for item in items:
        if not any(Utils.is_deep_equal(item, other) for other in found):
            found.append(item)
    return found


def _format_number(number: Any, picture: str, options: Any = None) -> Any:
    """Round half to even, before the library formats what is left."""
    if not _ACTIVE.search(picture):
        raise JException("D3086", -1)
    fraction = _FRACTION.search(picture)
    if math.isfinite(number) and "e" not in picture and not options:
        places = len(fraction[1]) if fraction else 0
        places += 2 if "%" in picture else 3 if "‰" in picture else 0
        number = float(Decimal(repr(float(number))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN))
    return Functions.format_number(number, picture, options)


def _number(value: Any) -> Any:
    try:
        number = Functions.number(value)
    except ValueError:
        number = math.nan
    if isinstance(number, float) and not math.isfinite(number):
        raise JException("D3030", -1, value, "number")
    return number


def _format_base(number: Any, radix: Any = None) -> Any:
    radix = 10 if radix is None else radix
    if not 2 <= radix <= 36:
        raise JException("D3100", -1, radix)
    return Functions.format_base(number, radix)


def _parse_integer(text: str, picture: str) -> Any:
    try:
        return Functions.parse_integer(text, picture)
    except ValueError:
        return math.nan


def _power(base: Any, exponent: Any) -> Any:
    try:
        result = float(base) ** exponent
    except (OverflowError, ZeroDivisionError):
        result = math.inf
    if isinstance(result, complex) or not math.isfinite(result):
        raise JException("D3061", -1, base, exponent)
    return int(result) if result.is_integer() else result


def _string(value: Any, is_pretty: Any = None) -> Any:
    """Write whole numbers below 10^21 without an exponent, as JavaScript does."""
    if not isinstance(value, bool) and isinstance(value, (int, float)):
        if not math.isfinite(value):
            raise JException("D3001", -1, value)
        if float(value).is_integer() and abs(value) < 1e21:
            return str(int(Decimal(f"{float(value):.15g}")))
    return Functions.string(value, is_pretty)


def _replace(text: str, pattern: Any, by: Any, limit: Any = None) -> Any:
    """Take a replacement to the letter where the pattern is a text."""
    most = None if limit is None else math.floor(limit)
    if pattern == "":
        raise JException("D3010", -1)
    if most is not None and most < 0:
        raise JException("D3011", -1)
    if isinstance(pattern, str) and isinstance(by, str):
        by = by.replace("$", "$$")
    return Functions.replace(text, pattern, by, most)


def _sort(items: Any, comes_after: Any = None) -> Any:
    """Keep items in their order that are neither before nor after each other; texts go by their UTF-16."""
    if not isinstance(items, list) or len(items) < 2:
        return items
    if comes_after is not None:

        def compare(one: Any, other: Any) -> int:
            return -1 if Functions.to_boolean(Functions.func_apply(comes_after, [other, one])) else 1

        return sorted(items, key=functools.cmp_to_key(compare))
    if Utils.is_array_of_strings(items):
        return sorted(items, key=lambda text: text.encode("utf-16-be", "surrogatepass"))
    if not Utils.is_array_of_numbers(items):
        raise JException("D3070", -1)
    return sorted(items)


def _to_millis(text: str, picture: Any = None) -> Any:
    if picture is None and not _ISO_8601.fullmatch(text):
        raise JException("D3110", -1, text)
    return Functions.datetime_to_millis(text, picture)


OTHERWISE: Final[dict[str, tuple[str, Callable[..., Any]]]] = {
    "base64decode": ("<s-:s>", _base64_decode),
    "ceil": ("<n-:n>", _rounded_by(math.ceil)),
    "decodeUrl": ("<s-:s>", _decode_url),
    "decodeUrlComponent": ("<s-:s>", lambda text: _decode_url(text, plus=True)),
    "distinct": ("<x:x>", _distinct),
    "floor": ("<n-:n>", _rounded_by(math.floor)),
    "formatBase": ("<n-n?:s>", _format_base),
    "formatNumber": ("<n-so?:s>", _format_number),
    "lowercase": ("<s-:s>", str.lower),
    "number": ("<(nsb)-:n>", _number),
    "parseInteger": ("<s-s:n>", _parse_integer),
    "power": ("<n-n:n>", _power),
    "replace": ("<s-(sf)(sf)n?:s>", _replace),
    "sort": ("<af?:a>", _sort),
    "string": ("<x-b?:s>", _string),
    "toMillis": ("<s-s?:n>", _to_millis),
}
"""Functions that take the place of the library's, each with its signature."""


def of_undefined(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that gives nothing for nothing, and refuses null where its signature does."""
    takes_null = OTHERWISE[name][0].startswith("<x")

    def call(*values: Any) -> Any:
        if not values or values[0] is None:
            return None
        if values[0] is Utils.NULL_VALUE and not takes_null:
            raise JException("T0410", -1, 1, name)
        return function(*values)

    return call


# --- What Step Functions adds ---


def _parse(text: Any) -> Any:
    """Read JSON, in which texts may stand between single quotes, too."""

    def with_double_quotes(matched: re.Match[str]) -> str:
        if matched[1] is None:
            return matched[0]
        inside = re.sub(r'\\.|"', lambda sign: {"\\'": "'", '"': '\\"'}.get(sign[0], sign[0]), matched[1])
        return f'"{inside}"'

    return json.loads(
        _QUOTED.sub(with_double_quotes, text),
        parse_constant=_refuse,
        parse_float=_finite,
        object_pairs_hook=_without_repetition,
    )


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits} is beyond what a number can be")
    return number


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is there twice")
    return found


def _hash(value: Any, algorithm: Any) -> str:
    if algorithm not in HASHES:
        raise ValueError(f"{algorithm} is none of {', '.join(HASHES)}")
    return digest(value, algorithm)


def _partition(array: Any, size: Any) -> Any:
    """Give nothing of an empty array, and for chunks of no size."""
    items = array if isinstance(array, list) else [array]
    length = int(size)
    if length < 0:
        raise ValueError("the size of a chunk is not below 0")
    return Utils.create_sequence_from_iter(
        items[i : i + length] for i in (range(0, len(items), length) if length else ())
    )


def _seeded(seed: int) -> float:
    """Return the first number that Java's `Random` of this seed gives."""
    state = (seed ^ 0x5DEECE66D) & (2**48 - 1)
    drawn = []
    for bits in (26, 27):
        state = (state * 0x5DEECE66D + 0xB) & (2**48 - 1)
        drawn.append(state >> (48 - bits))
    return ((drawn[0] << 27) + drawn[1]) * 2.0**-53


def added(sight: Sight) -> dict[str, Callable[..., Any]]:
    """Return the functions that Step Functions adds, and those that depend on chance.

    What gives several values gives one, if it is but one, as it is.
    """

    def seeded(seed: Any = None) -> float:
        return sight.random.random() if seed is None else _seeded(int(seed))

    def shuffle(items: Any) -> Any:
        if not isinstance(items, list):
            return items
        return sight.random.sample(items, len(items))

    return {
        "hash": _hash,
        "parse": _parse,
        "partition": _partition,
        "random": seeded,
        "range": lambda first, last, step: Utils.create_sequence_from_iter(array_range(first, last, step)),
        "shuffle": shuffle,
        "uuid": lambda: new_uuid(sight.random),
    }
