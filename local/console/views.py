"""What the page gets to see of rows and executions: small JSON documents without task tokens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from local.masking import JSON, mask, mask_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

    from local.console.link import Pause
    from local.rows import OrderRow

View: TypeAlias = dict[str, JSON]

# A document in a history is at most 256 KiB; a page that shows a hundred of them needs less.
_MOST_TEXT = 20_000
_ATTEMPT_FAILED = ("Failed", "TimedOut")


def order_view(row: OrderRow, pauses: Mapping[str, Pause]) -> View:
    """An order as the page lists it."""
    created = row.attributes.get("createdAt")
    changed = row.attributes.get("TS")
    return {
        "id": str(row.attributes.get("SK", "")),
        "user": row.user_id,
        "state": row.state,
        "over": row.over,
        "number": row.number,
        "barista": row.barista_id,
        "drink": row.drink,
        "reason": row.reason,
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
    if len(text) > _MOST_TEXT:
        return json.dumps(document, ensure_ascii=False)[:_MOST_TEXT] + " …"
    return document


def moment(when: datetime) -> str:
    """An instant as ISO 8601 in UTC with milliseconds."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    """The present instant."""
    return moment(datetime.now(UTC))
