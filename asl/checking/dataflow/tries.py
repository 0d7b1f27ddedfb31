"""Maps that share what they have in common, so that one more field costs little however many there are.

A map is a plain dict while it is small, otherwise a tuple of maps, chosen by bits of the key's hash. Nothing is
ever changed in place. Two maps that come from one differ only on the way to what was changed since, and joining
them skips all else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

V = TypeVar("V")

Trie: TypeAlias = "dict[str, V] | tuple[Trie[V], ...]"

_SMALL: Final = 24
_BITS: Final = 4
_WIDTH: Final = 1 << _BITS
_MASK: Final = _WIDTH - 1
_DEEPEST: Final = 40
"""Keys of one hash, which only somebody hostile could make, share a dict of any size."""


def find(trie: Trie[V], key: str) -> V | None:
    """Return the value of a key, None where there is none."""
    bits = hash(key)
    while type(trie) is tuple:
        trie = trie[bits & _MASK]
        bits >>= _BITS
    return trie.get(key)  # type: ignore[union-attr]


def put(trie: Trie[V], key: str, value: V, level: int = 0) -> Trie[V]:
    """Return the map with one value changed or added."""
    if type(trie) is not tuple:
        small: dict[str, V] = {**trie}  # type: ignore[dict-item]
        small[key] = value
        return small if len(small) <= _SMALL else grown(small, level)
    at = (hash(key) >> (level * _BITS)) & _MASK
    parts = list(trie)
    parts[at] = put(parts[at], key, value, level + 1)
    return tuple(parts)


def grown(small: dict[str, V], level: int = 0) -> Trie[V]:
    """Return the map of a dict, taken apart if it is large."""
    if len(small) <= _SMALL or level * _BITS > _DEEPEST:
        return small
    return _split(small, level)


def _split(small: dict[str, V], level: int) -> tuple[Trie[V], ...]:
    parts: list[dict[str, V]] = [{} for _ in range(_WIDTH)]
    shift = level * _BITS
    for key, value in small.items():
        parts[(hash(key) >> shift) & _MASK][key] = value
    return tuple(grown(part, level + 1) for part in parts)


def items(trie: Trie[V]) -> Iterator[tuple[str, V]]:
    """Yield all keys with their values."""
    if type(trie) is tuple:
        for part in trie:
            yield from items(part)
    else:
        yield from trie.items()  # type: ignore[union-attr]


Settled: TypeAlias = "dict[tuple[int, int], tuple[object, object]]"
"""Parts, by their identities, of which it is known that merging the second into the first changes nothing."""


def merge(
    left: Trie[V],
    right: Trie[V],
    both: Callable[[str, V | None, V | None], V],
    settled: Settled | None = None,
    level: int = 0,
) -> Trie[V]:
    """Join two maps: `both` is asked about every key, but for parts that the two have in common.

    What is the same object in both stays as it is. The answer is `left` itself if all of it does. Of large maps
    `settled` remembers where that was so: many routes that meet in one state bring mostly the same parts.
    """
    if left is right:
        return left
    if settled is not None and level and (id(left), id(right)) in settled:
        return left
    merged = _merged(left, right, both, settled, level)
    if settled is not None and level and merged is left:
        settled[id(left), id(right)] = left, right
    return merged


def _merged(
    left: Trie[V],
    right: Trie[V],
    both: Callable[[str, V | None, V | None], V],
    settled: Settled | None,
    level: int,
) -> Trie[V]:
    if type(left) is tuple or type(right) is tuple:
        apart_left = left if type(left) is tuple else _split(left, level)  # type: ignore[arg-type]
        apart_right = right if type(right) is tuple else _split(right, level)  # type: ignore[arg-type]
        parts = tuple(
            merge(a, b, both, settled, level + 1) for a, b in zip(apart_left, apart_right, strict=True)
        )
        same = all(a is b for a, b in zip(parts, apart_left, strict=True))
        return left if same else parts
    ours: dict[str, V] = left  # type: ignore[assignment]
    theirs: dict[str, V] = right  # type: ignore[assignment]
    merged: dict[str, V] = {}
    same = True
    for key, own in ours.items():
        other = theirs.get(key)
        if own is other:
            merged[key] = own
            continue
        value = both(key, own, other)
        same = same and value is own
        merged[key] = value
    for key, other in theirs.items():
        if key not in ours:
            merged[key] = both(key, None, other)
            same = False
    return left if same else grown(merged, level)
