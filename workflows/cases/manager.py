"""Test cases of OrderManagerStateMachine: one thing that a person does with an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.dynamodb import UpdateItem
from dsl.mocks import Case, CaseBook, returns, throws
from workflows import manager as at
from workflows.cases.answers import (
    BARISTA,
    CUSTOMER,
    ORDER,
    done,
    no_row,
    refused,
    row,
    sent,
    wrote,
)
from workflows.cases.faults import falters, plain, stays_broken
from workflows.tables import CANCELLED, COMPLETED, CREATED, WAITING_COMPLETION, config_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsl import JsonObject, StateMachine
    from dsl.mocks import Response

DRINK = '{"drink":"Cappuccino","icon":"","modifiers":[],"userId":"1"}'

choose: JsonObject = {
    "action": "",
    "body": {"userId": CUSTOMER, "drink": "Cappuccino", "modifiers": [], "icon": ""},
    "orderId": ORDER,
    "baristaUserId": BARISTA,
}
customer_cancels: JsonObject = choose | {"action": "cancel"}


def by_barista(action: str) -> JsonObject:
    """Return a request of the barista."""
    return {"action": action, "body": {}, "orderId": ORDER, "baristaUserId": BARISTA}


gone = throws("Sfn.TaskDoesNotExistException", "Task does not exist")
"""Nobody waits for the token any more."""

on_the_menu = returns({"Payload": {"valid": True, "drinkOrder": DRINK}})


def not_valid(reason: str) -> Response:
    """SanitizeOrder refuses the drink."""
    return returns({"Payload": {"valid": False, "reason": reason, "message": "no milkshakes"}})


tell_customer = {"Emit - customer refused": sent}
tell_barista = {"Emit - barista refused": sent}

# --- A customer chooses a drink -------------------------------------------------------------------------------

chosen = Case(
    "Chosen",
    choose,
    {
        at.menu: returns({"Item": config_table.values({"value": [{"M": {"drink": {"S": "Cappuccino"}}}]})}),
        at.sanitize: on_the_menu,
        at.store: wrote(),
        at.return_choice: done,
    },
    says="the drink is on the menu, and the order takes it",
)
not_stored = chosen.but(
    "ChosenForNoOrder",
    {at.store: refused, at.after_choosing: no_row} | tell_customer,
    without=[at.return_choice],
    says="there is no such order",
)
choosing = [
    chosen,
    chosen.but("ChosenAgainAfterACrash", {at.return_choice: gone}, says="the token had come back already"),
    chosen.but(
        "NotOnTheMenu",
        {at.sanitize: not_valid("NotOnTheMenu")} | tell_customer,
        without=[at.store, at.return_choice],
        says="there is no such drink",
    ),
    chosen.but(
        "NoDrinkAtAll",
        {at.sanitize: not_valid("InvalidRequest")} | tell_customer,
        without=[at.store, at.return_choice],
        says="the request names no drink",
    ),
    not_stored,
    not_stored.but(
        "ChosenForAnother",
        {at.after_choosing: row(ORDERSTATE=CREATED, USERID="somebody")},
        says="the order is somebody else's",
    ),
    not_stored.but(
        "ChosenTooLate",
        {at.after_choosing: row(ORDERSTATE=CANCELLED, USERID=CUSTOMER)},
        says="the order has ended",
    ),
    not_stored.but(
        "ChosenTwice",
        {at.after_choosing: row(ORDERSTATE=WAITING_COMPLETION, USERID=CUSTOMER, drinkOrder=DRINK)},
        without=tell_customer,
        says="the very same choice was made before",
    ),
    not_stored.but(
        "ChosenTooEarly",
        {at.after_choosing: row(ORDERSTATE=CREATED, USERID=CUSTOMER)},
        says="the processor does not wait yet",
    ),
]

# --- A barista takes the order, puts it back, or finishes it --------------------------------------------------

made = Case(
    "Made", by_barista("make"), {at.make: wrote(), at.announce_made: sent}, says="the barista takes it"
)
unmade = Case(
    "Unmade",
    by_barista("unmake"),
    {at.unmake: wrote(), at.announce_unmade: sent},
    says="the barista puts it back",
)
completed = Case(
    "Completed",
    by_barista("complete"),
    {
        at.complete: wrote(ORDERSTATE=WAITING_COMPLETION),
        at.return_complete: done,
        at.announce_complete: sent,
    },
    says="the barista has made it",
)
not_made = made.but(
    "MakeUnknown",
    {at.make: refused, at.found: no_row} | tell_barista,
    without=[at.announce_made],
    says="there is no such order",
)
not_completed = completed.but(
    "CompleteUnclaimed",
    {at.complete: refused, at.found: row(ORDERSTATE=WAITING_COMPLETION, USERID=CUSTOMER)} | tell_barista,
    without=[at.return_complete, at.announce_complete],
    says="nobody has claimed it",
)
at_the_bar = [
    made,
    unmade,
    completed,
    completed.but(
        "CompletedInTheLastSecond", {at.return_complete: gone}, says="the timer fired, but the row says so"
    ),
    completed.but(
        "CompletedTwice",
        {at.complete: wrote(ORDERSTATE=COMPLETED), at.return_complete: gone} | tell_barista,
        without=[at.announce_complete],
        says="it was complete before",
    ),
    not_made,
    not_made.but(
        "MakeClosed", {at.found: row(ORDERSTATE=COMPLETED, USERID=CUSTOMER)}, says="the order has ended"
    ),
    not_made.but(
        "MakeTooEarly", {at.found: row(ORDERSTATE=CREATED, USERID=CUSTOMER)}, says="no drink was chosen yet"
    ),
    not_made.but(
        "MakeClaimed",
        {at.found: row(ORDERSTATE=WAITING_COMPLETION, USERID=CUSTOMER, baristaUserId="another")},
        says="another barista has it",
    ),
    not_completed,
    not_completed.but(
        "CompleteForAnother",
        {at.found: row(ORDERSTATE=WAITING_COMPLETION, USERID=CUSTOMER, baristaUserId="another")},
        says="another barista holds it",
    ),
    unmade.but(
        "UnmakeUnclaimed",
        {at.unmake: refused, at.found: row(ORDERSTATE=WAITING_COMPLETION, USERID=CUSTOMER)} | tell_barista,
        without=[at.announce_unmade],
        says="nobody has claimed it",
    ),
]

# --- Either of them cancels it --------------------------------------------------------------------------------

by_customer = Case(
    "CancelledByCustomer",
    customer_cancels,
    {at.cancel_for_customer: wrote(), at.return_cancelled: done, at.announce_cancelled: sent},
    says="the customer changed their mind",
)
at_the_counter = Case(
    "CancelledByBarista",
    by_barista("cancel"),
    {at.cancel_for_barista: wrote(), at.return_cancelled: done, at.announce_cancelled: sent},
    says="the barista has run out of milk",
)
nobody_waits = returns(
    {
        "Attributes": {
            "PK": {"S": "orders"},
            "SK": {"S": ORDER},
            "USERID": {"S": CUSTOMER},
            "ORDERSTATE": {"S": CREATED},
        }
    }
)
not_cancelled = by_customer.but(
    "CancelForAnother",
    {at.cancel_for_customer: refused, at.found: row(ORDERSTATE=CREATED, USERID="somebody")} | tell_customer,
    without=[at.return_cancelled, at.announce_cancelled],
    says="the order is somebody else's",
)
cancelling = [
    by_customer,
    at_the_counter,
    by_customer.but(
        "CancelledBeforeAnybodyWaits",
        {at.cancel_for_customer: nobody_waits},
        without=[at.return_cancelled],
        says="no token was stored yet",
    ),
    by_customer.but(
        "CancelledInTheLastSecond", {at.return_cancelled: gone}, says="the timer fired, but the row says so"
    ),
    by_customer.but(
        "CancelledTwice",
        {at.cancel_for_customer: wrote(ORDERSTATE=CANCELLED), at.return_cancelled: gone} | tell_customer,
        without=[at.announce_cancelled],
        says="it was cancelled before",
    ),
    not_cancelled,
    at_the_counter.but(
        "CancelNotHeld",
        {
            at.cancel_for_barista: refused,
            at.found: row(ORDERSTATE=WAITING_COMPLETION, USERID=CUSTOMER, baristaUserId="another"),
        }
        | tell_barista,
        without=[at.return_cancelled, at.announce_cancelled],
        says="another barista holds it",
    ),
]

# --- Requests that are none -----------------------------------------------------------------------------------

nothing_asked = [
    Case("Unreadable", {"action": 7}, {at.unreadable: sent}, says="the request is not even one"),
    Case(
        "UnknownAction",
        by_barista("drink"),
        tell_barista,
        says="there is no such action",
    ),
    Case(
        "NobodyAsks",
        {"action": "make", "orderId": ORDER},
        {"Emit - request refused": sent},
        says="the request does not say who asks",
    ),
]


def bad_keys(machine: StateMachine, cases: Sequence[Case]) -> Iterator[Case]:
    """DynamoDB refuses the order id as a key, by the name of its exception or as a fault that it has no name for."""
    writes = [state for state in machine.states if isinstance(state, UpdateItem)]
    for write in writes:
        case = next(case for case in cases if write.name in case.by_name and case[write].last.error is None)
        tell = tell_customer if case.input["action"] == "" or case.input["body"] else tell_barista
        for kind, error, cause in (
            ("Named", "DynamoDB.ValidationException", "The key is too long"),
            ("InItsCause", "DynamoDB.AmazonDynamoDBException", "... (Error Code: ValidationException; ...)"),
            ("OfOurs", "DynamoDB.AmazonDynamoDBException", "... (Error Code: SomethingElse; ...)"),
        ):
            says = f"DynamoDB refuses what {write.name!r} writes"
            yield case.but(
                f"BadKey{kind}{plain(write.name)}", {write: throws(error, cause)} | tell, says=says
            )


manager_cases = CaseBook(
    at.order_manager,
    [*choosing, *at_the_bar, *cancelling, *nothing_asked],
    derived=(bad_keys, falters, stays_broken),
)
"""Cases of every action, every refusal, every fault."""
