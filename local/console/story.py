"""The story of one order: its events, executions and row changes on one time line."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from local.console.views import View, moment, readable, visits
from local.executions import order_of, read_history
from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.console.hub import Hub
    from local.console.link import Link

_MOST_EXECUTIONS = 40
# An event that a state published reaches the bus within this many seconds.
_SAME_EVENT = 30.0


def _published() -> dict[str, str]:
    """By state, the event that it publishes."""
    found: dict[str, str] = {}
    for machine in (order_processor, order_manager):
        states = cast("Mapping[str, Any]", machine.definition()["States"])
        for name, state in states.items():
            if "events:putEvents" in str(state.get("Resource", "")):
                entries = state.get("Parameters", {}).get("Entries", [])
                if entries and isinstance(entries[0].get("DetailType"), str):
                    found[name] = entries[0]["DetailType"]
    return found


def _writers() -> dict[str, str]:
    """By state, the kind of write that it makes to the order's row."""
    found: dict[str, str] = {}
    for machine in (order_processor, order_manager):
        states = cast("Mapping[str, Any]", machine.definition()["States"])
        for name, state in states.items():
            resource = str(state.get("Resource", ""))
            table = str(state.get("Parameters", {}).get("TableName", ""))
            if "dynamodb:" in resource and "OrderTable" in table and "getItem" not in resource:
                found[name] = resource.rpartition(":")[2]
    return found


PUBLISHED = _published()
WRITERS = _writers()


def story(link: Link, hub: Hub, order_id: str) -> View:
    """Everything that is known about an order: `row`, and `items`, oldest first.

    An item has `at`, `kind` (`event`, `execution` or `row`), `title`, and `detail` or `arn`. Executions and
    what they wrote and published come from their histories; events that nothing of ours published, and the
    details of all, from the bus since the console looks.
    """
    row = link.orders.row(order_id)
    arns = dict.fromkeys(hub.executions_of(order_id)[-_MOST_EXECUTIONS:])
    if row is not None and row.execution_arn:
        arns[row.execution_arn] = None
    items: list[dict[str, Any]] = [
        {
            "at": event["seen"],
            "kind": "event",
            "title": event["type"],
            "detail": event["detail"],
            "n": event["n"],
        }
        for event in hub.events_of(order_id)
    ]
    for arn in arns:
        items.extend(_execution_items(link, arn, items))
    items.sort(key=lambda item: item["at"])
    return {"order": order_id, "row": dict(row.attributes) if row is not None else None, "items": items}


def _execution_items(link: Link, arn: str, known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = link.states.describe_execution(executionArn=arn)
    is_manager = answer["stateMachineArn"] == link.manager
    request = readable(answer.get("input"))
    action = str(request.get("action") or "put") if is_manager and isinstance(request, dict) else ""
    workflow = answer["stateMachineArn"].rpartition(":")[2]
    about = f"{workflow}: {action}" if action else workflow
    items: list[dict[str, Any]] = [
        {
            "at": moment(answer["startDate"]),
            "kind": "execution",
            "title": f"{about} started",
            "arn": arn,
            "detail": request,
        }
    ]
    for visit in visits(read_history(link.states, arn)):
        state, left = str(visit["state"]), visit["left"]
        if state in WRITERS and left is not None and not visit["error"]:
            items.append(
                {"at": left, "kind": "row", "title": f"Row written by “{state}”", "arn": arn, "state": state}
            )
        kind = PUBLISHED.get(state)
        if kind is not None and not _is_known(kind, str(visit["at"]), known):
            items.append(
                {
                    "at": visit["at"],
                    "kind": "event",
                    "title": kind,
                    "arn": arn,
                    "state": state,
                    "detail": None,
                }
            )
    if "stopDate" in answer:
        output = readable(answer.get("output")) if answer["status"] == "SUCCEEDED" else answer.get("error")
        items.append(
            {
                "at": moment(answer["stopDate"]),
                "kind": "execution",
                "title": f"{about} {answer['status'].lower().replace('_', ' ')}",
                "arn": arn,
                "status": answer["status"],
                "detail": output,
            }
        )
    return items


def _is_known(kind: str, at: str, known: list[dict[str, Any]]) -> bool:
    """Whether the bus showed an event of that kind at that time."""
    when = datetime.fromisoformat(at)
    return any(
        item["kind"] == "event"
        and item["title"] == kind
        and abs((datetime.fromisoformat(item["at"]) - when).total_seconds()) < _SAME_EVENT
        for item in known
    )


def execution_details(link: Link, arn: str) -> View:
    """One execution with the input, output, seconds and error of each state that it came to.

    Raises:
        botocore.exceptions.ClientError: There is no such execution.
    """
    answer = link.states.describe_execution(executionArn=arn)
    return {
        "arn": arn,
        "status": answer["status"],
        "order": order_of(readable(answer.get("input"))),
        "visits": visits(read_history(link.states, arn)),
        "error": answer.get("error") or "",
    }
