"""Routes that prove a fault: single ways through the machine, followed without joining anything.

What is known over all routes together may blame a route that no execution can take, since two choices that ask the
same question answer alike. So nothing is reported before a route is found on which every choice fits the others.
The shortest routes are tried first, few for each state at the beginning and more while there are faults to prove.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from asl.checking.dataflow.access import Presence, look
from asl.checking.dataflow.facts import NO_FACTS
from asl.checking.dataflow.reading import ReadFault, Store
from asl.checking.dataflow.transfer import Ways, caught, enter, leave, run
from asl.definitions.order import reverse_postorder

if TYPE_CHECKING:
    from collections.abc import Collection

    from asl.checking.dataflow.paths import DataPath
    from asl.checking.dataflow.solving import Solution
    from asl.checking.dataflow.values import Value
    from asl.definitions.model import Scope, State
    from asl.locations import Place

_REPRESENTATIVES: Final = (1, 12)
"""How many routes with the same outlook are followed on from a state, try by try."""
_MOST_SIGNS: Final = 8
_WAYS_A_STEP: Final = 16
"""A state with many ways out costs as much as several without."""

SHOWN: Final = 4
"""Of a long route as many states at its beginning and at its end are shown."""

Key: TypeAlias = "tuple[State, Place, DataPath]"
"""Which read of which state."""

Need: TypeAlias = "tuple[State, DataPath]"
"""What which state needs."""


class Route(NamedTuple):
    """States one after another, linked from the last. `first` are the first of them, to be at hand."""

    state: State
    before: Route | None
    first: tuple[State, ...]
    length: int

    @classmethod
    def after(cls, before: Route | None, state: State) -> Route:
        """Return the route with one more state."""
        if before is None:
            return cls(state, None, (state,), 1)
        first = before.first if len(before.first) == SHOWN else (*before.first, state)
        return cls(state, before, first, before.length + 1)

    def names(self) -> list[str | None]:
        """Return the names of the states, the first first; None stands for those in the middle of a long route."""
        if self.length <= 2 * SHOWN:
            count, names = self.length, []
        else:
            count, names = SHOWN, [*(state.name for state in self.first), None]
        last: list[str | None] = []
        route: Route | None = self
        while route is not None and len(last) < count:
            last.append(route.state.name)
            route = route.before
        return [*names, *reversed(last)]


class Proof(NamedTuple):
    """A fault and a route on which it comes true."""

    fault: ReadFault
    route: Route


class Proofs:
    """The routes that were found: for suspected reads, and for what is not sure to be there."""

    def __init__(
        self, solution: Solution, suspects: dict[Key, ReadFault], unproved: Collection[Need]
    ) -> None:
        self.reads: dict[Key, Proof] = {}
        self.needs: dict[Need, Route] = {}
        self.complete = False
        """Whether every route was tried."""
        budget = 2000 + 2 * len(solution.definition.states)
        for most in _REPRESENTATIVES:
            search = _Search(solution, suspects, frozenset(unproved), self, most)
            budget, self.complete = search.run(budget)
            if self.complete or budget <= 0 or search.is_done:
                break


class _Search:
    def __init__(
        self,
        solution: Solution,
        suspects: dict[Key, ReadFault],
        unproved: frozenset[Need],
        proofs: Proofs,
        most: int,
    ) -> None:
        self._solution = solution
        self._suspects = suspects
        self._unproved = unproved
        self._proofs = proofs
        self._most = most
        self._followed: dict[tuple[State, tuple[Presence, ...]], int] = {}
        self._queue: deque[tuple[State, Store, Value, Route | None]] = deque()
        self._dropped = False
        self._states = {key[0] for key in suspects}
        self._needy = {need[0] for need in unproved}
        self._forgiven: dict[State, frozenset[tuple[Place, DataPath]]] = {}
        for (state, place, path), fault in suspects.items():
            if fault.presence is Presence.NEVER:
                self._forgiven[state] = self._forgiven.get(state, frozenset()) | {(place, path)}
        self._useful = _leading_to(self._states | self._needy)
        needed = (path.steps for _, path in unproved if path.root == "$")
        read = (fault.path.steps[:2] for fault in suspects.values() if fault.path.steps)
        self._signs = tuple(dict.fromkeys((*needed, *read)))[:_MOST_SIGNS]

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to prove."""
        found = self._proofs
        return len(found.reads) == len(self._suspects) and len(found.needs) == len(self._unproved)

    def run(self, budget: int) -> tuple[int, bool]:
        """Follow routes until all is proved; give what is left of the budget, and whether no route was left out."""
        solution = self._solution
        if solution.start is not None:
            given = Store(solution.given.data, solution.given.variables, NO_FACTS)
            self._push(solution.start, given, solution.context, None)
        while self._queue and budget > 0 and not self.is_done:
            state, store, context, before = self._queue.popleft()
            budget -= 1 + len(state.transitions) // _WAYS_A_STEP
            self._follow(state, store, context, before)
        return budget, not self._queue and not self._dropped

    def _push(self, state: State, store: Store, context: Value, before: Route | None) -> None:
        if state not in self._useful:
            return
        signs = tuple(look(store.data, steps)[0] for steps in self._signs)
        key = (state, signs)
        count = self._followed.get(key, 0)
        if count >= self._most:
            self._dropped = True
            return
        self._followed[key] = count + 1
        self._queue.append((state, store, context, before))

    def _follow(self, state: State, store: Store, context: Value, before: Route | None) -> None:
        solution = self._solution
        route = Route.after(before, state)
        reader = solution.reader(state, store, context)
        reader.forgiven = self._forgiven.get(state, frozenset())
        if state in self._needy:
            for path in solution.declared.needs(state.name):
                if (state, path) in self._unproved and reader.at(path):
                    self._proofs.needs.setdefault((state, path), route)
        node = solution.nodes[state]
        if node.begins:
            entered = enter(state, reader)
            if not reader.failed:
                inside = Store(entered.data, entered.variables, store.facts)
                for begin in node.begins:
                    self._push(begin, inside, entered.context, route)
            result = solution.results.get(state)
            ways: Ways = [] if result is None else leave(state, reader, result)
        else:
            ways = run(state, reader, solution.declared)
        if "Catch" in state.value:
            catching = solution.reader(state, store, context)
            ways = [*ways, *caught(state, catching)]
            reader.faults += catching.faults
        if state in self._states:
            for fault in reader.faults:
                key = (state, fault.place, fault.path)
                if fault.presence is Presence.NEVER and key in self._suspects:
                    self._proofs.reads.setdefault(key, Proof(fault, route))
        for transition, after in ways:
            if transition is not None and (target := transition.to) is not None:
                self._push(target, after, context, route)


def _leading_to(goals: set[State]) -> set[State]:
    """Return the states from which one of the goals may be reached, in their own scope or in one around the goal."""
    sources: dict[Scope, dict[State, list[State]]] = {}

    def led_from(state: State) -> list[State]:
        scope = state.scope
        if scope not in sources:
            led = sources[scope] = {}
            for source in scope.states.values():
                for transition in source.transitions:
                    if (target := transition.to) is not None:
                        led.setdefault(target, []).append(source)
        around = [] if scope.owner is None else [scope.owner]
        return [*sources[scope].get(state, ()), *around]

    return set(reverse_postorder(goals, led_from))
