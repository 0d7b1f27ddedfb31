"""OrderProcessorWorkflow: carries one drink order from the scan to the hand-over.

It pauses twice for a person, each time handing out a task token over the bus. The row of the order decides what
became of it; the processor asks the row, never the clock. The event that announces the end is always the very
last step, so an execution that did not succeed has not announced anything, and the function `OrderEnded` does.
"""

from __future__ import annotations

from dsl import (
    CaughtError,
    Placeholder,
    StateMachine,
    choice,
    context,
    end,
    fail,
    is_present,
    is_string,
    pass_,
    slot,
)
from dsl.dynamodb import (
    CONDITIONAL_CHECK_FAILED,
    Key,
    TableCondition,
    UpdateItem,
    add,
    attr,
    delete,
    digits,
    get_item,
    put_item,
    set_,
    update_item,
)
from dsl.events import put_events
from dsl.intrinsics import array_get_item, format_string, string_split
from workflows import events
from workflows.tables import (
    CANCELLED,
    COMPLETED,
    CREATED,
    LARGEST_ORDER_NUMBER,
    ORDER_CANCELLED,
    REJECTED,
    TIMED_OUT,
    CountingRow,
    OrderRow,
    config_table,
    counting_table,
    is_open,
    order_table,
)

order = events.NewOrder.detail
row_key: Key = {"PK": "orders", "SK": order.orderId}
fault = slot(CaughtError, "fault")
this_execution = context.execution.id
# A retry of a pausing state is given a new token in the same state: the count of retries tells which is newer.
issued_now = format_string("{}/{}", context.state.entered_time, context.state.retry_count)


def close(name: str, state: str, reason: str, *, condition: TableCondition) -> UpdateItem[OrderRow]:
    """End the order in its row, if nobody else has done so first; a retry after a lost answer passes."""
    return update_item(
        name,
        order_table,
        key=row_key,
        update=set_(ORDERSTATE=state, reason=reason),
        condition=condition | (attr("ORDERSTATE") == state),
    )


def give_back_place(name: str) -> UpdateItem[CountingRow]:
    """Leave the queue. Taking an id out of the set twice is the same as once, so a retry does no harm."""
    return update_item(
        name, counting_table, key={"PK": "activeOrders"}, update=delete("orders", {order.orderId})
    )


# --- From the scan to the hand-over ---------------------------------------------------------------------------

register = put_item(
    "Register order",
    order_table,
    item={
        **row_key,
        "USERID": order.userId,
        "ORDERSTATE": CREATED,
        "executionId": this_execution,
        "createdAt": context.state.entered_time,
    },
    # The second half lets a retry pass whose first attempt wrote the row but got no answer.
    condition=~attr("PK").exists()
    | (
        (attr("executionId") == this_execution)
        & (attr("ORDERSTATE") == CREATED)
        & ~attr("TaskToken").exists()
    ),
)
shop = get_item("DynamoDB Get Shop status", config_table, key={"PK": "config"})
# DynamoDB's numbers travel as text. A part of a place is none.
places = digits(shop.Item.maxOrdersInQueue)
whole_places = array_get_item(string_split(places, "."), 0)
claim_place = update_item(
    "Claim a place in the queue",
    counting_table,
    key={"PK": "activeOrders"},
    update=add("orders", {order.orderId}),
    condition=~attr("orders").exists()
    | (attr("orders").size() < whole_places)
    | attr("orders").contains(order.orderId),
)
wait_for_customer = put_events(
    "Emit - Workflow Started TT",
    events.WorkflowStarted(
        userId=order.userId,
        orderId=order.orderId,
        TaskToken=context.task.token,
        tokenIssuedAt=issued_now,
        executionId=this_execution,
    ),
    wait_for_token=True,
    timeout=Placeholder("CustomerTimeoutSeconds"),
)
draw_number = update_item(
    "Generate Order Number",
    counting_table,
    key={"PK": "orderID"},
    update=add("IDvalue", 1),
    condition=~attr("IDvalue").exists() | ((attr("IDvalue") >= 0) & (attr("IDvalue") < LARGEST_ORDER_NUMBER)),
    returns="UPDATED_NEW",
)
order_number = draw_number.Attributes.IDvalue
wait_for_barista = put_events(
    "Emit - Awaiting Completion TT",
    events.WaitingCompletion(
        userId=order.userId,
        orderId=order.orderId,
        orderNumber=order_number,
        TaskToken=context.task.token,
        tokenIssuedAt=issued_now,
        executionId=this_execution,
    ),
    wait_for_token=True,
    timeout=Placeholder("BaristaTimeoutSeconds"),
)
leave_queue = give_back_place("Give back the place")
announce_finished = put_events(
    "Emit - order finished",
    events.OrderFinished(userId=order.userId, orderId=order.orderId, orderNumber=order_number),
)

# --- Turned away ----------------------------------------------------------------------------------------------

# The condition also fails for a retry whose first attempt wrote the row and got no answer, if the customer has
# cancelled in between. That order is this execution's, and nobody else would announce its end.
registered = get_item("Read the order - registered", order_table, key=row_key)
duplicate = pass_("Duplicate order", output={"duplicate": True, "orderId": order.orderId})

# DynamoDB takes an order id of 1 to 1,024 bytes. Nothing else in that request is from outside, so what it finds not
# valid is the id: no order, and no fault of the backend. AWS names errors that have no exception of their own alike.
not_an_order = pass_("Not an order", output={"registered": False, "reason": "InvalidOrderId"})
not_a_customer = pass_("Not a customer", output={"registered": False, "reason": "InvalidUserId"})
invalid_key = choice(
    "Is the order id at fault?",
    (fault.Cause.matches("*ValidationException*"), not_an_order),
    otherwise=fail(
        "Write failed",
        error="WriteFailed",
        cause="DynamoDB refused a write because of a fault in this workflow",
    ),
)

