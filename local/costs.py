"""What a stack costs on AWS: idle by the month, and by the thousand orders.

Computed from what is deployed: the states that an order passes are walked in the compiled workflows, the alarms
and dashboards are counted in the recorded program. What no definition says is an assumption, and `ASSUMED` names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsl import StateMachine

READ_ON: Final = "2026-11-22"
"""The day on which the prices were looked up."""


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for one unit, in us-east-1, beyond the free tier; `source` is AWS's page of it."""

    dollars: float
    unit: str
    source: str


_STATES = "https://aws.amazon.com/step-functions/pricing/"
_TABLES = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/"

PRICES: Final[Mapping[str, Price]] = {
    "transition": Price(0.025 / 1_000, "state transition, STANDARD", _STATES),
    "request": Price(1.00 / 1_000_000, "execution, EXPRESS", _STATES),
    # Billed by 100 ms and 64 MB.
    "GB-hour": Price(0.06, "GB-hour, EXPRESS, the first 1,000", _STATES),
    # Half of what it was before November 2024.
    "write": Price(0.625 / 1_000_000, "write request unit, on demand", _TABLES),
    "read": Price(0.125 / 1_000_000, "read request unit, on demand", _TABLES),
    # Those of AWS's services, such as that an execution failed, are free.
    "event": Price(1.00 / 1_000_000, "custom event", "https://aws.amazon.com/eventbridge/pricing/"),
    "invocation": Price(0.20 / 1_000_000, "invocation", _LAMBDA),
    "GB-second": Price(0.0000133334, "GB-second, arm64", _LAMBDA),
    "log": Price(0.50, "GB of logs taken in", _CLOUDWATCH),
    "trace": Price(5.00 / 1_000_000, "trace recorded", "https://aws.amazon.com/xray/pricing/"),
    # By the metric: an alarm on metric math over three of them costs three times as much.
    "alarm": Price(0.10, "metric of an alarm and month", _CLOUDWATCH),
    "dashboard": Price(3.00, "dashboard and month", _CLOUDWATCH),
}

FREE: Final[Mapping[str, int]] = {"alarm": 10, "dashboard": 3}
"""What an account has free of these, every month, whatever the stack; a free dashboard has at most 50 metrics
(https://aws.amazon.com/cloudwatch/pricing/)."""

ASSUMED: Final[Mapping[str, float]] = {
    "write units of an order's row": 2,  # with its token and its drink it has between 1 and 2 KB
    "milliseconds of a function": 100,
    "memory of a function, GB": 0.25,
    "milliseconds of a manager's execution": 400,
    "memory of an execution, GB": 0.0625,  # EXPRESS is billed in chunks of 64 MB
    "bytes of log an invocation": 1_500,
    "share of executions and invocations traced": 0.05,
}

# What an order passes from the scan to the hand-over: where each Choice leads.
_PROCESSOR: Final = {"Shop Open?": "Claim a place in the queue"}
_MANAGER: Final = {
    "put": {"Decide Action": "Get menu", "Is Order Valid?": "Store the drink"},
    "make": {"Decide Action": "Claim order"},
    "complete": {"Decide Action": "Complete order"},
}
# What the two functions that keep tokens do for each order, as their modules describe it.
_FUNCTION_WRITES: Final = 2
_FUNCTION_EVENTS: Final = 1
_TOKEN_FUNCTIONS: Final = 2
_SCANS: Final = 1


@dataclass(slots=True)
class Usage:
    """What one order uses."""

    transitions: int = 0
    reads: int = 0
    writes: float = 0
    events: int = 0
    invocations: int = 0
    tokens: int = 0
    """Task tokens given back."""
    executions: int = 0

    def add(self, states: Iterator[dict[str, Any]]) -> None:
        """Count one execution, which passes these states."""
        self.executions += 1
        self.transitions += 1  # from the last state to the end
        for state in states:
            self.transitions += 1
            match str(state.get("Resource", "")).removesuffix(".waitForTaskToken").rpartition(":::")[2]:
                case "dynamodb:getItem":
                    self.reads += 1
                case "dynamodb:putItem" | "dynamodb:updateItem":
                    of_order = state["Parameters"]["TableName"] == "${OrderTableName}"
                    self.writes += ASSUMED["write units of an order's row"] if of_order else 1
                case "events:putEvents":
                    self.events += len(state["Parameters"]["Entries"])
                case "lambda:invoke":
                    self.invocations += 1
                case "aws-sdk:sfn:sendTaskSuccess":
                    self.tokens += 1


