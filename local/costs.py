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
    """Dollars for one unit, in us-east-1, beyond the free tier."""

    dollars: float
    unit: str
    source: str


PRICES: Final[Mapping[str, Price]] = {
    "transition": Price(0.025 / 1_000, "state transition, STANDARD", "aws.amazon.com/step-functions/pricing"),
    "request": Price(1.00 / 1_000_000, "execution, EXPRESS", "aws.amazon.com/step-functions/pricing"),
    "GB-hour": Price(0.06, "GB-hour, EXPRESS, the first 1,000", "aws.amazon.com/step-functions/pricing"),
    "write": Price(
        0.625 / 1_000_000, "write request unit, on demand", "aws.amazon.com/dynamodb/pricing/on-demand"
    ),
    "read": Price(
        0.125 / 1_000_000, "read request unit, on demand", "aws.amazon.com/dynamodb/pricing/on-demand"
    ),
    "event": Price(1.00 / 1_000_000, "custom event", "aws.amazon.com/eventbridge/pricing"),
    "invocation": Price(0.20 / 1_000_000, "invocation", "aws.amazon.com/lambda/pricing"),
    "GB-second": Price(0.0000133334, "GB-second, arm64", "aws.amazon.com/lambda/pricing"),
    "log": Price(0.50, "GB of logs taken in", "aws.amazon.com/cloudwatch/pricing"),
    "trace": Price(5.00 / 1_000_000, "trace recorded", "aws.amazon.com/xray/pricing"),
    "alarm": Price(0.10, "alarm and month", "aws.amazon.com/cloudwatch/pricing"),
    "dashboard": Price(3.00, "dashboard and month", "aws.amazon.com/cloudwatch/pricing"),
}

FREE: Final[Mapping[str, int]] = {"alarm": 10, "dashboard": 3}
"""What an account has free of these, every month, whatever the stack (aws.amazon.com/cloudwatch/pricing)."""

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
        managing = manager.transitions * _dollars("transition")
    else:
        duration = manager.executions * ASSUMED["milliseconds of a manager's execution"] / 3_600_000
        managing = manager.executions * _dollars("request")
        managing += duration * ASSUMED["memory of an execution, GB"] * _dollars("GB-hour")
    costs = {
        "processor, state transitions": processor.transitions * _dollars("transition"),
        f"manager, {manager_type}": managing,
        "tables": sum(p.reads * _dollars("read") + p.writes * _dollars("write") for p in both),
        "events": sum(part.events for part in both) * _dollars("event"),
        "functions": invocations * _dollars("invocation")
        + seconds * ASSUMED["memory of a function, GB"] * _dollars("GB-second"),
        "logs": invocations * ASSUMED["bytes of log an invocation"] / 1e9 * _dollars("log"),
        "traces": (invocations + sum(p.executions for p in both)) * traced * _dollars("trace"),
    }
    return {name: 1_000 * dollars for name, dollars in costs.items()}


@dataclass(frozen=True, slots=True)
class Idle:
    """What a stack costs in a month in which nobody orders."""

    alarms: int
    dashboards: int

    @property
    def first(self) -> float:
        """Dollars for the account's first stack, whose share of the free tier nobody else uses."""
        return _beyond("alarm", self.alarms) + _beyond("dashboard", self.dashboards)

    @property
    def further(self) -> float:
        """Dollars for a stack in an account whose free alarms and dashboards are used up."""
        return self.alarms * _dollars("alarm") + self.dashboards * _dollars("dashboard")


def idle() -> Idle:
    """Count what costs something even when nothing happens. Tables, queues, rules and functions do not."""
    from local.engine import record

    recording = record(stack="dev")
    return Idle(len(recording.of_type("MetricAlarm")), len(recording.of_type("Dashboard")))


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
    empty = idle()
    lines += [
        "",
        f"An idle stack: {empty.alarms} alarms and {empty.dashboards} dashboard are {empty.first:.2f} dollars a month "
        f"for an account's first stack, {empty.further:.2f} for one whose free tier is used up. Nothing else costs "
        "anything while nobody orders.",
    ]
    return "\n".join(lines)


def _dollars(name: str) -> float:
    return PRICES[name].dollars


def _beyond(name: str, count: int) -> float:
    return max(0, count - FREE[name]) * _dollars(name)
