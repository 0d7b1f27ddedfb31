"""What the page gets to see of rows and executions: small JSON documents without task tokens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from local.executions import order_of
from local.masking import JSON, mask, mask_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

    from local.console.link import Link, Pause
    from local.executions import Execution
    from local.rows import OrderRow

View: TypeAlias = dict[str, JSON]

# A document in a history is at most 256 KiB; a page that shows a hundred of them needs less.
_MOST_TEXT = 20_000
# What a table or a list shows; the story of an order shows the rest. An order id may have 1,024 characters.
_MOST_WORDS = 1100
_MOST_DRINK = 4000
_MOST_STATES = 300
_ATTEMPT_FAILED = ("Failed", "TimedOut")


def order_view(row: OrderRow, pauses: Mapping[str, Pause]) -> View:
    """An order as the page lists it."""
    created = row.attributes.get("createdAt")
    changed = row.attributes.get("TS")
    return {
        "id": str(row.attributes.get("SK", "")),
        "user": row.user_id[:_MOST_WORDS],
        "state": row.state[:_MOST_WORDS],
        "over": row.over,
        "number": row.number,
        "barista": row.barista_id[:_MOST_WORDS] if row.barista_id is not None else None,
        "drink": bounded(row.drink, _MOST_DRINK),
        "reason": row.reason[:_MOST_WORDS],
        "created": created if isinstance(created, str) else "",
        "changed": changed if isinstance(changed, int) else None,
        "execution": row.execution_arn,
        "token": row.token,
        "waits": _waits(row, pauses),
    }


def _waits(row: OrderRow, pauses: Mapping[str, Pause]) -> View | None:
    """Whom an order waits for, and until when: its row says when the token was issued."""
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
    except ValueError:
        return None
    until = since + timedelta(seconds=pause.seconds) if pause is not None and pause.seconds else None
    return {
        "person": person,
        "state": pause.state if pause is not None else "",
        "since": moment(since),
        "until": moment(until) if until else None,
    }


def execution_view(execution: Execution, link: Link) -> View:
    """An execution as the page lists it."""
    request = execution.input if isinstance(execution.input, dict) else {}
    is_manager = link.is_manager(execution.arn)
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
        "action": str(request.get("action") or "put")[:_MOST_WORDS] if is_manager else "",
        "refused": reason,
        "status": execution.status,
        "started": moment(execution.started),
        "stopped": moment(execution.stopped) if execution.stopped else None,
        "states": [state.name for state in states],
        "failure": ": ".join(part for part in (execution.error, execution.cause) if part)[:_MOST_WORDS],
        "failures": sorted({state.name for state in states if state.failures}),
    }


def event_view(event: Mapping[str, Any], number: int, *, at: str = "", past: str = "") -> View:
    """An event of the bus as the page shows it, without tokens.

    Args:
        event: The event as EventBridge delivers it.
        number: By which it is asked for again.
        at: When it was seen; now if it isn't given.
        past: A name for an event that was not heard but told by a history; "" for one that was heard.
    """
    detail = bounded(mask(event.get("detail")), _MOST_TEXT)
    order_id = detail.get("orderId") if isinstance(detail, dict) else None
    return {
        "n": number,
        "id": mask_text(str(event.get("id", "")))[:_MOST_WORDS],
        "type": str(event.get("detail-type", ""))[:_MOST_WORDS],
        "source": str(event.get("source", ""))[:_MOST_WORDS],
        "seen": at or now(),
        "past": past,
        "order": order_id[:_MOST_WORDS] if isinstance(order_id, str) else None,
        "detail": detail,
    }


def bounded(document: JSON, most: int) -> JSON:
    """A document, or, if its text has more than `most` characters, the beginning of that text."""
    text = json.dumps(document, ensure_ascii=False)
    return document if len(text) <= most else text[:most] + " …"


def visits(events: Iterable[HistoryEventTypeDef]) -> list[View]:
    """The states that an execution came to, in order, with input, output, seconds and error of each visit.

    Each has `at` and `left` (ISO 8601, `left` None while it is there), `input` and `output` (JSON), `error`
    and `attempts` (how many attempts failed).
    """
    found: list[dict[str, Any]] = []
    for event in events:
        kind = event["type"]
        if kind.endswith("StateEntered"):
            details = event["stateEnteredEventDetails"]
            found.append(
                {
                    "state": details["name"],
                    "kind": kind.removesuffix("StateEntered"),
                    "at": moment(event["timestamp"]),
                    "left": None,
                    "input": readable(details.get("input")),
                    "output": None,
                    "error": "",
                    "attempts": 0,
                }
            )
        elif kind.endswith("StateExited"):
            details_out = event["stateExitedEventDetails"]
            visit = next(
                (v for v in reversed(found) if v["state"] == details_out["name"] and v["left"] is None), None
            )
            if visit is not None:
                visit["left"] = moment(event["timestamp"])
                visit["output"] = readable(details_out.get("output"))
        elif found and kind.startswith(("Task", "LambdaFunction")) and kind.endswith(_ATTEMPT_FAILED):
            found[-1]["attempts"] += 1
            found[-1]["error"] = _failure(event)
    return found


def _failure(event: HistoryEventTypeDef) -> str:
    for key, details in event.items():
        if key.endswith("EventDetails") and isinstance(details, dict):
            said = [str(details[part]) for part in ("error", "cause") if details.get(part)]
            return mask_text(": ".join(said))[:_MOST_TEXT]
    return ""


def readable(text: str | None) -> JSON:
    """A JSON document in text form, masked; a very long one as the beginning of its text."""
    if not text:
        return None
    try:
        document: JSON = mask(json.loads(text))
    except ValueError:
        return mask_text(text)[:_MOST_TEXT]
    return bounded(document, _MOST_TEXT)


def moment(when: datetime) -> str:
    """An instant as ISO 8601 in UTC with milliseconds."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    """The present instant."""
    return moment(datetime.now(UTC))
