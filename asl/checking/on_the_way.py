"""Which variables may have been set when a state begins, by the states of its own scope before it.

What a state's own `Assign` sets goes on with its `Next`; in a Choice with its `Default`, since a rule that matches sets
its own alone, as does a catcher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.definitions.order import reverse_postorder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asl.checking.view import View
    from asl.definitions.model import Scope, State

Names = dict[str, int]
"""The names that are followed, each with a bit of its own."""


class OnTheWay:
    """The variables that are set on some way into each state of a machine, as far as their names are asked for."""

    def __init__(
        self, view: View, assigned: Iterable[tuple[str, State, object]], names: Iterable[str]
    ) -> None:
        """Take `assigned`, the names that are set, each with its state and with its choice rule or catcher, or None."""
        self._bits: Names = {name: 1 << i for i, name in enumerate(dict.fromkeys(names))}
        self._own: dict[State, int] = {}
        self._entries: dict[int, int] = {}
        for name, state, entry in assigned:
            bit = self._bits.get(name, 0)
            if entry is None:
                self._own[state] = self._own.get(state, 0) | bit
            else:
                self._entries[id(entry)] = self._entries.get(id(entry), 0) | bit
        self._before: dict[State, int] = {}
        if self._bits:
            for scope in view.scopes:
                self._follow(scope)

    def is_set_before(self, name: str, state: State) -> bool:
        """Whether some state of the same scope sets the variable on a way to this one."""
        return bool(self._before.get(state, 0) & self._bits.get(name, 0))

    def _follow(self, scope: Scope) -> None:
        """Hand the variables on from state to state until nothing is added.

        Each state comes after those that lead to it, but for loops, so a few rounds do.
        """
        before, order = self._before, _in_order(scope)
        waiting = set(order)
        while waiting:
            for state in order:
                if state not in waiting:
                    continue
                waiting.discard(state)
                brought, own = before.get(state, 0), self._own.get(state, 0)
                sets_with = "default" if state.type == "Choice" else "next"
                for transition in state.transitions:
                    to = transition.to
                    if to is None:
                        continue
                    after = brought | (own if transition.kind == sets_with else 0)
                    if transition.entry is not None:
                        after |= self._entries.get(id(transition.entry), 0)
                    if after & ~before.get(to, 0):
                        before[to] = before.get(to, 0) | after
                        waiting.add(to)


def _in_order(scope: Scope) -> list[State]:
    first = scope.states.get(scope.start_at or "")
    return reverse_postorder(
        [*([] if first is None else [first]), *scope.states.values()],
        lambda state: [way.to for way in state.transitions if way.to is not None],
    )
