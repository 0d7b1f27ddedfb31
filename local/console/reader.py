"""Reads executions that changed, one after the other, and passes them to the hub."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local.console.effects import StateVisit, published
from local.console.views import event_view, execution_view
from local.orders.executions import order_of, read_execution
from local.orders.ids import problem_with
from local.orders.moments import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from local.console.connection import StackConnection
    from local.console.hub import Hub
    from local.console.views import View
    from local.masking import JSON
    from local.orders.executions import WorkflowExecution

_IDLE = 1.0
# An execution that moved often moves again at once: it is read when it has been quiet for so many seconds.
_SETTLES = 0.15
# GetExecutionHistory may be asked 20 times a second in most regions (Step Functions Developer Guide, "Quotas").
_PAUSE_ON_AWS = 0.1
# The newest executions of each workflow that are read when the console starts, and looked at afterwards.
MOST_AT_FIRST = 600
MOST_LISTED = 200


class ExecutionReader:
    """A queue of executions to read, and the thread that works through it.

    Args:
        hub: Who is told.
        connection: The stack.
        touch: Called with the id of an order that the hub doesn't know yet.
        skipped: Called with what can't be shown, and why.
        number: Gives each event a number.
        listens_since: Since when the console receives the events of the bus; None if it does not. Earlier events are
            taken from the histories of the executions.
    """

    def __init__(
        self,
        hub: Hub,
        connection: StackConnection,
        *,
        touch: Callable[[str], None],
        skipped: Callable[[str, Exception], None],
        number: Callable[[], int],
        listens_since: datetime | None,
    ) -> None:
        self._hub = hub
        self._connection = connection
        self._touch = touch
        self._skipped = skipped
        self._number = number
        self._listens_since = listens_since
        self._lock = threading.Lock()
        self._waiting: OrderedDict[str, float] = OrderedDict()
        self._moved = threading.Event()
        self._first = True

    def mark(self, arn: str) -> None:
        """Read an execution soon: it may have moved."""
        with self._lock:
            self._waiting.setdefault(arn, time.monotonic() + _SETTLES)
        self._moved.set()

    def mark_order(self, order_id: str) -> None:
        """Read the running executions of an order that moved."""
        for arn in self._hub.executions_of(order_id):
            known = self._hub.known(arn)
            if known is not None and known["status"] == "RUNNING":
                self.mark(arn)

    def find(self) -> float:
        """Mark executions that are new or over since the last look. Return how many seconds it took."""
        begun = time.monotonic()
        connection = self._connection
        for machine in (
            [connection.processor]
            if connection.manager_is_express
            else [connection.processor, connection.manager]
        ):
            pages = connection.states.get_paginator("list_executions").paginate(
                stateMachineArn=machine,
                PaginationConfig={
                    "PageSize": MOST_LISTED,
                    "MaxItems": MOST_AT_FIRST if self._first else MOST_LISTED,
                },
            )
            entries = [entry for page in pages for entry in page["executions"]]
            # At first the newest, which people look at; later in the order in which they began.
            for entry in entries if self._first else reversed(entries):
                known = self._hub.known(entry["executionArn"])
                if known is None or known["status"] != entry["status"]:
                    self.mark(entry["executionArn"])
        self._first = False
        return time.monotonic() - begun

    def wake(self) -> None:
        """Wake the thread, so that it notices that the connection is closed."""
        self._moved.set()

    def run(self) -> None:
        """Read until the connection is closed."""
        connection = self._connection
        while not connection.closed.is_set():
            with self._lock:
                arn, due = next(iter(self._waiting.items()), (None, 0.0))
            if arn is None:
                self._moved.wait(_IDLE)
                self._moved.clear()
                continue
            if connection.closed.wait(
                max(due - time.monotonic(), 0.0 if connection.stack.endpoint else _PAUSE_ON_AWS)
            ):
                return
            with self._lock:
                self._waiting.pop(arn, None)
            # A stack that is gone is noticed by the watcher; an execution that was not read is found again.
            with contextlib.suppress(BotoCoreError, ClientError):
                try:
                    self._read(arn)
                except (BotoCoreError, ClientError):
                    raise
                except Exception as error:  # noqa: BLE001 - one that can't be shown must not hide all others
                    self._skipped(f"the execution {arn}", error)

    def _read(self, arn: str) -> None:
        execution = read_execution(self._connection.states, arn, self._connection.tokens)
        self._hub.execution(execution_view(execution, self._connection))
        order_id = order_of(execution.input)
        if not problem_with(order_id) and not self._hub.has_order(str(order_id)):
            self._touch(str(order_id))
        if self._listens_since is None or execution.started < self._listens_since:
            for event in self._published(execution):
                self._hub.event(event)

    def _published(self, execution: WorkflowExecution) -> Iterator[View]:
        """Yield what an execution put on the bus before the console listened, and the event that started it."""
        until = moment(self._listens_since) if self._listens_since is not None else None
        is_manager = self._connection.is_manager(execution.arn)
        if not is_manager and isinstance(execution.input, dict) and "detail-type" in execution.input:
            at = moment(execution.started)
            yield self._told(execution.input, at, f"{execution.arn} 0")
        for count, state in enumerate(execution.states or (), start=1):
            at = moment(state.entered)
            if until is not None and at >= until:
                return
            event = published(StateVisit.of(state, execution.arn, at=at, is_manager=is_manager))
            if event is not None:
                told = {"detail-type": event["type"], "source": event["source"], "detail": event["detail"]}
                yield self._told(told, at, f"{execution.arn} {count}")

    def _told(self, event: Mapping[str, JSON], at: str, past: str) -> View:
        return event_view(event, self._number(), self._connection.tokens, at=at, past=past)
