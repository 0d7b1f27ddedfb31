"""The timeline of an order: its events, executions and row changes, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.console.effects import UNKNOWN, StateVisit, outcome, published, written
from local.console.views import View, readable, visit_view
from local.masking import mask, mask_token
from local.orders.executions import order_of, read_execution, read_history
from local.orders.history import states_passed
from local.orders.messages import action_of
from local.orders.moments import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.console.connection import StackConnection
    from local.console.hub import Hub
    from local.masking import JSON
    from local.orders.executions import WorkflowExecution
    from local.orders.history import StatePassed
    from local.orders.rows import StoredOrder

_MOST_EXECUTIONS = 60
_MOST_HISTORY = 500
# An event that a state published reaches the bus within this many seconds.
_SAME_EVENT = 30.0
# The functions that write a token into the row, by the event that they are given, and what they write besides.
_STORED_BY = {
    "OrderProcessor.WorkflowStarted": ("WorkflowStarted", {}),
    "OrderProcessor.WaitingCompletion": (
        "WaitingCompletion",
        {"ORDERSTATE": "WAITING_COMPLETION", "orderNumber": "orderNumber"},
    ),
}

Item = dict[str, Any]


def timeline(connection: StackConnection, hub: Hub, order_id: str) -> View:
    """Return everything that is known about an order: `row`, and `items`, oldest first.

    An item has `at`, `kind` (`event`, `execution` or `row`), `title`, and `detail`, `changes` (of a row: attribute
    to new value, None for one that was removed) or `arn`. All of it comes from the row and from the histories of
    the executions, so that every console shows the same; events that only the bus carried are added from those that
    this one received.
    What happened in the same millisecond stands in the order of cause and effect.
    """
    row = connection.orders.row(order_id)
    arns = dict.fromkeys(hub.executions_of(order_id)[-_MOST_EXECUTIONS:])
    if row is not None and row.execution_arn:
        arns[row.execution_arn] = None
    executions = sorted(
        (read_execution(connection.states, arn, connection.tokens) for arn in arns),
        key=lambda one: one.started,
    )
    heard: list[Item] = [
        {
            "at": event["seen"],
            "kind": "event",
            "title": event["type"],
            "detail": event["detail"],
            "n": event["n"],
            "id": event["id"],
        }
        for event in hub.events_of(order_id)
    ]
    teller = _Teller(connection, row, heard, _tokens(row, heard, executions))
    items = [item for execution in executions for item in teller.execution(execution)]
    # Each execution tells its own in the order in which it came about, and the sort keeps that where times are equal.
    items = sorted([*items, *heard], key=lambda item: str(item["at"]))
    return {"order": order_id, "row": dict(row.attributes) if row is not None else None, "items": items}


@dataclass(frozen=True, slots=True)
class _Teller:
    """Yields the items of executions, and takes out of `heard` the events that they published.

    `tokens` are the fingerprints of the first and the second pause's, see `_tokens`.
    """

    connection: StackConnection
    row: StoredOrder | None
    heard: list[Item]
    tokens: Mapping[bool, str]

    def execution(self, execution: WorkflowExecution) -> Iterator[Item]:
        """Yield what an execution did, in the order in which it came about."""
        is_manager = self.connection.is_manager(execution.arn)
        request = execution.input
        action = action_of(request) if is_manager else ""
        about = f"{execution.machine}: {action}" if action else execution.machine
        begun = moment(execution.started)
        if not is_manager and isinstance(request, dict) and "detail-type" in request:
            yield self._starting_event(request, begun)
        yield {
            "at": begun,
            "kind": "execution",
            "title": f"{about} started",
            "arn": execution.arn,
            "detail": readable(request, self.connection.tokens),
        }
        for state in execution.states or ():
            at = moment(state.entered)
            visit = StateVisit.of(state, execution.arn, at=at, is_manager=is_manager)
            yield from self._visit(visit, state)
            if self.row is not None and self.row.execution_arn == execution.arn:
                yield from self._function(visit, self.row)
        if execution.stopped is not None:
            yield {
                "at": moment(execution.stopped),
                "kind": "execution",
                "title": f"{about} {_ended(execution, is_manager=is_manager)}",
                "arn": execution.arn,
                "status": execution.status,
                "detail": readable(
                    execution.output if execution.status == "SUCCEEDED" else execution.failure,
                    self.connection.tokens,
                ),
            }

    def _starting_event(self, request: Mapping[str, JSON], begun: str) -> Item:
        """Return the event that started an execution, before it."""
        same = next((item for item in self.heard if item["id"] and item["id"] == request.get("id")), None)
        if same is not None:
            self.heard.remove(same)
            return {**same, "at": min(begun, str(same["at"]))}
        return {
            "at": begun,
            "kind": "event",
            "title": str(request["detail-type"]),
            "detail": readable(request.get("detail"), self.connection.tokens),
        }

    def _visit(self, visit: StateVisit, state: StatePassed) -> Iterator[Item]:
        """Yield the write and the event of a visit.

        A state that publishes and waits has done the first when it is entered, others when they are left.
        """
        changes = written(visit)
        if changes is not None and state.left is not None:
            yield {
                "at": moment(state.left),
                "kind": "row",
                "title": f"Row written by the state “{visit.state}”",
                "arn": visit.execution,
                "changes": readable(changes, self.connection.tokens),
            }
        event = published(visit)
        if event is not None:
            same = self._same(str(event["type"]), visit.at)
            detail = event["detail"]
            if isinstance(detail, dict) and "TaskToken" in detail:
                detail = {**detail, "TaskToken": self.tokens.get("orderNumber" in detail, UNKNOWN)}
            yield {
                "at": visit.at,
                "kind": "event",
                "title": event["type"],
                "detail": same["detail"] if same is not None else detail,
                **({"n": same["n"]} if same is not None else {}),
            }

    def _function(self, visit: StateVisit, row: StoredOrder) -> Iterator[Item]:
        """Yield the write of the function that stored the token of a pause, if the row tells that it did.

        A row only goes forward: one that has a number has had the token of the first pause.
        """
        event = published(visit)
        stored = _STORED_BY.get(str(event["type"])) if event is not None else None
        if stored is None:
            return
        function, besides = stored
        is_second = "orderNumber" in besides
        if row.number is None and (is_second or row.token is None):
            return
        changes: dict[str, JSON] = {"TaskToken": self.tokens.get(is_second, UNKNOWN)}
        for name, value in besides.items():
            changes[name] = row.attributes.get(name) if name == value else value
        stamp = row.attributes.get("TS")
        at = visit.at
        if is_second == (row.number is not None) and isinstance(stamp, int) and not row.over:
            at = max(at, moment(datetime.fromtimestamp(stamp / 1000, UTC)))
        yield {
            "at": at,
            "kind": "row",
            "title": f"Row written by the function {function}",
            "changes": changes,
        }

    def _same(self, kind: str, at: str) -> Item | None:
        """Take out the event of that kind that was heard nearest to that time."""
        when = datetime.fromisoformat(at)

        def far(item: Item) -> float:
            return abs((datetime.fromisoformat(item["at"]) - when).total_seconds())

        found = min((item for item in self.heard if item["title"] == kind), key=far, default=None)
        if found is None or far(found) > _SAME_EVENT:
            return None
        self.heard.remove(found)
        return found


def _ended(execution: WorkflowExecution, *, is_manager: bool) -> str:
    words = execution.status.lower().replace("_", " ")
    return (
        f"{words}: {outcome(execution, is_manager=is_manager)}" if execution.status == "SUCCEEDED" else words
    )


def _tokens(
    row: StoredOrder | None, heard: list[Item], executions: list[WorkflowExecution]
) -> dict[bool, str]:
    """Return the fingerprints of the tokens of an order's first (False) and second pause (True), where they were read.

    Wherever a token stands, the order's number stands beside it if it is the second, and never if it is the first.
    """
    documents: list[JSON] = [state.output for execution in executions for state in execution.states or ()]
    documents += [item["detail"] for item in heard]
    documents += [dict(row.attributes)] if row is not None else []
    found: dict[bool, tuple[str, str]] = {}
    for document in documents:
        for fields in _objects(document):
            token, issued = (_plain(fields.get(name)) for name in ("TaskToken", "tokenIssuedAt"))
            # The newest of each pause: a retry of a pausing state is given a new one.
            if token and issued and issued >= found.get("orderNumber" in fields, ("", ""))[0]:
                found["orderNumber" in fields] = (issued, mask_token(token))
    return {pause: token for pause, (_, token) in found.items()}


def _objects(document: JSON) -> Iterator[Mapping[str, JSON]]:
    """Yield all objects in a document."""
    if isinstance(document, dict):
        yield document
        document = list(document.values())
    if isinstance(document, list):
        for item in document:
            yield from _objects(item)


def _plain(value: JSON) -> str:
    """Return a text, or that of DynamoDB's `{"S": ...}`."""
    if isinstance(value, dict):
        value = value.get("S")
    return value if isinstance(value, str) else ""


def execution_details(connection: StackConnection, arn: str) -> View:
    """Return an execution with the input, output, seconds and errors of each state that it entered.

    Raises:
        botocore.exceptions.ClientError: There is no such execution.
    """
    execution = read_execution(connection.states, arn, connection.tokens)
    return {
        "arn": arn,
        "status": execution.status,
        "order": order_of(execution.input),
        "input": readable(execution.input, connection.tokens),
        "output": readable(execution.output, connection.tokens),
        "visits": [visit_view(state, connection.tokens) for state in execution.states or ()],
        "failure": execution.failure,
    }


def execution_history(connection: StackConnection, arn: str) -> View:
    """Return the last events of an execution's history, without tokens.

    Raises:
        botocore.exceptions.ClientError: There is no such execution.
    """
    events: list[Any] = read_history(connection.states, arn)
    for state in states_passed(events):
        connection.tokens.learn(state.input)
        connection.tokens.learn(state.output)
    told = [
        mask({**event, "timestamp": moment(event["timestamp"])}, connection.tokens)
        for event in events[-_MOST_HISTORY:]
    ]
    return {"arn": arn, "left_out": len(events) - len(told), "events": told}
