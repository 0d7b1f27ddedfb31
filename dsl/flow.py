"""Which data is certainly there: on every route that leads to a state.

A fact is a path that something proves to be there: the input, a result once its state succeeded, what a choice
rule tested. Facts of a state are those that all its incoming transitions share; they are found by iterating over
the graph until nothing changes. Sets of facts are bits of an integer, so that ten thousand states stay cheap.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

from dsl.errors import DefinitionError
from dsl.expressions import Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dsl.scopes import Scope
    from dsl.wiring import State

_ALWAYS = ("$", "$$")

_Gains: TypeAlias = "dict[tuple[str, int], tuple[int, int]]"
"""Of each transition (a state's name and the transition's index): the facts it ends, and those it adds."""


class _Facts:
    """Numbers facts and answers which of them would make a read safe."""

    def __init__(self) -> None:
        self._bits: dict[Path, int] = {}
        self._roots: dict[str, int] = {}
        self.variables = 0
        """All facts about variables."""

    def bit(self, path: Path) -> int:
        if path not in self._bits:
            self._bits[path] = 1 << len(self._bits)
            self._roots[path.root] = self._roots.get(path.root, 0) | self._bits[path]
            if not path.root.startswith(_ALWAYS[1]) and not path.root.startswith("$.") and path.root != "$":
                self.variables |= self._bits[path]
        return self._bits[path]

    def about(self, root: str) -> int:
        """All facts below a root: they end when it is written anew."""
        return self._roots.get(root, 0)

    def proving(self, path: Path) -> int:
        """The facts of which any one shows that the path is there."""
        mask = 0
        for length in range(len(path.steps), -1, -1):
            mask |= self._bits.get(path.prefix(length), 0)
            if length > path.granted and path.maybe[length - 1]:
                break
        return mask


def check_flow(scopes: Sequence[Scope]) -> None:
    """Check that whatever a state reads was written on every route to it.

    The scopes come from the outside in: a branch starts with what is known where its Parallel state stands.

    Raises:
        DefinitionError: something was not; the message shows a route on which it is missing.
    """
    facts = _Facts()
    gains = _gains(facts, [state for scope in scopes for state in scope.states])
    arriving: dict[int, int] = {}
    for scope in scopes:
        at_start = arriving.get(id(scope), 0)
        known = _solve(scope.start, gains, at_start)
        for state in scope.states:
            for inner in state.scopes():
                # A map's item is other data; variables are seen from inside a map too.
                arriving[id(inner)] = known[state.name] & (-1 if inner.sees_outside else facts.variables)
            for path in state.needs():
                if path.root in _ALWAYS and not path.optional:
                    continue
                proving = facts.proving(path)
                if not known[state.name] & proving:
                    route = _route(scope.start, state, proving, gains, at_start)
                    raise _missing(state, path, route, written=facts.about(path.root) != 0)


def _gains(facts: _Facts, states: Sequence[State]) -> _Gains:
    """Of each transition what it changes; every fact is numbered before any that it ends is looked up."""
    written: list[tuple[tuple[str, int], list[str], list[Path]]] = []
    for state in states:
        for index, edge in enumerate(state.edges()):
            roots = [] if edge.writes is None else [edge.writes]
            roots += state.assigns if edge.kind == "next" else ()
            proved = [*_prefixes(edge.proves), *map(Path, roots)]
            for path in proved:
                facts.bit(path)
            written.append(((state.name, index), roots, proved))
    gains: _Gains = {}
    for key, roots, proved in written:
        ended = added = 0
        for root in roots:
            ended |= facts.about(root)
        for path in proved:
            added |= facts.bit(path)
        gains[key] = (ended, added)
    return gains


def _prefixes(proves: Iterable[Path]) -> Iterable[Path]:
    """What is there implies that everything around it is."""
    for path in proves:
        for length in range(len(path.steps) + 1):
            yield path.prefix(length)


def _solve(start: State, gains: _Gains, at_start: int) -> dict[str, int]:
    known: dict[str, int] = {start.name: at_start}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        here = known[state.name]
        for index, edge in enumerate(state.edges()):
            ended, added = gains[state.name, index]
            arriving = (here & ~ended) | added
            target = edge.target
            before = known.get(target.name)
            after = arriving if before is None else before & arriving
            if after != before:
                known[target.name] = after
                queue.append(target)
    return known


def _missing(state: State, path: Path, route: list[str], *, written: bool) -> DefinitionError:
    shown = " → ".join(repr(step) for step in route)
    writer = "" if written or path.root in _ALWAYS else "; no state writes it"
    if path.optional:
        remedy = "it is optional, so test it with is_present() on the way"
    else:
        remedy = "write it on that route too, or do not read it here"
    return DefinitionError(
        f"it reads {path}, which may not be there{writer}. On the route {shown} nothing makes sure of it; {remedy}",
        state=state.name,
        source=state.source,
    )


def _route(start: State, goal: State, proving: int, gains: _Gains, at_start: int) -> list[str]:
    """The shortest route from the start to the goal at whose end none of the proving facts holds."""
    first = at_start & proving
    came: dict[tuple[str, int], tuple[str, int] | None] = {(start.name, first): None}
    queue = deque([(start, first)])
    while queue:
        state, held = queue.popleft()
        if state is goal and not held:
            route: list[str] = []
            step: tuple[str, int] | None = (state.name, held)
            while step is not None:
                route.append(step[0])
                step = came[step]
            return route[::-1]
        for index, edge in enumerate(state.edges()):
            ended, added = gains[state.name, index]
            after = ((held & ~ended) | added) & proving
            key = (edge.target.name, after)
            if key not in came:
                came[key] = (state.name, held)
                queue.append((edge.target, after))
    return [start.name, goal.name]
