"""A definition as a Mermaid flowchart, which repository pages draw by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.drawing.labels import printable
from asl.drawing.model import Graph

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.drawing.model import Edge, Group, Node

_STYLES = (
    "classDef waits stroke:#b7791f,stroke-width:2px,stroke-dasharray:6 3",
    "classDef fails stroke:#c53030,stroke-width:2px",
    "classDef ends stroke:#2f855a,stroke-width:2px",
)
_DEEPEST_INDENT = 40
_PLAIN = frozenset(" -_/()',?!+*=")


def mermaid(document: Mapping[str, object]) -> str:
    """Draw a definition as a Mermaid flowchart, top down.

    Choices are diamonds, states that end their scope are rounded, states that wait for a task token carry an
    hourglass and a dashed border, catchers are dotted lines with the names of their errors, Parallel and Map
    states are boxes around their branches. Any state name is safe.
    """
    graph = Graph.of(document)
    lines = ["flowchart TD"]
    # A scope is opened when its owner is written and closed after its last state; an explicit stack of what is
    # still to be written keeps deep nesting away from the recursion limit.
    waiting: list[tuple[str, int, str]] = []
    _open(graph.scopes[0], "  ", waiting)
    while waiting:
        text, index, indent = waiting.pop()
        if index < 0:
            lines.append(text)
        elif graph.nodes[index].inner:
            _box(graph, graph.nodes[index], indent, lines, waiting)
        else:
            lines.append(f"{indent}{_shape(graph.nodes[index])}")
    used = [style for style in _STYLES if f":::{style.split()[1]}" in "\n".join(lines)]
    return "\n".join([*lines, *(f"  {style}" for style in used)]) + "\n"


def _open(group: Group, indent: str, waiting: list[tuple[str, int, str]]) -> None:
    """Put the states and edges of a scope on the stack, the first of them on top."""
    written = [(f"{indent}{_arrow(edge)}", -1, indent) for edge in group.edges]
    if group.start is not None:
        start = f"start{group.index}"
        written.insert(0, (f"{indent}{start}(( )) --> s{group.start}", -1, indent))
    waiting.extend(reversed([*(("", index, indent) for index in group.nodes), *written]))


def _box(
    graph: Graph, node: Node, indent: str, lines: list[str], waiting: list[tuple[str, int, str]]
) -> None:
    lines.append(f'{indent}subgraph s{node.index}["{escape(node.name)}"]')
    waiting.append((f"{indent}end", -1, indent))
    for number in range(len(node.inner) - 1, -1, -1):
        scope = graph.scopes[node.inner[number]]
        inside = indent + "  " if len(indent) < _DEEPEST_INDENT else indent
        if scope.kind == "branch":
            waiting.append((f"{inside}end", -1, inside))
            _open(scope, inside + "  ", waiting)
            waiting.append((f'{inside}subgraph b{scope.index}["branch {number + 1}"]', -1, inside))
        else:
            _open(scope, inside, waiting)


def _shape(node: Node) -> str:
    name = escape(node.name)
    if node.type == "Choice":
        return f's{node.index}{{"{name}"}}'
    if node.waits:
        ends = ("([", "])") if node.ends else ("[", "]")
        return f's{node.index}{ends[0]}"⏳ {name}"{ends[1]}:::waits'
    if node.type == "Wait":
        return f's{node.index}[/"⏱ {name}"/]'
    if node.type == "Fail":
        return f's{node.index}(["{name}"]):::fails'
    if node.ends:
        return f's{node.index}(["{name}"]):::ends'
    return f's{node.index}["{name}"]'


def _arrow(edge: Edge) -> str:
    line = "-.->" if edge.kind == "catch" else "-->"
    label = f'|"{escape(" / ".join(edge.labels))}"|' if edge.labels else ""
    return f"s{edge.source} {line}{label} s{edge.target}"


def escape(text: str) -> str:
    """Write a text so that Mermaid shows it and reads nothing into it.

    Letters, digits and harmless signs of any script stay; everything else becomes a numeric entity, and so do
    the signs that would begin a list or a code span, which Mermaid takes for Markdown.
    """
    text = printable(text).strip()
    if not text:
        return " "
    written = [c if c.isalnum() or c in _PLAIN or ord(c) > 0xA0 else f"#{ord(c)};" for c in text]
    if text[0] in "-*+":
        written[0] = f"#{ord(text[0])};"
    return "".join(written)
