"""What a picture is made of, with coordinates and without colours. Lengths are pixels, y grows downwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asl.drawing.model import EdgeKind, Node

BOX_WIDTH = 172.0
LINE_HEIGHT = 16.0
CAPTION_HEIGHT = 13.0
ROW_GAP = 26.0
"""Least distance between boxes of a row."""
PASSING_WIDTH = 8.0
TRACK = 11.0
LABEL_HEIGHT = 16.0
LABEL_SIZE = 11.0
NAME_SIZE = 13.0
CAPTION_SIZE = 10.5
HEADER = 30.0
PADDING = 16.0
MOST_LINES = 3
PORT_STEP = 18.0
CHOICE_TIP = 20.0
"""How far the pointed ends of a choice reach."""


@dataclass(slots=True)
class Box:
    """A state in the picture. `x` and `y` are its centre line and its top."""

    node: Node
    lines: list[str]
    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    insides: list[tuple[float, float, float, float]] = field(default_factory=list)
    """The frames of its branches, relative to its left upper corner: left, top, width, height."""


@dataclass(slots=True)
class Line:
    """An edge in the picture: the corners that it passes, from its source to its target."""

    source: int
    target: int
    kind: EdgeKind
    corners: list[tuple[float, float]]
    shared: list[tuple[float, float]] = field(default_factory=list)
    """The rest of the way, where it runs on a line that is drawn already; `corners` stops where they meet."""


@dataclass(slots=True)
class Label:
    """Words at an edge, centred at `x`, standing on `y`."""

    text: str
    x: float
    y: float
    kind: EdgeKind
    lines: list[int]
    """The edges that it names, as places in `Panel.lines`: several where all that enter a box together say the same."""


@dataclass(slots=True)
class Panel:
    """One scope, laid out by itself with its left upper corner at 0, 0."""

    width: float = 0.0
    height: float = 0.0
    boxes: list[Box] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    start: tuple[float, float, float] | None = None
    """Where the line into the first state comes from, and the top of that state: x, y, y."""

    def move(self, dx: float, dy: float) -> None:
        """Shift everything."""
        for box in self.boxes:
            box.x += dx
            box.y += dy
        for line in self.lines:
            line.corners = [(x + dx, y + dy) for x, y in line.corners]
            line.shared = [(x + dx, y + dy) for x, y in line.shared]
        for label in self.labels:
            label.x += dx
            label.y += dy
        if self.start is not None:
            self.start = (self.start[0] + dx, self.start[1] + dy, self.start[2] + dy)
