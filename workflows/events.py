"""The event contracts: every event on the bus, with what its detail carries.

Each detail is declared once. From it come the typed view that a workflow reads, the check of what it sends, and
the JSON Schema in `schemas()`.
"""

from __future__ import annotations

from typing import Annotated

from dsl import Anything, Array, Integer, JsonObject, OneOf, Shape, Str, optional
from dsl.events import Contract

SOURCE = "awsserverlessda.serverlesspresso"

contract = Contract("EventBus", source=SOURCE)


class Order(Shape):
    """Whose order it is."""

    userId: Str
    orderId: Str


class IssuedToken(Order):
    """A pause of the processor, with the token that ends it."""

    TaskToken: Str
    tokenIssuedAt: Str
    """When the token was issued: `<time>/<retry>`. Compared as text, a later token is greater."""
    executionId: Str
    """The ARN of the execution that waits."""


class NumberedToken(IssuedToken):
    """The second pause: the order has its number."""

    orderNumber: Integer


class Unavailable(Order):
    """Why a drink cannot be ordered."""

    reason: Annotated[Str, OneOf("closed", "at capacity")]


class TimedOut(Order):
    """Who was waited for in vain."""

    waitedFor: Annotated[Str, OneOf("customer", "barista")]


class FinishedOrder(Order):
    """The number that was called out."""

    orderNumber: Integer


class Drink(Shape):
    """What the customer chose."""

    userId: Str
    drink: Str
    modifiers: Array[Anything]
    icon: Annotated[Str, optional]


class DrinkToMake(Order):
    """An order that waits for a barista."""

    orderNumber: Integer
    drinkOrder: Drink


class Claim(Order):
    """Which barista took an order, or put it back."""

    baristaUserId: Str


class Rejected(Shape):
    """A refused request. `userId` is who asked: a customer or a barista, empty where the request does not say."""

    orderId: Str
    userId: Str
    action: Str
    reason: Annotated[
        Str,
        OneOf(
            "OrderNotFound",
            "NotYourOrder",
            "NotOnTheMenu",
            "NotReady",
            "AlreadyClaimed",
            "NotClaimed",
            "OrderClosed",
            "InvalidRequest",
        ),
    ]


NewOrder = contract.event("Validator.NewOrder", Order)

WorkflowStarted = contract.event("OrderProcessor.WorkflowStarted", IssuedToken)
WaitingCompletion = contract.event("OrderProcessor.WaitingCompletion", NumberedToken)
ShopUnavailable = contract.event("OrderProcessor.ShopUnavailable", Unavailable)
OrderTimeOut = contract.event("OrderProcessor.OrderTimeOut", TimedOut)
OrderCancelled = contract.event("OrderProcessor.OrderCancelled", Order)
OrderFinished = contract.event("OrderProcessor.OrderFinished", FinishedOrder)

ManagerWaitingCompletion = contract.event("OrderManager.WaitingCompletion", DrinkToMake)
MakeOrder = contract.event("OrderManager.MakeOrder", Claim)
UnmakeOrder = contract.event("OrderManager.UnmakeOrder", Claim)
ManagerOrderCompleted = contract.event("OrderManager.OrderCompleted", Order)
ManagerOrderCancelled = contract.event("OrderManager.OrderCancelled", Order)
OrderRejected = contract.event("OrderManager.OrderRejected", Rejected)


def schemas() -> dict[str, JsonObject]:
    """Return the JSON Schema of each event's detail, by detail-type."""
    return {detail_type: event.schema() for detail_type, event in contract.events.items()}
