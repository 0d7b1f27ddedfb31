"""What is told of a state that nobody watched: the event that it published, the attributes that it wrote."""

from __future__ import annotations

import pytest

from local.console.effects import UNKNOWN, StateVisit, published, written

SCANNED = {"detail": {"orderId": "2", "userId": "1"}}
ASKED = {"orderId": "2", "baristaUserId": "3", "body": {"userId": "1"}}


def visit(machine: str, state: str, given: object, *, failed: bool = False) -> StateVisit:
    return StateVisit(machine, state, given, "arn:run", "2026-01-02T03:04:05.678Z", failed)  # type: ignore[arg-type]


def test_the_row_that_registers_an_order_is_told_without_its_key() -> None:
    assert written(visit("processor", "Register order", SCANNED)) == {
        "USERID": "1",
        "ORDERSTATE": "CREATED",
        "executionId": "arn:run",
        "createdAt": "2026-01-02T03:04:05.678Z",
    }


def test_an_update_tells_what_it_sets_and_what_it_removes() -> None:
    assert written(visit("manager", "Unclaim order", ASKED)) == {
        "putBackBy": "arn:run",
        "baristaUserId": None,
    }
    assert written(visit("manager", "Cancel order - customer", ASKED)) == {
        "ORDERSTATE": "CANCELLED",
        "reason": "customer",
        "endedBy": "arn:run",
    }


def test_an_event_is_told_with_its_detail_and_never_with_its_token() -> None:
    event = published(
        visit(
            "processor",
            "Emit - Awaiting Completion TT",
            {**SCANNED, "generateOrderNumber": {"Attributes": {"IDvalue": {"N": "7"}}}},
        )
    )
    assert event is not None
    assert event["type"] == "OrderProcessor.WaitingCompletion"
    assert event["detail"] == {
        "userId": "1",
        "orderId": "2",
        "TaskToken": "****",
        "tokenIssuedAt": "2026-01-02T03:04:05.678Z/0",
        "executionId": "arn:run",
        "orderNumber": 7,
    }


def test_states_of_the_same_name_in_both_workflows_are_told_apart() -> None:
    kinds = [
        (published(visit(machine, "Emit - order cancelled", {})) or {})["type"]
        for machine in ("processor", "manager")
    ]
    assert kinds == ["OrderProcessor.OrderCancelled", "OrderManager.OrderCancelled"]


@pytest.mark.parametrize("state", ["Give back the place", "Claim a place in the queue", "Shop Open?"])
def test_a_state_that_writes_no_order_and_publishes_nothing_tells_nothing(state: str) -> None:
    assert written(visit("processor", state, SCANNED)) is None
    assert published(visit("processor", state, SCANNED)) is None


def test_a_write_that_failed_is_none_but_a_pause_that_timed_out_had_published() -> None:
    assert written(visit("manager", "Claim order", ASKED, failed=True)) is None
    assert published(visit("manager", "Emit - order claimed", ASKED, failed=True)) is None
    assert published(visit("processor", "Emit - Workflow Started TT", SCANNED, failed=True)) is not None


def test_what_the_input_does_not_hold_is_left_open() -> None:
    assert (written(visit("manager", "Claim order", "no object")) or {})["baristaUserId"] == UNKNOWN
