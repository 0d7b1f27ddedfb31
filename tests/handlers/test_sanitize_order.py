"""SanitizeOrder checks a drink and its modifiers against the menu."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from handlers.contract import MalformedEventError
from handlers.sanitize_order import MalformedMenuError, handler
from tests.dice import Dice, thrown

if TYPE_CHECKING:
    from collections.abc import Callable

MILK = {"Name": {"S": "Milk"}, "Options": {"L": [{"S": "Whole"}, {"S": "Oat"}]}}
SHOTS = {"Name": {"S": "Shots"}, "Options": {"L": [{"S": "Single"}, {"S": "Double"}]}}


def drink(name: str, *, available: bool = True, modifiers: tuple[object, ...] = ()) -> dict[str, Any]:
    return {
        "M": {
            "drink": {"S": name},
            "icon": {"S": f"icon-{name}"},
            "available": {"BOOL": available},
            "modifiers": {"L": [{"M": modifier} for modifier in modifiers]},
        }
    }


MENU = [drink("Cappuccino", modifiers=(MILK, SHOTS)), drink("Espresso"), drink("Mocha", available=False)]


def sanitize(**changes: object) -> dict[str, Any]:
    body: dict[str, object] = {"userId": "1", "drink": "Cappuccino", "modifiers": [], "icon": "any"}
    return handler({"body": body | changes, "menu": MENU}, None)


def test_a_drink_on_the_menu_becomes_the_order_that_baristas_read() -> None:
    assert sanitize() == {
        "valid": True,
        "drinkOrder": '{"userId":"1","drink":"Cappuccino","modifiers":[],"icon":"icon-Cappuccino"}',
    }


def test_the_icon_is_the_menu_s_and_not_the_customer_s() -> None:
    assert json.loads(sanitize(icon="<img src=x>")["drinkOrder"])["icon"] == "icon-Cappuccino"


def test_fields_that_no_one_asked_for_are_left_out() -> None:
    assert set(json.loads(sanitize(price=0)["drinkOrder"])) == {"userId", "drink", "modifiers", "icon"}


def test_the_same_order_gives_the_same_text_whatever_the_order_of_its_fields() -> None:
    body = {"icon": "any", "modifiers": [], "drink": "Espresso", "userId": "1"}
    backwards = dict(reversed(body.items()))
    assert handler({"body": body, "menu": MENU}, None) == handler({"body": backwards, "menu": MENU}, None)


@pytest.mark.parametrize(
    "modifiers",
    [
        ["Oat"],
        ["Oat", "Double"],
        ["Double", "Oat"],
        [{"Name": "Milk", "Option": "Oat"}],
        [{"Name": "Shots", "Option": "Double"}, "Oat"],
    ],
)
def test_modifiers_that_the_drink_offers_are_kept_as_they_came(modifiers: list[object]) -> None:
    assert json.loads(sanitize(modifiers=modifiers)["drinkOrder"])["modifiers"] == modifiers


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"drink": "milkshake"}, '"milkshake" is not on the menu.'),
        ({"drink": "cappuccino"}, '"cappuccino" is not on the menu.'),
        ({"drink": "tea\n"}, '"tea\\n" is not on the menu.'),
        ({"drink": "Mocha"}, '"Mocha" is not available now.'),
        ({"modifiers": ["Goat"]}, 'Cappuccino does not come with "Goat".'),
        ({"modifiers": [{"Name": "Milk", "Option": "Double"}]}, 'Cappuccino does not come with "Double".'),
        ({"drink": "Espresso", "modifiers": ["Oat"]}, 'Espresso does not come with "Oat".'),
    ],
)
def test_what_the_menu_does_not_have_is_refused(changes: dict[str, object], message: str) -> None:
    assert sanitize(**changes) == {"valid": False, "reason": "NotOnTheMenu", "message": message}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"userId": 1}, "userId is not a string with something in it."),
        ({"userId": ""}, "userId is not a string with something in it."),
        ({"userId": "u" * 257}, "userId is longer than 256 characters."),
        ({"drink": None}, "drink is not a string with something in it."),
        ({"drink": ["Cappuccino"]}, "drink is not a string with something in it."),
        ({"drink": "x" * 101}, "drink is longer than 100 characters."),
        ({"drink": "\udfff"}, "drink is not valid Unicode."),
        ({"icon": 5}, "icon is not a string with something in it."),
        ({"modifiers": "Oat"}, "modifiers is not a list."),
        ({"modifiers": None}, "modifiers is not a list."),
        ({"modifiers": ["Oat"] * 11}, "There are more than 10 modifiers."),
        ({"modifiers": ["Oat", 5]}, "modifiers[1] is neither a string nor an object."),
        ({"modifiers": [{"Name": "Milk"}]}, "modifiers[0].Option is not a string with something in it."),
        ({"modifiers": ["x" * 101]}, "modifiers[0] is longer than 100 characters."),
        ({"modifiers": ["Oat", "Whole"]}, '"Milk" is chosen more than once.'),
    ],
)
def test_a_request_that_makes_no_sense_is_refused_in_words(changes: dict[str, object], message: str) -> None:
    assert sanitize(**changes) == {"valid": False, "reason": "InvalidRequest", "message": message}


@pytest.mark.parametrize("body", [None, "{}", [], 5, True])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    assert handler({"body": body, "menu": MENU}, None)["reason"] == "InvalidRequest"


def test_modifiers_may_be_left_out() -> None:
    answer = handler({"body": {"userId": "1", "drink": "Espresso"}, "menu": MENU}, None)
    assert json.loads(answer["drinkOrder"])["modifiers"] == []  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["body", "menu"])
def test_an_event_without_one_of_its_parts_is_our_fault(field: str) -> None:
    event = {"body": {}, "menu": MENU}
    del event[field]
    with pytest.raises(MalformedEventError, match=f"^{field} is missing$"):
        handler(event, None)


@pytest.mark.parametrize(
    ("menu", "place"),
    [
        (None, "menu"),
        ({"L": []}, "menu"),
        ([{"S": "Cappuccino"}], "menu[0]"),
        ([{"M": {"drink": {"S": ""}}}], "menu[0].drink"),
        ([drink("A"), {"M": {"drink": {"N": "5"}}}], "menu[1].drink"),
        ([{"M": drink("A")["M"] | {"available": {"S": "yes"}}}], "menu[0].available"),
        ([{"M": drink("A")["M"] | {"modifiers": {"S": ""}}}], "menu[0].modifiers"),
        ([drink("A", modifiers=({"Name": {"S": "Milk"}},))], "menu[0].modifiers[0].Options"),
        ([drink("A"), drink("A")], "menu[1].drink"),
    ],
)
def test_a_malformed_menu_is_our_fault_and_names_the_place(menu: object, place: str) -> None:
    with pytest.raises(MalformedMenuError) as caught:
        handler({"body": {}, "menu": menu}, None)
    assert caught.value.place == place


def body(dice: Dice) -> object:
    """Return an order, or hardly one, with texts of any length."""

    def value() -> object:
        return dice.nested(
            lambda: dice.either(dice.scalar, lambda: dice.text() * dice.one_of((1, 50, 5_000))), dice.text
        )

    def either(names: list[str]) -> object:
        return dice.one_of(names) if dice.roll(2) else value()

    fields: dict[str, Callable[[], object]] = {
        "userId": lambda: either(["1"]),
        "drink": lambda: either(["Cappuccino", "Mocha"]),
        "modifiers": lambda: (
            dice.some(lambda: either(["Oat", "Whole", "Double"]), 0, 4) if dice.roll(2) else value()
        ),
        "icon": lambda: either(["latte"]),
    }
    return {field: make() for field, make in fields.items() if dice.roll(4)} if dice.roll(2) else value()


@given(body=thrown(body))
def test_no_body_whatsoever_is_an_error_and_no_answer_is_long(body: object) -> None:
    answer = handler({"body": body, "menu": MENU}, None)
    assert len(json.dumps(answer).encode()) < 20_000
    if answer["valid"]:
        assert set(answer) == {"valid", "drinkOrder"}
    else:
        assert set(answer) == {"valid", "reason", "message"}
        assert answer["reason"] in {"NotOnTheMenu", "InvalidRequest"}


def test_its_cold_start_does_not_wait_for_boto3() -> None:
    program = "import sys, handlers.sanitize_order; print('boto3' in sys.modules, 'botocore' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == "False False\n"
