"""The events and inputs that people send, as the public walkthrough writes them.

Each function returns the JSON document itself, so that what is shown is what is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.masking import JSON

SOURCE = "awsserverlessda.serverlesspresso"
NEW_ORDER = "Validator.NewOrder"

Action: TypeAlias = Literal["make", "unmake", "complete", "cancel", "put"]


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


def _modifier(text: str) -> JSON:
    name, separator, option = text.partition("=")
    return {"Name": name.strip(), "Option": option.strip()} if separator else text
