"""States that were built and belong to no machine: forgotten ones, which would never run."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsl.errors import Source


class Transition(Protocol):
    """A way from one state to another."""

    @property
    def target(self) -> Built: ...


class Built(Protocol):
    """What is to be known of a state here."""

    name: str
    source: Source
    _number: int

    def edges(self) -> Iterator[Transition]: ...

    def starts(self) -> Sequence[Built]: ...


_numbers = count(1)
_waiting: dict[int, Built] = {}
"""Every state that belongs to no machine yet, by its number; nothing else may keep a forgotten one alive."""


def number() -> int:
    """Return the next number of the count by which states and machines are told apart in time."""
    return next(_numbers)


def add(state: Built) -> int:
    """Note a state that was built."""
    mark = number()
    _waiting[mark] = state
    return mark


def take(states: Iterable[Built]) -> None:
    """Note that the states have found their machine."""
    for state in states:
        _waiting.pop(state._number, None)


def heads(after: int = 0, before: int | None = None) -> list[Built]:
    """Return the forgotten states to which no other forgotten one leads, built between two numbers."""
    found = [state for mark, state in _waiting.items() if mark > after and (before is None or mark < before)]
    reached = {id(edge.target) for state in found for edge in state.edges() if edge.target is not state}
    reached |= {id(inner) for state in found for inner in state.starts()}
    return [state for state in found if id(state) not in reached] or found[:1]


def told(state: Built) -> str:
    """Return what is to be said of a forgotten state."""
    return (
        f"state {state.name!r}: it was built and belongs to no machine, so nothing would ever run it; lead to it "
        f"(`>>`, a rule of a choice, to= of a catcher), or remove it\n  built at {state.source}"
    )
