"""One execution of a workflow, as it can be read back: its end, and the states it passed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from local.history import StatePassed, states_passed
from local.masking import JSON, mask, mask_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mypy_boto3_stepfunctions.client import SFNClient
    from mypy_boto3_stepfunctions.type_defs import (
        DescribeExecutionOutputTypeDef,
        HistoryEventTypeDef,
        StartSyncExecutionOutputTypeDef,
    )

# Who a pause of the processor waits for, by the event with which it hands out its token.
_WAITS_FOR = {"OrderProcessor.WorkflowStarted": "customer", "OrderProcessor.WaitingCompletion": "barista"}


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution. Input, output and cause hold no tokens.

    Attributes:
        arn: Its ARN.
        status: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
        started: When it started.
        stopped: When it ended, if it has.
        input: What it was started with.
        output: What it ended with; None while it runs and where it failed.
        error: The name of the error that ended it, or "".
        cause: What that error said, or "".
        states: The states it came to, oldest first; None where no history is kept (EXPRESS).
    """

    arn: str
    status: str
    started: datetime
    stopped: datetime | None
    input: JSON
    output: JSON
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
    def failed(self) -> bool:
        """Whether it ended any other way than SUCCEEDED."""
        return self.status not in ("RUNNING", "SUCCEEDED")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pause of the processor.

    Attributes:
        person: "customer" or "barista".
        state: The state in which it waits.
        since: When the pause began.
        limit: How many seconds it may take; None if the definition sets no limit.
    """

    person: str
    state: str
    since: datetime
    limit: int | None

    def left(self, now: datetime) -> float | None:
        """How many seconds remain; negative once the time is over."""
        return None if self.limit is None else self.limit - (now - self.since).total_seconds()


def read_execution(client: SFNClient, arn: str) -> Execution:
    """Reads a STANDARD execution and its whole history."""
    # In this order, so that an execution said to be over never misses states that it passed in between.
    execution = from_answer(client.describe_execution(executionArn=arn))
    return replace(execution, states=states_passed(read_history(client, arn)))


def read_history(client: SFNClient, arn: str) -> list[HistoryEventTypeDef]:
    """All events of an execution, oldest first."""
    events: list[HistoryEventTypeDef] = []
    for page in client.get_paginator("get_execution_history").paginate(
        executionArn=arn, PaginationConfig={"PageSize": 1000}
    ):
        events.extend(page["events"])
    return events


def from_answer(answer: DescribeExecutionOutputTypeDef | StartSyncExecutionOutputTypeDef) -> Execution:
    """An execution from what DescribeExecution or StartSyncExecution answered, without its states."""
    status = str(answer["status"])
    return Execution(
        arn=answer["executionArn"],
        status=status,
        started=answer["startDate"],
        stopped=answer.get("stopDate"),
        input=mask(_parsed(answer.get("input"))),
        # The emulator repeats error and cause as the output of a failed execution, where AWS has none.
        output=mask(_parsed(answer.get("output"))) if status == "SUCCEEDED" else None,
        error=answer.get("error") or "",
        cause=mask_text(answer.get("cause") or ""),
        states=None,
    )


def pause(client: SFNClient, execution: Execution) -> Waiting | None:
    """For whom a running execution of the processor waits, as its own definition says; None if for nobody."""
    if execution.status != "RUNNING" or not execution.states or execution.states[-1].left is not None:
        return None
    at = execution.states[-1]
    definition: Mapping[str, Any] = json.loads(
        client.describe_state_machine_for_execution(executionArn=execution.arn)["definition"]
    )
    state: Mapping[str, Any] = definition.get("States", {}).get(at.name, {})
    if not str(state.get("Resource", "")).endswith(".waitForTaskToken"):
        return None
    text = json.dumps(state)
    person = next((who for event, who in _WAITS_FOR.items() if f'"{event}"' in text), "somebody")
    limit = state.get("TimeoutSeconds")
    return Waiting(person, at.name, at.entered, limit if isinstance(limit, int) else None)


def order_of(document: JSON) -> str | None:
    """The order id that an execution's input is about: a request's, or that of the event in it."""
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("orderId"), str):
        return str(document["orderId"])
    return order_of(document.get("detail"))


def _parsed(text: str | None) -> JSON:
    if not text:
        return None
    try:
        document: JSON = json.loads(text)
    except ValueError:
        return text
    return document
