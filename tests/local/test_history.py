"""The states that an execution passed, read from its history."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.masking import mask_token
from local.orders.history import states_passed

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import HistoryEventTypeDef

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def event(second: int, kind: str, **details: Any) -> HistoryEventTypeDef:
    made: Any = {"id": second + 1, "type": kind, "timestamp": START + timedelta(seconds=second), **details}
    return made  # type: ignore[no-any-return]


def entered(second: int, kind: str, name: str) -> HistoryEventTypeDef:
    return event(second, f"{kind}StateEntered", stateEnteredEventDetails={"name": name, "input": "{}"})


def left(second: int, kind: str, name: str) -> HistoryEventTypeDef:
    return event(second, f"{kind}StateExited", stateExitedEventDetails={"name": name, "output": "{}"})


def test_states_come_in_the_order_in_which_they_were_entered() -> None:
    passed = states_passed(
        [
            event(0, "ExecutionStarted"),
            entered(0, "Task", "Get Shop status"),
            event(1, "TaskScheduled"),
            event(1, "TaskStarted"),
            event(2, "TaskSucceeded"),
            left(2, "Task", "Get Shop status"),
            entered(2, "Choice", "Shop Open?"),
            left(3, "Choice", "Shop Open?"),
            event(3, "ExecutionSucceeded"),
        ]
    )
    assert [(state.name, state.kind, state.seconds) for state in passed] == [
        ("Get Shop status", "Task", 2.0),
        ("Shop Open?", "Choice", 1.0),
    ]


def test_a_state_in_which_the_execution_still_is_has_no_end() -> None:
    (passed,) = states_passed([entered(0, "Task", "Wait for the customer"), event(1, "TaskSubmitted")])
    assert passed.left is None
    assert passed.seconds is None


def test_each_visit_of_a_loop_is_a_state_of_its_own() -> None:
    passed = states_passed(
        [
            entered(0, "Pass", "Again"),
            left(1, "Pass", "Again"),
            entered(1, "Pass", "Again"),
            left(3, "Pass", "Again"),
        ]
    )
    assert [state.seconds for state in passed] == [1.0, 2.0]


def test_failed_attempts_are_counted_and_the_last_one_is_told() -> None:
    (passed,) = states_passed(
        [
            entered(0, "Task", "Call"),
            event(
                1, "TaskFailed", taskFailedEventDetails={"error": "Lambda.ServiceException", "cause": "busy"}
            ),
            event(2, "TaskTimedOut", taskTimedOutEventDetails={"error": "States.Timeout"}),
            left(3, "Task", "Call"),
        ]
    )
    assert passed.failures == ("Lambda.ServiceException", "States.Timeout")
    assert passed.failure == "States.Timeout"


def test_what_a_failure_says_holds_no_token() -> None:
    token = "3f0c7f5e-7d9d-4c55-9d7e-2b8a3a0f6a11"
    given = json.dumps({"store": {"Attributes": {"TaskToken": {"S": token}}}})
    (passed,) = states_passed(
        [
            event(0, "TaskStateEntered", stateEnteredEventDetails={"name": "Call", "input": given}),
            event(1, "TaskFailed", taskFailedEventDetails={"error": "E", "cause": f"no task for {token}"}),
        ]
    )
    assert token not in f"{passed.failure}{passed!r}"
    assert mask_token(token) in passed.failure


def test_what_a_failure_says_keeps_what_only_looks_like_a_token() -> None:
    order_id = "3f0c7f5e-7d9d-4c55-9d7e-2b8a3a0f6a11"
    (passed,) = states_passed(
        [
            entered(0, "Task", "Call"),
            event(1, "TaskFailed", taskFailedEventDetails={"error": "E", "cause": f"no order {order_id}"}),
        ]
    )
    assert passed.failure == f"E: no order {order_id}"


def test_an_empty_history_passed_no_states() -> None:
    assert states_passed([event(0, "ExecutionStarted")]) == ()