def route(machine: StateMachine, choices: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The states of a definition from its start to its end.

    `choices` says where each Choice leads; ValueError where it says nothing, or what the Choice does not offer.
    """
    definition: Any = machine.definition()
    name = definition["StartAt"]
    while name is not None:
        state = definition["States"][name]
        yield state
        if state["Type"] != "Choice":
            name = state.get("Next")
            continue
        offered = {rule["Next"] for rule in state["Choices"]} | {state.get("Default")}
        if choices.get(name) not in offered:
            raise ValueError(f"{name} does not lead to {choices.get(name)!r}")
        name = choices[name]


def usage() -> tuple[Usage, Usage]:
    """What the processor with the functions, and what the manager, use for one order that goes well."""
    processor, manager = Usage(), Usage()
    processor.add(route(order_processor, _PROCESSOR))
    for choices in _MANAGER.values():
        manager.add(route(order_manager, choices))
    processor.writes += _FUNCTION_WRITES * ASSUMED["write units of an order's row"]
    processor.events += _FUNCTION_EVENTS + _SCANS
    processor.invocations += _TOKEN_FUNCTIONS
    return processor, manager


def per_thousand_orders(manager_type: Literal["STANDARD", "EXPRESS"]) -> dict[str, float]:
    """Dollars for 1,000 orders that go well, by what they are for."""
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
        return _beyond("alarm", self.alarms) + _beyond("dashboard", self.dashboards)

    @property
    def further(self) -> float:
        """Dollars for a stack in an account whose free alarms and dashboards are used up."""
        return self.alarms * dollars("alarm") + self.dashboards * dollars("dashboard")


def idle(stack: str) -> Idle:
    """Count what costs something even when nothing happens. Tables, queues, rules and functions do not."""
    from local.engine import record

    recording = record(stack=stack)
    return Idle(
        resources=sum(resource.custom for resource in recording.resources),
        alarms=len(recording.of_type("MetricAlarm")),
        dashboards=len(recording.of_type("Dashboard")),
    )


def report() -> str:
    """All of it as a table in Markdown."""
    processor, manager = usage()
    columns = [per_thousand_orders("STANDARD"), per_thousand_orders("EXPRESS")]
    lines = [
        f"1,000 orders, us-east-1, prices of {READ_ON}, free tier left out:",
        "",
        "| dollars for | manager STANDARD | manager EXPRESS |",
        "| --- | ---: | ---: |",
    ]
    for name, left, right in zip(columns[0], columns[0].values(), columns[1].values(), strict=True):
        lines.append(f"| {name.removesuffix(', STANDARD')} | {left:.4f} | {right:.4f} |")
    totals = [sum(column.values()) for column in columns]
    lines += [f"| **together** | **{totals[0]:.4f}** | **{totals[1]:.4f}** |", ""]
    lines.append(
        f"One order: {processor.transitions} transitions of the processor and {manager.transitions} of the manager in "
        f"{manager.executions} executions, {processor.writes + manager.writes:g} write and "
        f"{processor.reads + manager.reads} read units, {processor.events + manager.events} events, "
        f"{processor.invocations + manager.invocations} invocations."
    )
    lines += [
        "",
        f"A month in which nobody orders, in dollars, prices of {READ_ON}:",
        "",
        "| stack | resources | alarms | dashboards | an account's first stack | beyond the free tier |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, stack in (("a developer's own, as `alice`", "alice"), ("a shared one, as `prod`", "prod")):
        empty = idle(stack)
        lines.append(
            f"| {name} | {empty.resources} | {empty.alarms} | {empty.dashboards} "
            f"| {empty.first:.2f} | {empty.further:.2f} |"
        )
    return "\n".join(lines)


def dollars(name: str) -> float:
    """The price of one unit."""
    return PRICES[name].dollars


def _beyond(name: str, count: int) -> float:
    return max(0, count - FREE[name]) * dollars(name)
