"""OrderManagerStateMachine: handles one thing that a customer or a barista does with an order.

Each action is one conditional write to the order's row. When it succeeds, the token that the row holds goes back
to the processor and the bus is told; when it does not, the row is read to say why. A refused request changes
nothing and ends SUCCEEDED with `{"accepted": false, "reason": ...}`; FAILED means a fault of the backend.

Repeating a request is safe: it finds its own write, returns the token again if the processor still waits for it,
and so carries through what a crash left halfway.
"""

from __future__ import annotations

from typing import Annotated, Literal

from dsl import (
    Bool,
    CaughtError,
    Pass,
    Payload,
    Placeholder,
    Shape,
    StateMachine,
    Str,
    Task,
    choice,
    context,
    end,
    fail,
    is_present,
    is_string,
    optional,
    pass_,
    required,
    sdk,
    slot,
    view,
)
from dsl.dynamodb import (
    CONDITIONAL_CHECK_FAILED,
    Key,
    TableCondition,
    Update,
    UpdateItem,
    attr,
    get_item,
    remove,
    set_,
    set_once,
    update_item,
)
from dsl.events import put_events
from dsl.lambda_ import Function, invoke
from workflows import events
from workflows.tables import (
    CANCELLED,
    CLOSED,
    COMPLETED,
    CREATED,
    ORDER_CANCELLED,
    WAITING_COMPLETION,
    OrderRow,
    config_table,
    is_open,
    order_table,
)


class Body(Shape):
    """What the request is about; a customer's says who the customer is."""

    userId: Annotated[Str, optional]


class ManagerRequest(Shape):
    """One thing that a person does. It comes from outside, so nothing in it is sure to be there."""

    action: Annotated[Str, optional]
    orderId: Annotated[Str, optional]
    baristaUserId: Annotated[Str, optional]
    body: Annotated[Body, optional]


class CheckedDrink(Shape):
    """What `SanitizeOrder` answers: the drink as it is to be stored, or why it cannot be made."""

    valid: Bool
    drinkOrder: Annotated[Str, optional]
    reason: Annotated[Str, optional]
    message: Annotated[Str, optional]


class Refusal(Shape):
    """What a refused request ends with."""

    accepted: Bool
    reason: Str
    action: Str
    orderId: Str


class UpdatedRow(Shape):
    """The answer to a write of the order's row."""

    Attributes: OrderRow


request = view(ManagerRequest)
customer = request.body.userId
barista = request.baristaUserId
row_key: Key = {"PK": "orders", "SK": request.orderId}

is_readable = is_string(request.action) & is_string(request.orderId) & (request.orderId != "")
from_customer = is_string(customer) & (customer != "")
from_barista = is_string(barista) & (barista != "")

is_customers = attr("USERID") == customer
is_held = attr("baristaUserId") == barista
is_free_or_held = ~attr("baristaUserId").exists() | is_held

# A write whose answer is lost is tried again by Step Functions, and finds what it did the first time.
this_request = context.execution.id

# What a token that nobody waits for any more is refused with: as AWS's Java SDK, and so Step Functions, names the
# errors, and as the API itself does, which is what emulators answer.
TOKEN_IS_GONE = (
    "Sfn.TaskTimedOutException",
    "Sfn.TaskDoesNotExistException",
    "Sfn.TaskTimedOut",
    "Sfn.TaskDoesNotExist",
)

processor = Placeholder("OrderProcessorArn")
sanitize_order = Function("SanitizeOrder", CheckedDrink)
refusal = slot(Refusal, "refusal")
cancelled = slot(UpdatedRow, "cancelled")
fault = slot(CaughtError, "fault")


def change(
    name: str,
    update: Update | list[Update],
    *,
    condition: TableCondition,
    returns: Literal["ALL_OLD", "ALL_NEW"],
    into: UpdatedRow | None = None,
) -> UpdateItem[OrderRow]:
    """Return the one conditional write of an action."""
    return update_item(
        name, order_table, key=row_key, update=update, condition=condition, returns=returns, into=into
    )


def accepted(action: str) -> dict[str, Payload]:
    """Return what an accepted request ends with."""
    return {"accepted": True, "action": action}


def refuse(reason: str) -> Pass:
    """Name the reason of a refusal."""
    return pass_(
        f"Refuse - {reason}",
        {"accepted": False, "reason": reason, "action": request.action, "orderId": request.orderId},
        into=refusal,
    )


def announce_refusal(name: str, asked: Str | str) -> Task:
    """Tell the bus who was refused what."""
    event = events.OrderRejected(
        orderId=request.orderId, userId=asked, action=request.action, reason=refusal.reason
    )
    return put_events(name, event, output=refusal)


