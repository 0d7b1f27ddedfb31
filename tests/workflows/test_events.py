"""The contracts of the events: who sends what, and that each detail has a schema which holds."""

from __future__ import annotations

import jsonschema
import pytest

from dsl import DefinitionError
from workflows import events, order_manager, order_processor

FROM_OUTSIDE = {"Validator.NewOrder"}
FROM_FUNCTIONS = {"OrderManager.WaitingCompletion"}

EXAMPLES: dict[str, dict[str, object]] = {
    "Validator.NewOrder": {"userId": "1", "orderId": "2"},
    "OrderProcessor.WorkflowStarted": {
        "userId": "1",
        "orderId": "2",
        "TaskToken": "t",
        "tokenIssuedAt": "2026-11-22T07:18:12.123Z/0",
        "executionId": "arn:aws:states:eu-west-1:123456789012:execution:OrderProcessorWorkflow:x",
    },
    "OrderProcessor.ShopUnavailable": {"userId": "1", "orderId": "2", "reason": "at capacity"},
    "OrderProcessor.OrderTimeOut": {"userId": "1", "orderId": "2", "waitedFor": "barista"},
    "OrderProcessor.OrderFinished": {"userId": "1", "orderId": "2", "orderNumber": 7},
    "OrderManager.WaitingCompletion": {
        "userId": "1",
        "orderId": "2",
        "orderNumber": 7,
        "drinkOrder": {"userId": "1", "drink": "Latte", "modifiers": []},
    },
    "OrderManager.OrderRejected": {"orderId": "2", "userId": "1", "action": "make", "reason": "NotReady"},
}


def sent_by_the_workflows() -> set[str]:
    """Return the detail-types that tasks of the two workflows put on the bus."""
    found: set[str] = set()
    for machine in (order_processor, order_manager):
        found |= {
            detail_type
            for detail_type in events.contract.events
            if f'"DetailType": "{detail_type}"' in machine.to_json()
        }
    return found


def test_every_event_is_sent_by_a_workflow_a_function_or_the_world_outside() -> None:
    assert sent_by_the_workflows() | FROM_OUTSIDE | FROM_FUNCTIONS == set(events.contract.events)


@pytest.mark.parametrize("detail_type", events.schemas())
def test_every_schema_is_a_valid_json_schema(detail_type: str) -> None:
    jsonschema.Draft202012Validator.check_schema(events.schemas()[detail_type])


@pytest.mark.parametrize(("detail_type", "detail"), EXAMPLES.items(), ids=EXAMPLES)
def test_an_example_fits_its_schema(detail_type: str, detail: dict[str, object]) -> None:
    jsonschema.validate(detail, events.schemas()[detail_type])


@pytest.mark.parametrize(
    "detail",
    [{"userId": "1"}, {"userId": 1, "orderId": "2"}, {"userId": "1", "orderId": "2", "drink": "Latte"}],
    ids=["a field is missing", "a number for a string", "an unknown field"],
)
def test_a_detail_that_does_not_fit_is_refused(detail: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(detail, events.schemas()["Validator.NewOrder"])


def test_an_event_with_a_misspelt_field_cannot_be_written() -> None:
    with pytest.raises(DefinitionError, match=r"has no field 'orderID' \(did you mean 'orderId'\?\)"):
        events.OrderCancelled(userId="1", orderID="2")


def test_an_event_with_an_unknown_reason_cannot_be_written() -> None:
    with pytest.raises(DefinitionError, match="takes closed or at capacity as reason"):
        events.ShopUnavailable(userId="1", orderId="2", reason="too late")
