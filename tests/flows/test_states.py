"""Single states by AWS's TestState, with the answers of the test cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsl.mocks import throws
from workflows.cases import manager_cases, processor_cases

if TYPE_CHECKING:
    from stepfunctions_local_client import JsonObject
    from tests.flows.conftest import Flow

REQUEST: JsonObject = {
    "action": "",
    "orderId": "2",
    "body": {"userId": "1"},
    "getMenu": {"Item": {"value": {"L": []}}},
}


@pytest.fixture(autouse=True)
def takes_mocks(on_ministack: None) -> None:
    """LocalStack's TestState knows no mocks; see docs/engines.md."""


def test_a_sanitized_drink_is_kept_for_the_next_state(manager: Flow) -> None:
    answer = manager_cases["Chosen"]["Sanitize order"]
    run = manager.machine.run_state("Sanitize order", REQUEST, mock=answer)
    run.expect_succeeded().expect_next("Is Order Valid?")
    assert isinstance(run.output, dict)
    verdict = run.output["sanitizeOrder"]
    assert isinstance(verdict, dict)
    assert verdict["Payload"] == answer.last.result["Payload"]  # type: ignore[index,call-overload]


def test_a_refused_write_leads_to_the_question_why(manager: Flow) -> None:
    answer = manager_cases["ChosenForNoOrder"]["Store the drink"]
    drink: JsonObject = {"Payload": {"drinkOrder": "{}", "valid": True}}
    run = manager.machine.run_state("Store the drink", REQUEST | {"sanitizeOrder": drink}, mock=answer)
    run.expect_caught("DynamoDB.ConditionalCheckFailedException").expect_next("Read the order - choosing")


def test_a_fault_that_passes_is_one_to_be_tried_again(processor: Flow) -> None:
    event = processor_cases["HandedOver"].input
    run = processor.machine.run_state("Register order", event, mock=throws("DynamoDB.ThrottlingException"))
    run.expect_retried("DynamoDB.ThrottlingException")


def test_a_request_without_an_action_is_unreadable(manager: Flow) -> None:
    manager.machine.run_state("Decide Action", {}).expect_next("Emit - unreadable request refused")
