"""The dashboard, and the rules that count for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.recordings import recorded

if TYPE_CHECKING:
    from local.deployer import Recording


@pytest.fixture(scope="module")
def watched() -> Recording:
    """Alice's stack with everything that she can switch on."""
    return recorded("alice", alarms="true", dashboard="true")


def graphs(recording: Recording) -> dict[str, list[Any]]:
    """Return the lines of each graph of the dashboard, by its title."""
    (dashboard,) = recording.of_type("Dashboard")
    widgets = json.loads(str(dashboard.inputs["dashboardBody"]))["widgets"]
    return {widget["properties"]["title"]: widget["properties"]["metrics"] for widget in widgets}


def test_the_dashboard_counts_what_became_of_orders(watched: Recording) -> None:
    lines = graphs(watched)["Orders a minute"]
    bus = "Serverlesspresso-alice"
    assert all(line[:4] == ["AWS/Events", "MatchedEvents", "EventBusName", bus] for line in lines)
    counted = {line[-1]["label"]: line[-2] for line in lines}
    assert counted == {
        "started": "WorkflowStarted-alice",
        "finished": "OrdersFinished-alice",
        "timed out": "OrdersTimedOut-alice",
        "cancelled": "OrdersCancelled-alice",
        "refused: closed or full": "OrdersTurnedAway-alice",
        "requests refused": "RequestsRefused-alice",
    }
    rules = {
        rule.physical_name: json.loads(str(rule.inputs["eventPattern"]))
        for rule in watched.of_type("EventRule")
    }
    details = {label: rules[rule]["detail-type"] for label, rule in counted.items()}
    assert details == {
        "started": ["OrderProcessor.WorkflowStarted"],
        "finished": ["OrderProcessor.OrderFinished"],
        "timed out": ["OrderProcessor.OrderTimeOut"],
        "cancelled": ["OrderProcessor.OrderCancelled"],
        "refused: closed or full": ["OrderProcessor.ShopUnavailable"],
        "requests refused": ["OrderManager.OrderRejected"],
    }


def test_the_dashboard_s_queue_is_what_started_less_what_ended(watched: Recording) -> None:
    (computed,), *counted = graphs(watched)["Orders in the queue, from the left edge on"]
    assert [(line[-1]["id"], line[-2], line[-1]["visible"]) for line in counted] == [
        ("m0", "WorkflowStarted-alice", False),
        ("m1", "OrdersFinished-alice", False),
        ("m2", "OrdersTimedOut-alice", False),
        ("m3", "OrdersCancelled-alice", False),
    ]
    assert computed["expression"] == "RUNNING_SUM(FILL(m0, 0) - FILL(m1, 0) - FILL(m2, 0) - FILL(m3, 0))"


def test_every_metric_on_the_dashboard_is_one_of_a_resource_of_the_stack(watched: Recording) -> None:
    names = {resource.physical_name for resource in watched.resources}
    names |= {str(resource.outputs.get("arn")) for resource in watched.resources}
    for title, lines in graphs(watched).items():
        for line in lines:
            values = line[3:-1:2] if len(line) > 1 else []
            assert set(values) <= names, title


def test_rules_that_only_count_are_declared_with_the_dashboard_alone() -> None:
    recording = recorded("alice", alarms="true")
    assert {rule.name for rule in recording.of_type("EventRule")} == {
        "NewOrder",
        "WorkflowStarted",
        "WaitingCompletion",
        "OrderEnded",
    }
