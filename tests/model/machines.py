"""Where an execution stands, and where it goes from there, read from the compiled definitions.

States that nobody else can see are passed in the same step: Choice, Pass, reads of the constant configuration, the
menu check, and events that nothing in the stack listens to. What is left are the steps whose order matters.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final, NamedTuple

from jsonschema import Draft202012Validator

from handlers import sanitize_order
from tests.model import language
from tests.model.language import canonical
from workflows import events, order_manager, order_processor

MACHINES: Final[dict[str, dict[str, Any]]] = {
    "processor": order_processor.definition(),
    "manager": order_manager.definition(),
}
_DRINK = {
    "drink": {"S": "Latte"},
    "icon": {"S": "latte"},
    "available": {"BOOL": True},
    "modifiers": {"L": []},
}
MENU: Final = {"PK": {"S": "menu"}, "value": {"L": [{"M": _DRINK}]}}
_SCHEMAS = {name: Draft202012Validator(schema) for name, schema in events.schemas().items()}


class Shop(NamedTuple):
    """The configuration of one exploration."""

    open: bool = True
    places: int = 1

    def item(self) -> dict[str, Any]:
        """Return the row `config`."""
        return {
            "PK": {"S": "config"},
            "storeOpen": {"BOOL": self.open},
            "maxOrdersInQueue": {"N": str(self.places)},
        }


class Position(NamedTuple):
    """Where an execution stands: before the task `state`, or at its end if `state` is empty.

    `data` is the state's input as JSON, or the output at the end. `entered` counts the states so far and stands for
    the clock, of which only the order of moments within an execution matters.
    """

    machine: str
    execution: str
    state: str
    data: str
    entered: int
    retries: int = 0
    end: str = ""

    @property
    def token(self) -> str:
        """The task token of this attempt."""
        return f"token-{self.execution}-{self.entered}-{self.retries}"

    def context(self) -> dict[str, Any]:
        """Return the context object."""
        moment = f"2026-11-22T07:{self.entered // 60:02}:{self.entered % 60:02}.000Z"
        return {
            "Execution": {"Id": self.execution},
            "State": {"EnteredTime": moment, "RetryCount": self.retries},
            "Task": {"Token": self.token},
        }


def definition(position: Position) -> dict[str, Any]:
    """Return the definition of the state that an execution stands before."""
    state: dict[str, Any] = MACHINES[position.machine]["States"][position.state]
    return state


@cache
def begin(machine: str, execution: str, given: str, shop: Shop) -> Position:
    """Return a new execution with its input as JSON, at its first visible task."""
    return _enter(machine, execution, MACHINES[machine]["StartAt"], json.loads(given), 0, shop)


@cache
def parameters(position: Position) -> str:
    """Return the request that a task makes, as canonical JSON."""
    filled = language.template(
        definition(position)["Parameters"], json.loads(position.data), position.context()
    )
    return canonical(filled)


@cache
def answered(position: Position, result: str, shop: Shop) -> Position:
    """Where an execution comes to when its task has been answered."""
    state = definition(position)
    after = language.place_result(
        state, json.loads(position.data), language.select(state, json.loads(result))
    )
    return _leave(position, state, after, shop)


@cache
def failed(position: Position, error: str, cause: str, shop: Shop) -> Position:
    """Where an execution comes to when its task has failed with an error that is not retried."""
    caught = language.catcher(definition(position), error)
    if caught is None:
        return position._replace(state="", data="", end=f"FAILED {error}")
    data = language.place_result(caught, json.loads(position.data), {"Error": error, "Cause": cause})
    return _enter(position.machine, position.execution, caught["Next"], data, position.entered, shop)


def check_event(entry: dict[str, Any]) -> None:
    """Raise unless an event fits its schema."""
    assert entry["Source"] == events.SOURCE
    for error in _SCHEMAS[entry["DetailType"]].iter_errors(entry["Detail"]):
        raise AssertionError(f"{entry['DetailType']} does not fit its schema: {error.message}")


def _leave(position: Position, state: dict[str, Any], data: Any, shop: Shop) -> Position:
    if state.get("End"):
        return position._replace(state="", data=canonical(data), end=f"SUCCEEDED {position.state}")
    return _enter(position.machine, position.execution, state["Next"], data, position.entered, shop)


def _enter(machine: str, execution: str, name: str, data: Any, entered: int, shop: Shop) -> Position:
    position = Position(machine, execution, name, canonical(data), entered + 1)
    state = definition(position)
    language.check_fields(state)
    context = position.context()
    match state["Type"]:
        case "Fail":
            return position._replace(state="", data="", end=f"FAILED {state['Error']}")
        case "Choice":
            target = next(
                (rule["Next"] for rule in state["Choices"] if language.holds(rule, data, context)),
                state.get("Default"),
            )
            assert target, f"no choice in {name}"
            return _enter(machine, execution, target, data, entered + 1, shop)
        case "Pass":
            result = (
                state["Result"]
                if "Result" in state
                else language.template(state.get("Parameters", data), data, context)
            )
            return _leave(position, state, language.place_result(state, data, result), shop)
    filled = language.template(state["Parameters"], data, context)
    silent = _silent(state["Resource"], machine, filled, shop)
    if silent is None:
        return position
    return _leave(position, state, language.place_result(state, data, language.select(state, silent)), shop)


def _silent(resource: str, machine: str, filled: dict[str, Any], shop: Shop) -> dict[str, Any] | None:
    """Return the answer to a task that nobody else can see, or None for one that matters."""
    if resource.endswith("dynamodb:getItem") and filled["TableName"] == "${ConfigTableName}":
        item = {"config": shop.item(), "menu": MENU}[filled["Key"]["PK"]["S"]]
        names = filled["ExpressionAttributeNames"].values()
        return {"Item": {name: value for name, value in item.items() if name in names}}
    if resource.endswith("lambda:invoke"):
        return {"Payload": sanitize_order.handler(filled["Payload"], None)}
    if resource.endswith("events:putEvents") and machine == "manager":
        check_event(filled["Entries"][0])
        return {"Entries": [{"EventId": "e"}], "FailedEntryCount": 0}
    return None
