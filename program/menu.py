"""The shop's first values: what is in the tables when a stack is new.

They are written once. From then on the shop changes them in the tables, and no deployment writes over them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.table import Value

_MILK: Final[Mapping[str, Value]] = {"Name": "Milk", "Options": ["Whole", "Skimmed", "Oat", "Soya", "Almond"]}
_SHOTS: Final[Mapping[str, Value]] = {"Name": "Shots", "Options": ["Single", "Double"]}
_BEANS: Final[Mapping[str, Value]] = {"Name": "Beans", "Options": ["Regular", "Decaf"]}


def _drink(name: str, icon: str, *modifiers: Mapping[str, Value]) -> Mapping[str, Value]:
    return {"drink": name, "icon": f"barista-icons_{icon}", "available": True, "modifiers": list(modifiers)}


MENU: Final[Sequence[Mapping[str, Value]]] = (
    _drink("Cappuccino", "cappuccino-alternative", _MILK, _SHOTS, _BEANS),
    _drink("Latte", "cafe-latte", _MILK, _SHOTS, _BEANS),
    _drink("Americano", "americano-alternative", _MILK, _SHOTS, _BEANS),
    _drink("Flat White", "flat-white-alternative", _MILK, _SHOTS, _BEANS),
    _drink("Espresso", "espresso-alternative", _MILK, _SHOTS, _BEANS),
)
"""The drinks in the order in which they are offered, in the shape that SanitizeOrder reads."""


def config_items(*, max_orders_in_queue: int) -> Mapping[str, Mapping[str, Value]]:
    """Return the first items of the config table: an open shop and its menu."""
    return {
        "config": {"PK": "config", "storeOpen": True, "maxOrdersInQueue": max_orders_in_queue},
        "menu": {"PK": "menu", "value": MENU},
    }


def counting_items() -> Mapping[str, Mapping[str, Value]]:
    """Return the first item of the counting table: no order has a number yet.

    The queue has no first item: a set in DynamoDB is never empty, so an empty queue is one without a set.
    """
    return {"orderID": {"PK": "orderID", "IDvalue": 0}}
