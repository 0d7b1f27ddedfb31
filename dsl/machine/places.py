"""Which data the states of a machine read, and that none writes over what another one keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsl.states.wiring import Reads, State, StateGraph, StateTransition
    from dsl.values.expressions import ReferencePath


def all_reads(scopes: Sequence[StateGraph]) -> Mapping[str, list[ReferencePath]]:
    """Return the paths that any state mentions, by their root."""
    reads: dict[str, list[ReferencePath]] = {}
    for scope in scopes:
        for paths in scope.touches.values():
            for path in paths:
                reads.setdefault(path.root, []).append(path)
    return reads


def check_places(edges: Mapping[State, Sequence[StateTransition]], reads: Reads) -> None:
    """Look for results that would be written over each other, or over a field of the input that somebody reads."""
    places: dict[str, State | None] = {}
    given = {f"$.{path.steps[0]}" for path in reads.get("$", ()) if path.steps}
    for state, ways in edges.items():
        for edge in ways:
            root = edge.writes
            if root is None or root not in reads:
                continue
            if root in given:
                raise state.mistake(
                    f"what it makes is kept at {root}, over a field of the input that the workflow reads; "
                    "give the state, or the slot, another name"
                )
            # A slot may be written by many states, but by none that does not mean it.
            writer = state if edge.alone else None
            other = places.setdefault(root, writer)
            if other is not writer:
                first = other or state
                rival = f"that of {state.name!r}, built at {state.source}" if other and writer else "a slot"
                raise first.mistake(
                    f"its result is kept at {root}, and so is {rival}; give the state another name"
                )
