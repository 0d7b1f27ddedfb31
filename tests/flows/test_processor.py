"""The life of an order, from the scan to the hand-over, and every other way that it can end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.flows.conftest import Flow

SCANNED = ("Who ordered?", "Register order", "DynamoDB Get Shop status", "Shop Open?")
QUEUED = (*SCANNED, "Claim a place in the queue")
CUSTOMER = "Emit - Workflow Started TT"
BARISTA = "Emit - Awaiting Completion TT"
CHOSEN = (*QUEUED, CUSTOMER, "Generate Order Number", "Is it a number?")
HANDED_OVER = ("Give back the place", "Emit - order finished")
CANCELLED = ("Give back the place - cancelled", "Emit - order cancelled")


# --- The usual course -----------------------------------------------------------------------------------------


def test_an_order_waits_for_the_customer_then_for_the_barista_and_is_handed_over(processor: Flow) -> None:
    order = processor.start("Waiting")
    order.succeed(CUSTOMER)
    order.succeed(BARISTA)
    order.result().expect_succeeded().expect_path(*CHOSEN, BARISTA, *HANDED_OVER)


def test_the_order_number_is_kept_for_the_barista_and_for_the_end(processor: Flow) -> None:
    order = processor.run("HandedOver").expect_succeeded()
    number = {"Attributes": {"IDvalue": {"N": "17"}}}
    for state in (BARISTA, "Emit - order finished"):
        known = order.step(state).input
        assert isinstance(known, dict)
        assert known["generateOrderNumber"] == number


# --- Turned away ----------------------------------------------------------------------------------------------


def test_an_order_that_is_known_already_changes_nothing(processor: Flow) -> None:
    order = processor.run("Duplicate").expect_succeeded({"duplicate": True, "orderId": "2"})
    order.expect_path(
        "Who ordered?", "Register order", "Read the order - registered", "Registered here?", "Duplicate order"
    )
    order.expect_caught("Register order", "DynamoDB.ConditionalCheckFailedException")


def test_an_order_that_this_very_execution_had_registered_goes_on(processor: Flow) -> None:
    order = processor.run("RegisteredBefore").expect_succeeded()
    order.expect_passed(
        "Register order", "Registered here?", "DynamoDB Get Shop status", "Emit - order finished"
    )


@pytest.mark.parametrize("case", ["BadKeyNamed", "BadKeyInItsCause"])
def test_an_order_id_that_is_no_key_is_no_order_and_no_fault_of_ours(processor: Flow, case: str) -> None:
    order = processor.run(case).expect_succeeded({"registered": False, "reason": "InvalidOrderId"})
    order.expect_passed("Register order", "Not an order")


def test_any_other_refusal_to_register_is_a_fault_of_ours(processor: Flow) -> None:
    processor.run("BadKeyOfOurs").expect_failed("WriteFailed").expect_passed(
        "Is the order id at fault?", "Write failed"
    )


@pytest.mark.parametrize(
    ("case", "reason", "state"),
    [
        ("IdsInLists", "InvalidOrderId", "Not an order"),
        ("CustomerInAList", "InvalidUserId", "Not a customer"),
    ],
)
def test_a_scan_that_names_its_order_or_its_user_in_no_text_is_no_order(
    processor: Flow, case: str, reason: str, state: str
) -> None:
    order = processor.run(case).expect_succeeded({"registered": False, "reason": reason})
    order.expect_path("Who ordered?", state)


@pytest.mark.parametrize("case", ["CounterOutOfRange", "CounterWithAFraction"])
def test_a_counter_that_is_none_is_a_fault_of_ours_before_anybody_hears_of_a_number(
    processor: Flow, case: str
) -> None:
    order = processor.run(case).expect_failed("BrokenOrderCounter")
    order.expect_passed("Generate Order Number", "Broken counter").expect_not_passed(BARISTA)


@pytest.mark.parametrize("case", ["ShopClosed", "ShopUnset"])
def test_a_shop_that_is_closed_or_was_never_opened_takes_no_order(processor: Flow, case: str) -> None:
    processor.run(case).expect_succeeded().expect_path(*SCANNED, "Reject - shop closed", "Emit - shop closed")


def test_a_full_queue_takes_no_order(processor: Flow) -> None:
    processor.run("AtCapacity").expect_succeeded().expect_path(
        *QUEUED, "Reject - at capacity", "Emit - at capacity"
    )


def test_a_queue_without_places_takes_no_order(processor: Flow) -> None:
    processor.run("NoPlaces").expect_succeeded().expect_path(
        *SCANNED, "Reject - at capacity", "Emit - at capacity"
    )


def test_an_order_that_was_cancelled_before_it_could_be_turned_away_is_a_cancelled_one(
    processor: Flow,
) -> None:
    processor.run("CancelledBeforeClosed").expect_succeeded().expect_path(
        *SCANNED, "Reject - shop closed", *CANCELLED
    )
    processor.run("CancelledBeforeFull").expect_succeeded().expect_path(
        *QUEUED, "Reject - at capacity", *CANCELLED
    )


# --- Cancelled ------------------------------------------------------------------------------------------------


def test_a_customer_who_cancels_before_choosing_gives_the_place_back(processor: Flow) -> None:
    order = (
        processor.run("CancelledWhileChoosing").expect_succeeded().expect_path(*QUEUED, CUSTOMER, *CANCELLED)
    )
    order.expect_caught(CUSTOMER, "OrderCancelled")


def test_an_order_that_the_barista_has_can_be_cancelled(processor: Flow) -> None:
    processor.run("CancelledWhileMaking").expect_succeeded().expect_path(*CHOSEN, BARISTA, *CANCELLED)


def test_a_token_that_comes_back_with_a_cancellation_ends_the_pause(processor: Flow) -> None:
    order = processor.start("Waiting")
    order.fail(CUSTOMER, "OrderCancelled", "The order was cancelled")
    order.result().expect_succeeded().expect_path(*QUEUED, CUSTOMER, *CANCELLED)


def test_a_token_that_comes_back_with_any_other_error_is_a_fault_of_ours(processor: Flow) -> None:
    order = processor.start("Waiting")
    order.fail(CUSTOMER, "SomethingElse", "nobody returns this")
    order.result().expect_failed("SomethingElse").expect_not_passed(*CANCELLED, "Generate Order Number")


# --- Out of time ----------------------------------------------------------------------------------------------


def test_a_customer_who_never_chooses_runs_out_of_time(hasty_processor: Flow) -> None:
    order = hasty_processor.run("NoCustomer").expect_succeeded()
    order.expect_path(
        *QUEUED,
        CUSTOMER,
        "Time out - customer",
        "Give back the place - no customer",
        "Emit - customer timed out",
    )
    order.expect_caught(CUSTOMER, "States.Timeout")


def test_a_drink_that_was_chosen_in_time_is_made_though_the_token_was_lost(hasty_processor: Flow) -> None:
    hasty_processor.run("ChoseInTime").expect_succeeded().expect_path(
        *QUEUED,
        CUSTOMER,
        "Time out - customer",
        "Read the order - customer",
        "Did the customer choose?",
        "Generate Order Number",
        "Is it a number?",
        BARISTA,
        *HANDED_OVER,
    )


def test_a_customer_who_cancels_as_the_timer_fires_has_cancelled(hasty_processor: Flow) -> None:
    hasty_processor.run("CancelledAsTheTimerFired").expect_succeeded().expect_path(
        *QUEUED,
        CUSTOMER,
        "Time out - customer",
        "Read the order - customer",
        "Did the customer choose?",
        *CANCELLED,
    )


def test_an_order_that_no_barista_makes_runs_out_of_time(hasty_processor: Flow) -> None:
    hasty_processor.run("NoBarista").expect_succeeded().expect_path(
        *CHOSEN, BARISTA, "Time out - barista", "Give back the place - no barista", "Emit - barista timed out"
    )


def test_an_order_that_was_complete_in_time_is_handed_over_though_the_token_was_lost(
    hasty_processor: Flow,
) -> None:
    hasty_processor.run("CompletedInTime").expect_succeeded().expect_path(
        *CHOSEN,
        BARISTA,
        "Time out - barista",
        "Read the order - barista",
        "Did the barista finish?",
        *HANDED_OVER,
    )


def test_an_order_that_is_cancelled_as_the_baristas_timer_fires_is_cancelled(hasty_processor: Flow) -> None:
    hasty_processor.run("CancelledAsTheBaristaTimedOut").expect_succeeded().expect_path(
        *CHOSEN,
        BARISTA,
        "Time out - barista",
        "Read the order - barista",
        "Did the barista finish?",
        *CANCELLED,
    )


@pytest.mark.parametrize("case", ["NoRowForTheCustomer", "NoRowForTheBarista"])
def test_a_row_that_says_nothing_is_a_fault_of_ours(hasty_processor: Flow, case: str) -> None:
    order = hasty_processor.run(case).expect_failed("UnexpectedOrderState")
    order.expect_passed("Unexpected row").expect_not_passed("Emit - order finished", "Emit - order cancelled")


# --- Every end announces itself once --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "announcement"),
    [
        ("HandedOver", "Emit - order finished"),
        ("ShopClosed", "Emit - shop closed"),
        ("AtCapacity", "Emit - at capacity"),
        ("CancelledWhileMaking", "Emit - order cancelled"),
    ],
)
def test_the_event_that_announces_the_end_is_the_very_last_state(
    processor: Flow, case: str, announcement: str
) -> None:
    route = processor.run(case).route
    assert route[-1] == announcement
    assert [name for name in route if name.startswith("Emit") and not name.endswith("TT")] == [announcement]
