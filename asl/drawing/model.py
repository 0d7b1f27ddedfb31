"""A definition as states and edges, for whoever draws or walks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from asl.definitions.model import Definition, State
from asl.drawing.labels import catch_label, resource_label, rule_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

EdgeKind = Literal["next", "choice", "default", "catch"]


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a state to another of its scope.

    Several choice rules or catchers that lead to the same state are one edge, with a label for each of them.
    """

    source: int
    target: int
    kind: EdgeKind
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A state. `index` is its place in `Graph.nodes`, `scope` that of its scope in `Graph.scopes`."""

    index: int
    name: str
    type: str
    scope: int
    caption: str
    """What a Task calls, such as `dynamodb putItem`; empty where there is nothing to say."""
    waits: bool
    """Whether it waits for its task token."""
    ends: bool
    """Whether its scope ends with it."""
    inner: tuple[int, ...] = ()
    """The scopes inside it: branches of a Parallel state, the processor of a Map state."""


@dataclass(slots=True)
class Group:
    """A scope: the machine itself, a branch or an item processor."""

    index: int
    kind: Literal["machine", "branch", "processor"]
    owner: int | None
    start: int | None = None
    nodes: list[int] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Graph:
    """Every state of a definition, its scopes and the edges between states of one scope."""

    nodes: tuple[Node, ...]
    scopes: tuple[Group, ...]
    """The machine first, every scope before those inside it."""

    @classmethod
    def of(cls, document: Mapping[str, object]) -> Graph:
        """Read a definition. What has not the shape of a state or leads nowhere is left out."""
        definition = Definition(dict(document))
        scope_index = {id(scope): i for i, scope in enumerate(definition.scopes)}
        groups = [Group(i, scope.kind, None) for i, scope in enumerate(definition.scopes)]
        numbers: dict[State, int] = {state: i for i, state in enumerate(definition.states)}
        nodes = []
        for state, index in numbers.items():
            inner = tuple(scope_index[id(scope)] for scope in state.inner)
            for scope in inner:
                groups[scope].owner = index
            home = groups[scope_index[id(state.scope)]]
            home.nodes.append(index)
            if state.scope.start_at == state.name:
                home.start = index
            caption = resource_label(state.resource) if state.type == "Task" else ""
            nodes.append(
                Node(
                    index,
                    state.name,
                    state.type,
                    home.index,
                    caption,
                    state.waits_for_token,
                    state.ends,
                    inner,
                )
            )
            home.edges.extend(_edges(state, numbers))
        return cls(tuple(nodes), tuple(groups))


def _edges(state: State, numbers: dict[State, int]) -> list[Edge]:
    merged: dict[tuple[int, EdgeKind], list[str]] = {}
    rules = [one.entry for one in state.transitions if one.kind == "choice" and one.entry is not None]
    asked = dict(zip(map(id, rules), rule_labels(rules), strict=True))
    for transition in state.transitions:
        if transition.to is None:
            continue
        labels = merged.setdefault((numbers[transition.to], transition.kind), [])
        label = ""
        if transition.kind == "choice" and transition.entry is not None:
            label = asked[id(transition.entry)]
        elif transition.kind == "catch" and transition.entry is not None:
            label = catch_label(transition.entry)
        elif transition.kind == "default":
            label = "otherwise"
        if label and label not in labels:
            labels.append(label)
    return [Edge(numbers[state], target, kind, tuple(labels)) for (target, kind), labels in merged.items()]
