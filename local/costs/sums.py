"""What a stack costs on AWS: idle by the month, and by the thousand orders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from local.costs.prices import price_list
from local.costs.usage import ASSUMED, usage


def per_thousand_orders(manager_type: Literal["STANDARD", "EXPRESS"]) -> dict[str, float]:
    """Return the dollars for 1,000 orders that go well, by what they are for."""
    dollars = price_list().dollars
    processor, manager = usage()
    both = (processor, manager)
    invocations = sum(part.invocations for part in both)
    seconds = invocations * ASSUMED["milliseconds of a function"] / 1_000
    traced = ASSUMED["share of executions and invocations traced"]
    if manager_type == "STANDARD":
        managing = manager.transitions * dollars("transition")
    else:
        duration = manager.executions * ASSUMED["milliseconds of a manager's execution"] / 3_600_000
        managing = manager.executions * dollars("request")
        managing += duration * ASSUMED["memory of an execution, GB"] * dollars("GB-hour")
    costs = {
        "processor, state transitions": processor.transitions * dollars("transition"),
        f"manager, {manager_type}": managing,
        "tables": sum(p.reads * dollars("read") + p.writes * dollars("write") for p in both),
        "events": sum(part.events for part in both) * dollars("event"),
        "functions": invocations * dollars("invocation")
        + seconds * ASSUMED["memory of a function, GB"] * dollars("GB-second"),
        "logs": invocations * ASSUMED["bytes of log an invocation"] / 1e9 * dollars("log"),
        "traces": (invocations + sum(p.executions for p in both)) * traced * dollars("trace"),
    }
    return {name: 1_000 * cost for name, cost in costs.items()}


@dataclass(frozen=True, slots=True)
class Idle:
    """What a stack costs in a month in which nobody orders."""

    resources: int
    alarms: int
    dashboards: int

    @property
    def first(self) -> float:
        """Dollars for the account's first stack, whose share of the free tier nobody else uses."""
        prices = price_list()
        return sum(
            max(0, count - prices.free[name]) * prices.dollars(name) for name, count in self._counts().items()
        )

    @property
    def further(self) -> float:
        """Dollars for a stack in an account whose free alarms and dashboards are used up."""
        return sum(count * price_list().dollars(name) for name, count in self._counts().items())

    def _counts(self) -> dict[str, int]:
        return {"alarm": self.alarms, "dashboard": self.dashboards}


@cache
def idle(stack: str) -> Idle:
    """Count what costs something even when nothing happens. Tables, queues, rules and functions do not."""
    from local.deployer import record

    recording = record(stack=stack)
    return Idle(
        resources=sum(resource.custom for resource in recording.resources),
        alarms=len(recording.of_type("MetricAlarm")),
        dashboards=len(recording.of_type("Dashboard")),
    )
