"""OrderEnded: closes the books on an order whose execution was stopped, failed or timed out.

A processor that succeeds announces the end of its order in its very last state. One that ended any other
way has announced nothing, so this function does what is left: it closes the row if it is still open, gives
back the place in the queue, publishes the terminal event that fits the row, and marks the row as announced.

Each step can be repeated. The row closes once, by a condition; a place that was given back is not in the
set any more. Only publishing shows: a crash between it and the mark, or two deliveries at the same moment,
publish the terminal event again. It is published at least once, and in all but those cases exactly once.

The end is announced whatever becomes of the place. A queue that cannot be read is a fault that is raised after
that, so that an alarm tells of it; a redelivery tries the place again.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from handlers import aws
from handlers.contract import LONGEST_KEY, MalformedEventError, log, now, section, text, utf8_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handlers.aws import Row

# How an execution ended -> the state that an order still open then gets.
_CLOSES_AS: Final = {"ABORTED": "CANCELLED", "FAILED": "CANCELLED", "TIMED_OUT": "TIMED_OUT"}


class BrokenRowError(Exception):
    """A row in a state that no workflow writes. The message names the attribute, not its value."""


def handler(event: Mapping[str, object], _context: object) -> dict[str, object]:
    """Handle one `Step Functions Execution Status Change` of the order processor.

    Returns `{"announced": "<detail-type>"}`, or `{"announced": null, "reason": ...}` if there was nothing to do. AWS's
    errors pass, so that Lambda delivers the event again.

    Raises:
        MalformedEventError: The event lacks a field.
        BrokenRowError: The row has values that no workflow writes.
    """
    detail = section(event, "detail")
    execution = text(detail, "executionArn")
    status = text(detail, "status")
    if status not in _CLOSES_AS:
        raise MalformedEventError("detail.status", "is not one of ABORTED, FAILED, TIMED_OUT")

    order_id = _order_of(detail, execution)
    if order_id is None:
        return _nothing("the execution was not given an order that could be registered", level="WARNING")
    row = _row(order_id)
    if not row or aws.string(row, "executionId") != execution:
        return _nothing("the execution registered no order", order_id=order_id)
    if "announcedAt" in row:
        # Its place may still be taken: the delivery that announced the end may not have been able to free it.
        _give_back_the_place(order_id)
        return _nothing("the end was announced before", order_id=order_id)

    row = _close(order_id, row, execution, status)
    fault: Exception | None = None
    try:
        _give_back_the_place(order_id)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised once the end is announced
        fault = error
    detail_type, announcement = _terminal_event(order_id, row)
    aws.publish(detail_type, announcement)
    aws.update_order(
        order_id,
        "announcedAt = :at",
        condition="executionId = :execution AND attribute_not_exists(announcedAt)",
        values={"at": now(), "execution": execution},
    )
    log("announced the end", order_id=order_id, status=status, announced=detail_type)
    if fault is not None:
        raise fault
    return {"announced": detail_type}


def _order_of(detail: Mapping[str, object], execution: str) -> str | None:
    """Return the order id in the execution's input, or None if no row can have such a key."""
    given = detail.get("input")
    if given is None:
        # An input above 248 KiB is left out of the event (Step Functions Developer Guide, "Automating
        # Step Functions event delivery with EventBridge"), but an order may lie in it all the same.
        given = aws.stepfunctions().describe_execution(executionArn=execution)["input"]
    if not isinstance(given, str):
        raise MalformedEventError("detail.input", "is not a string")
    try:
        order_id = json.loads(given)["detail"]["orderId"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if not isinstance(order_id, str) or not 1 <= (utf8_size(order_id) or 0) <= LONGEST_KEY:
        return None
    return order_id


def _row(order_id: str) -> Row:
    answer = aws.dynamodb().get_item(
        TableName=aws.order_table(), Key=aws.order_key(order_id), ConsistentRead=True
    )
    return answer.get("Item", {})


def _close(order_id: str, row: Row, execution: str, status: str) -> Row:
    """Close the row if it is open. Returns the row as it then is: whoever closed it first decides."""
    # An order that ran out of time gives as its reason who was waited for, as the processor's timers do.
    waited_for = "barista" if "drinkOrder" in row else "customer"
    reason = waited_for if status == "TIMED_OUT" else status.lower()
    write = aws.update_order(
        order_id,
        "ORDERSTATE = :closed, reason = :reason",
        condition="executionId = :execution AND ORDERSTATE IN (:created, :waiting)",
        values={
            "closed": _CLOSES_AS[status],
            "reason": reason,
            "execution": execution,
            "created": "CREATED",
            "waiting": "WAITING_COMPLETION",
        },
    )
    return write.row or row


def _give_back_the_place(order_id: str) -> None:
    """Take the order out of the queue. Without effect if it holds no place, so it can be repeated.

    Raises:
        BrokenRowError: The queue is not a set of strings.
    """
    try:
        aws.dynamodb().update_item(
            TableName=os.environ["COUNTING_TABLE_NAME"],
            Key={"PK": {"S": "activeOrders"}},
            UpdateExpression="DELETE orders :order",
            ExpressionAttributeValues={":order": {"SS": [order_id]}},
        )
    except ClientError as error:
        if error.response["Error"].get("Code") != "ValidationException":
            raise
        raise BrokenRowError(
            "orders of the item activeOrders in the counting table is not a set of strings"
        ) from error


def _terminal_event(order_id: str, row: Row) -> tuple[str, dict[str, object]]:
    """Return the detail-type and the detail of the order's terminal event."""
    detail: dict[str, object] = {"userId": aws.string(row, "USERID"), "orderId": order_id}
    match aws.string(row, "ORDERSTATE"):
        case "COMPLETED":
            return "OrderProcessor.OrderFinished", detail | {"orderNumber": aws.number(row, "orderNumber")}
        case "CANCELLED":
            return "OrderProcessor.OrderCancelled", detail
        case "TIMED_OUT":
            return "OrderProcessor.OrderTimeOut", detail | {"waitedFor": _reason(row, "customer", "barista")}
        case "REJECTED":
            return "OrderProcessor.ShopUnavailable", detail | {
                "reason": _reason(row, "closed", "at capacity")
            }
        case _:
            raise BrokenRowError("ORDERSTATE is not a state in which an order ends")


def _reason(row: Row, *known: str) -> str:
    reason = aws.string(row, "reason")
    if reason not in known:
        raise BrokenRowError(f"reason is neither {' nor '.join(map(repr, known))}")
    return reason


def _nothing(reason: str, *, order_id: str = "", level: str = "INFO") -> dict[str, object]:
    log("left the books as they are", order_id=order_id, level=level, reason=reason)
    return {"announced": None, "reason": reason}
