"""SanitizeOrder: checks a drink and its modifiers against the menu.

A pure function of its input: no AWS client, so a cold start costs next to nothing. What the customer sent
can be anything and is refused in words; the menu is the shop's, and a malformed one is an error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from handlers.contract import MalformedEventError, log, utf8_size

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_NAME: Final = 100
"""The characters that a drink, an option, a modifier's name or an icon may have."""

LONGEST_USER: Final = 256
"""The characters that a userId may have."""

MOST_MODIFIERS: Final = 10
"""The modifiers that one order may have."""


class MalformedMenuError(ValueError):
    """The menu in the configuration table cannot be read. `place` says where, e.g. `menu[2].drink`."""

    def __init__(self, place: str, expected: str) -> None:
        super().__init__(f"{place} is not {expected}")
        self.place = place


class RefusedOrderError(Exception):
    """An order that cannot be made. `reason` is `NotOnTheMenu` or `InvalidRequest`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Modifier:
    """A choice that a drink offers, for example the milk; at most one of its options may be chosen."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class MenuDrink:
    """One drink of the menu."""

    name: str
    icon: str
    available: bool
    modifiers: tuple[Modifier, ...]


def handler(event: Mapping[str, object], _context: object) -> dict[str, object]:
    """Check `{"body": <anything>, "menu": [{"M": {...}}, ...]}`; the menu is in DynamoDB's JSON.

    Returns `{"valid": true, "drinkOrder": S}`, where S is the JSON of `userId`, `drink`, `modifiers` and
    `icon` in that order and nothing else; or `{"valid": false, "reason": R, "message": M}`, where R is
    `NotOnTheMenu` or `InvalidRequest` and M a sentence for people, of bounded length.

    Raises:
        MalformedMenuError: The menu cannot be read.
        MalformedEventError: The event lacks a field.
    """
    for field in ("body", "menu"):
        if field not in event:
            raise MalformedEventError(field, "is missing")
    menu = read_menu(event["menu"])
    try:
        order = check(event["body"], menu)
    except RefusedOrderError as refusal:
        log("refused the drink", reason=refusal.reason, message=str(refusal))
        return {"valid": False, "reason": refusal.reason, "message": str(refusal)}
    log("accepted the drink", drink=str(order["drink"]))
    return {"valid": True, "drinkOrder": json.dumps(order, ensure_ascii=False, separators=(",", ":"))}


def check(body: object, menu: Mapping[str, MenuDrink]) -> dict[str, object]:
    """Return the order in `body`, reduced to what the baristas need.

    The icon is the menu's: what a customer sends is shown on other people's screens.

    Raises:
        RefusedOrderError: The drink cannot be ordered, or the body is invalid.
    """
    if not isinstance(body, dict):
        raise RefusedOrderError("InvalidRequest", "The body is not an object.")
    user = _text(body, "userId", LONGEST_USER)
    name = _text(body, "drink", LONGEST_NAME)
    if body.get("icon") is not None:
        _text(body, "icon", LONGEST_NAME)
    modifiers = body.get("modifiers", [])
    if not isinstance(modifiers, list):
        raise RefusedOrderError("InvalidRequest", "modifiers is not a list.")
    if len(modifiers) > MOST_MODIFIERS:
        raise RefusedOrderError("InvalidRequest", f"There are more than {MOST_MODIFIERS} modifiers.")

    drink = menu.get(name)
    if drink is None:
        raise RefusedOrderError("NotOnTheMenu", f"{_quoted(name)} is not on the menu.")
    if not drink.available:
        raise RefusedOrderError("NotOnTheMenu", f"{_quoted(name)} is not available now.")
    chosen = list(_choose(drink, modifiers))
    return {"userId": user, "drink": drink.name, "modifiers": chosen, "icon": drink.icon}


