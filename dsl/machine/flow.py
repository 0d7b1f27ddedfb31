"""Which data is certainly there: on every route that leads to a state.

A fact is a path that something proves to be there: the input, a result once its state succeeded, what a choice
rule tested. Facts of a state are those that all its incoming transitions share; they are found by iterating over
the graph until nothing changes. Sets of facts are bits of an integer, so that ten thousand states stay cheap.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, TypeAlias

from dsl.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsl.states.wiring import Scope, State
    from dsl.values.expressions import Path

_ALWAYS: Final = ("$", "$$")

_Place: TypeAlias = "tuple[str, tuple[str | int, ...]]"
"""A root and the steps from it: what a fact is about."""

_Ways: TypeAlias = "dict[State, list[tuple[State, int, int]]]"
"""Of each state's transitions: where it leads, the facts it ends, and those it adds."""


class _Facts:
    """Numbers facts and answers which of them would make a read safe."""

    def __init__(self) -> None:
        self._bits: dict[_Place, int] = {}
        self._roots: dict[str, int] = {}
        self.variables = 0
        """All facts about variables."""

    def bits(self, root: str, steps: tuple[str | int, ...] = ()) -> int:
        """The facts that something is there, and that everything around it is, which that implies."""
        found = 0
        for length in range(len(steps) + 1):
            place = (root, steps[:length])
            bit = self._bits.get(place)
            if bit is None:
                bit = self._bits[place] = 1 << len(self._bits)
                self._roots[root] = self._roots.get(root, 0) | bit
                if not root.startswith(_ALWAYS[1]) and not root.startswith("$.") and root != "$":
                    self.variables |= bit
            found |= bit
        return found

    def about(self, root: str) -> int:
        """All facts below a root: they end when it is written anew."""
        return self._roots.get(root, 0)

    def proving(self, path: Path) -> int:
        """The facts of which any one shows that the path is there."""
        mask = 0
        root, steps = path.root, path.steps
        for length in range(len(steps), -1, -1):
            mask |= self._bits.get((root, steps[:length]), 0)
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
    ways = _ways(facts, scopes)
    arriving: dict[Scope, int] = {}
    for scope in scopes:
        at_start = arriving.get(scope, 0)
        known = _solve(scope.start, ways, at_start)
        for state in scope.states:
            here = known[state]
            for inner in state.scopes():
                # A map's item is other data; variables are seen from inside a map too.
                arriving[inner] = here & (-1 if inner.sees_outside else facts.variables)
            for path in scope.needs[state]:
                if path.root in _ALWAYS and not path.optional:
                    continue
                proving = facts.proving(path)
                if not here & proving:
                    route = _route(scope.start, state, proving, ways, at_start)
                    raise _missing(state, path, route, written=facts.about(path.root) != 0)


def _ways(facts: _Facts, scopes: Sequence[Scope]) -> _Ways:
    """Of each transition what it changes; every fact is numbered before any that it ends is looked up."""
    written: list[tuple[State, State, list[str], int]] = []
    for scope in scopes:
        for state, edges in scope.edges.items():
            assigns = state.assigns
            for edge in edges:
                roots = [] if edge.writes is None else [edge.writes]
                if assigns and edge.kind == "next":
                    roots += assigns
                proved = 0
                for path in edge.proves:
                    proved |= facts.bits(path.root, path.steps)
                for root in roots:
                    proved |= facts.bits(root)
                written.append((state, edge.target, roots, proved))
    ways: _Ways = {state: [] for scope in scopes for state in scope.states}
    for state, target, roots, proved in written:
        ended = 0
        for root in roots:
            ended |= facts.about(root)
        ways[state].append((target, ended, proved))
    return ways


def _solve(start: State, ways: _Ways, at_start: int) -> dict[State, int]:
    """What is known at every state; of a graph without loops each state is looked at once."""
    order = _order(start, ways)
    places = {state: place for place, state in enumerate(order)}
    known: dict[State, int] = {start: at_start}
    queue, queued = [0], {0}
    while queue:
        place = heappop(queue)
        queued.discard(place)
        state = order[place]
        here = known[state]
        for target, ended, added in ways[state]:
            arriving = (here & ~ended) | added
            before = known.get(target)
            after = arriving if before is None else before & arriving
            if after != before:
                known[target] = after
                following = places[target]
                if following not in queued:
                    queued.add(following)
                    heappush(queue, following)
    return known


def _order(start: State, ways: _Ways) -> list[State]:
    """The states, each after all that lead to it, but for loops."""
    finished: list[State] = []
    seen = {start}
    stack = [(start, iter(ways[start]))]
    while stack:
        state, waiting = stack[-1]
        for target, _, _ in waiting:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(ways[target])))
                break
        else:
            stack.pop()
            finished.append(state)
    finished.reverse()
    return finished


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


def _route(start: State, goal: State, proving: int, ways: _Ways, at_start: int) -> list[str]:
    """The shortest route from the start to the goal at whose end none of the proving facts holds."""
    first = (start, at_start & proving)
    came: dict[tuple[State, int], tuple[State, int] | None] = {first: None}
    queue = deque([first])
    while queue:
        state, held = queue.popleft()
        if state is goal and not held:
            route: list[str] = []
            step: tuple[State, int] | None = (state, held)
            while step is not None:
                route.append(step[0].name)
                step = came[step]
            return route[::-1]
        for target, ended, added in ways[state]:
            key = (target, ((held & ~ended) | added) & proving)
            if key not in came:
                came[key] = (state, held)
                queue.append(key)
    return [start.name, goal.name]
