"""OrderEnded closes the books on an order whose execution was stopped, failed or timed out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

import workflows.events
from handlers import aws, order_ended
from handlers.contract import MalformedEventError
from handlers.order_ended import BrokenRowError, handler

if TYPE_CHECKING:
    from tests.handlers.conftest import Shop

EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:OrderProcessorWorkflow:first"
OTHER_EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:OrderProcessorWorkflow:second"
INPUT = {"detail-type": "Validator.NewOrder", "detail": {"userId": "1", "orderId": "2"}}
ENDS: tuple[dict[str, Any], ...] = (
    {"ORDERSTATE": {"S": "CREATED"}},
    {"ORDERSTATE": {"S": "COMPLETED"}, "orderNumber": {"N": "7"}},
    {"ORDERSTATE": {"S": "TIMED_OUT"}, "reason": {"S": "customer"}},
    {"ORDERSTATE": {"S": "REJECTED"}, "reason": {"S": "closed"}},
)
CANCELLED = ("OrderProcessor.OrderCancelled", {"userId": "1", "orderId": "2"})


def event(status: str = "ABORTED", *, given: object = INPUT, **changes: object) -> dict[str, Any]:
    detail: dict[str, object] = {
        "executionArn": EXECUTION,
        "status": status,
        "input": json.dumps(given),
        "inputDetails": {"included": True},
    }
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": detail | changes,
    }


@pytest.mark.parametrize("state", ["CREATED", "WAITING_COMPLETION"])
@pytest.mark.parametrize(("status", "reason"), [("ABORTED", "aborted"), ("FAILED", "failed")])
def test_an_open_order_is_cancelled_for_the_reason_its_execution_ended(
    shop: Shop, state: str, status: str, reason: str
) -> None:
    shop.register(ORDERSTATE={"S": state})
    assert handler(event(status), None) == {"announced": "OrderProcessor.OrderCancelled"}
    row = shop.row()
    assert (row["ORDERSTATE"], row["reason"]) == ({"S": "CANCELLED"}, {"S": reason})
    assert shop.heard() == [CANCELLED]


@pytest.mark.parametrize(
    ("attributes", "waited_for"), [({}, "customer"), ({"drinkOrder": {"S": "{}"}}, "barista")]
)
def test_an_execution_that_timed_out_times_the_order_out(
    shop: Shop, attributes: dict[str, Any], waited_for: str
) -> None:
    shop.register(**attributes)
    handler(event("TIMED_OUT"), None)
    assert shop.row()["ORDERSTATE"] == {"S": "TIMED_OUT"}
    assert shop.heard() == [
        ("OrderProcessor.OrderTimeOut", {"userId": "1", "orderId": "2", "waitedFor": waited_for})
    ]


@pytest.mark.parametrize(
    ("attributes", "announced"),
    [
        (
            {"ORDERSTATE": {"S": "COMPLETED"}, "orderNumber": {"N": "7"}},
            ("OrderProcessor.OrderFinished", {"userId": "1", "orderId": "2", "orderNumber": 7}),
        ),
        ({"ORDERSTATE": {"S": "CANCELLED"}}, CANCELLED),
        (
            {"ORDERSTATE": {"S": "TIMED_OUT"}, "reason": {"S": "barista"}},
            ("OrderProcessor.OrderTimeOut", {"userId": "1", "orderId": "2", "waitedFor": "barista"}),
        ),
        (
            {"ORDERSTATE": {"S": "REJECTED"}, "reason": {"S": "at capacity"}},
            ("OrderProcessor.ShopUnavailable", {"userId": "1", "orderId": "2", "reason": "at capacity"}),
        ),
    ],
)
def test_an_order_that_ended_unannounced_is_announced_as_what_the_row_says(
    shop: Shop, attributes: dict[str, Any], announced: tuple[str, dict[str, object]]
) -> None:
    shop.register(**attributes)
    before = shop.row()
    assert handler(event("FAILED"), None) == {"announced": announced[0]}
    after = shop.row()
    assert after.pop("announcedAt")
    assert after == before
    assert shop.heard() == [announced]


def test_the_place_in_the_queue_is_given_back_and_nobody_else_s(shop: Shop) -> None:
    shop.register()
    shop.queue_up("1", "2", "3")
    handler(event(), None)
    assert shop.queue() == {"1", "3"}


def test_the_last_place_can_be_given_back(shop: Shop) -> None:
    shop.register()
    shop.queue_up("2")
    handler(event(), None)
    assert shop.queue() == set()


@pytest.mark.parametrize("orders", [{"S": "2"}, {"L": [{"S": "2"}]}, {"N": "1"}])
def test_a_queue_that_is_no_set_is_a_fault_once_the_end_is_announced(shop: Shop, orders: Any) -> None:
    shop.register()
    shop.dynamodb.put_item(
        TableName=shop.counting_table, Item={"PK": {"S": "activeOrders"}, "orders": orders}
    )
    with pytest.raises(BrokenRowError, match="activeOrders"):
        handler(event(), None)
    assert shop.heard() == [CANCELLED]
    assert "announcedAt" in shop.row()
    # Mended by a hand: the redelivery gives the place back, and announces nothing again.
    shop.queue_up("1", "2")
    assert handler(event(), None)["announced"] is None
    assert shop.queue() == {"1"}
    assert shop.heard() == []


def test_a_redelivery_finds_the_end_announced_and_does_nothing(shop: Shop) -> None:
    shop.register()
    handler(event(), None)
    before = shop.row()
    assert handler(event(), None) == {"announced": None, "reason": "the end was announced before"}
    assert shop.row() == before
    assert shop.heard() == [CANCELLED]


def test_a_crash_before_the_event_is_mended_by_the_redelivery(shop: Shop) -> None:
    shop.register()
    shop.queue_up("2")
    with Stubber(aws.eventbridge()) as stub:
        stub.add_client_error("put_events", service_error_code="InternalException")
        with pytest.raises(ClientError, match="InternalException"):
            handler(event(), None)
    assert "announcedAt" not in shop.row()
    handler(event(), None)
    assert "announcedAt" in shop.row()
    assert shop.heard() == [CANCELLED]
    assert shop.queue() == set()


def test_a_barista_who_completes_while_the_execution_is_stopped_wins(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is completed after this function has read it and before it writes."""
    shop.register(ORDERSTATE={"S": "WAITING_COMPLETION"}, orderNumber={"N": "7"})
    read = order_ended._row

    def read_then_lose_the_race(order_id: str) -> Any:
        row = read(order_id)
        shop.register(ORDERSTATE={"S": "COMPLETED"}, orderNumber={"N": "7"})
        return row

    monkeypatch.setattr(order_ended, "_row", read_then_lose_the_race)
    handler(event(), None)
    assert shop.row()["ORDERSTATE"] == {"S": "COMPLETED"}
    assert shop.heard() == [
        ("OrderProcessor.OrderFinished", {"userId": "1", "orderId": "2", "orderNumber": 7})
    ]


