"""The search: every world that a scenario can reach.

Three ways of looking, all complete:

- **As it is** (`explore`): all orders of the scenario, breadth first; the first violation found is a shortest one.
- **Together** (`explore_together`): the same without what makes no difference (see `reducing`).
- **Alone** (`explore_alone`): one order among others that are free to do anything. Orders share two things: the queue
  and the last number. So what the others do comes to this: at any moment, any number of them may hold a place (as many
  as there are places, or less), and numbers may have been drawn. An order in any interleaving with any number of
  others does nothing that it does not also do alone in this way; so what holds of every order alone holds of every
  order in any company. What concerns the queue as a whole (promise 3) needs one thing more: that each single write of
  the queue keeps its size and leaves the other orders in it, whatever is in it; which is asked of each such write.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tests.model.language import canonical
from tests.model.reducing import Orders
from tests.model.rules import BrokenPromise, judge_end
from tests.model.values import Ask, Budget, Ghost, Local, Scenario, can_pay, one_of_each, order_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.model.reducing import Step

World: TypeAlias = tuple[int, ...]
"""The orders, by number, and the last order number that was drawn."""


class Explored(NamedTuple):
    """How much was looked at: worlds, steps between them, ends (worlds with nothing left to do), single orders."""

    worlds: int
    steps: int
    ends: int
    orders: int


def first_local(order: int) -> Local:
    """Return an order that nobody has heard of."""
    return Local(order, "{}", False, 0, (), (), (), (), Ghost())


class Search:
    """One exploration. After `run`, `ends` holds the orders that were over when nothing was left to do."""

    def __init__(self, scenario: Scenario, *, reduce: bool = False, alone: bool = False) -> None:
        self.scenario = scenario
        self.reduce = reduce
        self.alone = alone
        self.orders = Orders(scenario, reduce=reduce, alone=alone)
        self.ends: set[World] = set()
        # The worlds that were met, with the budgets left; of these, in a reduced search, only such as no other
        # has more of everything than: what can be done with less can be done with more.
        self._met: dict[World, list[int]] = {}
        self._came: dict[tuple[World, int], tuple[World, int] | None] = {}

    def run(self, *, most: int = 20_000_000) -> Explored:
        """Look at every world. Raises BrokenPromise with the way to a violation."""
        packed = self.scenario.budget.packed()
        total = sum(self.scenario.budget)
        first = (*(self.orders.number_of(first_local(order)) for order in range(self.scenario.orders)), 0)
        # A reduced search takes the worlds with the most left first, so that they can stand for those with less.
        waiting: list[deque[tuple[World, int]]] = [deque() for _ in range(total + 1)]
        self._came[first, packed] = None
        self._met[first] = [packed]
        waiting[total if self.reduce else 0].append((first, packed))
        steps = 0
        for queue in reversed(waiting):
            while queue:
                world, budget = here = queue.popleft()
                try:
                    self._look_at_end(world)
                    for _, there, left in self._steps(world, budget):
                        steps += 1
                        budgets = self._met.get(there)
                        if budgets is None:
                            self._met[there] = [left]
                        elif left in budgets or (
                            self.reduce and any(can_pay(other, left) for other in budgets)
                        ):
                            continue
                        else:
                            budgets.append(left)
                        self._came[there, left] = here
                        waiting[_total(left) if self.reduce else 0].append((there, left))
                except Exception as error:
                    raise BrokenPromise(
                        f"{type(error).__name__}: {error}\nafter\n{self._way(here)}"
                    ) from error
                if len(self._came) > most:
                    raise AssertionError(f"more than {most:,} worlds")
        self.orders.answer_readers()
        return Explored(len(self._came), steps, len(self.ends), len(self.orders.locals))

    def worlds(self) -> Iterator[World]:
        """Yield the worlds that were met."""
        yield from self._met

    def _look_at_end(self, world: World) -> None:
        numbers = world[:-1]
        if self.orders.quiet.issuperset(numbers) and world not in self.ends:
            for number in numbers:
                judge_end(self.orders.locals[number])
            self.ends.add(world)

    def _steps(self, world: World, budget: int) -> Iterator[tuple[Step, World, int]]:
        """Yield what can happen next, the world after it, and the budget that is left then."""
        *numbers, drawn = world
        orders, places, payable = self.orders, max(self.scenario.shop.places, 0), one_of_each(budget)
        if self.alone:
            (number,) = numbers
            has_place = orders.locals[number].place
            for step in orders.steps(number, tuple(range(places + 1 - has_place)), 0, payable).steps:
                if can_pay(budget, step.cost):
                    yield step, (step.after(orders), 0), budget - step.cost
            return
        holding = [orders.locals[number].place for number in numbers]
        found = []
        for index, number in enumerate(numbers):
            steps = orders.steps(number, (sum(holding) - holding[index],), drawn, payable)
            if steps.first:
                found = [(index, steps)]
                break
            found.append((index, steps))
        for index, steps in found:
            for step in steps.steps:
                if not can_pay(budget, step.cost):
                    continue
                after = (*numbers[:index], step.after(orders), *numbers[index + 1 :], drawn + step.drawn)
                yield step, after, budget - step.cost

    def _way(self, here: tuple[World, int]) -> str:
        """Return the steps that led to a world, in words."""
        way = []
        while (before := self._came[here]) is not None:
            world, budget = before
            way.append(next(step.what for step, *there in self._steps(world, budget) if tuple(there) == here))
            here = before
        return "\n".join(f"  {number}. {step}" for number, step in enumerate(reversed(way), 1))


@cache
def _total(budget: int) -> int:
    return sum(Budget.unpacked(budget))


def explore(scenario: Scenario) -> Explored:
    """All orders of a scenario together, leaving out nothing."""
    return Search(scenario).run()


def explore_together(scenario: Scenario) -> Explored:
    """All orders of a scenario together, without what makes no difference."""
    return Search(scenario, reduce=True).run()


def explore_alone(scenario: Scenario) -> Explored:
    """One order of a scenario among others that do as they please, without what makes no difference."""
    assert scenario.orders == 1
    return Search(scenario, reduce=True, alone=True).run()


def ask(action: str, by: str, order: int = 0) -> Ask:
    """Return a request: a drink, or make, unmake, complete or cancel, by `customer-N`, `barista-N` or a stranger."""
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
    return Ask(action, order, by, canonical(request))
