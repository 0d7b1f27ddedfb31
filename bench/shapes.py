"""Machines of any size, written in the language: in a row, full of choices, and within one another."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from dsl import Shape, StateMachine, Str, choice, context, end, events, fail, parallel, pass_, wait

if TYPE_CHECKING:
    from dsl.states.wiring import State

_LEVELS = 10
"""So many Parallel states lie within one another in a nested machine."""


class _Tick(Shape):
    id: Str


def linear(size: int) -> StateMachine:
    """Return a chain of tasks."""
    contract = events.Contract("EventBus", source="bench")
    ticked = contract.event("Ticked", _Tick)
    states = [events.put_events(f"Tick {i}", ticked(id=context.execution.id)) for i in range(size)]
    for here, there in itertools.pairwise(states):
        here >> there
    states[-1] >> end
    return StateMachine("Linear", start=states[0])


def branching(size: int) -> StateMachine:
    """Return Choice states in a row, each with two transitions to the next one and one to the end."""
    failed = fail("Failed", error="Failed", cause="A bench")
    following: State = pass_("Last", output={"done": True})
    following >> end
    for i in range((size - 2) // 3):
        one, other = wait(f"Wait {i}", seconds=1), wait(f"Or wait {i}", seconds=2)
        for way in (one, other):
            way >> following
        name = context.execution.name
        following = choice(f"Choice {i}", (name == f"{i}", failed), (name > f"{i}", one), otherwise=other)
    return StateMachine("Branching", start=following)


def nested(size: int) -> StateMachine:
    """Parallel states in a row, in each of which others lie, ten deep."""
    count = 0

    def rest() -> State:
        nonlocal count
        count += 1
        return wait(f"Wait {count}", seconds=1)

    tops: list[State] = []
    while count + len(tops) * _LEVELS < size:
        inner: State = rest()
        inner >> end
        for level in range(_LEVELS):
            before, beside = rest(), rest()
            before >> inner >> end if level else before >> inner
            beside >> end
            inner = parallel(f"Both {len(tops)}.{level}", before, beside)
        tops.append(inner)
    for here, there in itertools.pairwise(tops):
        here >> there
    tops[-1] >> end
    return StateMachine("Nested", start=tops[0])
