"""Plays EventBridge's part between the rules and the functions: at least once, any order, late.

The emulator posts each event for a function here. Here it is held until the test says what becomes of it, or, for
orders that nobody watches, delivered at once. The functions are the real handlers, run in this process; a delivery can
be told to crash: before or after any of its calls to AWS.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from handlers import aws, order_ended, sanitize_order, waiting_completion, workflow_started

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from local.deployer.clients import Clients

HANDLERS: dict[str, Callable[[dict[str, object], object], dict[str, object]]] = {
    "WorkflowStarted": workflow_started.handler,
    "WaitingCompletion": waiting_completion.handler,
    "OrderEnded": order_ended.handler,
    "SanitizeOrder": sanitize_order.handler,
}


class CrashedError(BaseException):
    """The function's process is gone. Not an Exception, so that no handler takes it."""


@dataclass(frozen=True)
class Delivery:
    """An event on its way to a function."""

    function: str
    order_id: str
    event: dict[str, Any] = field(repr=False)  # it may hold a task token

    @property
    def token(self) -> str:
        """The task token in it, or ""."""
        return str(self.event["detail"].get("TaskToken", ""))

    @property
    def execution(self) -> str:
        """The execution of the processor that it is about."""
        detail = self.event["detail"]
        return str(detail.get("executionId") or detail.get("executionArn"))


class _Calls(threading.local):
    """How many calls the function of this thread may still make, and whether the last is carried out."""

    left: int | None = None
    carried_out = True


class _CrashingClient:
    """A client whose calls end the function when its time has come."""

    def __init__(self, client: Any, calls: _Calls) -> None:
        self._client = client
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        if name in ("exceptions", "meta"):
            return getattr(self._client, name)
        operation = getattr(self._client, name)

        def call(**parameters: Any) -> Any:
            if self._calls.left is None:
                return operation(**parameters)
            self._calls.left -= 1
            if self._calls.left > 0:
                return operation(**parameters)
            if self._calls.carried_out:
                operation(**parameters)
            raise CrashedError

        return call


class Courier:
    """The endpoint that the emulator posts to, and what is on its way."""

    def __init__(self) -> None:
        self.seen: list[Delivery] = []
        self.delivered: Counter[str] = Counter()
        self.errors: list[BaseException] = []
        self._held: dict[str, list[Delivery]] = {}
        self._condition = threading.Condition()
        self._paused = self._closed = False
        self._running = 0
        self._calls = _Calls()
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="function")
        self.twice = False
        courier = self

        class Post(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = courier.take(self.path.rpartition("/")[2], json.loads(body))
                data = answer.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 1024

        self._server = Server(("127.0.0.1", 0), Post)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="courier")
        self._thread.start()

    @property
    def url(self) -> str:
        """Where a function's events are to be posted: `<url>/<function>`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def use(self, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the functions reach the emulator, through clients that can crash."""
        dynamodb = _CrashingClient(clients.dynamodb, self._calls)
        events = _CrashingClient(clients.events, self._calls)
        states = _CrashingClient(clients.sfn, self._calls)
        monkeypatch.setattr(aws, "dynamodb", lambda: dynamodb)
        monkeypatch.setattr(aws, "eventbridge", lambda: events)
        monkeypatch.setattr(aws, "stepfunctions", lambda: states)

    def close(self) -> None:
        """Stop listening, and drop what waits for its function."""
        self._server.shutdown()
        self._server.server_close()
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def pause(self) -> None:
        """Begin no function until `resume`, and wait for those under way: the test's clients are about to go."""
        with self._condition:
            self._paused = True
            done = self._condition.wait_for(lambda: not self._running, timeout=30)
        assert done, f"waited 30 s for {self._running} functions to end"

    def resume(self) -> None:
        """Go on, with what came in between."""
        with self._condition:
            self._paused = False
            self._condition.notify_all()

    def hold(self, order_id: str) -> None:
        """From now on keep what is for this order, until it is asked for."""
        with self._condition:
            self._held[order_id] = []

    def release(self) -> None:
        """Keep nothing any more: what is kept is delivered, and what comes is delivered at once."""
        with self._condition:
            kept = [delivery for deliveries in self._held.values() for delivery in deliveries]
            self._held.clear()
        for delivery in kept:
            self._pool.submit(self._at_once, delivery)

    def held(self, order_id: str) -> list[Delivery]:
        """Return what is kept for an order."""
        with self._condition:
            return list(self._held[order_id])

    def wait_held(
        self, order_id: str, test: Callable[[Delivery], bool] = lambda _: True, *, deadline: float = 10.0
    ) -> Delivery | None:
        """Return the first event kept for an order that passes the test; None if none came in time."""
        end = time.monotonic() + deadline
        with self._condition:
            while True:
                for delivery in self._held[order_id]:
                    if test(delivery):
                        return delivery
                left = end - time.monotonic()
                if left <= 0:
                    return None
                self._condition.wait(left)

    def discard(self, delivery: Delivery) -> None:
        """Keep an event no longer: it will not be delivered again."""
        with self._condition:
            if delivery in self._held[delivery.order_id]:
                self._held[delivery.order_id].remove(delivery)

    def deliver(
        self, delivery: Delivery, *, crash_at: int | None = None, carried_out: bool = True
    ) -> dict[str, object] | None:
        """Run the function on an event, in this thread. None if it crashed, at its call number `crash_at`."""
        self._calls.left, self._calls.carried_out = crash_at, carried_out
        try:
            answer = HANDLERS[delivery.function](json.loads(json.dumps(delivery.event)), None)
        except CrashedError:
            self.delivered[f"{delivery.function} crashed"] += 1
            return None
        finally:
            self._calls.left = None
        self.delivered[delivery.function] += 1
        return answer

    def take(self, function: str, event: dict[str, Any]) -> tuple[int, str]:
        """Return what the emulator's post is answered with."""
        function = function.partition("-")[0]
        if function == "SanitizeOrder":
            try:
                return 200, json.dumps(sanitize_order.handler(event, None))
            except Exception as error:  # noqa: BLE001 -- as Lambda answers for any error of a function
                return 500, json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
        delivery = Delivery(function, _order_of(event), event)
        with self._condition:
            self.seen.append(delivery)
            kept = self._held.get(delivery.order_id)
            if kept is not None:
                kept.append(delivery)
                self._condition.notify_all()
        if kept is None:
            for _ in range(2 if self.twice else 1):
                self._pool.submit(self._at_once, delivery)
        return 200, "null"

    def _at_once(self, delivery: Delivery) -> None:
        with self._condition:
            self._condition.wait_for(lambda: self._closed or not self._paused)
            if self._closed:
                return
            self._running += 1
        try:
            self._try(delivery)
        finally:
            with self._condition:
                self._running -= 1
                self._condition.notify_all()

    def _try(self, delivery: Delivery) -> None:
        for _ in range(3):  # as Lambda tries an asynchronous event
            try:
                self.deliver(delivery)
            except Exception as error:  # noqa: BLE001 -- kept for the test to look at
                last = error
            else:
                return
        self.errors.append(last)


def _order_of(event: dict[str, Any]) -> str:
    detail = event["detail"]
    if "orderId" in detail:
        return str(detail["orderId"])
    try:
        return str(json.loads(detail["input"])["detail"]["orderId"])
    except (KeyError, TypeError, ValueError):
        return ""