# --- A customer chooses a drink -------------------------------------------------------------------------------

menu = get_item("Get menu", config_table, key={"PK": "menu"})
sanitize = invoke("Sanitize order", sanitize_order, {"body": request.body, "menu": required(menu.Item.value)})
verdict = sanitize.Payload
store = change(
    "Store the drink",
    set_(drinkOrder=required(verdict.drinkOrder)),
    condition=(attr("ORDERSTATE") == CREATED) & is_customers & attr("TaskToken").exists(),
    returns="ALL_NEW",
)
return_choice = sdk.call(
    "Return the token - chosen",
    "sfn:sendTaskSuccess",
    {"TaskToken": store.Attributes.TaskToken, "Output": "{}"},
    resource=processor,
    output=accepted(""),
)
chosen = pass_("Drink chosen", output=accepted(""))

# --- A barista takes the order, puts it back, or finishes it --------------------------------------------------

make = change(
    "Claim order",
    set_(baristaUserId=barista),
    condition=(attr("ORDERSTATE") == WAITING_COMPLETION) & is_free_or_held,
    returns="ALL_NEW",
)
announce_made = put_events(
    "Emit - order claimed",
    events.MakeOrder(orderId=request.orderId, userId=make.Attributes.USERID, baristaUserId=barista),
    output=accepted("make"),
)

unmake = change(
    "Unclaim order",
    [remove("baristaUserId"), set_(putBackBy=this_request)],
    condition=(attr("ORDERSTATE") == WAITING_COMPLETION)
    & (is_held | ((attr("putBackBy") == this_request) & ~attr("baristaUserId").exists())),
    returns="ALL_NEW",
)
announce_unmade = put_events(
    "Emit - order unclaimed",
    events.UnmakeOrder(orderId=request.orderId, userId=unmake.Attributes.USERID, baristaUserId=barista),
    output=accepted("unmake"),
)

complete = change(
    "Complete order",
    [set_(ORDERSTATE=COMPLETED), set_once(endedBy=this_request)],
    condition=attr("ORDERSTATE").is_in(WAITING_COMPLETION, COMPLETED) & is_held & attr("TaskToken").exists(),
    returns="ALL_OLD",
)
return_complete = sdk.call(
    "Return the token - complete",
    "sfn:sendTaskSuccess",
    {"TaskToken": complete.Attributes.TaskToken, "Output": "{}"},
    resource=processor,
)
announce_complete = put_events(
    "Emit - order complete",
    events.ManagerOrderCompleted(orderId=request.orderId, userId=complete.Attributes.USERID),
    output=accepted("complete"),
)

# --- Either of them cancels it --------------------------------------------------------------------------------


def cancel(name: str, who: str, may: TableCondition) -> UpdateItem[OrderRow]:
    """End the order in its row, or find that this very person has done so."""
    done_already = (
        (attr("ORDERSTATE") == CANCELLED)
        & (attr("reason") == who)
        & (attr("TaskToken").exists() | (attr("endedBy") == this_request))
    )
    return change(
        name,
        [set_(ORDERSTATE=CANCELLED, reason=who), set_once(endedBy=this_request)],
        condition=(is_open | done_already) & may,
        returns="ALL_OLD",
        into=cancelled,
    )


cancel_for_customer = cancel("Cancel order - customer", "customer", is_customers)
cancel_for_barista = cancel("Cancel order - barista", "barista", is_free_or_held)
return_cancelled = sdk.call(
    "Return the token - cancelled",
    "sfn:sendTaskFailure",
    {
        "TaskToken": required(cancelled.Attributes.TaskToken),
        "Error": ORDER_CANCELLED,
        "Cause": "The order was cancelled",
    },
    resource=processor,
)
announce_cancelled = put_events(
    "Emit - order cancelled",
    events.ManagerOrderCancelled(orderId=request.orderId, userId=cancelled.Attributes.USERID),
    output=accepted("cancel"),
)

# --- Refusals -------------------------------------------------------------------------------------------------

order_not_found = refuse("OrderNotFound")
not_your_order = refuse("NotYourOrder")
not_on_the_menu = refuse("NotOnTheMenu")
not_ready = refuse("NotReady")
already_claimed = refuse("AlreadyClaimed")
not_claimed = refuse("NotClaimed")
order_closed = refuse("OrderClosed")
invalid_request = refuse("InvalidRequest")

