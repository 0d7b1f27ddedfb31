"""From a graph to panels: every scope laid out, the inner ones placed inside the boxes of their owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.drawing.drawing import Drawing, Wire
from asl.drawing.labels import shorten
from asl.drawing.layers import Link, arrange
from asl.drawing.parts import (
    BOX_WIDTH,
    CAPTION_HEIGHT,
    CHOICE_TIP,
    HEADER,
    LINE_HEIGHT,
    MOST_LINES,
    NAME_SIZE,
    PADDING,
    Box,
    Panel,
)
from asl.drawing.text import text_width, wrap

if TYPE_CHECKING:
    from asl.drawing.model import Graph, Group, Node

_WORK = {"Task": 10, "Parallel": 10, "Map": 10, "Wait": 10}
"""How much a state counts when the happy path is looked for; any other type counts 1."""


def lay_out(graph: Graph) -> list[Panel]:
    """Lay out every scope. The panel of the machine is the picture; the others lie inside the boxes of their owners."""
    panels: list[Panel] = [Panel() for _ in graph.scopes]
    boxes: dict[int, Box] = {}
    # Scopes come before those inside them, so going backwards every box knows the size of what it holds.
    for group in reversed(graph.scopes):
        for index in group.nodes:
            boxes[index] = _box(graph.nodes[index], [panels[inner] for inner in graph.nodes[index].inner])
        panels[group.index] = _panel(group, [boxes[index] for index in group.nodes])
    for group in graph.scopes:
        for index in group.nodes:
            box = boxes[index]
            for inner, (left, top, width, _) in zip(box.node.inner, box.insides, strict=True):
                panel = panels[inner]
                panel.move(box.x - box.width / 2 + left + (width - panel.width) / 2, box.y + top)
    return panels


def _box(node: Node, inside: list[Panel]) -> Box:
    room = BOX_WIDTH - 24 - (CHOICE_TIP if node.type == "Choice" else 0) - (18 if node.waits else 0)
    lines = wrap(node.name, NAME_SIZE, room, MOST_LINES)
    if inside:
        width = sum(panel.width for panel in inside) + PADDING * (len(inside) + 1)
        title = text_width(node.name, NAME_SIZE) + 60
        if title <= max(width, 420):
            lines = [node.name]
        width = max(width, BOX_WIDTH, min(title, 420))
        height = max(panel.height for panel in inside) + HEADER + LINE_HEIGHT * (len(lines) - 1) + PADDING
        box = Box(node, lines, width, height)
        left = (width - sum(panel.width for panel in inside) - PADDING * (len(inside) - 1)) / 2
        for panel in inside:
            box.insides.append(
                (left, HEADER + LINE_HEIGHT * (len(lines) - 1), panel.width, height - HEADER - PADDING)
            )
            left += panel.width + PADDING
        return box
    height = 20 + LINE_HEIGHT * len(lines) + (CAPTION_HEIGHT if node.caption else 0)
    return Box(node, lines, BOX_WIDTH, max(height, 38.0))


def _panel(group: Group, boxes: list[Box]) -> Panel:
    if not boxes:
        return Panel(width=BOX_WIDTH, height=2 * PADDING)
    number = {box.node.index: i for i, box in enumerate(boxes)}
    edges = []
    for edge in group.edges:
        kind = "catch" if edge.kind == "catch" else "flow"
        fails = boxes[number[edge.target]].node.type == "Fail"
        link = Link(number[edge.source], number[edge.target], kind == "flow" and not fails, kind)
        edges.append(Wire(edge, link, shorten(" / ".join(edge.labels))))
    links = list(dict.fromkeys(edge.link for edge in edges))
    start = None if group.start is None else number[group.start]
    layers = arrange([_WORK.get(box.node.type, 1) for box in boxes], links, start)
    return Drawing(boxes, edges, layers, start).panel()
