"""A list that fails made as short as can be: delta debugging, within a number of tries.

After Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002: leave out ever smaller parts,
and keep what still fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")


def shortest(items: Sequence[T], fails: Callable[[Sequence[T]], bool], *, most: int = 60) -> list[T]:
    """Return a part of the items, in their order, that still fails, found with at most so many tries.

    The items themselves are taken to fail. If there are tries enough, no single item can be left out any more.
    """
    kept = list(items)
    parts = 2
    tries = 0
    while len(kept) > 1:
        size = -(-len(kept) // parts)
        for start in range(0, len(kept), size):
            rest = kept[:start] + kept[start + size :]
            tries += 1
            if tries > most:
                return kept
            if fails(rest):
                kept = rest
                parts = max(parts - 1, 2)
                break
        else:
            if size == 1:
                return kept
            parts = min(parts * 2, len(kept))
    return kept
