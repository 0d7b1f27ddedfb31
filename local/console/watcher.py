"""Reads the stack, and passes changes to the hub.

Three threads: one reads the tables and notices when the stack goes and comes back, one receives what the bus
carries, one reads executions that changed. An event is only a hint where to look: the page shows what is in the
tables and the histories of the executions.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.console.connection import StackConnection, StackSource
from local.console.hub import MOST_ORDERS, Hub
from local.console.reader import ExecutionReader
from local.console.subscription import HeardEvents, Subscription
from local.console.views import View, event_view, order_view
from local.orders.client import OrderClient
from local.orders.ids import problem_with
from local.orders.rows import StoredOrder, read_item, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from local.stacks.stack import Stack

_IDLE = 1.0
_AFTER_NEWS = 0.04
_LIST_AFTER_NEWS = 0.4
_LIST_IDLE = 2.0
_MOST_SAID = 200
# Reading the whole table of a deployed stack costs money.
_ALL_IDLE, _ALL_IDLE_ON_AWS = 2.0, 10.0


_log = logging.getLogger("local.console")


class StackGone(Exception):  # noqa: N818
    """There is no stack to ask now."""


class Watcher:
    """Keeps the hub up to date.

    Args:
        hub: Who is told.
        source: Says where the stack is; asked again and again.
        changes: Whether it may make a rule and a queue in the stack, and carry out changes.
    """

    def __init__(self, hub: Hub, source: Callable[[], StackSource], *, changes: bool) -> None:
        self._hub = hub
        self._source = source
        self._changes = changes
        self._connection: StackConnection | None = None
        self._known: tuple[OrderClient, str] | None = None
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._touched: OrderedDict[str, None] = OrderedDict()
        self._heard = HeardEvents()
        self._counter = itertools.count(1)
        self._page_opened = threading.Event()
        self._looked = threading.Event()
        self._said: set[str] = set()
        hub.on_page = self._wake
        self._thread = threading.Thread(target=self._watch, name="console-watcher", daemon=True)

    @property
    def connection(self) -> StackConnection:
        """The connection to the stack.

        Raises:
            StackGone: There is none now.
        """
        connection = self._connection
        if connection is None:
            raise StackGone
        return connection

    def wait_for_connection(self, seconds: float = 3.0) -> StackConnection:
        """Return the connection to the stack, waited for while it is being made anew.

        Raises:
            StackGone: There was none in time.
        """
        end = time.monotonic() + seconds
        while self._connection is None and time.monotonic() < end and not self._stopping.is_set():
            time.sleep(0.05)
        return self.connection

    def start(self, *, seconds: float = 0.0) -> None:
        """Start the thread. Wait up to `seconds` until it has read the stack, or found that there is none."""
        self._thread.start()
        self._looked.wait(seconds)

    def stop(self) -> None:
        """Stop the thread, and remove what it created in the stack."""
        self._stopping.set()
        self._news.set()
        self._thread.join(timeout=10)

    def touch(self, order_id: str) -> None:
        """Read an order now, since something happened to it. A value that cannot be an order's id is ignored."""
        if problem_with(order_id):
            return
        with self._lock:
            self._touched[order_id] = None
            while len(self._touched) > MOST_ORDERS:
                self._touched.popitem(last=False)
        self.look()

    def look(self) -> None:
        """Read the stack now, since something changed."""
        self._news.set()

    def raw_event(self, number: int) -> dict[str, Any] | None:
        """Return an event as the bus carried it, its token included: to send it again, never to show it."""
        return self._heard.event(number)

    def _wake(self) -> None:
        """Look at once: a page was opened and must not wait."""
        self._page_opened.set()
        self._news.set()

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                source = self._source()
            except Exception as error:  # noqa: BLE001 - whatever it is, people must read it on the page
                source = StackSource(None, why=str(error))
            if source.stack is None:
                self._gone(source.why or "No stack runs.")
                continue
            try:
                self._follow(StackConnection(self._clients(source, source.stack), source.identity))
            except ClientError as error:
                self._gone(f"{source.stack.place} answered: {error.response['Error'].get('Message', '')}")
            except BotoCoreError:
                self._gone(f"Nothing answers at {source.stack.place}.")
            except Exception as error:  # noqa: BLE001 - a fault of the console's own is not the stack's end
                self._skip("what the stack holds", error)
                self._gone(
                    f"The console met something that it can't read ({type(error).__name__}); it tries again."
                )

    def _clients(self, source: StackSource, stack: Stack) -> OrderClient:
        """Return the clients of a stack, the same for as long as it is the same stack."""
        if self._known is None or (self._known[0].stack, self._known[1]) != (stack, source.identity):
            self._known = source.orders or OrderClient(stack), source.identity
        return self._known[0]

    def _gone(self, why: str) -> None:
        self._connection = None
        self._hub.stack({"up": False, "why": why})
        self._looked.set()
        self._stopping.wait(_IDLE)

    def _skip(self, what: str, error: Exception) -> None:
        """Log once that something cannot be shown, without the error's text, which may contain a token."""
        said = f"{what} ({type(error).__name__})"
        if said not in self._said and len(self._said) < _MOST_SAID:
            self._said.add(said)
            _log.warning("The console leaves out %s: it can't be shown.", said)

    def _follow(self, connection: StackConnection) -> None:
        """Look at one stack until it is gone. Raises what the last look raised."""
        if not self._changes:
            self._look_at(connection, None)
            return
        subscription = Subscription(connection, self._skip)
        try:
            subscription.open()
            self._look_at(connection, subscription)
        finally:
            subscription.close()

    def _look_at(self, connection: StackConnection, subscription: Subscription | None) -> None:
        stack = connection.stack
        listens_since = datetime.now(UTC) if subscription is not None else None
        self._heard.forget()
        view: View = {
            "up": True,
            "name": stack.name,
            "place": stack.place,
            "identity": connection.identity,
            "changes": self._changes,
            "limits": {person: pause.seconds for person, pause in connection.pauses.items()},
            "pauses": {person: pause.state for person, pause in connection.pauses.items()},
        }
        reader = ExecutionReader(
            self._hub,
            connection,
            touch=self.touch,
            skipped=self._skip,
            number=lambda: next(self._counter),
            listens_since=listens_since,
        )
        threads = [threading.Thread(target=reader.run, daemon=True)]
        if subscription is not None:
            threads.append(
                threading.Thread(target=self._receive, args=(connection, subscription), daemon=True)
            )
        try:
            first = self._all_orders(connection), self._shop(connection)
            self._connection = connection
            self._hub.stack(view, forget=True)
            self._hub.orders(first[0], complete=True)
            self._hub.shop(first[1])
            self._looked.set()
            for thread in threads:
                thread.start()
            self._loop(connection, reader)
        finally:
            self._connection = None
            connection.closed.set()
            reader.wake()

    def _loop(self, connection: StackConnection, reader: ExecutionReader) -> None:
        next_list, next_all = 0.0, 0.0
        all_idle = _ALL_IDLE_ON_AWS if connection.stack.endpoint is None else _ALL_IDLE
        while not self._stopping.is_set():
            begun = time.monotonic()
            with self._lock:
                touched = list(self._touched)
                self._touched.clear()
            if touched:
                self._hub.orders(self._some_orders(connection, touched), complete=False)
                for order_id in touched:
                    reader.mark_order(order_id)
            self._hub.shop(self._shop(connection))
            if begun >= next_all:
                # Without the bus, this is how a move is noticed.
                for order_id in self._hub.orders(self._all_orders(connection), complete=True):
                    reader.mark_order(order_id)
                took = time.monotonic() - begun
                # A large table is read as a whole less often.
                next_all = time.monotonic() + max(all_idle, 12 * took)
            if begun >= next_list:
                took = reader.find()
                next_list = time.monotonic() + max(_LIST_AFTER_NEWS if touched else _LIST_IDLE, 5 * took)
            elif touched:
                next_list = min(next_list, begun + _LIST_AFTER_NEWS)
            if self._other_stack(connection):
                return
            if self._news.wait(min(_IDLE, max(next_list - time.monotonic(), 0.05))):
                self._news.clear()
                self._stopping.wait(_AFTER_NEWS)
            if not self._hub.pages and not self._stopping.is_set():
                # Nobody looks: a glance a second is enough, and ends when somebody does.
                self._page_opened.wait(_IDLE)
            self._page_opened.clear()

    def _other_stack(self, connection: StackConnection) -> bool:
        source = self._source()
        return source.stack is None or source.identity != connection.identity

    def _all_orders(self, connection: StackConnection) -> list[View]:
        """Yield the newest orders. The table is sorted by their ids, so that all of it has to be read."""
        pages = connection.tables.get_paginator("query").paginate(
            TableName=connection.stack.order_table,
            KeyConditionExpression="PK = :orders",
            ExpressionAttributeValues={":orders": {"S": "orders"}},
        )

        def items() -> Iterator[Any]:
            for page in pages:
                if self._stopping.is_set():
                    return
                yield from page["Items"]

        newest = heapq.nlargest(MOST_ORDERS, items(), key=lambda item: item.get("createdAt", {}).get("S", ""))
        return list(self._views(connection, reversed(newest)))

    def _some_orders(self, connection: StackConnection, order_ids: list[str]) -> Iterable[View]:
        table = connection.stack.order_table
        for at in range(0, len(order_ids), 100):
            keys = [{"PK": {"S": "orders"}, "SK": {"S": order_id}} for order_id in order_ids[at : at + 100]]
            answer = connection.tables.batch_get_item(
                RequestItems={table: {"Keys": keys, "ConsistentRead": True}}
            )
            yield from self._views(connection, answer["Responses"].get(table, []))

    def _views(self, connection: StackConnection, items: Iterable[Any]) -> Iterator[View]:
        for item in items:
            for token in tokens_of(item):
                connection.tokens.add(token)
            try:
                yield order_view(StoredOrder(read_item(item)), connection.pauses, connection.tokens)
            except Exception as error:  # noqa: BLE001 - a row that a hand has edited must not hide all others
                self._skip(f"the order {item.get('SK', {}).get('S', '')[:200]!r}", error)

    @staticmethod
    def _shop(connection: StackConnection) -> View:
        shop = connection.orders.shop()
        return {
            "open": shop.open,
            "limit": shop.limit,
            "queue": sorted(shop.queue),
            "menu": list(shop.drinks),
        }

    def _receive(self, connection: StackConnection, subscription: Subscription) -> None:
        while not connection.closed.is_set():
            try:
                events = subscription.receive()
            except (BotoCoreError, ClientError):
                if connection.closed.wait(0.5):
                    return
                continue
            for event in events:
                try:
                    self._hear(connection, event)
                except Exception as error:  # noqa: BLE001 - one event must not make it deaf to all others
                    self._skip(f"an event {str(event.get('detail-type'))[:200]!r}", error)

    def _hear(self, connection: StackConnection, event: dict[str, Any]) -> None:
        number = next(self._counter)
        self._heard.add(number, event)
        connection.tokens.learn(event.get("detail"))
        view = event_view(event, number, connection.tokens)
        self._hub.event(view)
        if isinstance(view["order"], str):
            self.touch(view["order"])
