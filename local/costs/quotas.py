"""How many orders a second the quotas of an AWS account allow, and which of them is hit first.

From what one order uses, as `local.costs.usage` counts it in the compiled workflows, and the default quotas.
All of them are per account and region, are shared by its stacks, and can be raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from local.costs.prices import price_list
from local.costs.usage import ASSUMED, usage

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROUTES: Final = 3
"""The rules that an order's events match and that invoke something."""


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota that an order touches, with how much of it an order takes, by the type of the manager."""

    name: str
    a_second: tuple[float, ...]
    """How much there is each second, in each of `PriceList.quota_regions`."""
    standard: float
    express: float
    source: str

    def orders(self, region: int, *, express: bool) -> int:
        """Return the orders a second that it allows in the region of this number."""
        return int(self.a_second[region] / (self.express if express else self.standard))


def quotas() -> Sequence[Quota]:
    """Return the quotas that an order touches, with what it takes of each."""
    processor, manager = usage()
    events, invocations = processor.events + manager.events, processor.invocations + manager.invocations
    busy = invocations * ASSUMED["milliseconds of a function"] / 1_000
    transitions = processor.transitions + manager.transitions
    started = processor.executions + manager.executions
    known = price_list().quotas

    def quota(key: str, name: str, standard: float, express: float) -> Quota:
        return Quota(name, known[key].a_second, standard, express, known[key].source)

    return (
        quota("StartExecution", "`StartExecution`, STANDARD", started, processor.executions),
        quota("SendTaskSuccess", "`SendTaskSuccess`", manager.tokens, manager.tokens),
        quota("StateTransition", "state transitions, STANDARD", transitions, processor.transitions),
        quota("PutEvents", "`PutEvents`", events, events),
        quota("EventBridge invocations", "EventBridge, invocations", _ROUTES, _ROUTES),
        quota("Lambda concurrency", "Lambda, at once", busy, busy),
    )


def first(region: int, *, express: bool) -> Quota:
    """Return the quota that is hit first."""
    return min(quotas(), key=lambda quota: quota.orders(region, express=express))
