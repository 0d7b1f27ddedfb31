"""What the page gets to see of rows and executions: small JSON documents without task tokens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from local.console.effects import outcome
from local.masking import JSON, mask
from local.orders.executions import order_of
from local.orders.ids import problem_with
from local.orders.messages import action_of
from local.orders.moments import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.console.connection import StackConnection
    from local.masking import SeenTokens
    from local.orders.executions import WaitingState, WorkflowExecution
    from local.orders.history import StatePassed
    from local.orders.rows import StoredOrder

View: TypeAlias = dict[str, JSON]

# A document in a history is at most 256 KiB; a page that shows a hundred of them needs less.
_MOST_TEXT = 20_000
# What a table or a list shows; the timeline of an order shows the rest. An order id may have 1,024 characters.
_MOST_WORDS = 1100
_MOST_DRINK = 4000
_MOST_STATES = 300
_MOST_FAILURES = 20


def order_view(row: StoredOrder, pauses: Mapping[str, WaitingState], known: SeenTokens) -> View:
    """Return an order as the page lists it, with its id unchanged."""
    created = row.attributes.get("createdAt")
    changed = row.attributes.get("TS")
    return {
        "id": str(row.attributes.get("SK", "")),
        "user": row.user_id[:_MOST_WORDS],
        "state": row.state[:_MOST_WORDS],
        "over": row.over,
        "number": row.number,
        "barista": row.barista_id[:_MOST_WORDS] if row.barista_id is not None else None,
        "drink": bounded(mask(row.drink, known), _MOST_DRINK),
        "reason": row.reason[:_MOST_WORDS],
        "created": created if isinstance(created, str) else "",
        "changed": changed if isinstance(changed, int) else None,
        "execution": row.execution_arn,
        "token": row.token,
        "waits": _waits(row, pauses),
    }


def _waits(row: StoredOrder, pauses: Mapping[str, WaitingState]) -> View | None:
    """Return whom an order waits for, and until when: its row says when the token was issued."""
    if row.token is None or row.over:
        return None
    if row.state == "WAITING_COMPLETION":
        person = "barista"
    elif row.drink is None:
        person = "customer"
    else:
        return None
    pause = pauses.get(person)
    try:
        since = datetime.fromisoformat(row.token_issued_at.partition("/")[0])
        until = since + timedelta(seconds=pause.seconds) if pause is not None and pause.seconds else None
    except (ValueError, OverflowError):  # a hand has edited it
        return None
    return {
        "person": person,
        "state": pause.state if pause is not None else "",
        "since": moment(since),
        "until": moment(until) if until else None,
    }


def execution_view(execution: WorkflowExecution, connection: StackConnection) -> View:
    """Return an execution as the page lists it."""
    is_manager = connection.is_manager(execution.arn)
    output: JSON = execution.output
    reason = ""
    if is_manager and isinstance(output, dict) and output.get("accepted") is False:
        reason = str(output.get("reason", ""))[:_MOST_WORDS]
    states = (execution.states or ())[-_MOST_STATES:]
    order_id = order_of(execution.input)
    return {
        "arn": execution.arn,
        "name": execution.name,
        "machine": "manager" if is_manager else "processor",
        "order": order_id[:_MOST_WORDS] if order_id is not None else None,
        "action": action_of(execution.input)[:_MOST_WORDS] if is_manager else "",
        "refused": reason,
        "outcome": outcome(execution, is_manager=is_manager)[:_MOST_WORDS],
        "status": execution.status,
        "started": moment(execution.started),
        "stopped": moment(execution.stopped) if execution.stopped else None,
        "states": [state.name for state in states],
        "failure": execution.failure[:_MOST_WORDS],
        "failures": sorted({state.name for state in states if state.failures}),
    }


def event_view(
    event: Mapping[str, Any], number: int, known: SeenTokens, *, at: str = "", past: str = ""
) -> View:
    """Return an event of the bus as the page shows it, without tokens.

    Args:
        event: The event as EventBridge delivers it.
        number: By which it is asked for again.
        known: The task tokens that were seen.
        at: When it was seen; now if it isn't given.
        past: A name for an event that was taken from a history; "" for one that was received.
    """
    detail = event.get("detail")
    fields = detail if isinstance(detail, dict) else {}
    order_id = fields.get("orderId")
    problem = problem_with(order_id)
    return {
        "n": number,
        "id": str(event.get("id", ""))[:_MOST_WORDS],
        "type": str(event.get("detail-type", ""))[:_MOST_WORDS],
        "source": str(event.get("source", ""))[:_MOST_WORDS],
        "seen": at or now(),
        "past": past,
        "order": None if problem else order_id,
        "note": f"names no order: its orderId {problem}" if problem and "orderId" in fields else "",
        "detail": readable(detail, known),
    }


def bounded(document: JSON, most: int) -> JSON:
    """Return a document, or, if its text has more than `most` characters, the beginning of that text."""
    text = json.dumps(document, ensure_ascii=False)
    return document if len(text) <= most else text[:most] + " …"


def visit_view(state: StatePassed, known: SeenTokens) -> View:
    """Return a visit to a state as the page shows it: when, with what input and output, and what failed in it.

    It has `state`, `kind`, `at` and `left` (ISO 8601, `left` None while it is there), `input` and `output` (JSON),
    `error` (what the last failed attempt said), `errors` (the names of all of them) and `attempts` (how many failed).
    """
    return {
        "state": state.name,
        "kind": state.kind,
        "at": moment(state.entered),
        "left": moment(state.left) if state.left is not None else None,
        "input": readable(state.input, known),
        "output": readable(state.output, known),
        "error": state.failure[:_MOST_TEXT],
        "errors": [name[:_MOST_WORDS] for name in state.failures[-_MOST_FAILURES:]],
        "attempts": len(state.failures),
    }


def readable(document: JSON, known: SeenTokens) -> JSON:
    """Return a document without tokens; a very long one as the beginning of its text."""
    return bounded(mask(document, known), _MOST_TEXT)


def now() -> str:
    """Return the present instant."""
    return moment(datetime.now(UTC))
