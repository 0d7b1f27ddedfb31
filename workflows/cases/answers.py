"""What the services answer in the test cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsl.dynamodb import CONDITIONAL_CHECK_FAILED
from dsl.mocks import returns, throws
from workflows.tables import CREATED, ORDER_CANCELLED, config_table, order_table

if TYPE_CHECKING:
    from dsl.dynamodb.attributes import Value
    from dsl.mocks import Response

CUSTOMER: Final = "1"
ORDER: Final = "2"
BARISTA: Final = "3"
TOKEN: Final = "the-token-in-the-row"  # noqa: S105  # nobody waits for it

done: Final = returns({})
"""A write, or a returned token, of which nothing comes back."""
sent: Final = returns(
    {"Entries": [{"EventId": "11710aed-b79e-4468-a20b-bb3c0c3b4860"}], "FailedEntryCount": 0}
)
"""The bus took the event."""
refused: Final = throws(CONDITIONAL_CHECK_FAILED, "The conditional request failed")
"""The row did not allow the write."""
cancelled: Final = throws(ORDER_CANCELLED, "The order was cancelled")
"""The token came back with the news that the order was cancelled."""


def row(**attributes: Value) -> Response:
    """Return a read of the order's row that finds these attributes."""
    return returns({"Item": order_table.values(attributes)})


no_row: Final = returns({})
"""A read that finds nothing."""


def wrote(**attributes: Value) -> Response:
    """Return a write of the order's row that gives these attributes back."""
    return returns({"Attributes": order_table.values(_a_row() | attributes)})


def _a_row() -> dict[str, Value]:
    return {"PK": "orders", "SK": ORDER, "USERID": CUSTOMER, "ORDERSTATE": CREATED, "TaskToken": TOKEN}


def shop(**settings: Value) -> Response:
    """Return a read of the shop's settings."""
    return returns({"Item": config_table.values(settings)})
