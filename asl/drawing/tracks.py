"""How edges run in the gap between two rows: at right angles, each in a track of its own where they would overlap."""

from __future__ import annotations

from dataclasses import dataclass, field

_CLOSE = 7.0
"""Upright lines nearer than this to one another look like one."""
_OVERLAP = 50
"""How much worse two lines on top of each other are than two that cross."""
_MANY = 80


@dataclass(slots=True, eq=False)
class Run:
    """What runs level in a gap: from its `drops`, where lines come down to it, to its `leaves`, where they go on down.

    A `lift` is where a line goes up from the run again, beside the row above; an edge back takes such a way.
    """

    drops: list[float] = field(default_factory=list)
    leaves: list[float] = field(default_factory=list)
    track: int = 0

    @property
    def left(self) -> float:
        """Where it begins."""
        return min(self.drops + self.leaves)

    @property
    def right(self) -> float:
        """Where it stops."""
        return max(self.drops + self.leaves)

    @property
    def level(self) -> bool:
        """Whether it moves sideways at all."""
        return self.right - self.left > 0.5


def assign(runs: list[Run]) -> int:
    """Give every run a track, 0 the topmost, and return how many tracks there are.

    For two runs that share a stretch the one goes above that makes fewer crossings; a chain of such wishes decides
    the track. A circle of wishes is cut at the run that is found first.
    """
    runs = [run for run in runs if run.level]
    if not runs:
        return 0
    if len(runs) > _MANY:
        for track, run in enumerate(sorted(runs, key=lambda run: (run.left, run.right))):
            run.track = track % 24
        return 24
    above: dict[Run, list[Run]] = {run: [] for run in runs}
    for i, one in enumerate(runs):
        for other in runs[i + 1 :]:
            if one.right + _CLOSE < other.left or other.right + _CLOSE < one.left:
                continue
            if _cost(one, other) <= _cost(other, one):
                above[other].append(one)
            else:
                above[one].append(other)
    depth: dict[Run, int] = {}
    for run in runs:
        _measure(run, above, depth, set())
    for run in runs:
        run.track = depth[run]
    return max(depth.values()) + 1


def _measure(run: Run, above: dict[Run, list[Run]], depth: dict[Run, int], around: set[Run]) -> None:
    """Find the length of the longest chain above a run."""
    around.add(run)
    for nearest in above[run]:
        if nearest not in depth and nearest not in around:
            _measure(nearest, above, depth, around)
    around.discard(run)
    depth[run] = max((depth[other] + 1 for other in above[run] if other in depth), default=0)


def _cost(upper: Run, lower: Run) -> int:
    """Return how bad it looks if `upper` runs above `lower`, whose own lines then cross it."""
    total = 0
    for x in lower.drops:
        total += upper.left < x < upper.right
        total += _OVERLAP * sum(1 for other in upper.leaves if abs(other - x) < _CLOSE)
    for x in upper.leaves:
        total += lower.left < x < lower.right
    return total
