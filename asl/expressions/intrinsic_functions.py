"""The intrinsic functions: what each takes and returns.

https://states-language.net/#appendix-b and https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Function(NamedTuple):
    """How many arguments a function takes, of which kind each is, and of which kind the result.

    A kind is a letter: `a`ny, `l`ist, `o`bject, `t`ext, `n`umber, `b`oolean.
    """

    fewest: int
    most: int | None
    kinds: str
    result: str
    usage: str


FUNCTIONS: Final[dict[str, Function]] = {
    "Format": Function(1, None, "t", "t", "States.Format('{} of {}', value, ...)"),
    "StringToJson": Function(1, 1, "t", "a", "States.StringToJson(text)"),
    "JsonToString": Function(1, 1, "a", "t", "States.JsonToString(value)"),
    "Array": Function(0, None, "", "l", "States.Array(value, ...)"),
    "ArrayPartition": Function(2, 2, "ln", "l", "States.ArrayPartition(array, size)"),
    "ArrayContains": Function(2, 2, "la", "b", "States.ArrayContains(array, value)"),
    "ArrayRange": Function(3, 3, "nnn", "l", "States.ArrayRange(first, last, step)"),
    "ArrayGetItem": Function(2, 2, "ln", "a", "States.ArrayGetItem(array, index)"),
    "ArrayLength": Function(1, 1, "l", "n", "States.ArrayLength(array)"),
    "ArrayUnique": Function(1, 1, "l", "l", "States.ArrayUnique(array)"),
    "Base64Encode": Function(1, 1, "t", "t", "States.Base64Encode(text)"),
    "Base64Decode": Function(1, 1, "t", "t", "States.Base64Decode(text)"),
    "Hash": Function(2, 2, "at", "t", "States.Hash(value, 'SHA-256')"),
    "JsonMerge": Function(3, 3, "oob", "o", "States.JsonMerge(object, object, false)"),
    "MathRandom": Function(2, 3, "nnn", "n", "States.MathRandom(start, end) or with a seed"),
    "MathAdd": Function(2, 2, "nn", "n", "States.MathAdd(number, number)"),
    "StringSplit": Function(2, 2, "tt", "l", "States.StringSplit(text, separator)"),
    "UUID": Function(0, 0, "", "t", "States.UUID()"),
}

HASHES: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
"""The algorithms of `States.Hash`, with Python's names of them."""
LONGEST_TEXT: Final = 10_000
"""Characters that Base64Encode, Base64Decode and Hash take."""
LONGEST_RANGE: Final = 1_000
"""Items that ArrayRange makes."""
