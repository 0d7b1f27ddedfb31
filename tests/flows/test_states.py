"""Single states by AWS's TestState, with the answers of the test cases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dsl.mocks import throws
from workflows.cases import manager_cases, processor_cases

if TYPE_CHECKING:
    from stepfunctions_local_client import JsonObject, StateResult
    from tests.flows.conftest import Flow

REQUEST: JsonObject = {
    "action": "",
    "orderId": "2",
    "body": {"userId": "1"},
    "getMenu": {"Item": {"value": {"L": []}}},
}


@pytest.fixture(autouse=True)
def takes_mocks(takes_mocks_in_teststate: None) -> None:
    """LocalStack's TestState knows no mocks; see docs/engines.md."""


def test_a_sanitized_drink_is_kept_for_the_next_state(manager: Flow) -> None:
    answer = manager_cases["Chosen"]["Sanitize order"]
    run = manager.machine.run_state("Sanitize order", REQUEST, mock=answer)
    run.expect_succeeded().expect_next("Is Order Valid?")
    assert isinstance(run.output, dict)
    verdict = run.output["sanitizeOrder"]
    assert isinstance(verdict, dict)
    assert verdict["Payload"] == answer.last.result["Payload"]


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


def test_what_follows_a_fault_depends_on_the_attempts_that_were_made(processor: Flow) -> None:
    event = processor_cases["HandedOver"].input
    broken = throws("DynamoDB.ThrottlingException", times=5)
    for attempt in range(4):
        run = processor.machine.run_state("Register order", event, mock=broken, attempt=attempt)
        run.expect_retried("DynamoDB.ThrottlingException")
    run = processor.machine.run_state("Register order", event, mock=broken, attempt=4)
    assert (run.status, run.error) == ("FAILED", "DynamoDB.ThrottlingException")


@pytest.mark.parametrize("execution", ["this one", "another"])
def test_who_registered_an_order_is_told_by_the_context_object(processor: Flow, execution: str) -> None:
    found = {"Item": {"executionId": {"S": "this one"}}}
    run = processor.machine.run_state(
        "Registered here?", {"readTheOrderRegistered": found}, context={"Execution": {"Id": execution}}
    )
    run.expect_next("DynamoDB Get Shop status" if execution == "this one" else "Duplicate order")


@pytest.mark.parametrize(
    "workflows", [("processor", "hasty_processor"), ("manager",)], ids=lambda names: names[0]
)
def test_each_state_makes_alone_of_its_input_what_it_makes_in_an_execution(
    workflows: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    flows: list[Flow] = [request.getfixturevalue(name) for name in workflows]
    tried: dict[tuple[str, str | None], StateResult] = {}
    for flow in flows:
        for case, execution in flow.known():
            for step in execution.path:
                mock = flow.book[case].by_name.get(step.name)
                if (step.name, step.following) in tried or (mock is not None and mock.is_real):
                    continue
                if mock is not None and "${RegisteredBefore}" in json.dumps(mock.document()):
                    continue  # it holds the ARN of an execution
                alone = flow.machine.run_state(
                    step.name,
                    step.input,
                    mock=mock,
                    attempt=max(0, step.attempts - 1),
                    context={
                        "Execution": {"Id": execution.arn},
                        "State": {"EnteredTime": "2026-11-28T08:00:00Z", "RetryCount": step.attempts - 1},
                        "Task": {"Token": "mocked"},
                    },
                )
                tried[step.name, step.following] = alone
                if step.catcher is not None:
                    alone.expect_caught(step.failures[-1].error)
                elif step.exited:
                    alone.expect_succeeded(step.output)
                else:
                    assert (alone.status, alone.error) == ("FAILED", execution.error)
                assert alone.following == (step.following or ""), execution.describe()
    assert {state for state, _ in tried} == set(flows[0].machine.definition.states)
