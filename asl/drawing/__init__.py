"""Pictures of a definition: `mermaid` for repository pages, `svg` for everything else, `Graph` for programs."""

from __future__ import annotations

from asl.drawing.excerpt import excerpt
from asl.drawing.mermaid import mermaid
from asl.drawing.model import Edge, Graph, Group, Node
from asl.drawing.svg import svg

__all__ = ["Edge", "Graph", "Group", "Node", "excerpt", "mermaid", "svg"]
