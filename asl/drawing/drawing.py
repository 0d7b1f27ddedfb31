"""One scope in coordinates: rows of boxes, edges at right angles between them, words beside the edges."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from asl.drawing.lettering import settle
from asl.drawing.parts import (
    CHOICE_TIP,
    LABEL_HEIGHT,
    LABEL_SIZE,
    PADDING,
    PASSING_WIDTH,
    PORT_STEP,
    ROW_GAP,
    TRACK,
    Box,
    Label,
    Line,
    Panel,
)
from asl.drawing.placing import fit, place, straighten
from asl.drawing.text import text_width
from asl.drawing.tracks import Run, assign

if TYPE_CHECKING:
    from asl.drawing.layers import Layers, Link, Point
    from asl.drawing.model import Edge


@dataclass(slots=True, eq=False)
class Wire:
    """An edge of a scope with the link that stands for it in the arrangement, and where it leaves and enters."""

    edge: Edge
    link: Link
    label: str
    out_x: float = 0.0
    in_x: float = 0.0


class Drawing:
    """Turns the rows of one scope into coordinates; `panel()` is called once."""

    def __init__(self, boxes: list[Box], edges: list[Wire], layers: Layers, start: int | None) -> None:
        self.boxes = boxes
        self.edges = edges
        self.layers = layers
        self.start = start
        self.loops = set(layers.loops)
        self.extent = (0.0, 0.0)
        self.entries: dict[Point, list[Wire]] = {}
        self.at_end: dict[Wire, bool] = {}
        self.common: dict[Wire, list[Wire]] = {}
        self.stacks: dict[int, int] = {}
        self.stacked: dict[Wire, int] = {}
        self._choose_label_ends()

    def panel(self) -> Panel:
        place(self.layers.rows, self._width, ROW_GAP)
        straighten(self.layers.rows, self._width, ROW_GAP)
        sides = [(p.x, self._width(p) / 2) for row in self.layers.rows for p in row]
        self.extent = min(x - half for x, half in sides), max(x + half for x, half in sides)
        for point in self.layers.points:
            if point.box is not None:
                self.boxes[point.box].x = point.x
        self._find_ports()
        self._stack_labels()
        runs = self._collect_runs()
        heights = [max((self._height(p) for p in row), default=0.0) for row in self.layers.rows]
        gaps = self._gap_heights(runs, heights)
        tops, y = [], 0.0
        for row, height in enumerate(heights):
            y += gaps[row]
            tops.append(y)
            y += height
        y += max(gaps[len(heights)] - PADDING / 2, 0.0)
        for point in self.layers.points:
            if point.box is not None:
                box = self.boxes[point.box]
                box.y = tops[point.row] + (heights[point.row] - box.height) / 2
        panel = Panel(boxes=self.boxes)
        self._draw(panel, runs, tops, heights)
        return self._framed(panel, y)

    def _choose_label_ends(self) -> None:
        """Put each label where its edge enters, if it is the only one to enter there, and otherwise where it leaves.

        Where all edges of a style that enter a box say the same, they enter together, and it is said once.
        """
        into: dict[Point, list[Wire]] = {}
        alike: dict[tuple[int, str], list[Wire]] = {}
        for edge in self.edges:
            course = self.layers.courses.get(edge.link)
            alike.setdefault((edge.link.target, edge.link.style), []).append(edge)
            if course is not None:
                into.setdefault(course[1], []).append(edge)
        for edges in alike.values():
            same = len(edges) > 1 and edges[0].label and len({edge.label for edge in edges}) == 1
            if same and not self.loops.intersection(edge.link for edge in edges):
                self.common.update(dict.fromkeys(edges, edges))
        for edge in self.edges:
            course = self.layers.courses.get(edge.link)
            self.at_end[edge] = edge in self.common or (
                course is not None
                and len(into[course[1]]) == 1
                and (course[1].box is not None or len(course[1].above) == 1)
            )
            if course is not None and edge.label and self.at_end[edge]:
                self.entries.setdefault(self._entry(edge, course), []).append(edge)

    def _entry(self, edge: Wire, course: list[Point]) -> Point:
        """Return the point above which the label of an edge stands, if it stands where the edge enters."""
        return course[-1 if edge in self.common else 1]

    def _stack_labels(self) -> None:
        """Put the labels that stand where their edges leave above one another where they would overlap."""
        taken: dict[int, list[list[float]]] = {}
        for edge in sorted(self.edges, key=lambda edge: edge.out_x):
            if not edge.label or self.at_end[edge]:
                continue
            gap = self.layers.points[edge.link.source].row + 1
            half = text_width(edge.label, LABEL_SIZE) / 2 + 4
            ends = taken.setdefault(gap, [])
            level = next((i for i, levels in enumerate(ends) if levels[-1] <= edge.out_x - half), len(ends))
            if level == len(ends):
                ends.append([])
            ends[level].append(edge.out_x + half)
            self.stacked[edge] = level
            self.stacks[gap] = len(ends)

    def _width(self, point: Point) -> float:
        width = PASSING_WIDTH if point.box is None else self.boxes[point.box].width
        labels = [edge.label for edge in self.entries.get(point, ())]
        return max([width, *(text_width(label, LABEL_SIZE) for label in labels)])

    def _height(self, point: Point) -> float:
        return 0.0 if point.box is None else self.boxes[point.box].height

    def _find_ports(self) -> None:
        """Choose where edges leave the lower side and enter the upper side of each box."""
        outs: dict[int, dict[object, list[Wire]]] = {}
        for edge in self.edges:
            course = self.layers.courses.get(edge.link)
            first: object = edge if course is None else course[1]
            outs.setdefault(edge.link.source, {}).setdefault((first, edge.link.style), []).append(edge)
        for box, bundles in outs.items():
            wishes = []
            for edges in bundles.values():
                course = self.layers.courses.get(edges[0].link)
                straight = course is not None and course[0].spine and course[1].spine
                wishes.append((self._lane_side(edges[0]) if course is None else course[1].x, straight))
            for x, edges in zip(self._ports(box, wishes), bundles.values(), strict=True):
                for edge in edges:
                    edge.out_x = x
        ins: dict[int, dict[object, list[Wire]]] = {}
        for edge in self.edges:
            key = (
                ("loop", edge.link.style)
                if edge.link in self.loops
                else (self._source_x(edge), edge.link.style)
            )
            ins.setdefault(edge.link.target, {}).setdefault(key, []).append(edge)
        for box, bundles in ins.items():
            merged = self._merged(box, bundles)
            wishes = []
            for edges in merged:
                course = self.layers.courses.get(edges[0].link)
                straight = course is not None and course[-1].spine and course[-2].spine
                xs = [self._lane_side(e) if e.link in self.loops else self._source_x(e) for e in edges]
                wishes.append((sum(xs) / len(xs), straight))
            if box == self.start:
                # The line into the first state comes from straight above, and nothing else enters there.
                wishes.append((self.boxes[box].x, True))
            for x, edges in zip(self._ports(box, wishes), merged, strict=False):
                for edge in edges:
                    edge.in_x = x

    def _lane_side(self, edge: Wire) -> float:
        """Return a place far out on the side where an edge back goes up."""
        x = self.boxes[edge.link.source].x
        return x + 1e6 if self._goes_right(edge) else x - 1e6

    def _goes_right(self, edge: Wire) -> bool:
        return self.boxes[edge.link.source].x >= 0 or self.extent[1] < -self.extent[0]

    def _source_x(self, edge: Wire) -> float:
        """Return where an edge comes from when it enters its target."""
        course = self.layers.courses[edge.link]
        return course[-2].x if course[-2].box is None else edge.out_x

    def _merged(self, box: int, bundles: dict[object, list[Wire]]) -> list[list[Wire]]:
        """Edges of one style that come from the same side, from beyond the box, enter together; so do those that
        have one label."""
        here = self.boxes[box]
        inside: list[list[Wire]] = []
        outside: dict[tuple[bool | None, str], list[Wire]] = {}
        for edges in bundles.values():
            edge = edges[0]
            if edge in self.common:
                outside.setdefault((None, edge.link.style), []).extend(edges)
                continue
            x = self._lane_side(edge) if edge.link in self.loops else self._source_x(edge)
            if edge.link in self.loops or abs(x - here.x) <= here.width / 2 - 16:
                inside.append(edges)
            else:
                outside.setdefault((x > here.x, edge.link.style), []).extend(edges)
        return [*inside, *outside.values()]

    def _ports(self, box: int, wishes: list[tuple[float, bool]]) -> list[float]:
        """Places on a side of a box for lines that would like to be at `wishes`; a straight one gets the middle."""
        here = self.boxes[box]
        reach = here.width / 2 - (CHOICE_TIP + 8 if here.node.type == "Choice" else 16)
        order = sorted(range(len(wishes)), key=lambda i: here.x if wishes[i][1] else wishes[i][0])
        inner = [wishes[i][0] for i in order if abs(wishes[i][0] - here.x) <= reach]
        left_end = min([here.x, *inner]) - 24 if len(order) > 1 else here.x
        right_end = max([here.x, *inner]) + 24 if len(order) > 1 else here.x
        wanted, weights = [], []
        for i in order:
            x, straight = wishes[i]
            if straight:
                wanted.append(here.x)
            else:
                wanted.append(x if abs(x - here.x) <= reach else left_end if x < here.x else right_end)
            weights.append(1000.0 if straight else 1.0)
        step = min(PORT_STEP, 2 * reach / max(len(order) - 1, 1))
        fitted = fit(wanted, weights, step)
        places = [0.0] * len(wishes)
        for rank, (i, x) in enumerate(zip(order, fitted, strict=True)):
            lowest = here.x - reach + step * rank
            highest = here.x + reach - step * (len(order) - 1 - rank)
            places[i] = min(max(x, lowest), highest)
        return places

    def _collect_runs(self) -> dict[tuple[int, object], Run]:
        """Return the level stretches of every gap; edges that enter a point in the same style share one."""
        runs: dict[tuple[int, object], Run] = {}
        left, right = self.extent
        lanes = [0, 0]
        for edge in self.edges:
            course = self.layers.courses.get(edge.link)
            if course is None:
                source, target = self.layers.points[edge.link.source], self.layers.points[edge.link.target]
                on_right = self._goes_right(edge)
                lane = right + 18 + 12 * lanes[1] if on_right else left - 18 - 12 * lanes[0]
                lanes[on_right] += 1
                runs[source.row + 1, edge] = Run(drops=[edge.out_x], leaves=[lane])
                runs[target.row, edge] = Run(drops=[lane], leaves=[edge.in_x])
                continue
            for upper, lower in pairwise(course):
                run = runs.setdefault((lower.row, self._net(edge, lower)), Run())
                run.drops.append(edge.out_x if upper.box is not None else upper.x)
                run.leaves.append(edge.in_x if lower.box is not None else lower.x)
        return runs

    def _net(self, edge: Wire, lower: Point) -> object:
        return (lower, edge.link.style, edge.in_x if lower.box is not None else lower.x)

    def _gap_heights(self, runs: dict[tuple[int, object], Run], heights: list[float]) -> list[float]:
        count = len(heights)
        by_gap: list[list[Run]] = [[] for _ in range(count + 1)]
        for (gap, _), run in runs.items():
            by_gap[gap].append(run)
        under = [False] * (count + 1)
        for point in self.entries:
            under[point.row] = True
        gaps = []
        for gap in range(count + 1):
            tracks = assign(by_gap[gap])
            edge_gap = gap in (0, count)
            base = (12.0 if tracks else 0.0) if edge_gap else 24.0
            space = base + TRACK * tracks + LABEL_HEIGHT * (self.stacks.get(gap, 0) + under[gap])
            gaps.append(space if edge_gap else max(space, 34.0))
        gaps[0] = max(gaps[0], 0.0) + (24.0 if self.start is not None else 6.0)
        return gaps

    def _draw(
        self,
        panel: Panel,
        runs: dict[tuple[int, object], Run],
        tops: list[float],
        heights: list[float],
    ) -> None:
        def level(gap: int, run: Run) -> float:
            above = tops[gap - 1] + heights[gap - 1] if gap else 0.0
            start = 24.0 if gap == 0 and self.start is not None else 12.0
            return above + start + LABEL_HEIGHT * self.stacks.get(gap, 0) + TRACK * run.track

        drawn: dict[tuple[int, object], tuple[float, float]] = {}
        number = {edge: i for i, edge in enumerate(self.edges)}
        for edge in self.edges:
            source, target = self.boxes[edge.link.source], self.boxes[edge.link.target]
            shared: list[tuple[float, float]] = []
            corners = [(edge.out_x, source.y + source.height)]
            course = self.layers.courses.get(edge.link)
            if course is None:
                down_gap = self.layers.points[edge.link.source].row + 1
                up_gap = self.layers.points[edge.link.target].row
                down, up = runs[down_gap, edge], runs[up_gap, edge]
                lane = down.leaves[0]
                low, high = level(down_gap, down), level(up_gap, up)
                corners += [(edge.out_x, low), (lane, low), (lane, high), (edge.in_x, high)]
            else:
                for upper, lower in pairwise(course):
                    run = runs[lower.row, self._net(edge, lower)]
                    x0 = edge.out_x if upper.box is not None else upper.x
                    x1 = edge.in_x if lower.box is not None else lower.x
                    y = level(lower.row, run)
                    way = shared or corners
                    key = (lower.row, self._net(edge, lower))
                    if key in drawn and not shared:
                        left, right = drawn[key]
                        meet = min(max(x0, left), right)
                        corners += [(x0, y), (meet, y)] if abs(meet - x0) > 0.5 else [(x0, y)]
                        drawn[key] = (min(left, x0), max(right, x0))
                        shared += [corners[-1], (x1, y)]
                        continue
                    if not shared:
                        drawn[key] = (min(x0, x1), max(x0, x1))
                    if abs(x0 - x1) > 0.5:
                        way += [(x0, y), (x1, y)]
            (shared or corners).append((edge.in_x, target.y))
            panel.lines.append(Line(edge.edge.source, edge.edge.target, edge.edge.kind, corners, shared))
            together = self.common.get(edge, [edge])
            if edge.label and together[0] is edge:
                x, y = self._label_place(edge, course, tops)
                panel.labels.append(
                    Label(edge.label, x, y, edge.edge.kind, [number[one] for one in together])
                )
        if self.start is not None:
            panel.start = (self.boxes[self.start].x, 8.0, self.boxes[self.start].y)
        settle(panel)

    def _label_place(self, edge: Wire, course: list[Point] | None, tops: list[float]) -> tuple[float, float]:
        if course is not None and self.at_end[edge]:
            lower = self._entry(edge, course)
            spare = max(self._width(lower) - text_width(edge.label, LABEL_SIZE), 0.0) / 2
            x = edge.in_x if lower.box is not None else lower.x
            return min(max(x, lower.x - spare), lower.x + spare), tops[lower.row] - 14
        row = self.layers.points[edge.link.source].row
        height = max(self._height(point) for point in self.layers.rows[row])
        return edge.out_x, tops[row] + height + 15 + LABEL_HEIGHT * self.stacked[edge]

    def _framed(self, panel: Panel, height: float) -> Panel:
        """Put the left upper corner of everything at 0, 0, with a margin around."""
        xs = [x for box in panel.boxes for x in (box.x - box.width / 2, box.x + box.width / 2)]
        xs += [x for line in panel.lines for x, _ in line.corners]
        for label in panel.labels:
            half = text_width(label.text, LABEL_SIZE) / 2
            xs += [label.x - half, label.x + half]
        left, right = min(xs) - PADDING, max(xs) + PADDING
        panel.move(-left, PADDING * 0.5)
        panel.width, panel.height = right - left, height + PADDING
        return panel
