"""WorkflowStarted keeps the first task token, whatever order the world delivers things in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from handlers import aws
from handlers.contract import MalformedEventError
from handlers.workflow_started import handler

if TYPE_CHECKING:
    from tests.handlers.conftest import Shop

EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:OrderProcessorWorkflow:first"
OTHER_EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:OrderProcessorWorkflow:second"
FIRST = "2026-11-22T07:18:12.123Z/0"
LATER = "2026-11-22T07:18:15.001Z/0"
TOKEN = "secret-token-of-order-2"


@pytest.fixture
def shop(quiet_shop: Shop) -> Shop:
    """Provide an empty shop: this function publishes nothing."""
    return quiet_shop


def event(**changes: object) -> dict[str, Any]:
    detail: dict[str, object] = {
        "userId": "1",
        "orderId": "2",
        "TaskToken": TOKEN,
        "tokenIssuedAt": FIRST,
        "executionId": EXECUTION,
    }
    return {"detail-type": "OrderProcessor.WorkflowStarted", "detail": detail | changes}


def test_the_token_of_a_registered_order_is_stored_with_its_time_of_issue(shop: Shop) -> None:
    shop.register()
    assert handler(event(), None) == {"stored": True}
    row = shop.row()
    assert row["TaskToken"] == {"S": TOKEN}
    assert row["tokenIssuedAt"] == {"S": FIRST}
    assert row["ORDERSTATE"] == {"S": "CREATED"}


def test_each_write_is_stamped_in_milliseconds(shop: Shop) -> None:
    shop.register()
    handler(event(), None)
    item = shop.dynamodb.get_item(TableName=shop.order_table, Key={"PK": {"S": "orders"}, "SK": {"S": "2"}})[
        "Item"
    ]
    assert 1_700_000_000_000 < int(item["TS"]["N"]) < 10_000_000_000_000


def test_a_redelivery_writes_nothing(shop: Shop) -> None:
    shop.register()
    handler(event(), None)
    before = shop.row()
    assert handler(event(), None)["stored"] is False
    assert shop.row() == before


def test_a_retried_step_s_newer_token_replaces_the_older_one(shop: Shop) -> None:
    shop.register()
    handler(event(), None)
    assert (
        handler(event(TaskToken="newer", tokenIssuedAt="2026-11-22T07:18:12.123Z/1"), None)["stored"] is True
    )
    assert shop.row()["TaskToken"] == {"S": "newer"}


def test_an_older_token_that_comes_late_replaces_nothing(shop: Shop) -> None:
    shop.register()
    handler(event(TaskToken="newer", tokenIssuedAt=LATER), None)
    answer = handler(event(), None)
    assert answer["stored"] is False
    assert answer["reason"] == "the row has this token or a newer one"
    assert shop.row()["TaskToken"] == {"S": "newer"}


def test_a_whole_second_is_older_than_the_milliseconds_after_it(shop: Shop) -> None:
    shop.register()
    handler(event(tokenIssuedAt="2026-11-22T07:18:12Z/0"), None)
    assert handler(event(tokenIssuedAt="2026-11-22T07:18:12.001Z/0"), None)["stored"] is True


@pytest.mark.parametrize("issued", ["9999-12-31T23:59:59.999Z/9", "in two minutes"])
def test_a_token_from_the_future_keeps_no_real_one_out(shop: Shop, issued: str) -> None:
    shop.register()
    before = shop.row()
    if issued == "in two minutes":
        later = datetime.now(UTC) + timedelta(minutes=2)
        issued = f"{later.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z/0"
    answer = handler(event(TaskToken="forged", tokenIssuedAt=issued), None)
    assert answer == {
        "stored": False,
        "reason": "the token claims to be issued in the future",
        "executionTold": False,
    }
    assert shop.row() == before
    assert handler(event(), None)["stored"] is True


def test_a_clock_that_is_some_seconds_ahead_is_believed(shop: Shop) -> None:
    shop.register()
    soon = datetime.now(UTC) + timedelta(seconds=30)
    issued = f"{soon.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z/0"
    assert handler(event(tokenIssuedAt=issued), None)["stored"] is True


@pytest.mark.parametrize(
    ("created", "issued", "stored"),
    [
        ("2026-11-22T07:18:12.123Z", "2026-11-22T07:18:12.122Z/0", False),
        ("2026-11-22T07:18:12.123Z", "2026-11-22T07:18:12.123Z/0", True),
        ("2026-11-22T07:18:12.123Z", "2026-11-22T07:18:12Z/0", False),
        ("2026-11-22T07:18:12Z", "2026-11-22T07:18:12.000Z/0", True),
        ("2026-11-22T07:18:12Z", "2026-11-22T07:18:12Z/0", True),
        ("2026-11-22T07:18:12Z", "2026-11-22T07:18:11.999Z/0", False),
        ("2026-11-22T07:18:12.9Z", "2026-11-22T07:18:13Z/0", True),
        ("2026-11-22T07:18:12.5Z", "0001-01-01T00:00:00Z/0", False),
    ],
)
def test_a_token_is_not_older_than_its_order(shop: Shop, created: str, issued: str, stored: bool) -> None:
    shop.register(createdAt={"S": created})
    before = shop.row()
    answer = handler(event(tokenIssuedAt=issued), None)
    assert answer["stored"] is stored
    if not stored:
        assert answer["reason"] == "the token is older than the order"
        assert shop.row() == before


def test_moments_are_compared_and_not_texts_that_merely_sort(shop: Shop) -> None:
    shop.register()
    handler(event(TaskToken="older", tokenIssuedAt="2026-11-22T07:18:12.1Z/0"), None)
    assert handler(event(TaskToken="newer", tokenIssuedAt="2026-11-22T07:18:12.123456Z/0"), None)["stored"]
    assert not handler(event(TaskToken="late", tokenIssuedAt="2026-11-22T07:18:12.11Z/0"), None)["stored"]
    assert shop.row()["TaskToken"] == {"S": "newer"}


@pytest.mark.parametrize("state", ["WAITING_COMPLETION", "COMPLETED", "TIMED_OUT", "REJECTED", "CANCELLED"])
def test_an_order_past_its_beginning_is_left_alone(shop: Shop, state: str) -> None:
    shop.register(ORDERSTATE={"S": state})
    before = shop.row()
    assert handler(event(), None)["stored"] is False
    assert shop.row() == before


def test_an_order_of_another_execution_is_left_alone(shop: Shop) -> None:
    shop.register()
    before = shop.row()
    answer = handler(event(executionId=OTHER_EXECUTION), None)
    assert answer == {
        "stored": False,
        "reason": "the order belongs to another execution",
        "executionTold": False,
    }
    assert shop.row() == before


def test_an_unknown_order_is_not_created(shop: Shop) -> None:
    answer = handler(event(), None)
    assert answer["reason"] == "there is no such order"
    assert shop.row() == {}


def test_an_order_cancelled_before_its_token_came_releases_the_waiting_execution(shop: Shop) -> None:
    execution, token = shop.waiting_execution()
    shop.register(ORDERSTATE={"S": "CANCELLED"}, executionId={"S": execution})
    answer = handler(event(executionId=execution, TaskToken=token), None)
    assert answer == {"stored": False, "reason": "the order is CANCELLED", "executionTold": True}
    end = shop.end_of(execution)
    assert (end["status"], end["error"]) == ("FAILED", "OrderCancelled")
    assert "TaskToken" not in shop.row()


def test_a_cancelled_order_of_another_execution_releases_nobody(shop: Shop) -> None:
    _, token = shop.waiting_execution()
    shop.register(ORDERSTATE={"S": "CANCELLED"})
    answer = handler(event(executionId=OTHER_EXECUTION, TaskToken=token), None)
    assert answer["executionTold"] is False


@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut", "InvalidToken"])
def test_a_token_that_nobody_waits_on_any_more_is_no_error(shop: Shop, code: str) -> None:
    shop.register(ORDERSTATE={"S": "CANCELLED"})
    with Stubber(aws.stepfunctions()) as stub:
        stub.add_client_error("send_task_failure", service_error_code=code)
        assert handler(event(), None)["executionTold"] is False


def test_a_step_functions_that_cannot_be_told_is_an_error_without_the_token(shop: Shop) -> None:
    shop.register(ORDERSTATE={"S": "CANCELLED"})
    with Stubber(aws.stepfunctions()) as stub:
        stub.add_client_error(
            "send_task_failure",
            service_error_code="ValidationException",
            service_message=f"Value '{TOKEN}' at",
        )
        with pytest.raises(aws.TaskNotFailedError) as caught:
            handler(event(), None)
    assert caught.value.code == "ValidationException"
    assert TOKEN not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_failing_table_is_an_error_so_that_the_event_comes_again(shop: Shop) -> None:
    with Stubber(aws.dynamodb()) as stub:
        stub.add_client_error("update_item", service_error_code="ProvisionedThroughputExceededException")
        with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
            handler(event(), None)


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"orderId": None}, "detail.orderId", "is missing"),
        ({"orderId": 2}, "detail.orderId", "is not a string"),
        ({"orderId": ""}, "detail.orderId", "is empty"),
        ({"orderId": "é" * 513}, "detail.orderId", "is longer than 1024 bytes"),
        ({"orderId": "\ud800"}, "detail.orderId", "is not valid Unicode"),
        ({"TaskToken": None}, "detail.TaskToken", "is missing"),
        ({"TaskToken": [TOKEN]}, "detail.TaskToken", "is not a string"),
        ({"TaskToken": TOKEN * 200}, "detail.TaskToken", "is longer than 2048 bytes"),
        ({"executionId": None}, "detail.executionId", "is missing"),
        ({"tokenIssuedAt": "2026-02-30T07:18:12Z/0"}, "detail.tokenIssuedAt", "is no moment of any calendar"),
        ({"tokenIssuedAt": "2026-11-22T25:00:00Z/0"}, "detail.tokenIssuedAt", "is no moment of any calendar"),
        ({"tokenIssuedAt": "yesterday"}, "detail.tokenIssuedAt", "is not a UTC time, a slash and a digit"),
        ({"tokenIssuedAt": "2026-11-22T07:18:12.123Z/10"}, "detail.tokenIssuedAt", "is not a UTC time"),
    ],
)
def test_a_malformed_event_is_an_error_that_names_the_field(
    changes: dict[str, object], field: str, problem: str
) -> None:
    with pytest.raises(MalformedEventError) as caught:
        handler(event(**changes), None)
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{field} {problem}")
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("broken", [{}, {"detail": None}, {"detail": "text"}, {"detail": []}])
def test_an_event_without_a_detail_object_is_an_error(broken: dict[str, object]) -> None:
    with pytest.raises(MalformedEventError, match=r"^detail is"):
        handler(broken, None)


def test_what_was_decided_is_one_line_of_json_without_the_token(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.register()
    handler(event(), None)
    handler(event(), None)
    lines = capsys.readouterr().out.splitlines()
    stored, left = (json.loads(line) for line in lines)
    assert (stored["decision"], stored["orderId"]) == ("stored the first token", "2")
    assert (left["decision"], left["reason"]) == (
        "left the row as it is",
        "the row has this token or a newer one",
    )
    assert TOKEN not in "".join(lines)


def test_a_log_line_shortens_the_order_id_it_was_given(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    handler(event(orderId="x" * 1000), None)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["orderId"] == "x" * 120
