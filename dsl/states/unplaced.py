"""States that were built and belong to no machine: forgotten ones, which would never run."""

from __future__ import annotations

import sys
from itertools import count
from typing import TYPE_CHECKING, Protocol, TypeAlias
from weakref import ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import CodeType, FrameType

    from dsl.errors import SourceLine

Calls: TypeAlias = "dict[int, CodeType]"
"""The calls of functions, and the modules, that were under way at some time, by the ids of their frames."""


class HasTarget(Protocol):
    """A way from one state to another."""

    @property
    def target(self) -> Built: ...


class Built(Protocol):
    """What is to be known of a state here."""

    name: str
    source: SourceLine
    number: int
    calls: Calls

    def edges(self) -> Iterator[HasTarget]: ...

    def starts(self) -> Sequence[Built]: ...


_numbers = count(1)
_waiting: dict[int, ref[Built]] = {}
"""Every state that belongs to no machine yet, by its number."""

_wired: set[Built] = set()
"""Those of them that lead somewhere or are led to; nothing else may keep a forgotten chain alive.

A state that is not wired and no longer referenced was only built to be looked at.
"""


_seen: list[tuple[int, CodeType, int, CodeType | None, Calls]] = []
"""The last frame that was asked about, its caller, and its calls: most states are built where the last one was."""


def calls(frame: FrameType) -> Calls:
    """Return the calls that are under way in a frame, itself first."""
    before = frame.f_back
    key = (id(frame), frame.f_code, id(before), None if before is None else before.f_code)
    if _seen and _seen[0][:4] == key:
        return _seen[0][4]
    found: Calls = {}
    outer: FrameType | None = frame
    while outer is not None:
        found[id(outer)] = outer.f_code
        outer = outer.f_back
    _seen[:] = [(*key, found)]
    return found


def number() -> int:
    """Return the next number of the count by which states and machines are told apart in time."""
    return next(_numbers)


def add(state: Built) -> int:
    """Note a state that was built."""
    mark = number()
    _waiting[mark] = ref(state)
    return mark


def keep(*states: Built) -> None:
    """Note that states were wired."""
    _wired.update(states)


def take(states: Iterable[Built]) -> None:
    """Note that the states have found their machine."""
    for state in states:
        _waiting.pop(state.number, None)
        _wired.discard(state)
        state.calls = {}


def remaining(states: Iterable[Built]) -> list[Built]:
    """Return those of the states that belong to no machine even now."""
    return [state for state in states if state.number in _waiting]


def heads(after: int = 0, before: int | None = None) -> list[Built]:
    """Return the forgotten states to which no other forgotten one leads, built between two numbers."""
    for mark in [mark for mark, built in _waiting.items() if built() is None]:
        del _waiting[mark]
    held = [(mark, state) for mark, built in _waiting.items() if (state := built()) is not None]
    found = [state for mark, state in held if mark > after and (before is None or mark < before)]
    reached = {id(edge.target) for state in found for edge in state.edges() if edge.target is not state}
    reached |= {id(inner) for state in found for inner in state.starts()}
    return [state for state in found if id(state) not in reached] or found[:1]


def within(states: Iterable[Built], call: tuple[int, CodeType] | None, files: frozenset[str]) -> list[Built]:
    """Return the states of these files that were built while the call was under way, or while a file was imported.

    What another call of a function built and dropped does not count.
    """
    return [
        state
        for state in states
        if (ours := files & state.source.files)
        and (
            (call is not None and state.calls.get(call[0]) is call[1])
            or any(_is_module(code, ours) for code in state.calls.values())
        )
    ]


def undecided(state: Built) -> bool:
    """Whether the module that built the state is still being run, and may make a machine of it yet."""
    return any(
        _is_module(code, state.source.files) and state.calls.get(mark) is code
        for mark, code in calls(sys._getframe()).items()
    )


def _is_module(code: CodeType, files: frozenset[str]) -> bool:
    return code.co_name == "<module>" and code.co_filename in files


def message_of(state: Built) -> str:
    """Return the message about a forgotten state."""
    return (
        f"state {state.name!r}: it was built and belongs to no machine, so nothing would ever run it; lead to it "
        f"(`>>`, a rule of a choice, to= of a catcher), or remove it\n  built at {state.source}"
    )
