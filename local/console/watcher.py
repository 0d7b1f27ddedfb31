"""Looks at the stack, and tells the hub what changed.

Three threads: one reads the tables and notices when the stack goes and comes back, one receives what the bus
carries, one reads executions that moved. What the bus says is only a hint where to look: what the page shows is
what the tables and the executions say.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from local.console.hub import MOST_EVENTS, MOST_ORDERS, Hub
from local.console.link import Link, Source
from local.console.tap import Tap
from local.console.views import View, moment, now, order_view
from local.executions import order_of, read_execution
from local.masking import mask
from local.rows import OrderRow, read_item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from local.executions import Execution
    from local.masking import JSON

_IDLE = 1.0
_AFTER_NEWS = 0.04
_LIST_AFTER_NEWS = 0.4
_LIST_IDLE = 2.0
_SETTLES = 0.15


class StackGone(Exception):  # noqa: N818
    """There is no stack to ask now."""


class Watcher:
    """Keeps the hub up to date.

    Args:
        hub: Who is told.
        source: Says where the stack is; asked again and again.
        changes: Whether it may make a rule and a queue in the stack, and carry out changes.
    """

    def __init__(self, hub: Hub, source: Callable[[], Source], *, changes: bool) -> None:
        self._hub = hub
        self._source = source
        self._changes = changes
        self._link: Link | None = None
        self._stopping = threading.Event()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._touched: OrderedDict[str, None] = OrderedDict()
        self._dirty: OrderedDict[str, float] = OrderedDict()
        self._moved = threading.Event()
        self._raw: deque[tuple[int, dict[str, Any]]] = deque(maxlen=MOST_EVENTS)
        self._counter = itertools.count(1)
        self._thread = threading.Thread(target=self._watch, name="console-watcher", daemon=True)

    @property
    def link(self) -> Link:
        """The connection to the stack.

        Raises:
            StackGone: There is none now.
        """
        link = self._link
        if link is None:
            raise StackGone
        return link

    def wait_for_link(self, seconds: float = 3.0) -> Link:
        """The connection to the stack, waited for while it is being made anew.

        Raises:
            StackGone: There was none in time.
        """
        end = time.monotonic() + seconds
        while self._link is None and time.monotonic() < end and not self._stopping.is_set():
            time.sleep(0.05)
        return self.link

    def start(self) -> None:
        """Begins to look."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it, and removes what it made in the stack."""
        self._stopping.set()
        self._news.set()
        self._thread.join(timeout=10)

    def touch(self, order_id: str) -> None:
        """Something happened to an order: look at it now."""
        with self._lock:
            self._touched[order_id] = None
            while len(self._touched) > MOST_ORDERS:
                self._touched.popitem(last=False)
        self.look()

    def look(self) -> None:
        """Something changed: look now."""
        self._news.set()

    def raw_event(self, number: int) -> dict[str, Any] | None:
        """An event as the bus carried it, its token included: to send it again, never to show it."""
        return next((event for at, event in list(self._raw) if at == number), None)

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                source = self._source()
            except Exception as error:  # noqa: BLE001 - whatever it is, people must read it on the page
                source = Source(None, why=str(error))
            if source.stack is None:
                self._gone(source.why or "No stack runs.")
                continue
            try:
                link = Link(source, source.stack)
                self._follow(link)
            except ClientError as error:
                self._gone(f"{source.stack.place} answered: {error.response['Error'].get('Message', '')}")
            except BotoCoreError:
                self._gone(f"Nothing answers at {source.stack.place}.")

    def _gone(self, why: str) -> None:
        self._link = None
        self._hub.stack({"up": False, "why": why})
        self._stopping.wait(_IDLE)

    def _follow(self, link: Link) -> None:
        """Looks at one stack until it is gone. Raises what the last look raised."""
        stack = link.stack
        tap = Tap(link) if self._changes else None
        if tap is not None:
            tap.open()
        self._raw.clear()
        self._dirty.clear()
        view: View = {
            "up": True,
            "name": stack.name,
            "place": stack.place,
            "identity": link.identity,
            "changes": self._changes,
            "limits": {person: pause.seconds for person, pause in link.pauses.items()},
            "pauses": {person: pause.state for person, pause in link.pauses.items()},
        }
        threads = [threading.Thread(target=self._read_executions, args=(link,), daemon=True)]
        if tap is not None:
            threads.append(threading.Thread(target=self._receive, args=(link, tap), daemon=True))
        try:
            first = self._all_orders(link), self._shop(link)
            self._link = link
            self._hub.stack(view, forget=True)
            self._hub.orders(first[0], complete=True)
            self._hub.shop(first[1])
            for thread in threads:
                thread.start()
            self._loop(link)
        finally:
            self._link = None
            link.closed.set()
            self._moved.set()
            if tap is not None and self._stopping.is_set():
                tap.close()

    def _loop(self, link: Link) -> None:
        next_list, next_all = 0.0, 0.0
        while not self._stopping.is_set():
            begun = time.monotonic()
            with self._lock:
                touched = list(self._touched)
                self._touched.clear()
            if touched:
                self._hub.orders(self._some_orders(link, touched), complete=False)
                for order_id in touched:
                    for arn in self._hub.executions_of(order_id):
                        known = self._hub.known(arn)
                        if known is not None and known["status"] == "RUNNING":
                            self._mark(arn)
            self._hub.shop(self._shop(link))
            if begun >= next_all:
                orders = self._all_orders(link)
                self._hub.orders(orders, complete=True)
                took = time.monotonic() - begun
                # A large table is read as a whole less often.
                next_all = time.monotonic() + max(_LIST_IDLE, 12 * took)
            if begun >= next_list:
                took = self._list_executions(link)
                next_list = time.monotonic() + max(_LIST_AFTER_NEWS if touched else _LIST_IDLE, 5 * took)
            elif touched:
                next_list = min(next_list, begun + _LIST_AFTER_NEWS)
            if self._other_stack(link):
                return
            if self._news.wait(min(_IDLE, max(next_list - time.monotonic(), 0.05))):
                self._news.clear()
                self._stopping.wait(_AFTER_NEWS)

    def _other_stack(self, link: Link) -> bool:
        source = self._source()
        return source.stack is None or source.identity != link.identity

    def _all_orders(self, link: Link) -> list[View]:
        views: list[View] = []
        pages = link.tables.get_paginator("query").paginate(
            TableName=link.stack.order_table,
            KeyConditionExpression="PK = :orders",
            ExpressionAttributeValues={":orders": {"S": "orders"}},
            PaginationConfig={"MaxItems": MOST_ORDERS},
        )
        for page in pages:
            views.extend(order_view(OrderRow(read_item(item)), link.pauses) for item in page["Items"])
        return views

    def _some_orders(self, link: Link, order_ids: list[str]) -> Iterable[View]:
        table = link.stack.order_table
        for at in range(0, len(order_ids), 100):
            keys = [{"PK": {"S": "orders"}, "SK": {"S": order_id}} for order_id in order_ids[at : at + 100]]
            answer = link.tables.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})
            for item in answer["Responses"].get(table, []):
                yield order_view(OrderRow(read_item(item)), link.pauses)

    @staticmethod
    def _shop(link: Link) -> View:
        shop = link.orders.shop()
        item = link.tables.get_item(TableName=link.stack.config_table, Key={"PK": {"S": "menu"}})
        return {
            "open": shop.open,
            "limit": shop.limit,
            "queue": sorted(shop.queue),
            "menu": read_item(item.get("Item", {})).get("value", []),
        }

    def _list_executions(self, link: Link) -> float:
        """Marks executions that are new or over since the last look. Returns how many seconds it took."""
        begun = time.monotonic()
        machines = [link.processor] if link.manager_is_express else [link.processor, link.manager]
        for machine in machines:
            answer = link.states.list_executions(stateMachineArn=machine, maxResults=200)
            for entry in reversed(answer["executions"]):
                known = self._hub.known(entry["executionArn"])
                if known is None or known["status"] != entry["status"]:
                    self._mark(entry["executionArn"])
        return time.monotonic() - begun

    def _mark(self, arn: str) -> None:
        with self._lock:
            self._dirty.setdefault(arn, time.monotonic() + _SETTLES)
        self._moved.set()

    def _read_executions(self, link: Link) -> None:
        while not link.closed.is_set():
            with self._lock:
                arn, due = next(iter(self._dirty.items()), (None, 0.0))
            if arn is None:
                self._moved.wait(_IDLE)
                self._moved.clear()
                continue
            if link.closed.wait(max(due - time.monotonic(), 0.0)):
                return
            with self._lock:
                self._dirty.pop(arn, None)
            # A stack that is gone is noticed by the other thread.
            with contextlib.suppress(BotoCoreError, ClientError):
                execution = read_execution(link.states, arn)
                self._hub.execution(execution_view(execution, link))
                order_id = order_of(execution.input)
                if order_id is not None and not self._hub.has_order(order_id):
                    self.touch(order_id)

    def _receive(self, link: Link, tap: Tap) -> None:
        while not link.closed.is_set():
            try:
                events = tap.receive()
            except (BotoCoreError, ClientError):
                if link.closed.wait(0.5):
                    return
                continue
            for event in events:
                number = next(self._counter)
                self._raw.append((number, event))
                view = event_view(event, number)
                self._hub.event(view)
                if isinstance(view["order"], str):
                    self.touch(view["order"])


