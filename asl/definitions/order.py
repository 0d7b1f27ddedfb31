"""In which order states are looked at: each after those that lead to it, but for loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")


def reverse_postorder(starts: Iterable[T], followers: Callable[[T], Iterable[T]]) -> list[T]:
    """Return all that can be reached from the starts, each before its followers, but for those that close a loop.

    It takes no recursion: a definition has thousands of states in a row. `followers` is called once for each.
    """
    done: list[T] = []
    seen: set[T] = set()
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        trail: list[tuple[T, Iterator[T]]] = [(start, iter(followers(start)))]
        while trail:
            here, rest = trail[-1]
            for following in rest:
                if following not in seen:
                    seen.add(following)
                    trail.append((following, iter(followers(following))))
                    break
            else:
                done.append(here)
                trail.pop()
    done.reverse()
    return done
