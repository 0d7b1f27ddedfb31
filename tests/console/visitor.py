"""Speaks to a console without a browser, as a program on this machine could."""

from __future__ import annotations

import http.client
import json
import time
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


class Visitor:
    """One stream of a console, and requests with the key that it told."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._connection = http.client.HTTPConnection(self._host, timeout=20)
        self._connection.request("GET", "/api/stream")
        self._stream = self._connection.getresponse()
        assert self._stream.status == 200, self._stream.status
        self.snapshot = self._first_snapshot()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._stream.close()
        self._connection.close()

    def _first_snapshot(self) -> dict[str, Any]:
        """The first picture of a stack that is there; before it, there may be one of none."""
        return self.wait("a snapshot of a stack", lambda one: one["t"] == "snapshot" and one["stack"]["up"])

    def messages(self) -> Iterator[dict[str, Any]]:
        while line := self._stream.readline():
            if line.startswith(b"data: "):
                yield from json.loads(line.removeprefix(b"data: "))

    def wait(
        self, what: str, test: Callable[[dict[str, Any]], bool], *, deadline: float = 20.0
    ) -> dict[str, Any]:
        """The first message from now on that passes a test. The heartbeat bounds the wait."""
        end = time.monotonic() + deadline
        for message in self.messages():
            if test(message):
                return message
            if time.monotonic() > end:
                break
        raise AssertionError(f"waited {deadline} s for {what}")

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
        connection = http.client.HTTPConnection(self._host, timeout=40)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
