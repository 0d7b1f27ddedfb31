"""Whatever comes through the bus or to the manager: it is refused in words, or is data, and changes nothing."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.bar import SCAN, Bar, until

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = "k" * 1024
CURIOUS = {
    "dollar path": "$.detail.userId",
    "context path": "$$.Execution.Id",
    "braces": "{}",
    "placeholder": "${OrderTableName}",
    "intrinsic": "States.Format('{}', $.detail)",
    "jsonata": "{% $states.input %}",
    "double quotes": 'a"b","TaskToken":"x',
    "single quotes": "it's \\'quoted\\'",
    "backslashes": "a\\b\\\\c\\u0041",
    "newline": "first\nsecond\r\n\tthird",
    "null character": "a\u0000b",
    "unicode": "größe-☕-日本語-\U0001f600",
    "right to left": "\u202eabc\u202c",
    "expression": "x AND attribute_exists(PK)",
    "value placeholder": ":orderId",
    "name placeholder": "#ORDERSTATE",
    "path": "../../etc/passwd",
    "html": "<script>alert(1)</script>",
    "log query": "fields @message | filter 1=1",
    "wildcard": "*",
    "a space": " ",
    "longest key": LONGEST,
}


@pytest.mark.parametrize("name", CURIOUS)
def test_an_id_of_any_characters_is_only_an_id(bar: Bar, name: str) -> None:
    order_id = CURIOUS[name]
    user = (CURIOUS[name] + " customer")[:200]
    bar.scan(order_id, user)
    until("the first token", lambda: bar.row(order_id).get("TaskToken"))
    others = {key: row for key, row in bar.rows().items() if key != order_id}
    assert bar.queue() == {order_id}
    assert bar.asked("cancel", order_id, user="1")["reason"] == "NotYourOrder"
    assert bar.asked("", order_id, user=user)["accepted"]
    until("the second token", lambda: bar.row(order_id)["ORDERSTATE"] == "WAITING_COMPLETION")
    assert bar.asked("make", order_id, barista=user)["accepted"]
    assert bar.asked("complete", order_id, barista=user)["accepted"]
    row = bar.row(order_id)
    assert bar.end_of(row["executionId"])["status"] == "SUCCEEDED"
    assert (row["SK"], row["USERID"], row["baristaUserId"]) == (order_id, user, user)
    assert json.loads(row["drinkOrder"])["userId"] == user
    assert not bar.queue()
    assert {key: row for key, row in bar.rows().items() if key != order_id} == others
    ends = [e["detail"] for e in bar.heard() if e["detail-type"] == "OrderProcessor.OrderFinished"]
    assert [end for end in ends if end["orderId"] == order_id] == [
        {"userId": user, "orderId": order_id, "orderNumber": int(row["orderNumber"])}
    ]


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"userId": "1"},
        {"orderId": "2"},
        {"userId": 1, "orderId": "2"},
        {"userId": "1", "orderId": 2},
        {"userId": "1", "orderId": None},
        {"userId": "1", "orderId": {"S": "2"}},
        {"userId": True, "orderId": "2"},
        {"detail": {"userId": "1", "orderId": "2"}},
    ],
    ids=json.dumps,
)
def test_a_scan_without_two_texts_starts_nothing(bar: Bar, detail: dict[str, object]) -> None:
    before = bar.newest("orderProcessorArn")
    bar.put_event(SCAN, detail)
    bar.heard()  # the bus has carried it by now
    assert bar.newest("orderProcessorArn") == before


@pytest.mark.parametrize(
    "order_id", ["", LONGEST + "k", "é" * 513], ids=["empty", "1,025 bytes", "1,026 bytes"]
)
def test_a_scan_with_an_id_that_is_no_key_is_no_order_and_changes_nothing(bar: Bar, order_id: str) -> None:
    before = (bar.rows(), bar.counting("orderID"), bar.ends_told())
    known = bar.newest("orderProcessorArn")
    bar.scan(order_id)
    ended = bar.end_of(bar.next_execution(known))
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"]) == {"registered": False, "reason": "InvalidOrderId"}
    assert (bar.rows(), bar.counting("orderID"), bar.ends_told()) == before
    assert not bar.queue()


@pytest.fixture(scope="module")
def customer_waits(opened: Bar) -> str:
    return opened.new_id()


@pytest.fixture
def waiting(bar: Bar, customer_waits: str) -> str:
    """Provide an order of customer 1 that waits for its drink; bad requests leave it as it is, so one is enough."""
    if not bar.row(customer_waits):
        bar.scan(customer_waits, "1")
        until("the first token", lambda: bar.row(customer_waits).get("TaskToken"))
    return customer_waits


DRINK = {"userId": "1", "drink": "Latte", "modifiers": []}
REFUSED: dict[str, tuple[Any, str]] = {
    "no action": ({"body": DRINK}, "InvalidRequest"),
    "an unknown action": ({"action": "brew", "body": DRINK}, "InvalidRequest"),
    "an action in other letters": ({"action": "MAKE", "baristaUserId": "3"}, "InvalidRequest"),
    "an action that is a number": ({"action": 1, "body": DRINK}, "InvalidRequest"),
    "an action that is null": ({"action": None, "body": DRINK}, "InvalidRequest"),
    "no order": ({"action": "", "orderId": None, "body": DRINK}, "InvalidRequest"),
    "an order that is a number": ({"action": "", "orderId": 2, "body": DRINK}, "InvalidRequest"),
    "an order that is empty": ({"action": "", "orderId": "", "body": DRINK}, "InvalidRequest"),
    "an order that is too long": ({"action": "make", "orderId": LONGEST + "k", "baristaUserId": "3"}, "InvalidRequest"),
    "a drink for too long an order": ({"action": "", "orderId": LONGEST + "k", "body": DRINK}, "InvalidRequest"),
    "an order that isn't there": ({"action": "", "orderId": "nowhere", "body": DRINK}, "OrderNotFound"),
    "a claim of an order that isn't there": (
        {"action": "make", "orderId": "nowhere", "baristaUserId": "3"}, "OrderNotFound",
    ),
    "no body": ({"action": ""}, "InvalidRequest"),
    "a body that is text": ({"action": "", "body": "Latte"}, "InvalidRequest"),
    "a body that is a list": ({"action": "", "body": [DRINK]}, "InvalidRequest"),
    "no customer": ({"action": "", "body": {"drink": "Latte", "modifiers": []}}, "InvalidRequest"),
    "a customer that is a number": ({"action": "", "body": {**DRINK, "userId": 1}}, "InvalidRequest"),
    "a customer that is empty": ({"action": "", "body": {**DRINK, "userId": ""}}, "InvalidRequest"),
    "another customer": ({"action": "", "body": {**DRINK, "userId": "2"}}, "NotYourOrder"),
    "another customer who cancels": ({"action": "cancel", "body": {"userId": "2"}}, "NotYourOrder"),
    "nobody who cancels": ({"action": "cancel", "body": {}}, "InvalidRequest"),
    "no drink": ({"action": "", "body": {"userId": "1", "modifiers": []}}, "InvalidRequest"),
    "a drink that is a number": ({"action": "", "body": {**DRINK, "drink": 7}}, "InvalidRequest"),
    "a milkshake": ({"action": "", "body": {**DRINK, "drink": "milkshake"}}, "NotOnTheMenu"),
    "a drink of 101 letters": ({"action": "", "body": {**DRINK, "drink": "x" * 101}}, "InvalidRequest"),
    "modifiers that are text": ({"action": "", "body": {**DRINK, "modifiers": "Oat"}}, "InvalidRequest"),
    "an unknown modifier": ({"action": "", "body": {**DRINK, "modifiers": ["Gravel"]}}, "NotOnTheMenu"),
    "a modifier that is a number": ({"action": "", "body": {**DRINK, "modifiers": [1]}}, "InvalidRequest"),
    "two milks": ({"action": "", "body": {**DRINK, "modifiers": ["Oat", "Soya"]}}, "InvalidRequest"),
    "ten thousand modifiers": ({"action": "", "body": {**DRINK, "modifiers": ["Oat"] * 10_000}}, "InvalidRequest"),
    "a drink of 100 KB": ({"action": "", "body": {**DRINK, "drink": "x" * 100_000}}, "InvalidRequest"),
    "an icon of 100 KB": ({"action": "", "body": {**DRINK, "icon": "x" * 100_000}}, "InvalidRequest"),
    "a claim by nobody": ({"action": "make", "baristaUserId": ""}, "InvalidRequest"),
    "a claim by a number": ({"action": "make", "baristaUserId": 3}, "InvalidRequest"),
    "a claim before there is a drink": ({"action": "make", "baristaUserId": "3"}, "NotReady"),
    "a completion before there is a drink": ({"action": "complete", "baristaUserId": "3"}, "NotReady"),
    "an unclaiming before there is a drink": ({"action": "unmake", "baristaUserId": "3"}, "NotReady"),
    "text": ("hello", "InvalidRequest"),
    "a list": ([], "InvalidRequest"),
    "null": (None, "InvalidRequest"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_request_is_refused_in_words_and_changes_nothing(bar: Bar, waiting: str, name: str) -> None:
    request, reason = REFUSED[name]
    if isinstance(request, dict):
        request = {"orderId": waiting, "baristaUserId": "", **request}
    before = (bar.rows(), bar.queue(), bar.counting("orderID"))
    answer = bar.answer(bar.begin(json.dumps(request)))
    assert (answer["accepted"], answer["reason"]) == (False, reason)
    assert (bar.rows(), bar.queue(), bar.counting("orderID")) == before
    told = [event for event in bar.heard() if event["detail-type"] == "OrderManager.OrderRejected"]
    assert told[-1]["detail"]["reason"] == reason


def test_a_token_in_a_request_is_not_looked_at(bar: Bar, waiting: str) -> None:
    theirs = bar.row(waiting)["TaskToken"]
    order_id = bar.new_id()
    bar.scan(order_id, "9")
    until("the first token", lambda: bar.row(order_id).get("TaskToken"))
    request = {"action": "cancel", "orderId": order_id, "TaskToken": theirs}
    body = {"userId": "9", "TaskToken": theirs}
    assert bar.answer(bar.begin({**request, "baristaUserId": "", "body": body}))["accepted"]
    assert bar.end_of(bar.row(order_id)["executionId"])["status"] == "SUCCEEDED"
    assert bar.row(waiting)["ORDERSTATE"] == "CREATED"


@pytest.mark.parametrize("function", ["WorkflowStarted", "WaitingCompletion"])
def test_a_token_of_somebody_else_is_not_stored(bar: Bar, waiting: str, function: str) -> None:
    stranger = str(uuid.uuid4())
    execution = bar.row(waiting)["executionId"].rpartition(":")[0] + ":another"
    before = bar.row(waiting)
    detail = {"userId": "1", "orderId": waiting, "TaskToken": stranger, "executionId": execution, "orderNumber": 1,
              "tokenIssuedAt": "2099-01-01T00:00:00.000Z/0"}  # fmt: skip
    delivered = len(bar.courier.seen)
    bar.put_event(f"OrderProcessor.{function}", detail)
    until("the event to be delivered", lambda: len(bar.courier.seen) > delivered)
    until("the function to be done", lambda: bar.courier.delivered[function] > 0)
    assert bar.courier.deliver(bar.courier.seen[-1]) is not None
    assert bar.row(waiting) == before


# --- What is ours and broken --------------------------------------------------------------------------------


def menu_key(bar: Bar) -> dict[str, Any]:
    return {"TableName": bar.outputs["configTableName"], "Key": {"PK": {"S": "menu"}}}


@pytest.fixture
def menu(bar: Bar) -> Iterator[list[Any]]:
    """Provide the menu, put back as it was after the test."""
    tables = bar.clients.dynamodb
    item = tables.get_item(**menu_key(bar))["Item"]
    yield json.loads(json.dumps(item["value"]["L"]))
    tables.put_item(TableName=bar.outputs["configTableName"], Item=item)


def put_menu(bar: Bar, value: Any) -> None:
    item = {"PK": {"S": "menu"}, "value": value}
    bar.clients.dynamodb.put_item(TableName=bar.outputs["configTableName"], Item=item)


def test_a_drink_that_is_switched_off_is_not_on_the_menu(bar: Bar, waiting: str, menu: list[Any]) -> None:
    for drink in menu:
        drink["M"]["available"] = {"BOOL": False}
    put_menu(bar, {"L": menu})
    before = bar.row(waiting)
    assert bar.asked("", waiting, user="1")["reason"] == "NotOnTheMenu"
    assert bar.row(waiting) == before


@pytest.mark.parametrize("broken", ["missing", "text", "a drink without a name"])
def test_a_broken_menu_is_a_fault_of_ours_and_changes_nothing(
    bar: Bar, waiting: str, menu: list[Any], broken: str
) -> None:
    match broken:
        case "missing":
            bar.clients.dynamodb.delete_item(**menu_key(bar))
        case "text":
            put_menu(bar, {"S": "Latte"})
        case _:
            del menu[0]["M"]["drink"]
            put_menu(bar, {"L": menu})
    before = bar.row(waiting)
    assert bar.end_of(bar.ask("", waiting, user="1"))["status"] == "FAILED"
    assert bar.row(waiting) == before


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "closed": {"storeOpen": {"BOOL": False}},
    "open in words": {"storeOpen": {"S": "true"}},
    "not said to be open": {"storeOpen": None},
    "a number of places in words": {"maxOrdersInQueue": {"S": "20"}},
    "no number of places": {"maxOrdersInQueue": None},
}


@pytest.mark.parametrize("name", [*CONFIGURATIONS, "no configuration at all"])
def test_a_shop_that_does_not_say_it_is_open_is_closed(bar: Bar, name: str) -> None:
    if name in CONFIGURATIONS:
        bar.configure(**CONFIGURATIONS[name])
    else:
        bar.clients.dynamodb.delete_item(
            TableName=bar.outputs["configTableName"], Key={"PK": {"S": "config"}}
        )
    order_id, before = bar.new_id(), bar.queue()
    bar.scan(order_id)
    row = until("the order's row", lambda: bar.row(order_id))
    bar.end_of(row["executionId"])
    row = bar.row(order_id)
    assert (row["ORDERSTATE"], row["reason"]) == ("REJECTED", "closed")
    assert bar.ends_told()[order_id] == ["OrderProcessor.ShopUnavailable"]
    assert bar.queue() == before


@pytest.mark.parametrize("places", ["-1", "0", "0.5"])
def test_less_than_one_place_is_none(bar: Bar, places: str) -> None:
    bar.configure(maxOrdersInQueue={"N": places})
    order_id = bar.new_id()
    bar.scan(order_id)
    row = until("the order's row", lambda: bar.row(order_id))
    bar.end_of(row["executionId"])
    assert bar.row(order_id)["reason"] == "at capacity"


def test_the_order_that_all_bad_requests_were_about_is_as_it_was(bar: Bar, waiting: str) -> None:
    row = bar.row(waiting)
    assert row.keys() == {
        "PK", "SK", "USERID", "ORDERSTATE", "executionId", "createdAt", "TaskToken", "tokenIssuedAt", "TS",
    }  # fmt: skip
    assert bar.asked("cancel", waiting, user="1")["accepted"]
    bar.end_of(row["executionId"])