reject_closed = close("Reject - shop closed", REJECTED, "closed", condition=is_open)
announce_closed = put_events(
    "Emit - shop closed",
    events.ShopUnavailable(userId=order.userId, orderId=order.orderId, reason="closed"),
)
reject_full = close("Reject - at capacity", REJECTED, "at capacity", condition=is_open)
announce_full = put_events(
    "Emit - at capacity",
    events.ShopUnavailable(userId=order.userId, orderId=order.orderId, reason="at capacity"),
)

# --- Cancelled, and out of time -------------------------------------------------------------------------------

leave_queue_cancelled = give_back_place("Give back the place - cancelled")
announce_cancelled = put_events(
    "Emit - order cancelled", events.OrderCancelled(userId=order.userId, orderId=order.orderId)
)

customer_out_of_time = close(
    "Time out - customer",
    TIMED_OUT,
    "customer",
    condition=(attr("ORDERSTATE") == CREATED) & ~attr("drinkOrder").exists(),
)
leave_queue_customer = give_back_place("Give back the place - no customer")
announce_no_customer = put_events(
    "Emit - customer timed out",
    events.OrderTimeOut(userId=order.userId, orderId=order.orderId, waitedFor="customer"),
)
after_customer = get_item("Read the order - customer", order_table, key=row_key)

barista_out_of_time = close("Time out - barista", TIMED_OUT, "barista", condition=is_open)
leave_queue_barista = give_back_place("Give back the place - no barista")
announce_no_barista = put_events(
    "Emit - barista timed out",
    events.OrderTimeOut(userId=order.userId, orderId=order.orderId, waitedFor="barista"),
)
after_barista = get_item("Read the order - barista", order_table, key=row_key)

broken_counter = fail(
    "Broken counter",
    error="BrokenOrderCounter",
    cause="IDvalue of the item orderID in the counting table is not a whole number that an order can have.",
)
broken_row = fail(
    "Unexpected row",
    error="UnexpectedOrderState",
    cause="The order's row says neither that it is open nor how a person ended it.",
)

# --- The wiring -----------------------------------------------------------------------------------------------

# The route takes what has texts under both names, and an array of texts has them too.
scanned = choice(
    "Who ordered?",
    (is_string(order.orderId) & is_string(order.userId), register),
    (is_string(order.orderId), not_a_customer >> end),
    otherwise=not_an_order >> end,
)
register >> shop
# What is below one begins with "0" or "-". The claim alone would let one order into an empty queue without places.
shop >> choice(
    "Shop Open?",
    (shop.Item.storeOpen & (places >= "1"), claim_place),
    (shop.Item.storeOpen & is_present(shop.Item.maxOrdersInQueue), reject_full),
    otherwise=reject_closed,
)
claim_place >> wait_for_customer >> draw_number
# A hand has edited the counter: nobody would hear of a number that is none, and the order would wait for its timer.
draw_number >> choice(
    "Is it a number?", (digits(order_number).matches("*.*"), broken_counter), otherwise=wait_for_barista
)
draw_number.catch(CONDITIONAL_CHECK_FAILED, to=broken_counter)
wait_for_barista >> leave_queue >> announce_finished >> end(order)

register.catch(CONDITIONAL_CHECK_FAILED, to=registered)
registered >> choice(
    "Registered here?", (this_execution == registered.Item.executionId, shop), otherwise=duplicate
)
duplicate >> end
register.catch("DynamoDB.ValidationException", to=not_an_order)
register.catch("DynamoDB.AmazonDynamoDBException", to=invalid_key, into=fault)

reject_closed >> announce_closed >> end(order)
claim_place.catch(CONDITIONAL_CHECK_FAILED, to=reject_full >> announce_full >> end(order))
# Cancelled before it was turned away: the customer was quicker than the queue.
reject_closed.catch(CONDITIONAL_CHECK_FAILED, to=leave_queue_cancelled)
reject_full.catch(CONDITIONAL_CHECK_FAILED, to=leave_queue_cancelled)

for waiting in (wait_for_customer, wait_for_barista):
    waiting.catch(ORDER_CANCELLED, to=leave_queue_cancelled)
leave_queue_cancelled >> announce_cancelled >> end(order)

wait_for_customer.catch("States.Timeout", to=customer_out_of_time)
customer_out_of_time >> leave_queue_customer >> announce_no_customer >> end(order)
# The timer fired, but the row had changed by then: what the customer did counts, though the token was lost.
customer_out_of_time.catch(CONDITIONAL_CHECK_FAILED, to=after_customer)
after_customer >> choice(
    "Did the customer choose?",
    (after_customer.Item.ORDERSTATE == CANCELLED, leave_queue_cancelled),
    (is_present(after_customer.Item.drinkOrder) & (after_customer.Item.ORDERSTATE == CREATED), draw_number),
    otherwise=broken_row,
)

wait_for_barista.catch("States.Timeout", to=barista_out_of_time)
barista_out_of_time >> leave_queue_barista >> announce_no_barista >> end(order)
barista_out_of_time.catch(CONDITIONAL_CHECK_FAILED, to=after_barista)
after_barista >> choice(
    "Did the barista finish?",
    (after_barista.Item.ORDERSTATE == COMPLETED, leave_queue),
    (after_barista.Item.ORDERSTATE == CANCELLED, leave_queue_cancelled),
    otherwise=broken_row,
)

order_processor = StateMachine(
    "OrderProcessorWorkflow",
    start=scanned,
    comment="One drink order, from the scan to the hand-over; pauses for the customer and for the barista",
)
