"""WorkflowStarted: keeps the first task token of an order in its row.

Deliveries repeat and arrive late. The token is written only while the order is CREATED, by the execution
that registered it, and only if the row has no token or an older one. A customer may cancel before the token
is in the row; nobody could then tell the waiting execution, so this function does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import aws
from handlers.contract import LONGEST_TOKEN, issued_at, log, section, text

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: Mapping[str, object], _context: object) -> dict[str, object]:
    """Handle one `OrderProcessor.WorkflowStarted`.

    Returns `{"stored": bool}` with a `reason` where nothing was stored. Raises MalformedEventError for an
    event that lacks a field; and AWS's errors, so that Lambda delivers the event again.
    """
    detail = section(event, "detail")
    order_id = text(detail, "orderId")
    token = text(detail, "TaskToken", longest=LONGEST_TOKEN)
    execution_id = text(detail, "executionId")
    issued = issued_at(detail)

    write = aws.update_order(
        order_id,
        "TaskToken = :token, tokenIssuedAt = :issued",
        condition=(
            "ORDERSTATE = :created AND executionId = :execution"
            " AND (attribute_not_exists(tokenIssuedAt) OR tokenIssuedAt < :issued)"
        ),
        values={"token": token, "issued": issued, "execution": execution_id, "created": "CREATED"},
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
