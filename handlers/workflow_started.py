"""WorkflowStarted: keeps the first task token of an order in its row.

Deliveries repeat and arrive late. The token is written only while the order is CREATED, by the execution
that registered it, and only if the row has no token or an older one. A customer may cancel before the token
is in the row; nobody could then tell the waiting execution, so this function does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import aws
from handlers.contract import LONGEST_TOKEN, NOT_YET, from_the_future, issued_at, log, section, text

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: Mapping[str, object], _context: object) -> dict[str, object]:
    """Handle one `OrderProcessor.WorkflowStarted`.

    Returns `{"stored": bool}`, with a `reason` if nothing was stored. AWS's errors pass, so that Lambda delivers the
    event again.

    Raises:
        MalformedEventError: The event lacks a field.
    """
    detail = section(event, "detail")
    order_id = text(detail, "orderId")
    token = text(detail, "TaskToken", longest=LONGEST_TOKEN)
    execution_id = text(detail, "executionId")
    issued = issued_at(detail)

    if from_the_future(issued):
        log(NOT_YET, order_id=order_id, level="WARNING")
        return {"stored": False, "reason": NOT_YET, "executionTold": False}
    write = aws.update_order(
        order_id,
        "TaskToken = :token, tokenIssuedAt = :issued",
        condition=f"ORDERSTATE = :created AND executionId = :execution AND {aws.IS_NEWER}",
        values={
            "token": token,
            "execution": execution_id,
            "created": "CREATED",
            **aws.when_issued(issued),
        },
    )
    if write.done:
        log("stored the first token", order_id=order_id)
        return {"stored": True}

    reason = aws.obstacle(write.row, execution_id=execution_id, issued_at=issued)
    told = False
    if aws.cancelled(write.row, execution_id=execution_id):
        told = aws.fail_cancelled_task(token)
    log("left the row as it is", order_id=order_id, reason=reason, executionTold=told)
    return {"stored": False, "reason": reason, "executionTold": told}
