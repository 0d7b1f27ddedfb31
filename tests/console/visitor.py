"""Speaks to a console without a browser, as a program on this machine could."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Seconds that something may take. It costs nothing where all is well, and other programs may have the processors.
DEADLINE = 60.0


class Visitor:
    """One stream of a console, and requests with the key that it told.

    A thread reads the stream all the time, so that no message is lost between two questions to it.

    Attributes:
        snapshot: The first picture of a stack that is there.
        shop: The shop as the console told it last.
        orders: The orders as the console told them last, by id.
    """

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(self._host, timeout=DEADLINE)
        self._connection.request("GET", "/api/stream")
        self._socket = self._connection.sock
        self._stream = self._connection.getresponse()
        assert self._stream.status == 200, self._stream.status
        self.shop: dict[str, Any] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self._told: list[dict[str, Any]] = []
        self._ended = False
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        try:
            # Before it, there may be a picture of no stack.
            self.snapshot = self.wait(
                "a snapshot of a stack", lambda one: one["t"] == "snapshot" and one["stack"]["up"]
            )
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the stream; more than once is fine."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=DEADLINE)
        assert not self._thread.is_alive(), "the stream did not end"
        self._stream.close()
        self._connection.close()

    def _listen(self) -> None:
        try:
            while line := self._stream.readline():
                if line.startswith(b"data: "):
                    with self._news:
                        for message in json.loads(line.removeprefix(b"data: ")):
                            self._take(message)
                        self._news.notify_all()
        except (OSError, http.client.HTTPException):
            pass
        finally:
            with self._news:
                self._ended = True
                self._news.notify_all()

    def _take(self, message: dict[str, Any]) -> None:
        self._told.append(message)
        match message["t"]:
            case "snapshot":
                self.shop = message["shop"]
                self.orders = {order["id"]: order for order in message["orders"]}
            case "shop":
                self.shop = message["shop"]
            case "order":
                self.orders[message["order"]["id"]] = message["order"]
            case "gone":
                self.orders.pop(message["id"], None)

    def wait(
        self, what: str, test: Callable[[dict[str, Any]], bool], *, deadline: float = DEADLINE
    ) -> dict[str, Any]:
        """Return the first message that passes a test. It and those before it are taken; those after it are kept."""
        end = time.monotonic() + deadline
        with self._news:
            while True:
                while self._told:
                    message = self._told.pop(0)
                    if test(message):
                        return message
                self._wait_for_news(what, end, deadline)

    def until(self, what: str, test: Callable[[], bool], *, deadline: float = DEADLINE) -> None:
        """Wait until a test of `shop` and `orders` passes."""
        end = time.monotonic() + deadline
        with self._news:
            while not test():
                self._wait_for_news(what, end, deadline)

    def _wait_for_news(self, what: str, end: float, deadline: float) -> None:
        left = end - time.monotonic()
        if self._ended:
            raise AssertionError(f"the stream ended before {what}")
        if left <= 0:
            raise AssertionError(f"waited {deadline} s for {what}")
        # The test may be about another visitor, too, whose news do not wake this one.
        self._news.wait(min(left, 0.2))

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items())
        status, answer = self.request("GET", f"{path}?{query}" if query else path)
        assert status == 200, (path, status, answer)
        document: dict[str, Any] = json.loads(answer)
        return document

    def do(self, **fields: object) -> tuple[int, dict[str, Any]]:
        """Asks for a change as the page does. Returns status and answer."""
        headers = {"content-type": "application/json", "x-espresso-key": self.snapshot["key"]}
        status, answer = self.request("POST", "/api/do", json.dumps(fields).encode(), headers)
        return status, json.loads(answer)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self._host, timeout=DEADLINE)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
