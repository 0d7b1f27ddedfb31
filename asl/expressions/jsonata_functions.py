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

_OF_THE_CONTEXT: Final[dict[tuple[int, int], str]] = {
    (1, 1): "abs base64decode base64encode boolean ceil clone decodeUrl decodeUrlComponent encodeUrl "
    "encodeUrlComponent floor keys length lowercase not number spread sqrt trim uppercase",
    (1, 2): "formatBase round sift string toMillis",
    (1, 3): "fromMillis",
    (2, 2): "contains each formatInteger lookup parseInteger power substringAfter substringBefore",
    (2, 3): "formatNumber match pad split substring",
    (3, 4): "replace",
}
"""By the fewest and the most arguments: those that take the item at hand within a path,"""
_OTHERS: Final[dict[tuple[int, int | None], str]] = {
    (0, 1): "error",
    (0, 2): "now",
    (0, 0): "millis",
    (1, 1): "average count distinct exists max merge min reverse shuffle sum type",
    (1, 2): "assert join single sort",
    (1, None): "zip",
    (2, 2): "append filter map",
    (2, 3): "reduce",
}
"""and those that do not."""

FUNCTIONS: Final[dict[str, Signature]] = {
    **{
        n: Signature(*counts, takes_context=True)
        for counts, names in _OF_THE_CONTEXT.items()
        for n in names.split()
    },
    **{name: Signature(*counts) for counts, names in _OTHERS.items() for name in names.split()},
    **OWN_FUNCTIONS,
}
"""All of them by name, without the dollar sign."""
