"""What becomes of one thing that a customer or a barista does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.flows.conftest import Flow

CUSTOMER_REFUSED = "Emit - customer refused"
BARISTA_REFUSED = "Emit - barista refused"
CHECKED = ("Decide Action", "Get menu", "Sanitize order", "Is Order Valid?")


# --- Accepted -------------------------------------------------------------------------------------------------


def test_a_drink_on_the_menu_is_stored_and_the_order_goes_on(manager: Flow) -> None:
    request = manager.run("Chosen").expect_succeeded({"accepted": True, "action": ""})
    request.expect_path(*CHECKED, "Store the drink", "Return the token - chosen")


def test_a_barista_takes_an_order(manager: Flow) -> None:
    request = manager.run("Made").expect_succeeded({"accepted": True, "action": "make"})
    request.expect_path("Decide Action", "Claim order", "Emit - order claimed")


def test_a_barista_puts_an_order_back(manager: Flow) -> None:
    request = manager.run("Unmade").expect_succeeded({"accepted": True, "action": "unmake"})
    request.expect_path("Decide Action", "Unclaim order", "Emit - order unclaimed")


def test_a_barista_finishes_an_order(manager: Flow) -> None:
    request = manager.run("Completed").expect_succeeded({"accepted": True, "action": "complete"})
    request.expect_path(
        "Decide Action", "Complete order", "Return the token - complete", "Emit - order complete"
    )


@pytest.mark.parametrize(
    ("case", "write"),
    [("CancelledByCustomer", "Cancel order - customer"), ("CancelledByBarista", "Cancel order - barista")],
)
def test_either_of_them_cancels_an_order(manager: Flow, case: str, write: str) -> None:
    request = manager.run(case).expect_succeeded({"accepted": True, "action": "cancel"})
    request.expect_path(
        "Decide Action", write, "Does anybody wait?", "Return the token - cancelled", "Emit - order cancelled"
    )


def test_an_order_whose_token_is_not_stored_yet_is_cancelled_in_its_row(manager: Flow) -> None:
    request = manager.run("CancelledBeforeAnybodyWaits").expect_succeeded(
        {"accepted": True, "action": "cancel"}
    )
    request.expect_not_passed("Return the token - cancelled")


# --- Done before, or in the last second -----------------------------------------------------------------------


def test_a_choice_that_a_crash_had_carried_through_is_accepted_again(manager: Flow) -> None:
    request = manager.run("ChosenAgainAfterACrash").expect_succeeded({"accepted": True, "action": ""})
    request.expect_passed("Return the token - chosen", "Drink chosen")


def test_the_same_choice_made_twice_is_accepted(manager: Flow) -> None:
    request = manager.run("ChosenTwice").expect_succeeded({"accepted": True, "action": ""})
    request.expect_passed("Store the drink", "Read the order - choosing", "Why no drink?", "Drink chosen")


@pytest.mark.parametrize(
    ("case", "question", "event"),
    [
        ("CompletedInTheLastSecond", "Was it complete before?", "Emit - order complete"),
        ("CancelledInTheLastSecond", "Was it cancelled before?", "Emit - order cancelled"),
    ],
)
def test_what_the_row_took_counts_though_the_timer_fired(
    manager: Flow, case: str, question: str, event: str
) -> None:
    request = manager.run(case).expect_succeeded()
    request.expect_passed(question, event)
    assert isinstance(request.output, dict)
    assert request.output["accepted"] is True


# --- Refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "reason", "tells"),
    [
        ("NotOnTheMenu", "NotOnTheMenu", CUSTOMER_REFUSED),
        ("NoDrinkAtAll", "InvalidRequest", CUSTOMER_REFUSED),
        ("ChosenForNoOrder", "OrderNotFound", CUSTOMER_REFUSED),
        ("ChosenForAnother", "NotYourOrder", CUSTOMER_REFUSED),
        ("ChosenTooLate", "OrderClosed", CUSTOMER_REFUSED),
        ("ChosenTooEarly", "NotReady", CUSTOMER_REFUSED),
        ("MakeUnknown", "OrderNotFound", BARISTA_REFUSED),
        ("MakeClosed", "OrderClosed", BARISTA_REFUSED),
        ("MakeTooEarly", "NotReady", BARISTA_REFUSED),
        ("MakeClaimed", "AlreadyClaimed", BARISTA_REFUSED),
        ("CompleteUnclaimed", "NotClaimed", BARISTA_REFUSED),
        ("CompleteForAnother", "NotYourOrder", BARISTA_REFUSED),
        ("CompletedTwice", "OrderClosed", BARISTA_REFUSED),
        ("UnmakeUnclaimed", "NotClaimed", BARISTA_REFUSED),
        ("CancelForAnother", "NotYourOrder", CUSTOMER_REFUSED),
        ("CancelNotHeld", "NotYourOrder", BARISTA_REFUSED),
        ("CancelledTwice", "OrderClosed", CUSTOMER_REFUSED),
        ("UnknownAction", "InvalidRequest", BARISTA_REFUSED),
        ("NobodyAsks", "InvalidRequest", "Emit - request refused"),
    ],
)
def test_a_refused_request_says_why_and_tells_who_asked(
    manager: Flow, case: str, reason: str, tells: str
) -> None:
    request = manager.run(case).expect_succeeded()
    assert isinstance(request.output, dict)
    assert request.output["accepted"] is False
    assert request.output["reason"] == reason
    assert request.route[-3:] == (f"Refuse - {reason}", "Who asked?", tells)


def test_a_request_that_cannot_be_read_is_refused_without_a_look_at_it(manager: Flow) -> None:
    request = manager.run("Unreadable").expect_succeeded({"accepted": False, "reason": "InvalidRequest"})
    request.expect_path("Decide Action", "Emit - unreadable request refused")


def test_an_order_id_that_is_no_key_is_the_askers_fault(manager: Flow) -> None:
    for prefix in ("BadKeyNamed", "BadKeyInItsCause"):
        requests = list(manager.run_all(prefix))
        assert len(requests) == 6
        for request in requests:
            request.expect_succeeded().expect_passed("Refuse - InvalidRequest", "Who asked?")


def test_any_other_refusal_of_dynamodb_is_a_fault_of_ours(manager: Flow) -> None:
    requests = list(manager.run_all("BadKeyOfOurs"))
    assert len(requests) == 6
    for request in requests:
        request.expect_failed("WriteFailed").expect_passed("Is the order id at fault?", "Write failed")


# --- Tokens ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["Chosen", "Completed", "CancelledByCustomer", "CompletedTwice"])
def test_no_request_puts_a_token_out(manager: Flow, case: str) -> None:
    assert "oken" not in str(manager.run(case).output)
