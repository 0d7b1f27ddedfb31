"""What all pages share: the latest picture of the stack, and the stream of its changes.

Everything is bounded: the newest orders, executions and events are kept, and a page that reads too slowly gets
a new picture of the whole in place of the changes that it missed.
"""

from __future__ import annotations

import asyncio
import bisect
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.console.views import View, now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from local.masking import JSON

MOST_ORDERS = 5000
MOST_EXECUTIONS = 2000
MOST_EVENTS = 500
MOST_PAGES = 32
_MOST_EVENT_CHARACTERS = 4_000_000
_SNAPSHOT_EXECUTIONS = 400
_SNAPSHOT_EVENTS = 200
_MOST_PENDING = 2000
_MOST_PENDING_CHARACTERS = 2_000_000
_HEARTBEAT = 10.0
# Changes that come within this many seconds travel together.
_TOGETHER = 0.03


class Hub:
    """Threads put changes in, pages read them.

    Args:
        greeting: What each picture of the whole carries beside the stack, e.g. the key for changes.
    """

    def __init__(self, greeting: View) -> None:
        self._greeting = greeting
        self._lock = threading.Lock()
        self._stack: View = {"up": False, "why": "Looking for the stack …"}
        self._shop: View = {}
        self._orders: dict[str, View] = {}
        self._executions: OrderedDict[str, View] = OrderedDict()
        self._bus = _Bus()
        self._pages: set[Page] = set()
        # Called when a page is opened.
        self.on_page: Callable[[], None] = lambda: None
        self._closed = False

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return len(self._pages)

    def stack(self, view: View, *, forget: bool = False) -> None:
        """Store that the stack came, went or changed. `forget` removes everything that is known of it."""
        with self._lock:
            changed = view != self._stack
            self._stack = view
            if forget:
                self._shop = {}
                self._orders.clear()
                self._executions.clear()
                self._bus.clear()
                for page in self._pages:
                    page.restart()
            elif changed:
                self._tell({"t": "stack", "stack": view})

    def shop(self, view: View) -> None:
        """Store the shop."""
        with self._lock:
            if view != self._shop:
                self._shop = view
                self._tell({"t": "shop", "shop": view})

    def orders(self, views: Iterable[View], *, complete: bool) -> list[str]:
        """Store orders, and with `complete` forget all others. Return the ids of those that have changed."""
        moved: list[str] = []
        with self._lock:
            views = list(views)
            if complete:
                seen = {str(view["id"]) for view in views}
                for key in [key for key in self._orders if key not in seen]:
                    self._forget(key)
            for view in views:
                key = str(view["id"])
                if self._orders.get(key) == view:
                    continue
                if key not in self._orders and len(self._orders) >= MOST_ORDERS:
                    self._forget(min(self._orders, key=lambda old: str(self._orders[old].get("created", ""))))
                self._orders[key] = view
                moved.append(key)
                self._tell({"t": "order", "order": view})
        return moved

    def _forget(self, key: str) -> None:
        del self._orders[key]
        self._tell({"t": "gone", "id": key})

    def execution(self, view: View) -> None:
        """Store an execution."""
        with self._lock:
            key = str(view["arn"])
            if self._executions.get(key) != view:
                self._executions[key] = view
                while len(self._executions) > MOST_EXECUTIONS:
                    self._executions.popitem(last=False)
                self._tell({"t": "execution", "execution": view})

    def event(self, view: View) -> None:
        """Store an event of the bus. An event that a history contains (`past`) is stored once."""
        with self._lock:
            if self._bus.add(view):
                self._tell({"t": "bus", "event": view})

    def known(self, arn: str) -> View | None:
        """Return what is known of an execution."""
        with self._lock:
            return self._executions.get(arn)

    def executions_of(self, order_id: str) -> list[str]:
        """Return the ARNs of the known executions about an order."""
        with self._lock:
            return [arn for arn, view in self._executions.items() if view["order"] == order_id]

    def events_of(self, order_id: str) -> list[View]:
        """Return the events about an order that the console heard on the bus."""
        with self._lock:
            return [
                event
                for event in self._bus.views()
                if event.get("order") == order_id and not event.get("past")
            ]

    def has_order(self, order_id: str) -> bool:
        """Return whether the order is known."""
        with self._lock:
            return order_id in self._orders

    def close(self) -> None:
        """End all streams."""
        with self._lock:
            self._closed = True
            for page in self._pages:
                page.wake()

    def open_page(self) -> Page | None:
        """Take a place for a page; None if all are taken. Give it back with `close_page`."""
        page = Page(asyncio.get_running_loop())
        with self._lock:
            if len(self._pages) >= MOST_PAGES:
                return None
            self._pages.add(page)
        self.on_page()
        return page

    def close_page(self, page: Page) -> None:
        """Give back the place of a page."""
        with self._lock:
            self._pages.discard(page)

    async def stream(self, page: Page) -> AsyncIterator[str]:
        """Yield the stream of one page, as the body of a `text/event-stream`: the whole first, then the changes."""
        yield "retry: 1000\n\n"
        while not self._closed:
            with self._lock:
                texts = page.take()
                if texts is None:
                    texts = [json.dumps(self._whole())]
            if texts:
                yield f"data: [{','.join(texts)}]\n\n"
            try:
                await asyncio.wait_for(page.wait(), _HEARTBEAT)
                await asyncio.sleep(_TOGETHER)
            except TimeoutError:
                yield f'data: [{{"t":"beat","now":"{now()}"}}]\n\n'

    def _whole(self) -> View:
        return {
            "t": "snapshot",
            "now": now(),
            "stack": self._stack,
            "shop": self._shop,
            "orders": list(self._orders.values()),
            "executions": list(self._executions.values())[-_SNAPSHOT_EXECUTIONS:],
            "bus": self._bus.views()[-_SNAPSHOT_EVENTS:],
            **self._greeting,
        }

    def _tell(self, message: JSON) -> None:
        if self._pages:
            text = json.dumps(message)
            for page in self._pages:
                page.put(text)


