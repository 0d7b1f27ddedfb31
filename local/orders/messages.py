"""The events and inputs that people send, as the public walkthrough writes them.

Each function returns the JSON document itself, so that what is shown is what is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.masking import JSON

SOURCE = "awsserverlessda.serverlesspresso"
NEW_ORDER = "Validator.NewOrder"

Action: TypeAlias = Literal["make", "unmake", "complete", "cancel", "put"]

REFUSALS: Final[Mapping[str, str]] = {
    "OrderNotFound": "there is no such order",
    "NotYourOrder": "the order belongs to somebody else",
    "NotOnTheMenu": "this can't be ordered",
    "NotReady": "it is too early for that",
    "AlreadyClaimed": "another barista has claimed the order",
    "NotClaimed": "nobody has claimed the order",
    "OrderClosed": "the order is over",
    "InvalidRequest": "the request can't be understood",
}
"""Why the manager refuses a request, by the reason that it gives."""


def new_order(order_id: str, user_id: str) -> dict[str, JSON]:
    """Return the detail of `Validator.NewOrder`: what a scanned QR code says."""
    return {"userId": user_id, "orderId": order_id}


def drink_order(user_id: str, drink: str, modifiers: Sequence[str] = (), icon: str = "") -> dict[str, JSON]:
    """Return the body with which a customer chooses a drink.

    Args:
        user_id: The customer.
        drink: Its name on the menu.
        modifiers: Each an option's name (`Oat`), or the modifier's and the option's (`Milk=Oat`).
        icon: The picture that the order carries; left out if it is empty.
    """
    body: dict[str, JSON] = {
        "userId": user_id,
        "drink": drink,
        "modifiers": [_modifier(text) for text in modifiers],
    }
    return {**body, "icon": icon} if icon else body


def request(action: Action, order_id: str, *, barista_id: str = "", body: JSON = None) -> dict[str, JSON]:
    """Return the input of `OrderManagerStateMachine`; the action of `put`, choosing a drink, is the empty string."""
    return {
        "action": "" if action == "put" else action,
        "body": {} if body is None else body,
        "orderId": order_id,
        "baristaUserId": barista_id,
    }


def action_of(document: JSON) -> str:
    """Return the action of a manager's input, `put` for the empty one; "" if it is not an object."""
    return str(document.get("action") or "put") if isinstance(document, dict) else ""


def _modifier(text: str) -> JSON:
    name, separator, option = text.partition("=")
    return {"Name": name.strip(), "Option": option.strip()} if separator else text
