"""The functions that an expression can call without defining them, and how many arguments each takes.

Those of JSONata are at https://docs.jsonata.org (`$eval` is not offered), those that Step Functions adds at
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Signature(NamedTuple):
    """How many arguments a function takes."""

    fewest: int
    most: int | None
    """None where there is no limit."""
    takes_context: bool = False
    """Whether the first argument may be left out within a path: `$states.input.drinks.$uppercase()`."""


OWN_FUNCTIONS: Final[dict[str, Signature]] = {
    "hash": Signature(2, 2),
    "parse": Signature(1, 1),
    "partition": Signature(2, 2),
    "random": Signature(0, 1),
    "range": Signature(3, 3),
    "uuid": Signature(0, 0),
}
"""Those that Step Functions adds to JSONata; `$random` takes a seed here."""

_OF_THE_CONTEXT: Final[dict[str, tuple[int, int]]] = {
    "abs": (1, 1),
    "base64decode": (1, 1),
    "base64encode": (1, 1),
    "boolean": (1, 1),
    "ceil": (1, 1),
    "clone": (1, 1),
    "contains": (2, 2),
    "decodeUrl": (1, 1),
    "decodeUrlComponent": (1, 1),
    "each": (2, 2),
    "encodeUrl": (1, 1),
    "encodeUrlComponent": (1, 1),
    "floor": (1, 1),
    "formatBase": (1, 2),
    "formatInteger": (2, 2),
    "formatNumber": (2, 3),
    "fromMillis": (1, 3),
    "keys": (1, 1),
    "length": (1, 1),
    "lookup": (2, 2),
    "lowercase": (1, 1),
    "match": (2, 3),
    "not": (1, 1),
    "number": (1, 1),
    "pad": (2, 3),
    "parseInteger": (2, 2),
    "power": (2, 2),
    "replace": (3, 4),
    "round": (1, 2),
    "sift": (1, 2),
    "split": (2, 3),
    "spread": (1, 1),
    "sqrt": (1, 1),
    "string": (1, 2),
    "substring": (2, 3),
    "substringAfter": (2, 2),
    "substringBefore": (2, 2),
    "toMillis": (1, 2),
    "trim": (1, 1),
    "uppercase": (1, 1),
}
_OTHERS: Final[dict[str, tuple[int, int | None]]] = {
    "append": (2, 2),
    "assert": (1, 2),
    "average": (1, 1),
    "count": (1, 1),
    "distinct": (1, 1),
    "error": (0, 1),
    "exists": (1, 1),
    "filter": (2, 2),
    "join": (1, 2),
    "map": (2, 2),
    "max": (1, 1),
    "merge": (1, 1),
    "millis": (0, 0),
    "min": (1, 1),
    "now": (0, 2),
    "reduce": (2, 3),
    "reverse": (1, 1),
    "shuffle": (1, 1),
    "single": (1, 2),
    "sort": (1, 2),
    "sum": (1, 1),
    "type": (1, 1),
    "zip": (1, None),
}

FUNCTIONS: Final[dict[str, Signature]] = {
    **{name: Signature(*counts, takes_context=True) for name, counts in _OF_THE_CONTEXT.items()},
    **{name: Signature(*counts) for name, counts in _OTHERS.items()},
    **OWN_FUNCTIONS,
}
"""All of them by name, without the dollar sign."""
