"""Test cases of OrderProcessorWorkflow: the life of one order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsl import Placeholder
from dsl.mocks import Case, CaseBook, returns, throws, unmocked
from workflows import processor as at
from workflows.cases.answers import CUSTOMER, ORDER, cancelled, done, no_row, refused, row, sent, shop
from workflows.cases.faults import falters, stays_broken
from workflows.tables import CANCELLED, COMPLETED, CREATED

if TYPE_CHECKING:
    from dsl import JsonObject

RegisteredBefore: Final = Placeholder("RegisteredBefore")
"""The ARN of the execution that runs the case of this name: whoever starts it must choose it."""


def event(detail: JsonObject) -> JsonObject:
    """Return a scan, as the bus hands it on."""
    return {
        "source": "awsserverlessda.serverlesspresso",
        "detail-type": "Validator.NewOrder",
        "detail": detail,
    }


scan = event({"userId": CUSTOMER, "orderId": ORDER})

handed_over = Case(
    "HandedOver",
    scan,
    {
        at.register: done,
        at.shop: shop(storeOpen=True, maxOrdersInQueue=20),
        at.claim_place: done,
        at.wait_for_customer: done,
        at.draw_number: returns({"Attributes": {"IDvalue": {"N": "17"}}}),
        at.wait_for_barista: done,
        at.leave_queue: done,
        at.announce_finished: sent,
    },
    says="the customer chose, the barista made it, the customer took it",
)
after_choosing = (at.draw_number, at.wait_for_barista, at.leave_queue, at.announce_finished)

duplicate = Case(
    "Duplicate",
    scan,
    {at.register: refused, at.registered: row(executionId="another")},
    says="the order is known already",
)
registered_before = handed_over.but(
    "RegisteredBefore",
    {at.register: refused, at.registered: row(executionId=RegisteredBefore)},
    says="the order was registered by this very execution, whose first attempt got no answer",
)

bad_key = Case(
    "BadKeyNamed",
    scan,
    {at.register: throws("DynamoDB.ValidationException", "The key is too long")},
    says="the order id is no key, and the emulators' name for that",
)

not_an_order = Case(
    "IdsInLists",
    event({"userId": [CUSTOMER], "orderId": [ORDER]}),
    {},
    says="the order's id is a list of texts",
)
not_a_customer = Case(
    "CustomerInAList", event({"userId": [CUSTOMER], "orderId": ORDER}), {}, says="the customer's id is a list"
)

closed = Case(
    "ShopClosed",
    scan,
    {
        at.register: done,
        at.shop: shop(storeOpen=False, maxOrdersInQueue=20),
        at.reject_closed: done,
        at.announce_closed: sent,
    },
    says="the shop is closed",
)
at_capacity = Case(
    "AtCapacity",
    scan,
    {
        at.register: done,
        at.shop: handed_over[at.shop],
        at.claim_place: refused,
        at.reject_full: done,
        at.announce_full: sent,
    },
    says="as many orders are in the queue as it takes",
)
end_cancelled = {at.leave_queue_cancelled: done, at.announce_cancelled: sent}

cancelled_by_customer = handed_over.but(
    "CancelledWhileChoosing",
    {at.wait_for_customer: cancelled} | end_cancelled,
    without=after_choosing,
    says="the customer changed their mind before choosing",
)
cancelled_at_the_bar = handed_over.but(
    "CancelledWhileMaking",
    {at.wait_for_barista: cancelled} | end_cancelled,
    without=(at.leave_queue, at.announce_finished),
    says="the order was cancelled while the barista had it",
)

# The pauses are real here, so that real timers end them; a mocked States.Timeout is not possible on every engine.
no_customer = handed_over.but(
    "NoCustomer",
    {
        at.wait_for_customer: unmocked(),
        at.customer_out_of_time: done,
        at.leave_queue_customer: done,
        at.announce_no_customer: sent,
    },
    says="the customer never chose a drink",
)
customer_in_time = handed_over.but(
    "ChoseInTime",
    {
        at.wait_for_customer: unmocked(),
        at.customer_out_of_time: refused,
        at.after_customer: row(ORDERSTATE=CREATED, drinkOrder="{}"),
    },
    says="the drink was in the row when the timer fired, though the token had been lost",
)
no_barista = handed_over.but(
    "NoBarista",
    {
        at.wait_for_barista: unmocked(),
        at.barista_out_of_time: done,
        at.leave_queue_barista: done,
        at.announce_no_barista: sent,
    },
    says="no barista made the drink",
)
barista_in_time = handed_over.but(
    "CompletedInTime",
    {
        at.wait_for_barista: unmocked(),
        at.barista_out_of_time: refused,
        at.after_barista: row(ORDERSTATE=COMPLETED),
    },
    says="the order was complete in the row when the timer fired",
)

processor_cases = CaseBook(
    at.order_processor,
    [
        handed_over,
        registered_before,
        duplicate,
        bad_key,
        bad_key.but(
            "BadKeyInItsCause",
            {
                at.register: throws(
                    "DynamoDB.AmazonDynamoDBException", "... (Error Code: ValidationException; ...)"
                )
            },
            says="the order id is no key, and AWS's name for that and for much else",
        ),
        bad_key.but(
            "BadKeyOfOurs",
            {at.register: throws("DynamoDB.AmazonDynamoDBException", "... (Error Code: SomethingElse; ...)")},
            says="DynamoDB refuses the order for another reason",
        ),
        not_an_order,
        not_a_customer,
        handed_over.but(
            "CounterOutOfRange",
            {at.draw_number: refused},
            without=after_choosing[1:],
            says="a hand has set the counter to a number below zero, or to a very great one",
        ),
        handed_over.but(
            "CounterWithAFraction",
            {at.draw_number: returns({"Attributes": {"IDvalue": {"N": "6.5"}}})},
            without=after_choosing[1:],
            says="a hand has set the counter to a number that is not whole",
        ),
        closed,
        closed.but("ShopUnset", {at.shop: no_row}, says="nobody has set the shop up"),
        closed.but(
            "CancelledBeforeClosed",
            {at.reject_closed: refused} | end_cancelled,
            without=[at.announce_closed],
            says="the customer cancelled before they could be turned away",
        ),
        at_capacity,
        at_capacity.but(
            "NoPlaces",
            {at.shop: shop(storeOpen=True, maxOrdersInQueue=0)},
            without=[at.claim_place],
            says="the queue takes no order at all",
        ),
        at_capacity.but(
            "CancelledBeforeFull",
            {at.reject_full: refused} | end_cancelled,
            without=[at.announce_full],
            says="the customer cancelled before they could be turned away",
        ),
        cancelled_by_customer,
        cancelled_at_the_bar,
        no_customer,
        customer_in_time,
        customer_in_time.but(
            "CancelledAsTheTimerFired",
            {at.after_customer: row(ORDERSTATE=CANCELLED)} | end_cancelled,
            says="the customer cancelled as the timer fired",
        ),
        customer_in_time.but(
            "NoRowForTheCustomer", {at.after_customer: no_row}, says="somebody has deleted the row"
        ),
        no_barista,
        barista_in_time,
        barista_in_time.but(
            "CancelledAsTheBaristaTimedOut",
            {at.after_barista: row(ORDERSTATE=CANCELLED)} | end_cancelled,
            says="the order was cancelled as the timer fired",
        ),
        barista_in_time.but(
            "NoRowForTheBarista", {at.after_barista: no_row}, says="somebody has deleted the row"
        ),
        handed_over.but(
            "Waiting",
            {at.wait_for_customer: unmocked(), at.wait_for_barista: unmocked()} | end_cancelled,
            says="both people are waited for",
        ),
    ],
    derived=(falters, stays_broken),
)
