"""The intrinsic functions: what each takes and returns.

https://states-language.net/#appendix-b and https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

from typing import Final, NamedTuple


class IntrinsicFunction(NamedTuple):
    """How many arguments a function takes, of which kind each is, and of which kind the result.

    A kind is a letter: `a`ny, `l`ist, `o`bject, `t`ext, `n`umber, `b`oolean.
    """

    fewest: int
    most: int | None
    kinds: str
    result: str
    usage: str


FUNCTIONS: Final[dict[str, IntrinsicFunction]] = {
    "Format": IntrinsicFunction(1, None, "t", "t", "States.Format('{} of {}', value, ...)"),
    "StringToJson": IntrinsicFunction(1, 1, "t", "a", "States.StringToJson(text)"),
    "JsonToString": IntrinsicFunction(1, 1, "a", "t", "States.JsonToString(value)"),
    "Array": IntrinsicFunction(0, None, "", "l", "States.Array(value, ...)"),
    "ArrayPartition": IntrinsicFunction(2, 2, "ln", "l", "States.ArrayPartition(array, size)"),
    "ArrayContains": IntrinsicFunction(2, 2, "la", "b", "States.ArrayContains(array, value)"),
    "ArrayRange": IntrinsicFunction(3, 3, "nnn", "l", "States.ArrayRange(first, last, step)"),
    "ArrayGetItem": IntrinsicFunction(2, 2, "ln", "a", "States.ArrayGetItem(array, index)"),
    "ArrayLength": IntrinsicFunction(1, 1, "l", "n", "States.ArrayLength(array)"),
    "ArrayUnique": IntrinsicFunction(1, 1, "l", "l", "States.ArrayUnique(array)"),
    "Base64Encode": IntrinsicFunction(1, 1, "t", "t", "States.Base64Encode(text)"),
    "Base64Decode": IntrinsicFunction(1, 1, "t", "t", "States.Base64Decode(text)"),
    "Hash": IntrinsicFunction(2, 2, "at", "t", "States.Hash(value, 'SHA-256')"),
    "JsonMerge": IntrinsicFunction(3, 3, "oob", "o", "States.JsonMerge(object, object, false)"),
    "MathRandom": IntrinsicFunction(2, 3, "nnn", "n", "States.MathRandom(start, end) or with a seed"),
    "MathAdd": IntrinsicFunction(2, 2, "nn", "n", "States.MathAdd(number, number)"),
    "StringSplit": IntrinsicFunction(2, 2, "tt", "l", "States.StringSplit(text, separator)"),
    "UUID": IntrinsicFunction(0, 0, "", "t", "States.UUID()"),
}

HASHES: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
"""The algorithms of `States.Hash`, with Python's names of them."""
LONGEST_TEXT: Final = 10_000
"""Characters that Base64Encode, Base64Decode and Hash take."""
LONGEST_RANGE: Final = 1_000
"""Items that ArrayRange makes."""
