"""A part of a definition as a definition of its own, for a picture that shows one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.definitions.model import Definition
from asl.definitions.order import reverse_postorder
from asl.errors import UnknownStateError
from asl.words import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.definitions.model import State


def excerpt(
    document: Mapping[str, object], *, start: str | None = None, catchers: bool = True
) -> dict[str, object]:
    """Return the definition with only the states that are reached from one of its states.

    Args:
        document: A definition.
        start: The top-level state to begin with; its `StartAt` if None.
        catchers: Whether caught errors lead on; without, states that only errors lead to are left out, and `Catch`
            is, at the top level.

    Raises:
        UnknownStateError: There is no such state at the top level.
    """
    machine = Definition(dict(document)).scopes[0]
    first = machine.value.get("StartAt") if start is None else start
    if first not in machine.states:
        hint = did_you_mean(str(first), machine.states)
        raise UnknownStateError(f"The definition has no state {first!r}{hint}.", str(first))

    def followers(state: State) -> list[State]:
        ways = (each for each in state.transitions if catchers or each.kind != "catch")
        return [each.to for each in ways if each.to is not None]

    reached = set(reverse_postorder([machine.states[str(first)]], followers))
    states = {
        state.name: {key: value for key, value in state.value.items() if catchers or key != "Catch"}
        for state in machine.states.values()
        if state in reached
    }
    return {**document, "StartAt": first, "States": states}
