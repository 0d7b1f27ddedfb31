"""Scopes: graphs of states that are entered at their start, and what is checked of each."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from dsl.errors import building
from dsl.states.results import WithResult
from dsl.states.wiring import State, first_of
from dsl.values.context import TASK_TOKEN
from dsl.values.places import MAX_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsl.states.wiring import Edge, Reads, Target
    from dsl.values.expressions import JsonObject, Path


class Scope:
    """A graph of states that is entered at its start: the machine itself, a branch, or a map's processor.

    No transition crosses its border, and names are unique in the machine, not only in the scope. What runs in a
    branch sees the data of the state around it; what runs in a map sees the item, or what was made of it.
    """

    def __init__(self, start: Target, *, inner: bool = True, sees_outside: bool = True) -> None:
        self.start = first_of(start)
        self.sees_outside = sees_outside
        self.edges: dict[State, list[Edge]] = {}
        """The transitions of every state, in the order in which the states are met."""
        self.needs: dict[State, list[Path]] = {}
        """What every state reads."""
        self.document: JsonObject = {}
        """`StartAt` and `States`, once compiled."""
        for state, edges in _reachable(self.start):
            self.edges[state] = edges
        self.states = list(self.edges)
        for state in self.states:
            needs = self.needs[state] = list(state.needs())
            _check_state(state, needs)
        self._check_strays(inner=inner)

    def _check_strays(self, *, inner: bool) -> None:
        """A state that leads into the graph but that nothing leads to was forgotten."""
        for state in self.states:
            for before in state._sources:
                if before not in self.edges:
                    raise before._error(
                        f"it leads to {state.name!r}, but no route from the start "
                        + (
                            "of that branch or map leads to it, and nothing else enters one"
                            if inner
                            else "leads to it"
                        )
                        + "; wire it in, or remove it"
                    )

    def compile(self, reads: Reads) -> None:
        """Make the document; the scopes inside this one have theirs already."""
        states: JsonObject = {}
        for state in self.states:
            with building(state.name, state.source):
                states[state.name] = state.asl(reads)
        self.document = {"StartAt": self.start.name, "States": states}


def nested(scope: Scope) -> list[Scope]:
    """The scope and all scopes inside it, each after the one around it."""
    found = [scope]
    for outer in found:
        for state in outer.states:
            for inner in state.scopes():
                for member in inner.states:
                    member._nested = True
                found.append(inner)
    return found


def all_reads(states: Sequence[State]) -> Mapping[str, list[Path]]:
    """The paths that any state mentions, by their root."""
    reads: dict[str, list[Path]] = {}
    for state in states:
        for path in state.touches():
            reads.setdefault(path.root, []).append(path)
    return reads


def _check_state(state: State, needs: list[Path]) -> None:
    if state._machine is not None:
        raise state._error("it belongs to another machine; build it anew, a state has one place")
    if not state.name or len(state.name) > MAX_NAME:
        raise state._error(f"its name has {len(state.name)} characters; AWS takes 1 to {MAX_NAME}")
    state.check()
    if not state.waits_for_token and TASK_TOKEN in needs:
        raise state._error("it reads context.task.token, which is there only in a task that waits for it")


def check_places(edges: Mapping[State, Sequence[Edge]], reads: Reads) -> None:
    """Look for results that would be written over each other, or over a field of the input that somebody reads."""
    places: dict[str, State | None] = {}
    given = {f"$.{path.steps[0]}" for path in reads.get("$", ()) if path.steps}
    for state, ways in edges.items():
        for edge in ways:
            root = edge.writes
            if root is None or root not in reads:
                continue
            if root in given:
                raise state._error(
                    f"what it makes is kept at {root}, over a field of the input that the workflow reads; "
                    "give the state, or the slot, another name"
                )
            # A slot may be written by many states, but by none that does not mean it.
            alone = isinstance(state, WithResult) and not state.has_slot and edge.kind == "next"
            writer = state if alone else None
            other = places.setdefault(root, writer)
            if other is not writer:
                first = other or state
                rival = f"that of {state.name!r}, built at {state.source}" if other and writer else "a slot"
                raise first._error(
                    f"its result is kept at {root}, and so is {rival}; give the state another name"
                )


def _reachable(start: State) -> Iterator[tuple[State, list[Edge]]]:
    """Every state that can be reached: the happy path first, then branches, then what catchers lead to."""
    seen: set[State] = set()
    later = deque([start])
    while later:
        caught: list[State] = []
        stack = [later.popleft()]
        while stack:
            state = stack.pop()
            if state in seen:
                continue
            seen.add(state)
            edges = list(state.edges())
            yield state, edges
            stack += [edge.target for edge in reversed(edges) if edge.kind != "catch"]
            caught += [edge.target for edge in edges if edge.kind == "catch"]
        later.extend(caught)
