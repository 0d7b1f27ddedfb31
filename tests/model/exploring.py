"""The search: every world that a scenario can reach, breadth first, so that the first violation found is a shortest."""

from __future__ import annotations

import gc
import json
from collections import deque
from typing import NamedTuple

from tests.model.rules import BrokenPromise, Ghost, judge, judge_end
from tests.model.world import Actions, Ask, Scenario, World, order_id


class Explored(NamedTuple):
    """How much was looked at: worlds, steps between them, and worlds in which nothing was left to do."""

    worlds: int
    steps: int
    ends: int


def first_world(scenario: Scenario) -> World:
    """The shop before anybody came."""
    orders = scenario.orders
    return World(
        rows=("{}",) * orders,
        queue="{}",
        number='{"IDvalue": {"N": "0"}, "PK": {"S": "orderID"}}',
        scans=(0,) * orders,
        executions=(),
        bus=(),
        runs=(),
        requests=(),
        budget=scenario.budget,
        ghosts=(Ghost(),) * orders,
    )


def explore(scenario: Scenario, *, most: int = 10_000_000) -> Explored:
    """Look at every world. Raises BrokenPromise with the shortest way to a violation."""
    # Worlds are tuples without cycles, of which the collector would look through ever more.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _explore(scenario, most)
    finally:
        if collecting:
            gc.enable()


def _explore(scenario: Scenario, most: int) -> Explored:
    actions = Actions(scenario)
    start = first_world(scenario)
    came: dict[int, tuple[int, str]] = {hash(start): (0, "")}
    waiting = deque([start])
    steps = ends = 0
    while waiting:
        world = waiting.popleft()
        here = hash(world)
        what = "the end"
        try:
            if actions.is_quiet(world):
                ends += 1
                judge_end(world)
            for happening in actions.happenings(world):
                what = happening.what
                steps += 1
                after = judge(world, happening, scenario.shop)
                there = hash(after)
                if there not in came:
                    came[there] = (here, what)
                    waiting.append(after)
        except Exception as error:
            way = [what]
            while came[here][1]:
                here, step = came[here]
                way.append(step)
            listed = "\n".join(f"  {number}. {step}" for number, step in enumerate(reversed(way), 1))
            raise BrokenPromise(f"{type(error).__name__}: {error}\nafter\n{listed}") from error
        if len(came) > most:
            raise AssertionError(f"more than {most:,} worlds")
    return Explored(len(came), steps, ends)


def ask(action: str, by: str, order: int = 0) -> Ask:
    """A request: a drink, or make, unmake, complete or cancel, by `customer-N`, `barista-N` or a stranger."""
    request: dict[str, object] = {
        "action": action,
        "orderId": order_id(order),
        "baristaUserId": "",
        "body": {},
    }
    if by.startswith("barista"):
        request["baristaUserId"] = by
    else:
        request["body"] = {"userId": by, "drink": "Latte", "modifiers": []}
    return Ask(action, order, by, json.dumps(request, sort_keys=True))