@dataclass(frozen=True, slots=True)
class _Told:
    seen: str
    size: int
    view: View


class _Bus:
    """The last events, in the order of time; bounded in number and in characters. Guarded by the hub's lock."""

    def __init__(self) -> None:
        self._events: list[_Told] = []
        self._past: set[str] = set()
        self._size = 0

    def add(self, view: View) -> bool:
        """Store an event. Return whether it is new, and not older than all that are kept."""
        told = _Told(str(view.get("seen", "")), len(json.dumps(view)), view)
        past = str(view.get("past") or "")
        if past and past in self._past:
            return False
        bisect.insort(self._events, told, key=lambda one: one.seen)
        self._size += told.size
        if past:
            self._past.add(past)
        kept = True
        while len(self._events) > MOST_EVENTS or self._size > _MOST_EVENT_CHARACTERS:
            oldest = self._events.pop(0)
            self._size -= oldest.size
            self._past.discard(str(oldest.view.get("past") or ""))
            kept = kept and oldest is not told
        return kept

    def views(self) -> list[View]:
        """Return the events, oldest first."""
        return [told.view for told in self._events]

    def clear(self) -> None:
        """Forget all events."""
        self._events.clear()
        self._past.clear()
        self._size = 0


class Page:
    """The changes that one page has not read yet. Guarded by the hub's lock, apart from the waking."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pending: list[str] | None = None  # None: it needs the whole
        self._size = 0
        self._news = asyncio.Event()

    def put(self, text: str) -> None:
        """Add a change."""
        if self._pending is not None:
            self._pending.append(text)
            self._size += len(text)
            if len(self._pending) > _MOST_PENDING or self._size > _MOST_PENDING_CHARACTERS:
                self._pending = None
        self.wake()

    def restart(self) -> None:
        """Send a new snapshot next."""
        self._pending = None
        self.wake()

    def take(self) -> list[str] | None:
        """Return what is new; None if the page needs the whole."""
        self._news.clear()
        taken, self._pending, self._size = self._pending, [], 0
        return taken

    async def wait(self) -> None:
        """Wait for something new."""
        await self._news.wait()

    def wake(self) -> None:
        """End the wait; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)
