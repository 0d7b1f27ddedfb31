"""WaitingCompletion: keeps the second task token and the order number in the row, and notifies the baristas.

The row is written first and the event published second, so that a barista who hears of an order can always
finish it. A crash in between is mended by the redelivery: it finds its own token in the row, writes nothing
and publishes. `OrderManager.WaitingCompletion` is therefore published at least once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from handlers import aws
from handlers.contract import LONGEST_TOKEN, NOT_YET, count, from_the_future, issued_at, log, section, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handlers.aws import Row


def handler(event: Mapping[str, object], _context: object) -> dict[str, object]:
    """Handle one `OrderProcessor.WaitingCompletion`.

    Returns `{"stored": bool, "published": bool}`, with a `reason` if nothing was stored. AWS's errors pass, so that
    Lambda delivers the event again.

    Raises:
        MalformedEventError: The event lacks a field.
    """
    detail = section(event, "detail")
    order_id = text(detail, "orderId")
    token = text(detail, "TaskToken", longest=LONGEST_TOKEN)
    execution_id = text(detail, "executionId")
    order_number = count(detail, "orderNumber")
    issued = issued_at(detail)

    if from_the_future(issued):
        log(NOT_YET, order_id=order_id, level="WARNING")
        return {"stored": False, "published": False, "reason": NOT_YET, "executionTold": False}
    write = aws.update_order(
        order_id,
        "TaskToken = :token, tokenIssuedAt = :issued, orderNumber = :number, ORDERSTATE = :waiting",
        condition=(
            "ORDERSTATE IN (:created, :waiting) AND executionId = :execution AND attribute_exists(drinkOrder)"
            f" AND {aws.IS_NEWER}"
        ),
        values={
            "token": token,
            **aws.when_issued(issued),
            "execution": execution_id,
            "number": order_number,
            "created": "CREATED",
            "waiting": "WAITING_COMPLETION",
        },
    )
    if write.done:
        _tell_the_baristas(order_id, write.row)
        log("stored the second token and notified the baristas", order_id=order_id, orderNumber=order_number)
        return {"stored": True, "published": True}

    reason = aws.obstacle(write.row, execution_id=execution_id, issued_at=issued)
    if _holds(write.row, token=token, issued=issued):
        _tell_the_baristas(order_id, write.row)
        log("notified the baristas again", order_id=order_id, reason=reason)
        return {"stored": False, "published": True, "reason": reason}

    told = False
    if aws.cancelled(write.row, execution_id=execution_id):
        told = aws.fail_cancelled_task(token)
    log("left the row as it is", order_id=order_id, reason=reason, executionTold=told)
    return {"stored": False, "published": False, "reason": reason, "executionTold": told}


def _holds(row: Row, *, token: str, issued: str) -> bool:
    """Return whether an earlier delivery of this event wrote the row, and the order still waits."""
    return (
        aws.string(row, "ORDERSTATE") == "WAITING_COMPLETION"
        and aws.string(row, "TaskToken") == token
        and aws.string(row, "tokenIssuedAt") == issued
    )


def _tell_the_baristas(order_id: str, row: Row) -> None:
    """Publish what the row says, not what the event said: the row is the truth."""
    aws.publish(
        "OrderManager.WaitingCompletion",
        {
            "orderId": order_id,
            "orderNumber": aws.number(row, "orderNumber"),
            "drinkOrder": json.loads(aws.string(row, "drinkOrder")),
            "userId": aws.string(row, "USERID"),
        },
    )