def _choose(drink: MenuDrink, wishes: list[object]) -> Iterator[str | dict[str, str]]:
    """Each wish in the form it came in, once the drink is known to offer it."""
    open_choices = list(drink.modifiers)
    for position, wish in enumerate(wishes):
        if isinstance(wish, str):
            option = _text({"option": wish}, "option", LONGEST_NAME, shown=f"modifiers[{position}]")
            fitting = [modifier for modifier in drink.modifiers if option in modifier.options]
            answer: str | dict[str, str] = option
        elif isinstance(wish, dict):
            name = _text(wish, "Name", LONGEST_NAME, shown=f"modifiers[{position}].Name")
            option = _text(wish, "Option", LONGEST_NAME, shown=f"modifiers[{position}].Option")
            fitting = [m for m in drink.modifiers if m.name == name and option in m.options]
            answer = {"Name": name, "Option": option}
        else:
            raise RefusedOrderError(
                "InvalidRequest", f"modifiers[{position}] is neither a string nor an object."
            )
        if not fitting:
            raise RefusedOrderError("NotOnTheMenu", f"{drink.name} does not come with {_quoted(option)}.")
        choice = next((modifier for modifier in fitting if modifier in open_choices), None)
        if choice is None:
            raise RefusedOrderError("InvalidRequest", f"{_quoted(fitting[0].name)} is chosen more than once.")
        open_choices.remove(choice)
        yield answer


def _text(source: Mapping[str, object], field: str, longest: int, *, shown: str = "") -> str:
    value = source.get(field)
    shown = shown or field
    if not isinstance(value, str) or not value:
        raise RefusedOrderError("InvalidRequest", f"{shown} is not a string with something in it.")
    if len(value) > longest:
        raise RefusedOrderError("InvalidRequest", f"{shown} is longer than {longest} characters.")
    if utf8_size(value) is None:
        raise RefusedOrderError("InvalidRequest", f"{shown} is not valid Unicode.")
    return value


def _quoted(name: str) -> str:
    """Return a name that a customer sent, with what doesn't print escaped."""
    return json.dumps(name, ensure_ascii=not name.isprintable())


def read_menu(value: object) -> dict[str, MenuDrink]:
    """Return the menu item's `value` list as drinks by name.

    Raises:
        MalformedMenuError: The menu has another shape.
    """
    drinks: dict[str, MenuDrink] = {}
    for position, item in enumerate(_list(value, "menu")):
        place = f"menu[{position}]"
        fields = _typed(item, "M", place)
        if not isinstance(fields, dict):
            raise MalformedMenuError(place, "a DynamoDB map")
        drink = MenuDrink(
            name=_string(fields.get("drink"), f"{place}.drink"),
            icon=_string(fields.get("icon"), f"{place}.icon"),
            available=_boolean(fields.get("available"), f"{place}.available"),
            modifiers=tuple(_modifiers(fields.get("modifiers"), f"{place}.modifiers")),
        )
        if drink.name in drinks:
            raise MalformedMenuError(f"{place}.drink", "a name of its own")
        drinks[drink.name] = drink
    return drinks


def _modifiers(value: object, place: str) -> Iterator[Modifier]:
    for position, item in enumerate(_list(_typed(value, "L", place), place)):
        here = f"{place}[{position}]"
        fields = _typed(item, "M", here)
        if not isinstance(fields, dict):
            raise MalformedMenuError(here, "a DynamoDB map")
        options = _list(_typed(fields.get("Options"), "L", f"{here}.Options"), f"{here}.Options")
        yield Modifier(
            name=_string(fields.get("Name"), f"{here}.Name"),
            options=tuple(_string(option, f"{here}.Options[{at}]") for at, option in enumerate(options)),
        )


def _typed(value: object, kind: str, place: str) -> object:
    """Return what DynamoDB's JSON has under the type `kind`, e.g. the list in `{"L": [...]}`."""
    if not isinstance(value, dict) or set(value) != {kind}:
        raise MalformedMenuError(place, f'of the DynamoDB type "{kind}"')
    return value[kind]


def _string(value: object, place: str) -> str:
    found = _typed(value, "S", place)
    if not isinstance(found, str) or not found:
        raise MalformedMenuError(place, "a string with something in it")
    return found


def _boolean(value: object, place: str) -> bool:
    found = _typed(value, "BOOL", place)
    if not isinstance(found, bool):
        raise MalformedMenuError(place, "true or false")
    return found


def _list(value: object, place: str) -> list[object]:
    if not isinstance(value, list):
        raise MalformedMenuError(place, "a list")
    return value
