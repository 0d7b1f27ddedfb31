"""The costs: computed from the compiled workflows, and as the pages say."""

from __future__ import annotations

from pathlib import Path

import pytest

from local import costs
from workflows import order_manager, order_processor

DEPLOY = Path(__file__).resolve().parents[2] / "docs" / "deploy.md"


def test_an_order_s_route_through_the_processor_is_its_happy_path() -> None:
    names = [
        state.get("Resource", state["Type"]).rpartition(":")[2]
        for state in costs.route(order_processor, {"Shop Open?": "Claim a place in the queue"})
    ]
    assert names == [
        "putItem",
        "getItem",
        "Choice",
        "updateItem",
        "putEvents.waitForTaskToken",
        "updateItem",
        "putEvents.waitForTaskToken",
        "updateItem",
        "putEvents",
    ]


def test_a_choice_that_does_not_lead_there_is_told() -> None:
    with pytest.raises(ValueError, match="Decide Action does not lead to 'Store the drink'"):
        list(costs.route(order_manager, {"Decide Action": "Store the drink"}))


def test_an_express_manager_saves_the_manager_s_transitions() -> None:
    standard, express = costs.per_thousand_orders("STANDARD"), costs.per_thousand_orders("EXPRESS")
    assert express["manager, EXPRESS"] < standard["manager, STANDARD"] / 20
    shared = [name for name in standard if not name.startswith("manager")]
    assert [standard[name] for name in shared] == [express[name] for name in shared]


def test_an_idle_stack_costs_its_alarms_and_its_dashboard_beyond_what_is_free() -> None:
    assert costs.Idle(alarms=21, dashboards=1).first == pytest.approx(1.10)
    assert costs.Idle(alarms=21, dashboards=1).further == pytest.approx(5.10)


def test_the_page_shows_what_the_command_prints() -> None:
    """After a change: `espresso costs`, and put what it prints into docs/deploy.md."""
    assert costs.report() in DEPLOY.read_text()
