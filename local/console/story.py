"""The story of one order: its events, executions and row changes on one time line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.console.effects import Visit, published, written
from local.console.views import View, moment, readable, visits
from local.executions import order_of, read_history

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from local.console.hub import Hub
    from local.console.link import Link
    from local.masking import JSON
    from local.rows import OrderRow

_MOST_EXECUTIONS = 60
# An event that a state published reaches the bus within this many seconds.
_SAME_EVENT = 30.0
# What happens in the same millisecond is told in the order of cause and effect.
_RANK = {"event": 0, "execution": 1, "row": 2}
# The functions that write a token into the row, by the event that they are given, and what they write besides.
_STORED_BY = {
    "OrderProcessor.WorkflowStarted": ("WorkflowStarted", {}),
    "OrderProcessor.WaitingCompletion": (
        "WaitingCompletion",
        {"ORDERSTATE": "WAITING_COMPLETION", "orderNumber": "orderNumber"},
    ),
}

Item = dict[str, Any]


def story(link: Link, hub: Hub, order_id: str) -> View:
    """Everything that is known about an order: `row`, and `items`, oldest first.

    An item has `at`, `kind` (`event`, `execution` or `row`), `title`, and `detail`, `changes` (of a row: attribute
    to new value, None for one that was removed) or `arn`. All of it comes from the row and from the histories of
    the executions, so that every console tells the same; what only the bus knows is added from what this one heard.
    """
    row = link.orders.row(order_id)
    arns = dict.fromkeys(hub.executions_of(order_id)[-_MOST_EXECUTIONS:])
    if row is not None and row.execution_arn:
        arns[row.execution_arn] = None
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
    items: list[Item] = []
    for arn in arns:
        items.extend(_execution_items(link, arn, heard, row))
    items.extend(heard)
    items.sort(key=lambda item: (str(item["at"]), _RANK[item["kind"]]))
    return {"order": order_id, "row": dict(row.attributes) if row is not None else None, "items": items}


def _execution_items(link: Link, arn: str, heard: list[Item], row: OrderRow | None) -> list[Item]:
    """What an execution did. Takes out of `heard` what it published."""
    answer = link.states.describe_execution(executionArn=arn)
    is_manager = link.is_manager(arn)
    request = readable(answer.get("input"))
    action = str(request.get("action") or "put") if is_manager and isinstance(request, dict) else ""
    workflow = answer["stateMachineArn"].rpartition(":")[2]
    about = f"{workflow}: {action}" if action else workflow
    begun = moment(answer["startDate"])
    items: list[Item] = [
        {"at": begun, "kind": "execution", "title": f"{about} started", "arn": arn, "detail": request}
    ]
    if not is_manager and isinstance(request, dict) and "detail-type" in request:
        items.append(_starting_event(request, begun, heard))
    for found in visits(read_history(link.states, arn)):
        visit = Visit.of(found, arn, is_manager=is_manager)
        # A state that publishes and waits has done the first when it is entered, others when they are left.
        items.extend(_visit_items(visit, found, heard))
        if row is not None and row.execution_arn == arn:
            items.extend(_function_items(visit, row))
    if "stopDate" in answer:
        items.append(_end(answer, about, arn))
    return items


def _starting_event(request: Mapping[str, JSON], begun: str, heard: list[Item]) -> Item:
    """The event that started an execution, before it."""
    same = next((item for item in heard if item["id"] and item["id"] == request.get("id")), None)
    if same is not None:
        heard.remove(same)
        return {**same, "at": min(begun, str(same["at"]))}
    return {
        "at": begun,
        "kind": "event",
        "title": str(request["detail-type"]),
        "detail": request.get("detail"),
    }


def _visit_items(visit: Visit, found: View, heard: list[Item]) -> list[Item]:
    """The write and the event of a visit."""
    items: list[Item] = []
    changes = written(visit)
    if changes is not None and found["left"] is not None:
        items.append(
            {
                "at": found["left"],
                "kind": "row",
                "title": f"Row written by the state “{visit.state}”",
                "arn": visit.execution,
                "changes": changes,
            }
        )
    event = published(visit)
    if event is not None:
        same = _same(str(event["type"]), visit.at, heard)
        items.append(
            {
                "at": visit.at,
                "kind": "event",
                "title": event["type"],
                "detail": same["detail"] if same is not None else event["detail"],
                **({"n": same["n"]} if same is not None else {}),
            }
        )
    return items


def _function_items(visit: Visit, row: OrderRow) -> list[Item]:
    """The write of the function that stored the token of a pause, if the row tells that it did.

    `tokenIssuedAt` only grows: a row whose token is of this pause, or of a later one, has had this one.
    """
    event = published(visit)
    stored = _STORED_BY.get(str(event["type"])) if event is not None else None
    issued = _instant(row.token_issued_at.partition("/")[0])
    if stored is None or issued is None:
        return []
    begun = datetime.fromisoformat(visit.at)
    # The issued time may have fewer digits than the history's.
    newest = abs((issued - begun).total_seconds()) < 1.5
    if issued < begun and not newest:
        return []
    function, besides = stored
    changes: dict[str, JSON] = {"TaskToken": row.token if newest else "****"}
    for name, value in besides.items():
        changes[name] = row.attributes.get(name) if name == value else value
    stamp = row.attributes.get("TS")
    at = visit.at
    if newest and isinstance(stamp, int) and not row.over:
        at = max(at, moment(datetime.fromtimestamp(stamp / 1000, UTC)))
    return [{"at": at, "kind": "row", "title": f"Row written by the function {function}", "changes": changes}]


def _end(answer: DescribeExecutionOutputTypeDef, about: str, arn: str) -> Item:
    succeeded = answer["status"] == "SUCCEEDED"
    failure = ": ".join(str(answer.get(part)) for part in ("error", "cause") if answer.get(part))
    return {
        "at": moment(answer["stopDate"]),
        "kind": "execution",
        "title": f"{about} {answer['status'].lower().replace('_', ' ')}",
        "arn": arn,
        "status": answer["status"],
        "detail": readable(answer.get("output") if succeeded else failure),
    }


def _same(kind: str, at: str, heard: list[Item]) -> Item | None:
    """Takes out the event of that kind that was heard nearest to that time."""
    when = datetime.fromisoformat(at)

    def far(item: Item) -> float:
        return abs((datetime.fromisoformat(item["at"]) - when).total_seconds())

    found = min((item for item in heard if item["title"] == kind), key=far, default=None)
    if found is None or far(found) > _SAME_EVENT:
        return None
    heard.remove(found)
    return found


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def execution_details(link: Link, arn: str) -> View:
    """One execution with the input, output, seconds and error of each state that it came to.

    Raises:
        botocore.exceptions.ClientError: There is no such execution.
    """
    answer = link.states.describe_execution(executionArn=arn)
    failure = ": ".join(str(answer.get(part)) for part in ("error", "cause") if answer.get(part))
    return {
        "arn": arn,
        "status": answer["status"],
        "order": order_of(readable(answer.get("input"))),
        "visits": visits(read_history(link.states, arn)),
        "failure": readable(failure),
    }
