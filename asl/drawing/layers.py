"""Which row each state of a scope stands in, and in which order within the row.

The method is Sugiyama's: turn back the edges that close loops, rank by the longest path, split long edges into one
point a row, then sort the rows by the mean position of their neighbours so that few edges cross. Edges of one style
that lead to the same state share their points, so that ten catchers of one handler become one line with ten inlets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from asl.definitions.order import reverse_postorder

if TYPE_CHECKING:
    from collections.abc import Sequence

SWEEPS = 12
LARGE = 4000
"""Points from which on a picture is only laid out roughly: nobody reads it whole."""


@dataclass(frozen=True, slots=True)
class Link:
    """An edge between the boxes `source` and `target`; `happy` if the ordinary course may take it."""

    source: int
    target: int
    happy: bool
    style: str


@dataclass(slots=True, eq=False)
class Point:
    """A box in its row, or the place where a long edge passes the row (`box` is None)."""

    box: int | None
    row: int
    spine: bool = False
    """Whether it lies on the course that is drawn straight down."""
    above: list[Point] = field(default_factory=list)
    below: list[Point] = field(default_factory=list)
    side: int = 0
    """-1 left of the spine, 1 right of it."""
    place: int = 0
    x: float = 0.0


@dataclass(slots=True)
class Layers:
    """The rows from top to bottom, and the points that each link passes. A link that closes a loop has no points."""

    rows: list[list[Point]]
    courses: dict[Link, list[Point]]
    loops: list[Link]
    points: list[Point]
    """The point of each box."""


def arrange(weights: Sequence[int], links: Sequence[Link], start: int | None) -> Layers:
    """Arrange boxes, one for each weight; `start` is the first of them, where there is one.

    A heavier box draws the spine to itself more than a lighter one.
    """
    count = len(weights)
    outgoing: list[list[Link]] = [[] for _ in range(count)]
    for link in links:
        outgoing[link.source].append(link)
    starts = [*([] if start is None else [start]), *range(count)]
    order = reverse_postorder(starts, lambda box: [link.target for link in outgoing[box]])
    place = {box: i for i, box in enumerate(order)}
    loops = {link for link in links if place[link.target] <= place[link.source]}
    forward = [[link for link in out if link not in loops] for out in outgoing]
    ranks = _ranks(order, forward)
    spine = _spine(order, forward, start, weights)
    layers = _split(count, order, forward, ranks, spine)
    layers.loops = [link for link in links if link in loops]
    _sort(layers)
    return layers


def _ranks(order: list[int], forward: list[list[Link]]) -> list[int]:
    ranks = [0] * len(order)
    for box in order:
        for link in forward[box]:
            ranks[link.target] = max(ranks[link.target], ranks[box] + 1)
    return ranks


def _spine(
    order: list[int], forward: list[list[Link]], start: int | None, weights: Sequence[int]
) -> list[int]:
    """Return the ordinary course from the start that does the most work: what most people call the happy path."""
    if start is None:
        return []
    most: dict[int, int] = {}
    following: dict[int, int] = {}
    for box in reversed(order):
        most[box] = weights[box]
        for link in forward[box]:
            if link.happy and most[link.target] + weights[box] > most[box]:
                most[box] = most[link.target] + weights[box]
                following[box] = link.target
    course = [start]
    while course[-1] in following:
        course.append(following[course[-1]])
    return course


def _split(
    count: int, order: list[int], forward: list[list[Link]], ranks: list[int], spine: list[int]
) -> Layers:
    rows: list[list[Point]] = [[] for _ in range(max(ranks, default=-1) + 1)]
    points = [Point(box, ranks[box]) for box in range(count)]
    for box in spine:
        points[box].spine = True
    steps = set(pairwise(spine))
    courses: dict[Link, list[Point]] = {}
    shared: dict[tuple[int, str, int], Point] = {}
    _take_sides(order, forward, points)
    for box in order:
        rows[ranks[box]].append(points[box])
    for box in order:
        for link in forward[box]:
            straight = (link.source, link.target) in steps and link.happy
            course = [points[link.source]]
            for row in range(ranks[link.source] + 1, ranks[link.target]):
                key = (link.target, "spine" if straight else link.style, row)
                point = shared.get(key)
                if point is None:
                    point = shared[key] = Point(None, row, straight)
                    point.side = 0 if straight else points[link.target].side or points[link.source].side or 1
                    rows[row].append(point)
                course.append(point)
            course.append(points[link.target])
            courses[link] = course
            for upper, lower in pairwise(course):
                if lower not in upper.below:
                    upper.below.append(lower)
                    lower.above.append(upper)
    for row_points in rows:
        row_points.sort(key=lambda point: point.side)
    return Layers(rows, courses, [], points)


def _take_sides(order: list[int], forward: list[list[Link]], points: list[Point]) -> None:
    """Decide on which side of the spine each box stands: what leaves the spine goes to the emptier side."""
    total = 0
    for box in order:
        for link in forward[box]:
            target = points[link.target]
            if not target.spine and not target.side:
                emptier = -1 if total > 0 else 1 if total < 0 else 1 if link.style == "catch" else -1
                target.side = points[box].side or emptier
                total += target.side


def _sort(layers: Layers) -> None:
    """Order every row by the mean place of its neighbours, downwards and upwards in turn; keep the best order."""
    rows = layers.rows
    _number(rows)
    size = sum(map(len, rows))
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(SWEEPS if size < LARGE else 2):
        downwards = sweep % 2 == 0
        for row in rows if downwards else reversed(rows):
            keys: dict[Point, tuple[int, float]] = {}
            for point in row:
                near = point.above if downwards else point.below
                mean = sum(other.place for other in near) / len(near) if near else float(point.place)
                keys[point] = (point.side, mean)
            row.sort(key=keys.__getitem__)
            for place, point in enumerate(row):
                point.place = place
        crossings = _crossings(rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    rows[:] = best
    _number(rows)
    if size < LARGE:
        _swap_neighbours(rows)


def _number(rows: list[list[Point]]) -> None:
    for row in rows:
        for place, point in enumerate(row):
            point.place = place


def _crossings(rows: list[list[Point]]) -> int:
    """Count the crossings of edges between neighbouring rows, by inversions in a merge sort's stead: a Fenwick tree."""
    total = 0
    for upper, lower in pairwise(rows):
        tree = [0] * (len(lower) + 1)
        seen = 0
        for point in upper:
            ends = sorted(other.place for other in point.below)
            for end in ends:
                i, left = end + 1, 0
                while i:
                    left += tree[i]
                    i &= i - 1
                total += seen - left
            for end in ends:
                i = end + 1
                while i < len(tree):
                    tree[i] += 1
                    i += i & -i
                seen += 1
    return total


def _swap_neighbours(rows: list[list[Point]]) -> None:
    """Exchange neighbours of a row as long as that removes crossings."""
    for _ in range(4):
        changed = False
        for row in rows:
            for i in range(len(row) - 1):
                left, right = row[i], row[i + 1]
                if left.side != right.side:
                    continue
                gain = _pair(left, right) - _pair(right, left)
                if gain > 0:
                    row[i], row[i + 1] = right, left
                    left.place, right.place = i + 1, i
                    changed = True
        if not changed:
            return


def _pair(left: Point, right: Point) -> int:
    """Crossings between the edges of two neighbours if they stand in this order."""
    total = 0
    for ours, theirs in ((left.above, right.above), (left.below, right.below)):
        total += sum(1 for a in ours for b in theirs if a.place > b.place)
    return total
