"""What is handed on without being meant: data of other states beside a view, and items in place of results."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from dsl.states.nesting import Map
from dsl.states.results import WithResult
from dsl.values.fitting import kind_fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsl.states.wiring import Reads, State, StateGraph


def check_handed_on(scopes: Sequence[StateGraph], reads: Reads) -> None:
    """Check that nothing else travels with a view of all data, and that runs hand on what is read of them.

    Raises:
        DefinitionError: something does, or they hand on what they were given.
    """
    around: dict[StateGraph, tuple[StateGraph, State]] = {}
    for scope in scopes:
        for state in scope.states:
            inside = state.scopes()
            around.update((inner, (scope, state)) for inner in inside if inner.sees_outside)
            if inside and isinstance(state, WithResult) and state.root in reads:
                for inner in inside:
                    _check_results(state, inner, reads)
                    if isinstance(state, Map):
                        _check_kind(state, inner)
            # A choice compares what is in the data, and hands nothing on.
            if state.type != "Choice" and any(
                path.root == "$" and not path.steps for path in scope.needs[state]
            ):
                _check_alone(scope, state, around, reads)


def _check_alone(
    scope: StateGraph, state: State, around: Mapping[StateGraph, tuple[StateGraph, State]], reads: Reads
) -> None:
    """Check that no other state has put anything into the data of which all is read."""
    for where, reader in _outwards(scope, state, around):
        for writer in where.states:
            if isinstance(writer, WithResult) and writer.root in reads and _leads(where, writer, reader):
                raise state.mistake(
                    f"it hands on all of the data, and with it what {writer.name!r} made ({writer.root}); hand on "
                    "the fields that are needed, or context.execution.input, which is what the execution was given"
                )


def _outwards(
    scope: StateGraph, state: State, around: Mapping[StateGraph, tuple[StateGraph, State]]
) -> Iterator[tuple[StateGraph, State]]:
    yield scope, state
    while scope in around:
        scope, state = around[scope]
        yield scope, state


def _leads(scope: StateGraph, start: State, goal: State) -> bool:
    seen: set[State] = set()
    waiting = deque(edge.target for edge in scope.edges[start])
    while waiting:
        state = waiting.popleft()
        if state is goal:
            return True
        if state not in seen:
            seen.add(state)
            waiting.extend(edge.target for edge in scope.edges[state])
    return False


def _check_kind(each: Map[Any], scope: StateGraph) -> None:
    """Check that runs hand on what they are said to, as far as that can be told."""
    for state in scope.states:
        handed = None if scope.edges[state] else state.handed_on()
        fault = None if handed is None else kind_fault(each.answer, handed)
        if fault:
            raise each.mistake(
                f"each of its runs is to hand on a {each.answer.__name__}, and {state.name!r} ends one otherwise: "
                f"{fault}"
            )


def _check_results(outer: WithResult, scope: StateGraph, reads: Reads) -> None:
    """Check that what runs inside hands on something of its own, where it makes something."""
    makers = [state for state in scope.states if isinstance(state, WithResult)]
    ends = [state for state in scope.states if not scope.edges[state] and state.type != "Fail"]
    kept = any(maker.root in reads for maker in makers)
    if not makers or kept or not ends or any(not end.hands_on_data for end in ends):
        return
    raise outer.mistake(
        f"its results are read, but its runs hand on what they were given: {ends[0].name!r} ends them, and what "
        f"{makers[-1].name!r} makes is dropped. End with that state (`>> end`), hand on a part of it "
        f"(`>> end(...)`), or give {ends[0].name!r} an output="
    )
