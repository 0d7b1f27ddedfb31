"""The three tables, what their rows hold, and the life of an order's row."""

from __future__ import annotations

from typing import Annotated, Final

from dsl import Bool, Number, Str, optional
from dsl.dynamodb import Item, List, StringSet, Table, attr

CREATED: Final = "CREATED"
WAITING_COMPLETION: Final = "WAITING_COMPLETION"
COMPLETED: Final = "COMPLETED"
CANCELLED: Final = "CANCELLED"
TIMED_OUT: Final = "TIMED_OUT"
REJECTED: Final = "REJECTED"

OPEN: Final = (CREATED, WAITING_COMPLETION)
CLOSED: Final = (COMPLETED, CANCELLED, TIMED_OUT, REJECTED)

LARGEST_ORDER_NUMBER: Final = 2**53 - 1
"""The greatest whole number that every reader of JSON takes for the same one (RFC 8259, section 6)."""

LONGEST_QUEUE: Final = 350
"""Orders: the queue is one DynamoDB item of at most 400 KB, and an order's id may have 1 KB."""

ORDER_CANCELLED: Final = "OrderCancelled"
"""The error with which a token is returned when its order was cancelled."""


class OrderRow(Item):
    """One order: the only place that says what became of it."""

    PK: Str
    SK: Str
    USERID: Str
    ORDERSTATE: Str
    executionId: Str
    createdAt: Str
    drinkOrder: Annotated[Str, optional]
    orderNumber: Annotated[Number, optional]
    baristaUserId: Annotated[Str, optional]
    TaskToken: Annotated[Str, optional]
    tokenIssuedAt: Annotated[Str, optional]
    reason: Annotated[Str, optional]
    announcedAt: Annotated[Str, optional]
    endedBy: Annotated[Str, optional]
    """The manager's execution that completed or cancelled the order: so its own retry knows its own write."""
    putBackBy: Annotated[Str, optional]
    """The manager's execution that last took the order away from a barista, for the same reason."""
    TS: Annotated[Number, optional]


class ConfigRow(Item):
    """The shop's settings (`config`) and its menu (`menu`)."""

    PK: Str
    storeOpen: Annotated[Bool, optional]
    maxOrdersInQueue: Annotated[Number, optional]
    value: Annotated[List, optional]


class CountingRow(Item):
    """The last order number (`orderID`) and the orders that hold a place in the queue (`activeOrders`)."""

    PK: Str
    IDvalue: Annotated[Number, optional]
    orders: Annotated[StringSet, optional]


order_table = Table("OrderTable", OrderRow, partition_key="PK", sort_key="SK")
config_table = Table("ConfigTable", ConfigRow, partition_key="PK")
counting_table = Table("CountingTable", CountingRow, partition_key="PK")

is_open = attr("ORDERSTATE").is_in(*OPEN)
"""The order can still become something else."""
