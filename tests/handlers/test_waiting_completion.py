"""WaitingCompletion keeps the second task token and the order number, and notifies the baristas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

import workflows.events
from handlers import aws
from handlers.contract import MalformedEventError
from handlers.waiting_completion import handler

if TYPE_CHECKING:
    from tests.handlers.conftest import Shop

EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:OrderProcessorWorkflow:first"
OTHER_EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:OrderProcessorWorkflow:second"
FIRST = "2026-11-22T07:18:12.123Z/0"
SECOND = "2026-11-22T07:19:40.500Z/0"
TOKEN = "secret-second-token"
DRINK = {"userId": "1", "drink": "Cappuccino", "modifiers": ["Oat"], "icon": "a-cup"}
TOLD = (
    "OrderManager.WaitingCompletion",
    {"orderId": "2", "orderNumber": 7, "drinkOrder": DRINK, "userId": "1"},
)


def event(**changes: object) -> dict[str, Any]:
    detail: dict[str, object] = {
        "userId": "1",
        "orderId": "2",
        "TaskToken": TOKEN,
        "tokenIssuedAt": SECOND,
        "executionId": EXECUTION,
        "orderNumber": 7,
    }
    return {"detail-type": "OrderProcessor.WaitingCompletion", "detail": detail | changes}


@pytest.fixture
def chosen(shop: Shop) -> Shop:
    """Provide a shop in which the customer of order 2 has chosen a drink."""
    shop.register(TaskToken={"S": "first"}, tokenIssuedAt={"S": FIRST}, drinkOrder={"S": json.dumps(DRINK)})
    return shop


def test_token_number_and_state_come_into_the_row_in_one_write(chosen: Shop) -> None:
    assert handler(event(), None) == {"stored": True, "published": True}
    row = chosen.row()
    assert row["TaskToken"] == {"S": TOKEN}
    assert row["tokenIssuedAt"] == {"S": SECOND}
    assert row["orderNumber"] == {"N": "7"}
    assert row["ORDERSTATE"] == {"S": "WAITING_COMPLETION"}


def test_the_baristas_hear_the_number_and_the_drink_and_no_token(chosen: Shop) -> None:
    handler(event(), None)
    assert chosen.heard() == [TOLD]


def test_what_the_baristas_hear_fits_its_contract(chosen: Shop) -> None:
    handler(event(), None)
    ((detail_type, detail),) = chosen.heard()
    jsonschema.validate(detail, workflows.events.schemas()[detail_type])


def test_what_the_baristas_hear_comes_from_the_row(chosen: Shop) -> None:
    handler(event(userId="somebody else"), None)
    assert chosen.heard() == [TOLD]


def test_a_redelivery_publishes_again_and_writes_nothing(chosen: Shop) -> None:
    handler(event(), None)
    before = chosen.row()
    answer = handler(event(), None)
    assert (answer["stored"], answer["published"]) == (False, True)
    assert chosen.row() == before
    assert chosen.heard() == [TOLD, TOLD]


def test_a_crash_before_the_event_is_mended_by_the_redelivery(chosen: Shop) -> None:
    with Stubber(aws.eventbridge()) as stub:
        stub.add_client_error("put_events", service_error_code="InternalException")
        with pytest.raises(ClientError, match="InternalException"):
            handler(event(), None)
    assert chosen.heard() == []
    handler(event(), None)
    assert chosen.heard() == [TOLD]


def test_an_event_that_the_bus_did_not_take_is_an_error(chosen: Shop) -> None:
    with Stubber(aws.eventbridge()) as stub:
        stub.add_response(
            "put_events",
            {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": TOKEN}]},
        )
        with pytest.raises(aws.EventNotAcceptedError) as caught:
            handler(event(), None)
    assert caught.value.code == "ThrottlingException"
    assert TOKEN not in str(caught.value)


def test_a_claimed_order_s_redelivery_does_not_take_it_from_the_barista(chosen: Shop) -> None:
    handler(event(), None)
    chosen.dynamodb.update_item(
        TableName=chosen.order_table,
        Key={"PK": {"S": "orders"}, "SK": {"S": "2"}},
        UpdateExpression="SET baristaUserId = :b",
        ExpressionAttributeValues={":b": {"S": "3"}},
    )
    handler(event(), None)
    assert chosen.row()["baristaUserId"] == {"S": "3"}


def test_a_retried_step_s_newer_token_replaces_the_older_one(chosen: Shop) -> None:
    handler(event(), None)
    answer = handler(event(TaskToken="newer", tokenIssuedAt="2026-11-22T07:19:40.500Z/1"), None)
    assert answer["stored"] is True
    assert chosen.row()["TaskToken"] == {"S": "newer"}


def test_the_replaced_token_s_late_redelivery_is_silent(chosen: Shop) -> None:
    handler(event(TaskToken="newer", tokenIssuedAt="2026-11-22T07:19:40.500Z/1"), None)
    chosen.heard()
    answer = handler(event(), None)
    assert (answer["stored"], answer["published"]) == (False, False)
    assert chosen.row()["TaskToken"] == {"S": "newer"}
    assert chosen.heard() == []


def test_an_order_without_a_drink_is_left_alone(shop: Shop) -> None:
    shop.register()
    before = shop.row()
    answer = handler(event(), None)
    assert answer["reason"] == "the order is CREATED and not ready for this token"
    assert shop.row() == before
    assert shop.heard() == []


@pytest.mark.parametrize("state", ["COMPLETED", "TIMED_OUT", "REJECTED", "CANCELLED"])
def test_an_ended_order_is_neither_reopened_nor_announced(chosen: Shop, state: str) -> None:
    handler(event(), None)
    chosen.heard()
    chosen.register(
        ORDERSTATE={"S": state},
        drinkOrder={"S": json.dumps(DRINK)},
        TaskToken={"S": TOKEN},
        tokenIssuedAt={"S": SECOND},
    )
    before = chosen.row()
    answer = handler(event(tokenIssuedAt="2026-11-22T09:00:00.000Z/0"), None)
    assert (answer["stored"], answer["published"]) == (False, False)
    assert chosen.row() == before
    assert chosen.heard() == []


def test_an_order_of_another_execution_is_left_alone(chosen: Shop) -> None:
    before = chosen.row()
    assert handler(event(executionId=OTHER_EXECUTION), None)["published"] is False
    assert chosen.row() == before


def test_an_unknown_order_is_not_created(shop: Shop) -> None:
    assert handler(event(), None)["reason"] == "there is no such order"
    assert shop.row() == {}


def test_an_order_cancelled_between_its_two_tokens_releases_the_waiting_execution(shop: Shop) -> None:
    execution, token = shop.waiting_execution()
    shop.register(ORDERSTATE={"S": "CANCELLED"}, executionId={"S": execution})
    answer = handler(event(executionId=execution, TaskToken=token), None)
    assert answer["executionTold"] is True
    assert shop.end_of(execution)["error"] == "OrderCancelled"


@pytest.mark.parametrize("number", [None, "7", 7.5, True, -1])
def test_an_order_number_that_is_no_whole_number_is_an_error(number: object) -> None:
    with pytest.raises(MalformedEventError, match=r"^detail\.orderNumber is"):
        handler(event(orderNumber=number), None)


def test_no_log_line_carries_the_token(chosen: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    handler(event(), None)
    handler(event(), None)
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["decision"] for line in lines] == [
        "stored the second token and notified the baristas",
        "notified the baristas again",
    ]
    assert TOKEN not in "".join(lines)
