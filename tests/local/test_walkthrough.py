"""The walkthrough, against the emulator with real functions and rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.orders.executions import WorkflowExecution
from local.orders.problems import OrderError
from local.orders.walkthrough import ManagerInput, Scan, StepFailed, steps, walk

if TYPE_CHECKING:
    from tests.local.conftest import Deployed


def test_the_steps_send_what_the_public_walkthrough_says_to_the_letter() -> None:
    sent = [step.sends for step in steps()]
    assert [type(item) for item in sent] == [
        Scan,
        type(None),
        ManagerInput,
        type(None),
        ManagerInput,
        ManagerInput,
    ]
    cappuccino = (
        '{"userId":"1","drink":"Cappuccino","modifiers":[],"icon":"barista-icons_cappuccino-alternative"}'
    )
    assert [
        json.dumps(item.document, separators=(",", ":")) for item in sent if isinstance(item, ManagerInput)
    ] == [
        f'{{"action":"","body":{cappuccino},"orderId":"2","baristaUserId":"3"}}',
        '{"action":"make","body":{},"orderId":"2","baristaUserId":"3"}',
        f'{{"action":"complete","body":{cappuccino},"orderId":"2","baristaUserId":"3"}}',
    ]
    assert sent[0] == Scan(order_id="2", user_id="1")


def test_an_order_goes_from_the_scan_to_the_hand_over(deployed: Deployed) -> None:
    order_id = deployed.new_id()
    results = list(walk(deployed.orders, order_id=order_id, deadline=20))

    assert [result.step.number for result in results] == [1, 2, 3, 4, 5, 6]
    assert results[0].sent == {
        "source": "awsserverlessda.serverlesspresso",
        "detail-type": "Validator.NewOrder",
        "detail": {"userId": "1", "orderId": order_id},
    }
    rows = [result.seen.row for result in results]
    assert [row.state for row in rows[1:] if row is not None] == [
        "CREATED",
        *(["CREATED"] if rows[2] is not None and rows[2].state == "CREATED" else ["WAITING_COMPLETION"]),
        "WAITING_COMPLETION",
        "WAITING_COMPLETION",
        "COMPLETED",
    ]
    last = results[-1].seen
    assert last.processor is not None
    assert last.processor.status == "SUCCEEDED"
    passed = [
        state.name for _, states in (item for result in results for item in result.passed) for state in states
    ]
    for name in (
        "DynamoDB Get Shop status",
        "Shop Open?",
        "Emit - Workflow Started TT",
        "Decide Action",
        "Sanitize order",
        "Is Order Valid?",
        "Generate Order Number",
        "Emit - Awaiting Completion TT",
        "Emit - order finished",
    ):
        assert name in passed


def test_an_order_that_is_handed_over_announces_each_thing_once_and_its_end_last(deployed: Deployed) -> None:
    order_id = deployed.new_id()
    list(walk(deployed.orders, order_id=order_id, deadline=20))
    deployed.bus.event(
        "the last event",
        lambda event: (
            event["detail-type"] == "OrderProcessor.OrderFinished" and event["detail"]["orderId"] == order_id
        ),
    )
    assert sorted(deployed.bus.about(order_id)) == [
        "OrderManager.MakeOrder",
        "OrderManager.OrderCompleted",
        "OrderManager.WaitingCompletion",
        "OrderProcessor.OrderFinished",
        "OrderProcessor.WaitingCompletion",
        "OrderProcessor.WorkflowStarted",
        "Validator.NewOrder",
    ]


def test_the_walkthrough_stays_within_its_transitions(deployed: Deployed) -> None:
    results = list(walk(deployed.orders, order_id=deployed.new_id(), deadline=20))
    processor = results[-1].seen.processor
    assert processor is not None
    assert processor.states is not None
    assert len(processor.states) <= 11
    managers = [result.passed[0][1] for result in results if result.seen.outcome is not None]
    assert [len(states) <= most for states, most in zip(managers, (6, 3, 4), strict=True)] == [True] * 3


def test_no_step_shows_a_task_token(deployed: Deployed) -> None:
    order_id = deployed.new_id()
    tokens: set[str] = set()
    shown = ""
    for result in walk(deployed.orders, order_id=order_id, deadline=20):
        tokens.add(deployed.raw_row(order_id).get("TaskToken", {}).get("S", ""))
        shown += repr(result)
    tokens.discard("")
    assert len(tokens) == 2
    # Not `assert token not in shown`: a failure would print it.
    assert not [True for token in tokens if token in shown]


def test_an_order_id_that_is_taken_is_refused_before_anything_is_sent(deployed: Deployed) -> None:
    order_id = deployed.waiting_for_customer()
    with pytest.raises(OrderError, match=r"There is an order \d+ already"):
        next(walk(deployed.orders, order_id=order_id))


def test_a_step_that_does_not_happen_names_itself_and_what_is_missing(deployed: Deployed) -> None:
    config = {"TableName": deployed.stack.config_table, "Key": {"PK": {"S": "config"}}}
    tables = deployed.client("dynamodb")
    close = {"UpdateExpression": "SET storeOpen = :open", **config}
    tables.update_item(**close, ExpressionAttributeValues={":open": {"BOOL": False}})
    try:
        with pytest.raises(StepFailed) as failed:
            list(walk(deployed.orders, order_id=deployed.new_id(), deadline=5))
    finally:
        tables.update_item(**close, ExpressionAttributeValues={":open": {"BOOL": True}})
    assert failed.value.step.number == 2
    assert "the row says CREATED" in failed.value.missing
    assert str(failed.value).startswith("Step 2 (The workflow checks the shop")
    assert isinstance(failed.value.execution, WorkflowExecution)
