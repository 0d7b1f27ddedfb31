"""What a hand has edited, or somebody forged: nothing is lost silently, and what is wrong is said at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.bar import Bar, until

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOSED = "OrderProcessor.OrderCancelled"


@pytest.fixture
def counting(bar: Bar) -> Iterator[Any]:
    """Put an item into the counting table; both are as they were after the test."""
    table = bar.outputs["countingTableName"]
    before = {key: bar.counting(key) for key in ("orderID", "activeOrders")}

    def put(key: str, **attributes: Any) -> None:
        bar.clients.dynamodb.put_item(TableName=table, Item={"PK": {"S": key}, **attributes})

    yield put
    for key, item in before.items():
        if item:
            bar.clients.dynamodb.put_item(TableName=table, Item=item)
        else:
            bar.clients.dynamodb.delete_item(TableName=table, Key={"PK": {"S": key}})


def decided(bar: Bar, order_id: str) -> Any:
    return bar.row(order_id).get("TaskToken") or bar.row(order_id).get("reason")


def came(bar: Bar, function: str, before: int) -> bool:
    return bar.courier.delivered[function] > before


@pytest.mark.parametrize(("places", "let_in"), [("1.5", 1), ("2.999", 2), ("1", 1), ("0.9", 0)])
def test_a_part_of_a_place_is_none(empty_bar: Bar, places: str, let_in: int) -> None:
    bar = empty_bar
    bar.configure(maxOrdersInQueue={"N": places})
    order_ids = [bar.new_id() for _ in range(let_in + 2)]
    for order_id in order_ids:
        bar.scan(order_id)
        until("its token or its end", partial(decided, bar, order_id))
    assert len(bar.queue()) == let_in
    assert [bar.row(order_id).get("reason") for order_id in order_ids] == [None] * let_in + [
        "at capacity"
    ] * 2
    bar.clear()


@pytest.mark.parametrize(
    "value", [{"N": "-7"}, {"N": "5.5"}, {"N": "-0.5"}, {"N": "1" + "0" * 30}, {"S": "seven"}], ids=json.dumps
)
def test_a_counter_that_is_none_ends_the_order_at_once_and_that_is_announced(
    empty_bar: Bar, counting: Any, value: dict[str, str]
) -> None:
    bar = empty_bar
    counting("orderID", IDvalue=value)
    order_id = bar.new_id()
    bar.scan(order_id)
    until("the first token", lambda: bar.row(order_id).get("TaskToken"))
    assert bar.asked("", order_id, user="1")["accepted"]
    ended = bar.end_of(bar.row(order_id)["executionId"])
    assert ended["status"] == "FAILED"
    if "N" in value:
        assert ended["error"] == "BrokenOrderCounter"
        assert "IDvalue" in ended["cause"]
    until("the end to be announced", lambda: bar.row(order_id).get("announcedAt"))
    assert (bar.row(order_id)["ORDERSTATE"], bar.row(order_id)["reason"]) == ("CANCELLED", "failed")
    assert bar.ends_told()[order_id] == [CLOSED]
    assert order_id not in bar.queue()
    numbers = [event for event in bar.heard() if event["detail-type"] == "OrderProcessor.WaitingCompletion"]
    assert order_id not in [event["detail"]["orderId"] for event in numbers]


@pytest.mark.parametrize("orders", [{"S": "2"}, {"L": []}, {"N": "3"}, {"M": {}}], ids=json.dumps)
def test_a_queue_that_is_none_loses_no_announcement(
    empty_bar: Bar, counting: Any, orders: dict[str, Any]
) -> None:
    bar = empty_bar
    counting("activeOrders", orders=orders)
    order_id = bar.new_id()
    bar.scan(order_id)
    row = until("the order's row", lambda: bar.row(order_id))
    assert bar.end_of(row["executionId"])["status"] == "FAILED"
    until("the end to be announced", lambda: bar.row(order_id).get("announcedAt"))
    assert bar.ends_told()[order_id] == [CLOSED]
    # The queue is still broken, and an alarm hangs on that.
    until("the function to have failed for good", lambda: bar.courier.errors)
    assert {type(error).__name__ for error in bar.courier.errors} == {"BrokenRowError"}
    bar.courier.errors.clear()


def moved(issued: str, by: timedelta) -> str:
    when = datetime.fromisoformat(issued.partition("/")[0]) + by
    return f"{when.astimezone(UTC).isoformat(timespec='milliseconds').replace('+00:00', 'Z')}/0"


@pytest.mark.parametrize("forged", ["9999-12-31T23:59:59.999Z/9", "in two minutes", "before the order"])
def test_a_forged_moment_keeps_no_real_token_out(empty_bar: Bar, forged: str) -> None:
    bar = empty_bar
    order_id = bar.new_id()
    bar.scan(order_id)
    until("the first token", lambda: bar.row(order_id).get("TaskToken"))
    row = bar.row(order_id)
    match forged:
        case "in two minutes":
            issued = moved(datetime.now(UTC).isoformat(), timedelta(minutes=2))
        case "before the order":
            issued = moved(row["createdAt"], -timedelta(seconds=1))
        case _:
            issued = forged
    detail = {
        "userId": "1",
        "orderId": order_id,
        "TaskToken": "forged-" * 5,
        "tokenIssuedAt": issued,
        "executionId": row["executionId"],
        "orderNumber": 1,
    }
    for function in ("WorkflowStarted", "WaitingCompletion"):
        delivered = bar.courier.delivered[function]
        bar.put_event(f"OrderProcessor.{function}", detail)
        until("the forged event to be delivered", partial(came, bar, function, delivered))
    assert bar.row(order_id) == row
    assert bar.asked("", order_id, user="1")["accepted"]
    until("the second token", lambda: bar.row(order_id)["ORDERSTATE"] == "WAITING_COMPLETION")
    assert bar.asked("make", order_id, barista="3")["accepted"]
    assert bar.asked("complete", order_id, barista="3")["accepted"]
    assert bar.end_of(row["executionId"])["status"] == "SUCCEEDED"
