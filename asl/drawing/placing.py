"""Where in its row each point stands: as near to its neighbours as the room allows, the spine straight down."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asl.drawing.layers import Point

PASSES = 10


def place(rows: Sequence[Sequence[Point]], width: Callable[[Point], float], gap: float) -> None:
    """Set `x` of every point. The spine stands at 0; two points of a row keep `gap` between their edges."""
    spaced = [(row, _offsets(row, width, gap)) for row in rows]
    for row, offsets in spaced:
        _spread(row, offsets, [0.0] * len(row), [1.0] * len(row))
    for turn in range(PASSES):
        downwards = turn % 2 == 0
        for row, offsets in spaced if downwards else reversed(spaced):
            wishes, weights = [], []
            for point in row:
                near = point.above if downwards else point.below
                if turn >= PASSES - 2:
                    near = point.above + point.below
                wishes.append(_mean(point, near))
                weights.append(1.0 if point.box is not None else 4.0)
            _spread(row, offsets, wishes, weights)


def straighten(rows: Sequence[Sequence[Point]], width: Callable[[Point], float], gap: float) -> None:
    """Draw the passing points of each long edge into one upright line, as far as the boxes of the rows leave room."""
    for _ in range(3):
        for row in rows:
            for point in row:
                if point.box is None and not point.spine and not (point.above and point.above[0].box is None):
                    _straighten_chain(point, rows, width, gap)


def _straighten_chain(
    point: Point, rows: Sequence[Sequence[Point]], width: Callable[[Point], float], gap: float
) -> None:
    chain = [point]
    while chain[-1].below and chain[-1].below[0].box is None:
        chain.append(chain[-1].below[0])
    stretch: list[Point] = []
    low, high = float("-inf"), float("inf")
    for passing in chain:
        left, right = _room(passing, rows[passing.row], width, gap)
        if stretch and max(low, left) > min(high, right):
            _set(stretch, low, high)
            stretch, low, high = [], float("-inf"), float("inf")
        stretch.append(passing)
        low, high = max(low, left), min(high, right)
    _set(stretch, low, high)


def _room(
    point: Point, row: Sequence[Point], width: Callable[[Point], float], gap: float
) -> tuple[float, float]:
    """Between which places a point can move while its neighbours stay."""
    left, right = float("-inf"), float("inf")
    if point.place:
        other = row[point.place - 1]
        left = other.x + width(other) / 2 + gap + width(point) / 2
    if point.place + 1 < len(row):
        other = row[point.place + 1]
        right = other.x - width(other) / 2 - gap - width(point) / 2
    return min(left, point.x), max(right, point.x)


def _set(stretch: list[Point], low: float, high: float) -> None:
    """Move a stretch to one place: where it comes from or leads to if it can, else as little as it must."""
    ends = [*stretch[0].above, *stretch[-1].below]
    wishes = [end.x for end in ends if low <= end.x <= high] or [sum(p.x for p in stretch) / len(stretch)]
    middle = sum(p.x for p in stretch) / len(stretch)
    x = min(max(min(wishes, key=lambda wish: abs(wish - middle)), low), high)
    for point in stretch:
        point.x = x


def _mean(point: Point, near: Sequence[Point]) -> float:
    """Return where a point would like to stand. The line of a long edge pulls harder, so that it stays straight."""
    if not near:
        return point.x
    pulls = [3.0 if point.box is None and other.box is None else 1.0 for other in near]
    return sum(pull * other.x for pull, other in zip(pulls, near, strict=True)) / sum(pulls)


def _offsets(row: Sequence[Point], width: Callable[[Point], float], gap: float) -> list[float]:
    """Return how far from the first point of a row each of its points stands at least."""
    offsets = [0.0] * len(row)
    for i in range(1, len(row)):
        offsets[i] = offsets[i - 1] + width(row[i - 1]) / 2 + gap + width(row[i]) / 2
    return offsets


def _spread(
    row: Sequence[Point], offsets: Sequence[float], wishes: Sequence[float], weights: Sequence[float]
) -> None:
    """Give the points of a row the places nearest to their wishes that keep their order and distances.

    With the distances taken off, that is a least-squares fit of a rising sequence: neighbours that want to pass each
    other are pooled and stand at their common mean. What is left or right of the spine is fitted by itself.
    """
    pinned = next((i for i, point in enumerate(row) if point.spine), None)
    packed = [wish - offset for wish, offset in zip(wishes, offsets, strict=True)]
    if pinned is None:
        fitted = _rising(packed, weights)
    else:
        zero = -offsets[pinned]
        fitted = [min(value, zero) for value in _rising(packed[:pinned], weights[:pinned])] + [zero]
        fitted += [max(value, zero) for value in _rising(packed[pinned + 1 :], weights[pinned + 1 :])]
    for point, value, offset in zip(row, fitted, offsets, strict=True):
        point.x = value + offset


def _rising(wishes: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Return the rising sequence nearest to the wishes (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for wish, weight in zip(wishes, weights, strict=True):
        total, mass, size = wish * weight, weight, 1
        while pools and pools[-1][0] / pools[-1][1] > total / mass:
            before = pools.pop()
            total, mass, size = total + before[0], mass + before[1], size + before[2]
        pools.append((total, mass, size))
    return [total / mass for total, mass, size in pools for _ in range(size)]


def fit(wishes: Sequence[float], weights: Sequence[float], step: float) -> list[float]:
    """Return the places nearest to the wishes, in their order, that are at least `step` apart."""
    rising = _rising([wish - step * i for i, wish in enumerate(wishes)], weights)
    return [value + step * i for i, value in enumerate(rising)]