def execution_view(execution: Execution, link: Link) -> View:
    """An execution as the page lists it."""
    request = execution.input if isinstance(execution.input, dict) else {}
    is_manager = execution.arn.split(":")[6:7] == [link.manager.rpartition(":")[2]]
    output: JSON = execution.output
    refused = is_manager and isinstance(output, dict) and output.get("accepted") is False
    states = execution.states or ()
    return {
        "arn": execution.arn,
        "name": execution.name,
        "machine": "manager" if is_manager else "processor",
        "order": order_of(execution.input),
        "action": str(request.get("action") or "put") if is_manager else "",
        "refused": str(output.get("reason", "")) if refused and isinstance(output, dict) else "",
        "status": execution.status,
        "started": moment(execution.started),
        "stopped": moment(execution.stopped) if execution.stopped else None,
        "states": [state.name for state in states],
        "failures": sorted({state.name for state in states if state.failures}),
    }


def event_view(event: dict[str, Any], number: int) -> View:
    """An event of the bus as the page shows it, without tokens."""
    detail = mask(event.get("detail"))
    order_id = detail.get("orderId") if isinstance(detail, dict) else None
    return {
        "n": number,
        "type": str(event.get("detail-type", "")),
        "source": str(event.get("source", "")),
        "time": str(event.get("time", "")),
        "seen": now(),
        "order": order_id if isinstance(order_id, str) else None,
        "detail": detail,
    }
