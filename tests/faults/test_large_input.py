"""Input near AWS's limits is refused or fails with a named error, and leaves no order that nobody ends.

The emulator keeps DynamoDB's limit of 400 KB for an item; the others are put into it by the harness (see `inside`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.bar import CLOSED, Bar, until
from tests.faults.wire import WireError

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 262_144
MOST_OF_AN_ITEM = 400 * 1024
TOO_MUCH = "States.DataLimitExceeded"


@pytest.fixture
def waiting(bar: Bar) -> Iterator[str]:
    """Provide an order of customer 1 that waits for its drink."""
    order_id = bar.new_id()
    bar.scan(order_id, "1")
    until("the first token", lambda: bar.row(order_id).get("TaskToken"))
    yield order_id
    assert bar.asked("cancel", order_id, user="1")["accepted"]
    bar.end_of(bar.row(order_id)["executionId"])


def test_a_scan_that_is_too_large_for_the_bus_is_refused(bar: Bar) -> None:
    before = (bar.rows(), bar.newest("orderProcessorArn"))
    with pytest.raises(WireError, match="over the limit"):
        bar.scan("large", "u" * LIMIT)
    assert (bar.rows(), bar.newest("orderProcessorArn")) == before


@pytest.mark.parametrize("letter", ["u", "é", "☕"])
@pytest.mark.parametrize("spare", [340, 400, 1_500])
def test_an_order_of_a_customer_with_a_name_as_large_as_an_event_ends_and_is_announced(
    bar: Bar, letter: str, spare: int
) -> None:
    """How far it comes depends on the bytes that are left over; that it ends, and that all are told, does not."""
    user = letter * ((LIMIT - spare) // len(letter.encode()))
    order_id, number = bar.new_id(), bar.counting("orderID")
    bar.scan(order_id, user)
    row = until("the order's row", lambda: bar.row(order_id))
    token = until(
        "its token, or its end",
        lambda: bar.row(order_id).get("TaskToken") or "announcedAt" in bar.row(order_id),
    )
    if isinstance(token, str):
        # A stranger is told why not, or, where the row is too large to be read for a reason, nothing.
        refused = bar.end_of(bar.begin(cancellation(order_id, "a stranger")))
        if refused["status"] == "SUCCEEDED":
            assert json.loads(refused["output"])["reason"] == "NotYourOrder"
        else:
            assert refused["error"] == TOO_MUCH
        bar.fire_timer(token)
        assert bar.end_of(row["executionId"])["status"] == "SUCCEEDED"
    else:
        failed = bar.end_of(row["executionId"])
        assert (failed["status"], failed["error"]) in (
            ("FAILED", TOO_MUCH),
            ("FAILED", "EventBridge.ValidationException"),
        )
    assert bar.row(order_id)["ORDERSTATE"] in CLOSED
    assert len(bar.ends_told()[order_id]) == 1
    assert order_id not in bar.queue()
    assert bar.counting("orderID") == number
    bar.forget([order_id])


def cancellation(order_id: str, user: str) -> str:
    request = {"action": "cancel", "orderId": order_id, "baristaUserId": "", "body": {"userId": user}}
    return json.dumps(request, ensure_ascii=False)


@pytest.mark.parametrize("spare", [0, 300, 5_000])
@pytest.mark.parametrize("action", ["", "make", "unmake", "complete", "cancel"])
def test_a_request_as_large_as_an_execution_takes_is_refused_or_fails_by_name_and_changes_nothing(
    bar: Bar, waiting: str, action: str, spare: int
) -> None:
    stranger = action in ("", "cancel")
    body = {"userId": "stranger", "drink": ""} if stranger else {"drink": ""}
    barista = "" if stranger else "b"
    request = {"action": action, "orderId": waiting, "baristaUserId": barista, "body": body}
    body["drink"] = "x" * (LIMIT - spare - len(json.dumps(request)))
    before = (bar.row(waiting), bar.queue(), bar.counting("orderID"))
    ended = bar.end_of(bar.begin(request))
    if ended["status"] == "FAILED":
        assert ended["error"] == TOO_MUCH
    else:
        assert json.loads(ended["output"])["accepted"] is False
    assert (bar.row(waiting), bar.queue(), bar.counting("orderID")) == before


def test_a_request_that_is_larger_is_not_taken(bar: Bar) -> None:
    before = bar.newest("orderManagerArn")
    with pytest.raises(WireError, match="InvalidExecutionInput"):
        bar.begin({"action": "make", "orderId": "1", "baristaUserId": "x" * LIMIT, "body": {}})
    assert bar.newest("orderManagerArn") == before


def test_a_row_that_no_more_fits_into_is_left_as_it_is(bar: Bar) -> None:
    """Only somebody who writes to the table by hand can make a row so large."""
    order_id = bar.new_id()
    item: Any = {
        "PK": {"S": "orders"},
        "SK": {"S": order_id},
        "USERID": {"S": "1"},
        "ORDERSTATE": {"S": "CREATED"},
        "executionId": {"S": "none"},
        "createdAt": {"S": "now"},
    }
    known = sum(len(name) + len(value["S"]) for name, value in item.items())
    item["ballast"] = {"S": "x" * (MOST_OF_AN_ITEM - known - len("ballast") - 20)}
    tables, table = bar.clients.dynamodb, bar.outputs["orderTableName"]
    tables.put_item(TableName=table, Item=item)
    try:
        before = bar.row(order_id)
        assert bar.asked("cancel", order_id, user="1")["reason"] == "InvalidRequest"
        assert bar.row(order_id) == before
    finally:
        tables.delete_item(TableName=table, Key={"PK": item["PK"], "SK": item["SK"]})


def test_a_menu_that_is_larger_than_a_state_may_be_is_a_fault_of_ours_and_changes_nothing(
    bar: Bar, waiting: str
) -> None:
    tables, table = bar.clients.dynamodb, bar.outputs["configTableName"]
    menu = tables.get_item(TableName=table, Key={"PK": {"S": "menu"}})["Item"]
    drink: Any = json.loads(json.dumps(menu["value"]["L"][0]))
    drink["M"]["icon"] = {"S": "x" * (LIMIT + 1_000)}
    tables.put_item(TableName=table, Item=menu | {"value": {"L": [drink]}})
    before = bar.row(waiting)
    try:
        failed = bar.end_of(bar.ask("", waiting, user="1"))
    finally:
        tables.put_item(TableName=table, Item=menu)
    assert (failed["status"], failed["error"]) == ("FAILED", TOO_MUCH)
    assert bar.row(waiting) == before
