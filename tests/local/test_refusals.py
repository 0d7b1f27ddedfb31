"""Each reason for which the manager refuses a request; a refusal changes nothing and says why on the bus."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from local.orders import messages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.masking import JSON
    from tests.local.conftest import Deployed


def drink(name: str = "Latte", user_id: str = "1", **more: Any) -> dict[str, JSON]:
    return {**messages.drink_order(user_id, name, icon="x"), **more}


def refuse(
    deployed: Deployed, request: Mapping[str, JSON], reason: str, *, asked: str, order_id: str | None = None
) -> None:
    """Send a request; assert that it is refused, that row and place are untouched and that the bus says so."""
    about = order_id if order_id is not None else str(request.get("orderId"))
    before = deployed.raw_row(about)
    has_place = about in deployed.orders.shop().queue
    outcome = deployed.orders.manage(request)
    assert (outcome.accepted, outcome.reason) == (False, reason)
    assert outcome.execution.status == "SUCCEEDED"
    unchanged = deployed.raw_row(about) == before
    assert unchanged, "the refused request changed the row"
    # Only its own place: an order of an earlier test may give back its own meanwhile.
    assert (about in deployed.orders.shop().queue) is has_place

    def is_it(event: dict[str, Any]) -> bool:
        detail = event["detail"]
        return bool(
            event["detail-type"] == "OrderManager.OrderRejected"
            and detail["orderId"] == request.get("orderId", "")
            and detail["action"] == request["action"]
            and detail["reason"] == reason
        )

    detail = deployed.bus.event(f"the refusal with {reason}", is_it)["detail"]
    assert detail["userId"] == asked


@pytest.mark.parametrize("action", ["make", "unmake", "complete"])
def test_an_order_that_does_not_exist_is_refused_as_OrderNotFound(deployed: Deployed, action: Any) -> None:  # noqa: N802
    request = messages.request(action, deployed.new_id(), barista_id="3")
    refuse(deployed, request, "OrderNotFound", asked="3")


def test_a_drink_for_an_order_that_does_not_exist_is_refused_as_OrderNotFound(deployed: Deployed) -> None:  # noqa: N802
    request = messages.request("put", deployed.new_id(), barista_id="3", body=drink())
    refuse(deployed, request, "OrderNotFound", asked="1")


def test_a_drink_for_somebody_elses_order_is_refused_as_NotYourOrder(deployed: Deployed) -> None:  # noqa: N802
    order_id = deployed.waiting_for_customer("1")
    request = messages.request("put", order_id, barista_id="3", body=drink(user_id="9"))
    refuse(deployed, request, "NotYourOrder", asked="9")


def test_cancelling_somebody_elses_order_is_refused_as_NotYourOrder(deployed: Deployed) -> None:  # noqa: N802
    order_id = deployed.waiting_for_customer("1")
    refuse(deployed, messages.request("cancel", order_id, body={"userId": "9"}), "NotYourOrder", asked="9")


def test_completing_what_another_barista_makes_is_refused_as_NotYourOrder(deployed: Deployed) -> None:  # noqa: N802
    order_id = deployed.waiting_for_barista()
    assert deployed.orders.manage(messages.request("make", order_id, barista_id="3")).accepted
    refuse(deployed, messages.request("complete", order_id, barista_id="4"), "NotYourOrder", asked="4")


@pytest.mark.parametrize("body", [drink("milkshake"), drink("Latte", modifiers=["Ketchup"])])
def test_what_is_not_on_the_menu_is_refused_as_NotOnTheMenu(deployed: Deployed, body: JSON) -> None:  # noqa: N802
    order_id = deployed.waiting_for_customer()
    refuse(deployed, messages.request("put", order_id, barista_id="3", body=body), "NotOnTheMenu", asked="1")


def test_a_drink_that_is_switched_off_is_refused_as_NotOnTheMenu(deployed: Deployed) -> None:  # noqa: N802
    order_id = deployed.waiting_for_customer()
    request = messages.request("put", order_id, barista_id="3", body=drink("Americano"))
    with switched_off(deployed, "Americano"):
        refuse(deployed, request, "NotOnTheMenu", asked="1")


def test_making_an_order_without_a_drink_is_refused_as_NotReady(deployed: Deployed) -> None:  # noqa: N802
    order_id = deployed.waiting_for_customer()
    refuse(deployed, messages.request("make", order_id, barista_id="3"), "NotReady", asked="3")


def test_making_what_another_barista_makes_is_refused_as_AlreadyClaimed(deployed: Deployed) -> None:  # noqa: N802
    order_id = deployed.waiting_for_barista()
    assert deployed.orders.manage(messages.request("make", order_id, barista_id="3")).accepted
    refuse(deployed, messages.request("make", order_id, barista_id="4"), "AlreadyClaimed", asked="4")


@pytest.mark.parametrize("action", ["unmake", "complete"])
def test_what_nobody_makes_is_refused_as_NotClaimed(deployed: Deployed, action: Any) -> None:  # noqa: N802
    order_id = deployed.waiting_for_barista()
    refuse(deployed, messages.request(action, order_id, barista_id="3"), "NotClaimed", asked="3")


def test_anything_about_an_order_that_is_over_is_refused_as_OrderClosed(deployed: Deployed) -> None:  # noqa: N802
    order_id = deployed.waiting_for_customer()
    cancel = messages.request("cancel", order_id, body={"userId": "1"})
    assert deployed.orders.manage(cancel).accepted
    row = deployed.orders.wait_for_row(order_id, "the order's end", lambda row: row.over)
    assert row.execution_arn is not None
    deployed.orders.wait_for_end(row.execution_arn)
    refuse(deployed, messages.request("make", order_id, barista_id="3"), "OrderClosed", asked="3")
    refuse(
        deployed, messages.request("put", order_id, barista_id="3", body=drink()), "OrderClosed", asked="1"
    )


@pytest.mark.parametrize(
    ("change", "asked"),
    [
        ({"action": "drink"}, "3"),
        ({"action": "make", "baristaUserId": ""}, ""),
        ({"action": "", "body": {}}, "3"),
        ({"action": "", "body": {"userId": "1"}}, "1"),
        ({"action": "", "body": {"userId": "1", "drink": "Latte", "modifiers": "Oat", "icon": "x"}}, "1"),
    ],
    ids=["unknown action", "no barista", "no customer", "no drink", "modifiers are no list"],
)
def test_what_cannot_be_understood_is_refused_as_InvalidRequest(  # noqa: N802
    deployed: Deployed, change: dict[str, JSON], asked: str
) -> None:
    order_id = deployed.waiting_for_customer()
    request = {**messages.request("make", order_id, barista_id="3"), **change}
    refuse(deployed, request, "InvalidRequest", asked=asked)


def test_a_request_that_names_no_order_is_refused_as_InvalidRequest(deployed: Deployed) -> None:  # noqa: N802
    outcome = deployed.orders.manage({"action": "make", "body": {}, "baristaUserId": "3"})
    assert (outcome.accepted, outcome.reason) == (False, "InvalidRequest")


@contextlib.contextmanager
def switched_off(deployed: Deployed, name: str) -> Iterator[None]:
    """Provide a drink of the menu is not to be had for a while."""
    tables = deployed.client("dynamodb")
    at = [item.name for item in deployed.orders.menu()].index(name)

    def switch(available: bool) -> None:
        tables.update_item(
            TableName=deployed.stack.config_table,
            Key={"PK": {"S": "menu"}},
            UpdateExpression=f"SET #value[{at}].available = :available",
            ExpressionAttributeNames={"#value": "value"},
            ExpressionAttributeValues={":available": {"BOOL": available}},
        )

    switch(False)
    try:
        yield
    finally:
        switch(True)
