"""What is known at every state, over all routes that lead to it.

A worklist in the order of the graph: a state without a loop behind it is looked at once. Parallel and Map states
are two nodes, one before their inner scopes and one after them.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

from asl.checking.dataflow.reading import Reader, ReadFault, Store, Variables
from asl.checking.dataflow.transfer import caught, enter, leave, result_of_scopes, run
from asl.checking.dataflow.values import EMPTY, Object, Unknown, Value, join, widen
from asl.definitions.order import reverse_postorder

if TYPE_CHECKING:
    from asl.checking.dataflow.declared import Declared
    from asl.checking.dataflow.paths import DataPath
    from asl.checking.dataflow.transfer import Entered, Ways
    from asl.definitions.model import Definition, Scope, State

_JOINS: Final = 4
"""After so many visits of a state, what still changes there is given up field by field,"""
_WIDENINGS: Final = 12
"""and after so many altogether."""
_ROUNDS: Final = 32
"""Likewise where many transitions lead to a state, and more often than each once: loops of loops have no other end."""


class FlowNode:
    """A state, or what comes after the inner scopes of a state."""

    __slots__ = (
        "arrivals", "arrived", "begins", "context", "entered", "faults", "last", "order", "sources", "state",
        "unproved", "visits", "waiting",
    )  # fmt: skip

    def __init__(self, state: State) -> None:
        self.state = state
        self.begins: list[State] = []
        """The first states of its inner scopes, if each of them has one."""
        self.order = 0
        self.arrived: Store | None = None
        self.last: Store | None = None
        """What arrived the last time, and is part of `arrived`."""
        self.context: Value | None = None
        self.entered: Entered | None = None
        self.faults: list[ReadFault] = []
        self.unproved: list[DataPath] = []
        """What it needs and is not sure to have."""
        self.visits = 0
        self.sources = 0
        """How many transitions lead here."""
        self.arrivals = 0
        """How often one of them was taken. Without a loop that is once each."""
        self.waiting = False


class Solution:
    """What is known of a whole machine."""

    def __init__(self, definition: Definition, declared: Declared) -> None:
        self.definition = definition
        self.declared = declared
        self.nodes: dict[State, FlowNode] = {state: FlowNode(state) for state in definition.states}
        self.results: dict[State, Value | None] = {}
        """Of each Parallel and Map state: what its inner scopes make together."""
        self._ends: dict[Scope, Value] = {}
        self._by_order: list[tuple[State, bool]] = []
        self._queue: list[int] = []
        self._exits: dict[State, int] = {}
        self._queued_exits: set[int] = set()
        self._variables = Variables(definition)
        machine = definition.scopes[0]
        given = declared.input if declared.input is not None else Unknown()
        self.start = machine.states.get(machine.start_at or "")
        self.given = Store(given, EMPTY)
        self.context: Value = Object(
            {"Execution": Object({"Input": given}, Unknown())}, Unknown(), source="the context object"
        )
        if self.start is not None:
            self._order(self.start)
            self._arrive(self.start, self.given, self.context)
            self._work()

    def reader(self, state: State, store: Store, context: Value) -> Reader:
        """Return a reader for a state in a store."""
        return Reader(store, context, state.scope, self._variables)

    def _order(self, start: State) -> None:
        """Give the nodes numbers so that each comes after those that lead to it, but for loops."""
        nodes = self.nodes

        def followers(key: tuple[State, bool]) -> list[tuple[State, bool]]:
            state, after = key
            node = nodes[state]
            found: list[tuple[State, bool]] = []
            if not after and state.inner:
                begins = [scope.states.get(scope.start_at or "") for scope in state.inner]
                if all(begin is not None for begin in begins):
                    node.begins = [begin for begin in begins if begin is not None]
            for transition in state.transitions:
                if after is (transition.kind != "catch") or not node.begins:
                    target = transition.to
                    if target is not None:
                        nodes[target].sources += 1
                        found.append((target, False))
            if node.begins and not after:
                # What is explored first comes last in the order: inner scopes precede what follows them.
                found += [(state, True), *((begin, False) for begin in node.begins)]
            return found

        self._by_order = reverse_postorder([(start, False)], followers)
        for number, (state, after) in enumerate(self._by_order):
            if after:
                self._exits[state] = number
            else:
                nodes[state].order = number

    def _arrive(self, state: State, store: Store, context: Value) -> None:
        node = self.nodes[state]
        before, last = node.arrived, node.last
        node.last = store
        if (
            last is not None
            and last.data is store.data
            and last.variables is store.variables
            and context is node.context
        ):
            return  # many rules of a choice lead to one state and leave nothing behind
        if before is None:
            node.arrived, node.context = store, context
        else:
            node.arrivals += 1
            is_crowded = node.arrivals > node.sources + _ROUNDS
            merge = join if node.visits < _JOINS else widen
            data = merge(before.data, store.data)
            variables = merge(before.variables, store.variables)
            if node.visits > _WIDENINGS or is_crowded:
                data = before.data if data is before.data else Unknown()
                variables = before.variables if variables is before.variables else Unknown()
            known = node.context if node.context is not None else context
            around = join(known, context)
            if data is before.data and variables is before.variables and around is known:
                return
            node.arrived, node.context = Store(data, variables), around
        if not node.waiting:
            node.waiting = True
            heapq.heappush(self._queue, node.order)

    def _work(self) -> None:
        while self._queue:
            number = heapq.heappop(self._queue)
            state, after = self._by_order[number]
            node = self.nodes[state]
            if after:
                self._queued_exits.discard(number)
                self._leave(node)
            else:
                node.waiting = False
                node.visits += 1
                self._visit(node)

    def _visit(self, node: FlowNode) -> None:
        state, store, context = node.state, node.arrived, node.context
        if store is None or context is None:
            return
        reader = self.reader(state, store, context)
        node.unproved = [path for path in self.declared.needs(state.name) if reader.at(path)]
        if node.begins:
            entered = node.entered = enter(state, reader)
            node.faults = reader.faults
            inside = Store(entered.data, entered.variables)
            for begin in node.begins:
                self._arrive(begin, inside, entered.context)
            self._queue_exit(state)
        else:
            ways = run(state, reader, self.declared)
            node.faults = reader.faults
            self._take(state, ways, context)
        if "Catch" in state.value:
            catching = self.reader(state, store, context)
            self._take(state, caught(state, catching), context)
            node.faults = [*node.faults, *catching.faults]

    def _leave(self, node: FlowNode) -> None:
        state, store, context = node.state, node.arrived, node.context
        if store is None or context is None:
            return
        result = result_of_scopes(state, [self._ends.get(scope) for scope in state.inner])
        self.results[state] = result
        if result is None:
            return
        reader = self.reader(state, store, context)
        reader.faults = [fault for fault in node.faults if not fault.of_result]
        ways = leave(state, reader, result)
        node.faults = reader.faults
        self._take(state, ways, context)

    def _take(self, state: State, ways: Ways, context: Value) -> None:
        for transition, store in ways:
            if transition is None:
                self._end(state.scope, store.data)
            elif (target := transition.to) is not None:
                self._arrive(target, store, context)

    def _end(self, scope: Scope, output: Value) -> None:
        if scope.owner is None:
            return
        before = self._ends.get(scope)
        after = output if before is None else join(before, output)
        if after is not before:
            self._ends[scope] = after
            self._queue_exit(scope.owner)

    def _queue_exit(self, state: State) -> None:
        number = self._exits.get(state)
        if number is not None and number not in self._queued_exits:
            self._queued_exits.add(number)
            heapq.heappush(self._queue, number)
