"""The actions of the page: each sends requests to the stack and returns the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.orders.ids import problem_with
from local.orders.problems import OrderError, plain_answers
from stepfunctions_local_client.values import parse
from workflows.tables import LONGEST_QUEUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.console.connection import StackConnection
    from local.console.views import View
    from local.console.watcher import Watcher
    from local.masking import JSON
    from local.orders import messages

_MOST_TEXT = 256
_MOST_DETAIL = 50_000
_DEADLINE = 30.0


class BadRequest(Exception):  # noqa: N818
    """A request lacks a field or has one of the wrong kind. Says which."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields of a request."""

    fields: Mapping[str, Any]

    def text(self, name: str, *, most: int = _MOST_TEXT) -> str:
        """Return a text that isn't empty."""
        value = self.fields.get(name)
        if not isinstance(value, str) or not value.strip():
            raise BadRequest(f"{name} is missing")
        if len(value) > most:
            raise BadRequest(f"{name} has more than {most} characters")
        return value

    def order_id(self) -> str:
        """Return the id of an order, whatever it looks like."""
        value = self.fields.get("order")
        problem = "is missing" if value is None else problem_with(value)
        if problem:
            raise BadRequest(f"The order's id {problem}")
        return str(value)

    def flag(self, name: str) -> bool:
        """Return a boolean."""
        value = self.fields.get(name)
        if not isinstance(value, bool):
            raise BadRequest(f"{name} is neither true nor false")
        return value

    def number(self, name: str, low: int, high: int) -> int:
        """Return a whole number within limits."""
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise BadRequest(f"{name} is a whole number from {low} to {high}")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; may be empty."""
        value = self.fields.get(name, [])
        if not isinstance(value, list) or len(value) > 20:
            raise BadRequest(f"{name} is a list of at most 20 texts")
        if not all(isinstance(item, str) and len(item) <= _MOST_TEXT for item in value):
            raise BadRequest(f"{name} holds something that isn't a short text")
        return value


def act(watcher: Watcher, fields: Mapping[str, Any]) -> View:
    """Do what a request asks for. The answer has `ok`, and `message`; a refusal also has `reason`.

    Raises:
        BadRequest: The request is malformed.
        StackGone: There is no stack to ask.
    """
    asked = Asked(fields)
    name = asked.text("do")
    action = _ACTIONS.get(name)
    if action is None:
        raise BadRequest(f"there is nothing called {name[:40]!r} to do")
    connection = watcher.wait_for_connection()
    try:
        with plain_answers(connection.stack):
            return action(watcher, connection, asked)
    except OrderError as error:
        return {"ok": False, "message": str(error)}


def _scan(watcher: Watcher, connection: StackConnection, asked: Asked) -> View:
    order_id, user_id = asked.order_id(), asked.text("user")
    known = connection.orders.row(order_id)
    connection.orders.scan(order_id, user_id)
    watcher.touch(order_id)
    if known is not None:
        return _said(f"Scanned again. There is an order {order_id} already: nothing starts.")
    return _said(f"Scanned the code of order {order_id}.")


def _put(watcher: Watcher, connection: StackConnection, asked: Asked) -> View:
    order_id, drink = asked.order_id(), asked.text("drink")
    request = connection.orders.request(
        "put",
        order_id,
        user_id=asked.text("user"),
        barista_id="3",
        drink=drink,
        modifiers=asked.texts("modifiers"),
    )
    return _manage(watcher, connection, request, f"{drink} it is.")


def _order(watcher: Watcher, connection: StackConnection, asked: Asked) -> View:
    """Scan, and choose the drink as soon as the workflow waits for it."""
    order_id, user_id = asked.order_id(), asked.text("user")
    asked.text("drink")
    if connection.orders.row(order_id) is not None:
        return {"ok": False, "message": f"There is an order {order_id} already."}
    connection.orders.scan(order_id, user_id)
    row = connection.orders.wait_for_row(
        order_id,
        f"order {order_id} to wait for its drink",
        lambda row: row.over or row.token is not None,
        deadline=_DEADLINE,
    )
    watcher.touch(order_id)
    if row.over:
        return {
            "ok": False,
            "reason": row.state,
            "message": f"The order was not taken: the shop is {row.reason or 'not serving'}.",
        }
    return _put(watcher, connection, asked)


def _barista(action: messages.Action, done: str) -> Callable[[Watcher, StackConnection, Asked], View]:
    def run(watcher: Watcher, connection: StackConnection, asked: Asked) -> View:
        order_id, barista = asked.order_id(), asked.text("barista")
        request = connection.orders.request(action, order_id, barista_id=barista)
        return _manage(watcher, connection, request, done)

    return run


def _cancel(watcher: Watcher, connection: StackConnection, asked: Asked) -> View:
    order_id = asked.order_id()
    if "barista" in asked.fields:
        request = connection.orders.request("cancel", order_id, barista_id=asked.text("barista"))
    else:
        request = connection.orders.request("cancel", order_id, user_id=asked.text("user"))
    return _manage(watcher, connection, request, f"Order {order_id} is cancelled.")


def _manage(watcher: Watcher, connection: StackConnection, request: dict[str, JSON], done: str) -> View:
    outcome = connection.orders.manage(request, deadline=_DEADLINE)
    watcher.touch(str(request["orderId"]))
    if outcome.accepted:
        return _said(done)
    message = outcome.message
    return {"ok": False, "reason": outcome.reason, "message": message[:1].upper() + message[1:]}


def _event(watcher: Watcher, connection: StackConnection, asked: Asked) -> View:
    try:
        detail = parse(asked.text("detail", most=_MOST_DETAIL))
    except ValueError as error:
        return {"ok": False, "message": f"The detail isn't JSON: {error}"}
    if not isinstance(detail, dict):
        return {"ok": False, "message": "The detail isn't a JSON object."}
    return _publish(watcher, connection, asked.text("source"), asked.text("type"), detail)


def _resend(watcher: Watcher, connection: StackConnection, asked: Asked) -> View:
    event = watcher.raw_event(asked.number("n", 1, 2**53))
    if event is None:
        return {"ok": False, "message": "That event is too long ago to send it again."}
    return _publish(watcher, connection, str(event["source"]), str(event["detail-type"]), event.get("detail"))


def _publish(watcher: Watcher, connection: StackConnection, source: str, kind: str, detail: Any) -> View:
    connection.orders.publish(source, kind, detail)
    order_id = detail.get("orderId") if isinstance(detail, dict) else None
    if not problem_with(order_id):
        watcher.touch(str(order_id))
    return _said(f"{kind} is on the bus.")


def _shop(watcher: Watcher, connection: StackConnection, asked: Asked) -> View:
    opens = asked.flag("open")
    _set(connection, "config", "SET storeOpen = :value", {"BOOL": opens})
    watcher.look()
    return _said("The shop is open." if opens else "The shop is closed: new orders are turned away.")


def _places(watcher: Watcher, connection: StackConnection, asked: Asked) -> View:
    places = asked.number("places", 0, LONGEST_QUEUE)
    _set(connection, "config", "SET maxOrdersInQueue = :value", {"N": str(places)})
    watcher.look()
    return _said(f"The queue has {places} place{'' if places == 1 else 's'}.")


def _drink(watcher: Watcher, connection: StackConnection, asked: Asked) -> View:
    name, available = asked.text("drink"), asked.flag("available")
    at = next((at for at, drink in enumerate(connection.orders.menu()) if drink.name == name), None)
    if at is None:
        return {"ok": False, "message": f"There is no {name} on the menu."}
    # The condition keeps a menu that was changed meanwhile from getting another drink switched.
    connection.tables.update_item(
        TableName=connection.stack.config_table,
        Key={"PK": {"S": "menu"}},
        UpdateExpression=f"SET #v[{at}].available = :value",
        ConditionExpression=f"#v[{at}].drink = :name",
        ExpressionAttributeNames={"#v": "value"},
        ExpressionAttributeValues={":value": {"BOOL": available}, ":name": {"S": name}},
    )
    watcher.look()
    return _said(f"{name} is {'back on the menu' if available else 'off the menu'}.")


def _set(connection: StackConnection, key: str, update: str, value: Any) -> None:
    connection.tables.update_item(
        TableName=connection.stack.config_table,
        Key={"PK": {"S": key}},
        UpdateExpression=update,
        ConditionExpression="attribute_exists(PK)",
        ExpressionAttributeValues={":value": value},
    )


def _said(message: str) -> View:
    return {"ok": True, "message": message}


_ACTIONS: Mapping[str, Callable[[Watcher, StackConnection, Asked], View]] = {
    "scan": _scan,
    "put": _put,
    "order": _order,
    "make": _barista("make", "Claimed."),
    "unmake": _barista("unmake", "Put back into the queue."),
    "complete": _barista("complete", "Handed over."),
    "cancel": _cancel,
    "event": _event,
    "resend": _resend,
    "shop": _shop,
    "places": _places,
    "drink": _drink,
}
