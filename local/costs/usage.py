"""What one order uses: the states that it passes are walked in the compiled workflows.

What no definition says is an assumption, and `ASSUMED` names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from asl.definitions import Definition
from asl.services.resources import parse
from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dsl import StateMachine

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
_PROCESSOR: Final = {
    "Who ordered?": "Register order",
    "Shop Open?": "Claim a place in the queue",
    "Is it a number?": "Emit - Awaiting Completion TT",
}
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

    def add(self, states: Iterable[dict[str, Any]]) -> None:
        """Count one execution, which passes these states."""
        self.executions += 1
        self.transitions += 1  # from the last state to the end
        for state in states:
            self.transitions += 1
            parameters, called = state.get("Parameters", {}), parse(str(state.get("Resource", "")))
            match called.call if called is not None else "":
                case "dynamodb:getItem":
                    self.reads += 1
                case "dynamodb:putItem" | "dynamodb:updateItem":
                    of_order = parameters["TableName"] == "${OrderTableName}"
                    self.writes += ASSUMED["write units of an order's row"] if of_order else 1
                case "events:putEvents":
                    self.events += len(parameters["Entries"])
                case "lambda:invoke":
                    self.invocations += 1
                case "aws-sdk:sfn:sendTaskSuccess":
                    self.tokens += 1


def route(machine: StateMachine, choices: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Yield the states of a definition from its start to its end.

    Args:
        machine: The workflow.
        choices: Where each Choice leads.

    Raises:
        ValueError: `choices` does not say where a Choice leads, or says what it does not offer.
    """
    scope = Definition(machine.definition()).scopes[0]
    state = scope.states[scope.start_at or ""]
    while True:
        yield state.value
        ways = [way.to for way in state.transitions if way.kind != "catch"]
        if state.type == "Choice":
            chosen = choices.get(state.name)
            ways = [way for way in ways if way is not None and way.name == chosen]
            if not ways:
                raise ValueError(f"{state.name} does not lead to {chosen!r}")
        if not ways or ways[0] is None:
            return
        state = ways[0]


def usage() -> tuple[Usage, Usage]:
    """Return what the processor with the functions, and what the manager, use for one order that goes well."""
    processor, manager = Usage(), Usage()
    processor.add(route(order_processor, _PROCESSOR))
    for choices in _MANAGER.values():
        manager.add(route(order_manager, choices))
    processor.writes += _FUNCTION_WRITES * ASSUMED["write units of an order's row"]
    processor.events += _FUNCTION_EVENTS + _SCANS
    processor.invocations += _TOKEN_FUNCTIONS
    return processor, manager
