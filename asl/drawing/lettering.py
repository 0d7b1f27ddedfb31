"""Where the words at the edges stand: apart from one another, from the boxes, and from the lines of other edges.

A layout gives each label a place that no other label has. Here it moves along its own edge, or a little aside, until
no other edge runs through it; what still would, makes way: lines end before a label and go on behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from asl.drawing.parts import LABEL_SIZE
from asl.drawing.text import text_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asl.drawing.parts import Box, Label, Panel

Point = tuple[float, float]

_SIDE = 3.0
"""Room left and right of the words."""
_ASCENT, _DESCENT = 11.0, 4.0
_BESIDE = 3.0
"""How far a label stands from a line that it does not belong to, or that it stands beside."""
_STEP = 6.0
_TRIES = 60
"""Heights along an upright line that are tried, from the nearest on."""
_TAKEN, _CROSSED, _SHARED = 100_000.0, 1000.0, 500.0
_MANY = 600
"""Labels from which on they stay where the layout put them: nobody reads such a picture whole."""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Area) -> bool:
        """Whether the two share anything but a border."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def area(label: Label) -> Area:
    """Return what a label takes up."""
    return _area(label, label.x, label.y)


def _half(label: Label) -> float:
    return text_width(label.text, LABEL_SIZE) / 2 + _SIDE


def _area(label: Label, x: float, y: float) -> Area:
    half = _half(label)
    return Area(x - half, y - _ASCENT, x + half, y + _DESCENT)


@dataclass(frozen=True, slots=True)
class _Stroke:
    """A straight stretch of a line, `owner` its place in `Panel.lines`."""

    owner: int
    area: Area
    upright: bool


def settle(panel: Panel) -> None:
    """Move the labels of a panel to where they can be read and do not leave in doubt whose they are."""
    if len(panel.labels) > _MANY:
        return
    strokes = [
        _Stroke(owner, _between(a, b), upright=abs(a[0] - b[0]) <= abs(a[1] - b[1]))
        for owner, line in enumerate(panel.lines)
        for points in (line.corners, line.shared)
        for a, b in pairwise(points)
    ]
    if panel.start is not None:
        x, top, bottom = panel.start
        strokes.append(_Stroke(-1, _between((x, top), (x, bottom)), upright=True))
    boxes = [_around(box) for box in panel.boxes]
    areas = [area(label) for label in panel.labels]
    for i, label in enumerate(panel.labels):
        taken = [*boxes, *areas[:i], *areas[i + 1 :]]
        lines = [one.area for one in strokes if one.owner not in label.lines]
        if any(map(areas[i].meets, taken)) or any(map(areas[i].meets, lines)):
            own = [one.area for one in strokes if one.owner in label.lines and one.upright]
            reach = 2 * _half(label) + 2 * _BESIDE
            near = [Area(one.left - reach, one.top, one.right + reach, one.bottom) for one in own]
            _move(
                label,
                own,
                [one for one in lines if any(map(one.meets, near))],
                [one for one in taken if any(map(one.meets, near))],
            )
            areas[i] = area(label)


def _move(label: Label, own: Sequence[Area], lines: Sequence[Area], taken: Sequence[Area]) -> None:
    """Find the place for a label at the upright stretches `own` of its edge that is best, and near to where it is."""
    half, x, y = _half(label), label.x, label.y
    here = area(label)
    least = _cost(here.left, here.right, _level(lines, y), _level(taken, y))
    for one in own:
        at = one.left
        for height in sorted(_heights(one, y), key=lambda height: abs(height - y))[:_TRIES]:
            if abs(height - y) >= least:
                break
            level = _level(lines, height)
            uprights = [line.left for line in level if line.right - line.left < 1]
            # Beside a stretch that other edges share, a label does not tell which of them it is about.
            shared = _SHARED if any(abs(line - at) < 1 for line in uprights) else 0.0
            in_the_way = _level(taken, height)
            asides = [x, at, at - half - _BESIDE, at + half + _BESIDE]
            asides += [line + side * (half + _BESIDE) for line in uprights for side in (-1, 1)]
            for aside in asides:
                away = abs(aside - x) + abs(height - y)
                if abs(aside - at) > half + _BESIDE or shared + away >= least:
                    continue
                cost = _cost(aside - half, aside + half, level, in_the_way) + shared + away
                if cost < least:
                    least, label.x, label.y = cost, aside, height


def _level(areas: Sequence[Area], y: float) -> list[Area]:
    """Return what a label at this height would meet if it stood above or below it."""
    top, bottom = y - _ASCENT, y + _DESCENT
    return [one for one in areas if one.top < bottom and top < one.bottom]


def _heights(upright: Area, y: float) -> list[float]:
    """Return where a label may stand along an upright line, clear of its corners and of the tip below."""
    top, bottom = upright.top + _ASCENT + _BESIDE, upright.bottom - _DESCENT - 8
    count = int(max(bottom - top, 0.0) / _STEP)
    return [*([y] if top - _BESIDE <= y <= bottom else []), *(top + _STEP * i for i in range(count + 1))]


def _between(a: Point, b: Point) -> Area:
    return Area(min(a[0], b[0]), min(a[1], b[1]), max(a[0], b[0]), max(a[1], b[1]))


def _around(box: Box) -> Area:
    return Area(box.x - box.width / 2 - 1, box.y - 1, box.x + box.width / 2 + 1, box.y + box.height + 1)


def _cost(left: float, right: float, lines: Sequence[Area], taken: Sequence[Area]) -> float:
    """Return how bad it is to stand there among what is level with it, in pixels that a label would rather move."""
    cost = _TAKEN * len([one for one in taken if one.left < right and left < one.right])
    return cost + _CROSSED * len([one for one in lines if one.left < right and left < one.right])


def make_way(points: Sequence[Point], labels: Sequence[Area]) -> list[list[Point]]:
    """Return the pieces of a line through `points` that labels leave of it."""
    pieces: list[list[Point]] = [[points[0]]]
    for here, there in pairwise(points):
        for start, end in _gaps(here, there, labels):
            pieces[-1].append(start)
            pieces.append([end])
        pieces[-1].append(there)
    return [piece for piece in pieces if len(piece) > 1 and piece[0] != piece[-1]]


def _gaps(here: Point, there: Point, labels: Sequence[Area]) -> list[tuple[Point, Point]]:
    """Return from where to where labels interrupt a straight stretch, in its direction."""
    upright = abs(here[0] - there[0]) <= abs(here[1] - there[1])
    (a, b), across = ((here[1], there[1]), here[0]) if upright else ((here[0], there[0]), here[1])
    low, high = min(a, b), max(a, b)
    cuts = []
    for one in labels:
        near, far, side, other = (
            (one.top, one.bottom, one.left, one.right)
            if upright
            else (one.left, one.right, one.top, one.bottom)
        )
        if side < across < other and near < high and low < far:
            cuts.append((max(near, low), min(far, high)))
    found = []
    for near, far in _joined(cuts)[:: 1 if a <= b else -1]:
        first, last = (near, far) if a <= b else (far, near)
        found.append(((across, first), (across, last)) if upright else ((first, across), (last, across)))
    return found


def _joined(stretches: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the stretches in their order, with those that meet made one."""
    joined: list[tuple[float, float]] = []
    for near, far in sorted(stretches):
        if joined and near <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(far, joined[-1][1]))
        else:
            joined.append((near, far))
    return joined
