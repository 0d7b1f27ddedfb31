"""A definition as a Mermaid flowchart, which repository pages draw by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.drawing.labels import printable
from asl.drawing.model import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    lines = ["flowchart TD", *_scope(graph, graph.scopes[0], "  ")]
    used = [style for style in _STYLES if f":::{style.split()[1]}" in "\n".join(lines)]
    return "\n".join([*lines, *(f"  {style}" for style in used)]) + "\n"


def _scope(graph: Graph, group: Group, indent: str) -> Iterator[str]:
    """Yield the states of a scope, then the edges between them."""
    for index in group.nodes:
        node = graph.nodes[index]
        if node.inner:
            yield from _box(graph, node, indent)
        else:
            yield f"{indent}{_shape(node)}"
    if group.start is not None:
        yield f"{indent}start{group.index}(( )) --> s{group.start}"
    for edge in group.edges:
        yield f"{indent}{_arrow(edge)}"


def _box(graph: Graph, node: Node, indent: str) -> Iterator[str]:
    """Yield a state with the scopes inside it."""
    yield f'{indent}subgraph s{node.index}["{escape(node.name)}"]'
    inside = indent + "  " if len(indent) < _DEEPEST_INDENT else indent
    for number, index in enumerate(node.inner, 1):
        scope = graph.scopes[index]
        if scope.kind == "branch":
            yield f'{inside}subgraph b{scope.index}["branch {number}"]'
            yield from _scope(graph, scope, inside + "  ")
            yield f"{inside}end"
        else:
            yield from _scope(graph, scope, inside)
    yield f"{indent}end"


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
