"""One execution of a workflow: its status, and the states that it entered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from asl.definitions import Definition
from local.masking import JSON, SeenTokens, mask_text
from local.orders.history import StatePassed, states_passed
from stepfunctions_local_client.values import parsed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_stepfunctions.client import SFNClient
    from mypy_boto3_stepfunctions.type_defs import (
        DescribeExecutionOutputTypeDef,
        HistoryEventTypeDef,
        StartSyncExecutionOutputTypeDef,
    )

# By which event a pause of the processor hands out its token, and therefore whom it waits for.
_WAITS_FOR = {"OrderProcessor.WorkflowStarted": "customer", "OrderProcessor.WaitingCompletion": "barista"}


@dataclass(frozen=True, slots=True)
class WorkflowExecution:
    """An execution.

    Attributes:
        arn: Its ARN.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        started: When it started.
        stopped: When it ended, if it has.
        input: Its input, unmasked: mask it where it is shown.
        output: Its output, unmasked; None while it runs and if it failed.
        error: The name of the error that ended it, or "".
        cause: The cause of that error, without tokens, or "".
        states: The states that it entered, oldest first; None where no history is kept (EXPRESS).
    """

    arn: str
    status: str
    started: datetime
    stopped: datetime | None
    input: JSON = field(repr=False)
    output: JSON = field(repr=False)
    error: str
    cause: str
    states: tuple[StatePassed, ...] | None

    @property
    def name(self) -> str:
        """Its name: the last part of its ARN."""
        return self.arn.rpartition(":")[2]

    @property
    def machine(self) -> str:
        """The name of its workflow."""
        parts = self.arn.split(":")
        return parts[6] if len(parts) > 6 else self.arn

    @property
    def failure(self) -> str:
        """The error that ended it and its cause, as one text; "" if there was none."""
        return ": ".join(part for part in (self.error, self.cause) if part)

    @property
    def failed(self) -> bool:
        """Whether it ended any other way than SUCCEEDED."""
        return self.status not in ("RUNNING", "SUCCEEDED")


@dataclass(frozen=True, slots=True)
class WaitingState:
    """A state in which a workflow waits for a person, and its timeout in seconds; None if it has none."""

    state: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class CurrentWait:
    """A wait of the processor for a person.

    Attributes:
        person: "customer" or "barista".
        state: The state in which it waits.
        since: When it began.
        limit: The timeout in seconds; None if the definition has none.
    """

    person: str
    state: str
    since: datetime
    limit: int | None

    def left(self, now: datetime) -> float | None:
        """Return how many seconds remain; negative after the timeout."""
        return None if self.limit is None else self.limit - (now - self.since).total_seconds()


def read_execution(client: SFNClient, arn: str, known: SeenTokens | None = None) -> WorkflowExecution:
    """Read a STANDARD execution and its whole history. The task tokens that it passed on are added to `known`."""
    known = SeenTokens() if known is None else known
    # In this order, so that an execution said to be over never misses states that it passed in between.
    answer = client.describe_execution(executionArn=arn)
    states = states_passed(read_history(client, arn), known)
    return replace(from_answer(answer, known), states=states)


def read_history(client: SFNClient, arn: str) -> list[HistoryEventTypeDef]:
    """Return all events of an execution, oldest first."""
    events: list[HistoryEventTypeDef] = []
    for page in client.get_paginator("get_execution_history").paginate(
        executionArn=arn, PaginationConfig={"PageSize": 1000}
    ):
        events.extend(page["events"])
    return events


def from_answer(
    answer: DescribeExecutionOutputTypeDef | StartSyncExecutionOutputTypeDef, known: SeenTokens | None = None
) -> WorkflowExecution:
    """Return an execution from what DescribeExecution or StartSyncExecution answered, without its states."""
    status = str(answer["status"])
    return WorkflowExecution(
        arn=answer["executionArn"],
        status=status,
        started=answer["startDate"],
        stopped=answer.get("stopDate"),
        input=parsed(answer.get("input")),
        # The emulator repeats error and cause as the output of a failed execution, where AWS has none.
        output=parsed(answer.get("output")) if status == "SUCCEEDED" else None,
        error=answer.get("error") or "",
        cause=mask_text(answer.get("cause") or "", known),
        states=None,
    )


def pauses(definition: Mapping[str, Any]) -> dict[str, WaitingState]:
    """Return the states in which a definition waits for a token, by the person who is to return it.

    A person whom this program does not know is "somebody".
    """
    found: dict[str, WaitingState] = {}
    for state in Definition(definition).scopes[0].states.values():
        if not state.waits_for_token:
            continue
        text = json.dumps(state.value)
        person = next((who for event, who in _WAITS_FOR.items() if f'"{event}"' in text), "somebody")
        limit = state.value.get("TimeoutSeconds")
        found[person] = WaitingState(state.name, limit if isinstance(limit, int) else None)
    return found


def waits_for(client: SFNClient, execution: WorkflowExecution) -> CurrentWait | None:
    """Return whom a running execution of the processor waits for, by its own definition; None if nobody."""
    if execution.status != "RUNNING" or not execution.states or execution.states[-1].left is not None:
        return None
    at = execution.states[-1]
    answer = client.describe_state_machine_for_execution(executionArn=execution.arn)
    for person, pause in pauses(json.loads(answer["definition"])).items():
        if pause.state == at.name:
            return CurrentWait(person, at.name, at.entered, pause.seconds)
    return None


def order_of(document: JSON) -> str | None:
    """Return the order id that an execution's input is about: a request's, or that of the event in it."""
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("orderId"), str):
        return str(document["orderId"])
    return order_of(document.get("detail"))
