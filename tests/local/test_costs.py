"""The costs: computed from the compiled workflows, and as the pages say."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest

from local.costs import prices, quotas, report, sums
from local.costs.usage import _PROCESSOR, route, usage
from tests.espresso import run_espresso
from workflows import order_manager, order_processor

PAGE = Path(__file__).resolve().parents[2] / "docs" / "costs.md"


def test_an_order_s_route_through_the_processor_is_its_happy_path() -> None:
    names = [
        state.get("Resource", state["Type"]).rpartition(":")[2]
        for state in route(order_processor, _PROCESSOR)
    ]
    assert names == [
        "Choice",
        "putItem",
        "getItem",
        "Choice",
        "updateItem",
        "putEvents.waitForTaskToken",
        "updateItem",
        "Choice",
        "putEvents.waitForTaskToken",
        "updateItem",
        "putEvents",
    ]


def test_a_choice_that_does_not_lead_there_is_told() -> None:
    with pytest.raises(ValueError, match="Decide Action does not lead to 'Store the drink'"):
        list(route(order_manager, {"Decide Action": "Store the drink"}))


def test_an_express_manager_saves_the_manager_s_transitions() -> None:
    standard, express = sums.per_thousand_orders("STANDARD"), sums.per_thousand_orders("EXPRESS")
    assert express["manager, EXPRESS"] < standard["manager, STANDARD"] / 20
    shared = [name for name in standard if not name.startswith("manager")]
    assert [standard[name] for name in shared] == [express[name] for name in shared]


def test_a_stack_of_one_s_own_costs_nothing_while_nobody_orders() -> None:
    empty = sums.idle("alice")
    assert (empty.alarms, empty.dashboards) == (0, 0)
    assert (empty.first, empty.further) == (0, 0)


def test_a_shared_stack_costs_its_alarms_and_its_dashboard_beyond_what_is_free() -> None:
    empty = sums.idle("prod")
    assert (empty.alarms, empty.dashboards) == (21, 1)
    assert empty.first == pytest.approx(1.10)
    assert empty.further == pytest.approx(5.10)


def test_every_price_names_aws_s_page_of_it() -> None:
    assert {price.source.split("/")[2] for price in prices.price_list().prices.values()} == {"aws.amazon.com"}
    assert all(price.dollars > 0 for price in prices.price_list().prices.values())


def test_every_token_that_the_processor_hands_out_is_given_back_by_the_manager() -> None:
    processor, manager = usage()
    assert (processor.tokens, manager.tokens) == (0, 2)


@pytest.mark.parametrize(
    ("region", "express", "name", "orders"),
    [
        ("us-east-1", False, "`StartExecution`, STANDARD", 75),
        ("us-east-1", True, "`SendTaskSuccess`", 250),
        ("eu-central-1", False, "state transitions, STANDARD", 28),
        ("eu-central-1", True, "state transitions, STANDARD", 66),
    ],
)
def test_the_quota_that_is_hit_first_depends_on_the_region_and_on_the_manager(
    region: str, express: bool, name: str, orders: int
) -> None:
    at = prices.price_list().quota_regions.index(region)
    quota = quotas.first(at, express=express)
    assert (quota.name, quota.orders(at, express=express)) == (name, orders)


def test_the_page_shows_what_the_command_prints() -> None:
    """After a change: `make pictures` renews docs/costs.md."""
    page = PAGE.read_text()
    for table in report.tables():
        assert report.markdown(table) in page


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "read today"),
        (1, "read yesterday"),
        (180, "read 180 days ago"),
        (181, "read 181 days ago: AWS may charge otherwise by now, see the pages in prices.json"),
    ],
)
def test_the_prices_say_how_old_they_are(days: int, words: str) -> None:
    known = prices.price_list()
    assert known.age(known.read_on + datetime.timedelta(days=days)) == words


class TestTheCommand:
    def test_shows_plain_aligned_columns_where_nobody_draws_tables(self) -> None:
        shown = run_espresso("costs", env={"NO_COLOR": "1", "COLUMNS": "40"})
        assert shown.exit_code == 0
        assert not set("|*`") & set(shown.stdout)
        assert re.search(
            r"^state transitions, STANDARD +28 / 12 +5,000 +178 / 416 +800 +28 / 66$",
            shown.stdout,
            re.MULTILINE,
        )
        assert re.search(
            r"^Prices and quotas were read (today|yesterday|\d+ days ago)", shown.stdout, re.MULTILINE
        )

    def test_answers_programs_in_json(self) -> None:
        said = run_espresso("costs", "--json").stdout
        assert not re.search(r"\.\d{7}", said), "a number shows how it was computed"
        answer = json.loads(said)
        assert answer["idle_month"]["alice"]["first_stack"] == 0
        assert sum(answer["per_thousand_orders"]["STANDARD"].values()) == pytest.approx(0.7222, abs=1e-4)
        first = answer["quotas"][0]
        assert first["name"] == "StartExecution, STANDARD"
        assert first["orders_a_second"]["us-east-1"] == {"STANDARD": 75, "EXPRESS": 300}
