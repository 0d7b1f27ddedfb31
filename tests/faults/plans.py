"""What happens in a history: a few orders, and what people, deliveries, timers, crashes and faults do to them.

The way of an ordinary order is the backbone; things are put in between, doubled, left out and swapped. What is drawn
depends on the seed alone.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

BACKBONE = ("scan", "deliver", "choose", "deliver", "make", "complete")
BETWEEN = (
    "scan again", "redeliver", "redeliver", "crash", "crash", "choose", "make", "other make", "unmake", "complete",
    "other complete", "cancel", "barista cancel", "stranger", "at once", "at once", "manager stopped", "timer", "timer",
    "stop",
)  # fmt: skip


class Fault(NamedTuple):
    """A call of the workflows about an order that fails: from which on, how often, before or after it is done."""

    call: int
    times: int
    how: str


class Act(NamedTuple):
    """One step of one order; `chance` decides all that is left open in it, whatever comes before."""

    order: int
    step: str
    chance: int


class Plan(NamedTuple):
    """What is to happen, as a value: so a part of it can be tried alone. `faults` has one for each order, or None."""

    number: int
    faults: tuple[Fault | None, ...]
    acts: tuple[Act, ...]

    def __str__(self) -> str:
        faulty = [f"  order {order}: {fault}" for order, fault in enumerate(self.faults) if fault]
        return "\n".join([*faulty, *(f"  order {act.order}: {act.step}" for act in self.acts)])

    def but(self, acts: Sequence[Act]) -> Plan:
        """Return the same with other acts."""
        return self._replace(acts=tuple(acts))


def draw_plan(seed: int, number: int) -> Plan:
    """Return the history of this number, of the many that a seed stands for."""
    draw = random.Random(f"{seed}/{number}")
    steps_of: list[list[str]] = []
    faults: list[Fault | None] = []
    for _ in range(draw.choice((1, 1, 2))):
        steps = [step for step in BACKBONE if draw.random() > 0.06]
        for _ in range(draw.choice((0, 1, 1, 2, 3, 5))):
            steps.insert(draw.randrange(1, len(steps) + 1), draw.choice(BETWEEN))
        if draw.random() < 0.15:
            at = draw.randrange(len(steps) - 1)
            steps[at], steps[at + 1] = steps[at + 1], steps[at]
        steps_of.append(steps)
        chance = draw.random()
        how = draw.choice(("before", "after"))
        fault = Fault(draw.randrange(1, 14), 99 if chance < 0.04 else 1, how)
        faults.append(fault if chance < 0.35 else None)
    turns = [order for order, steps in enumerate(steps_of) for _ in steps]
    draw.shuffle(turns)
    left = [iter(steps) for steps in steps_of]
    acts = tuple(Act(order, next(left[order]), draw.randrange(1 << 30)) for order in turns)
    return Plan(number, tuple(faults), acts)
