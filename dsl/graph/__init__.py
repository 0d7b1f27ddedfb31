"""Pictures of a definition: `mermaid` for repository pages, `svg` for everything else, `Graph` for programs."""

from __future__ import annotations

from dsl.graph.mermaid import mermaid
from dsl.graph.model import Edge, Graph, Group, Node
from dsl.graph.svg import svg

__all__ = ["Edge", "Graph", "Group", "Node", "mermaid", "svg"]