def test_a_duplicate_s_execution_says_nothing_about_the_order(shop: Shop) -> None:
    shop.register()
    shop.queue_up("2")
    before = shop.row()
    assert handler(event(executionArn=OTHER_EXECUTION), None)["announced"] is None
    assert shop.row() == before
    assert shop.queue() == {"2"}
    assert shop.heard() == []


def test_an_execution_that_registered_nothing_needs_nothing(shop: Shop) -> None:
    assert handler(event("FAILED"), None)["announced"] is None
    assert shop.row() == {}
    assert shop.heard() == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        [],
        "text",
        None,
        {"detail": None},
        {"detail": {"orderId": 2}},
        {"detail": {"orderId": ""}},
        {"detail": {"orderId": "é" * 513}},
        {"detail": {"orderId": "\ud800"}},
    ],
)
def test_an_input_that_names_no_order_needs_nothing(shop: Shop, given: object) -> None:
    assert handler(event("FAILED", given=given), None)["announced"] is None
    assert shop.heard() == []


def test_an_input_too_long_for_the_event_is_fetched(shop: Shop) -> None:
    machine = shop.states.create_state_machine(
        name=f"fails-{shop.suffix}",
        roleArn="arn:aws:iam::000000000000:role/any",
        definition=json.dumps({"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Any"}}}),
    )["stateMachineArn"]
    execution = shop.states.start_execution(stateMachineArn=machine, input=json.dumps(INPUT))["executionArn"]
    shop.register(executionId={"S": execution})
    left_out = event("FAILED", executionArn=execution, input=None, inputDetails={"included": False})
    assert handler(left_out, None) == {"announced": "OrderProcessor.OrderCancelled"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"executionArn": None}, "detail.executionArn"),
        ({"status": None}, "detail.status"),
        ({"status": "SUCCEEDED"}, "detail.status"),
        ({"status": "RUNNING"}, "detail.status"),
        ({"input": {"detail": {}}}, "detail.input"),
    ],
)
def test_a_malformed_event_is_an_error_that_names_the_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(MalformedEventError) as caught:
        handler(event(**{"status": "FAILED", **changes}), None)  # type: ignore[arg-type]
    assert caught.value.field == field


@pytest.mark.parametrize("state", ["REJECTED", "TIMED_OUT"])
def test_an_end_without_a_known_reason_is_never_announced(shop: Shop, state: str) -> None:
    shop.register(ORDERSTATE={"S": state}, reason={"S": "rain"})
    with pytest.raises(BrokenRowError, match=r"^reason is neither"):
        handler(event("FAILED"), None)
    assert shop.heard() == []


def test_what_is_announced_fits_its_contract(shop: Shop) -> None:
    schemas = workflows.events.schemas()
    for order_id, attributes in enumerate(ENDS):
        shop.register(str(order_id), **attributes)
        handler(event("FAILED", given={"detail": {"orderId": str(order_id)}}), None)
    heard = shop.heard()
    assert len(heard) == len(ENDS)
    for detail_type, detail in heard:
        jsonschema.validate(detail, schemas[detail_type])


def test_an_event_that_the_bus_did_not_take_leaves_the_order_unannounced(shop: Shop) -> None:
    shop.register()
    with Stubber(aws.eventbridge()) as stub:
        stub.add_response("put_events", {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "Throttled"}]})
        with pytest.raises(aws.EventNotAcceptedError, match="OrderCancelled: Throttled"):
            handler(event(), None)
    assert "announcedAt" not in shop.row()
