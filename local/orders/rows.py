"""The items of the tables as plain data. A task token is read as its fingerprint."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.masking import JSON, holds_token, mask_token
from stepfunctions_local_client.values import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

TERMINAL_STATES = frozenset({"COMPLETED", "CANCELLED", "TIMED_OUT", "REJECTED"})


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """The row of an order, which is the source of truth about it.

    Attributes:
        attributes: All that is in it, by attribute name; a task token only as its fingerprint.
    """

    attributes: Mapping[str, JSON]

    @property
    def state(self) -> str:
        """Its ORDERSTATE, e.g. `CREATED`."""
        return self._text("ORDERSTATE")

    @property
    def over(self) -> bool:
        """Whether the order has come to its end."""
        return self.state in TERMINAL_STATES

    @property
    def user_id(self) -> str:
        """Whose order it is."""
        return self._text("USERID")

    @property
    def barista_id(self) -> str | None:
        """Who holds it; None if nobody has claimed it."""
        return self._text("baristaUserId") or None

    @property
    def number(self) -> int | None:
        """The number that is called out; None before the drink is chosen."""
        value = self.attributes.get("orderNumber")
        return value if isinstance(value, int) else None

    @property
    def drink(self) -> JSON:
        """The drink as it was ordered; None before it is chosen."""
        text = self._text("drinkOrder")
        try:
            drink: JSON = parse(text) if text else None
        except ValueError:
            return text
        return drink

    @property
    def reason(self) -> str:
        """Why it ended the way it did, or ""."""
        return self._text("reason")

    @property
    def token(self) -> str | None:
        """The fingerprint of the task token, see `local.masking`; None if there is no token."""
        return self._text("TaskToken") or None

    @property
    def token_issued_at(self) -> str:
        """When the token was issued; grows with each new one. "" if there is none."""
        return self._text("tokenIssuedAt")

    @property
    def execution_arn(self) -> str | None:
        """The execution of the processor that made this row."""
        return self._text("executionId") or None

    @property
    def created_at(self) -> datetime | None:
        """When the order was registered."""
        try:
            return datetime.fromisoformat(self._text("createdAt"))
        except ValueError:
            return None

    def _text(self, name: str) -> str:
        value = self.attributes.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop's settings, and how full its queue is.

    Attributes:
        open: Whether it takes orders.
        limit: How many orders the queue holds at most.
        queue: The ids of the orders in it.
        drinks: The menu, as the table has it.
    """

    open: bool
    limit: int
    queue: frozenset[str]
    drinks: Sequence[JSON]


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A drink on the menu: its name, an order's icon, whether it can be had today, and its options by name."""

    name: str
    icon: str
    available: bool
    options: Mapping[str, Sequence[str]] = field(default_factory=dict)


def read_item(item: Mapping[str, AttributeValueTypeDef]) -> Mapping[str, JSON]:
    """Return an item as plain JSON: sets become sorted lists, numbers int where they are whole, a token its
    fingerprint."""
    return {
        name: mask_token(str(plain)) if holds_token(name) else plain
        for name, plain in ((name, _plain(value)) for name, value in item.items())
    }


def tokens_of(item: Mapping[str, AttributeValueTypeDef]) -> list[str]:
    """Return the task tokens that an item holds."""
    return [str(_plain(value)) for name, value in item.items() if holds_token(name)]


def _plain(value: Mapping[str, Any]) -> JSON:
    """Return a DynamoDB value as JSON."""
    kind, content = next(iter(value.items()))
    match kind:
        case "N":
            number = Decimal(content)
            return int(number) if number == number.to_integral_value() else float(number)
        case "L":
            return [_plain(item) for item in content]
        case "M":
            return {name: _plain(item) for name, item in content.items()}
        case "SS" | "NS":
            return sorted(content)
        case "NULL":
            return None
        case "S" | "BOOL":
            return content  # type: ignore[no-any-return]
        case _:
            return f"({kind})"