unreadable = put_events(
    "Emit - unreadable request refused",
    events.OrderRejected(orderId="", userId="", action="", reason="InvalidRequest"),
    output={"accepted": False, "reason": "InvalidRequest"},
)
who_asked = choice(
    "Who asked?",
    (
        request.action.is_in("", "cancel") & from_customer,
        announce_refusal("Emit - customer refused", customer) >> end,
    ),
    (from_barista, announce_refusal("Emit - barista refused", barista) >> end),
    otherwise=announce_refusal("Emit - request refused", "") >> end,
)
for reason in (
    order_not_found,
    not_your_order,
    not_on_the_menu,
    not_ready,
    already_claimed,
    not_claimed,
    order_closed,
    invalid_request,
):
    reason >> who_asked

after_choosing = get_item("Read the order - choosing", order_table, key=row_key)
after_choosing >> choice(
    "Why no drink?",
    (~is_present(after_choosing.Item.ORDERSTATE), order_not_found),
    (customer != after_choosing.Item.USERID, not_your_order),
    (after_choosing.Item.ORDERSTATE.is_in(*CLOSED), order_closed),
    # Pressed twice: the row holds this very drink, and the processor has gone on with it.
    (after_choosing.Item.drinkOrder == verdict.drinkOrder, chosen),
    otherwise=not_ready,
)

found = get_item("Read the order", order_table, key=row_key)
found >> choice(
    "Why not?",
    (~is_present(found.Item.ORDERSTATE), order_not_found),
    ((request.action == "cancel") & from_customer & (customer != found.Item.USERID), not_your_order),
    (found.Item.ORDERSTATE.is_in(*CLOSED), order_closed),
    (request.action == "cancel", not_your_order),
    (found.Item.ORDERSTATE == CREATED, not_ready),
    (request.action == "make", already_claimed),
    (~is_present(found.Item.baristaUserId), not_claimed),
    otherwise=not_your_order,
)

# --- The wiring -----------------------------------------------------------------------------------------------

decide = choice(
    "Decide Action",
    (~is_readable, unreadable),
    ((request.action == "") & from_customer, menu),
    ((request.action == "make") & from_barista, make),
    ((request.action == "unmake") & from_barista, unmake),
    ((request.action == "complete") & from_barista, complete),
    ((request.action == "cancel") & from_customer, cancel_for_customer),
    ((request.action == "cancel") & from_barista, cancel_for_barista),
    otherwise=invalid_request,
)
unreadable >> end

(
    menu
    >> sanitize
    >> choice(
        "Is Order Valid?",
        (verdict.valid, store),
        (verdict.reason == "NotOnTheMenu", not_on_the_menu),
        otherwise=invalid_request,
    )
)
store >> return_choice >> end
return_choice.catch(*TOKEN_IS_GONE, to=chosen >> end)

make >> announce_made >> end
unmake >> announce_unmade >> end

complete >> return_complete >> announce_complete >> end
return_complete.catch(
    *TOKEN_IS_GONE,
    to=choice(
        "Was it complete before?",
        (
            (complete.Attributes.ORDERSTATE == COMPLETED) & (this_request != complete.Attributes.endedBy),
            order_closed,
        ),
        otherwise=announce_complete,
    ),
)

does_anybody_wait = choice(
    "Does anybody wait?",
    (is_present(cancelled.Attributes.TaskToken), return_cancelled),
    otherwise=announce_cancelled,
)
cancel_for_customer >> does_anybody_wait
cancel_for_barista >> does_anybody_wait
return_cancelled >> announce_cancelled >> end
return_cancelled.catch(
    *TOKEN_IS_GONE,
    to=choice(
        "Was it cancelled before?",
        (
            (cancelled.Attributes.ORDERSTATE == CANCELLED) & (this_request != cancelled.Attributes.endedBy),
            order_closed,
        ),
        otherwise=announce_cancelled,
    ),
)

# DynamoDB refuses an order id that is not a sort key (1,024 bytes at most). The workflow sets everything else, so that
# fault is the asker's; but the integration names it like any fault that has no exception of its own.
invalid_key = choice(
    "Is the order id at fault?",
    (fault.Cause.matches("*ValidationException*"), invalid_request),
    otherwise=fail(
        "Write failed",
        error="WriteFailed",
        cause="DynamoDB refused a write because of a fault in this workflow",
    ),
)
for write, reading in (
    (store, after_choosing),
    (make, found),
    (unmake, found),
    (complete, found),
    (cancel_for_customer, found),
    (cancel_for_barista, found),
):
    write.catch(CONDITIONAL_CHECK_FAILED, to=reading)
    write.catch("DynamoDB.ValidationException", to=invalid_request)
    write.catch("DynamoDB.AmazonDynamoDBException", to=invalid_key, into=fault)

order_manager = StateMachine(
    "OrderManagerStateMachine",
    start=decide,
    comment="One thing that a customer or a barista does with an order",
)
