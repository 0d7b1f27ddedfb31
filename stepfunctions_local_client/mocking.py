"""How an engine is given the test cases, in Step Functions Local's mock configuration.

https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html is the format. Engines differ in
when they read it: AWS's container when it starts, LocalStack whenever the file has changed, MiniStack when it starts
and when its configuration page is posted to.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import threading
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

from stepfunctions_local_client.credentials import GUARD_HEADER, credentials_for
from stepfunctions_local_client.errors import EngineError, MocksUnsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class MockChannel(Protocol):
    """A way to give an engine a mock configuration."""

    def install(self, config: Mapping[str, object]) -> None:
        """Replace the engine's mock configuration."""


class MocksFile:
    """The file that the engine was started with (`SFN_MOCK_CONFIG`), for engines that read it again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def install(self, config: Mapping[str, object]) -> None:
        """Write the file. LocalStack looks at its time in whole seconds, so that is made to differ."""
        before = self.path.stat().st_mtime if self.path.exists() else 0.0
        self.path.write_text(json.dumps(config, default=dict, indent=2), encoding="utf-8")
        after = self.path.stat().st_mtime
        if int(after) <= int(before):
            os.utime(self.path, (before + 1, before + 1))


class MiniStackPage:
    """MiniStack's configuration page."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def install(self, config: Mapping[str, object]) -> None:
        """Post the configuration."""
        body = json.dumps({"stepfunctions._sfn_mock_config": config}, default=dict)
        status, _ = request(self.endpoint, "POST", "/_ministack/config", body)
        if status != http.HTTPStatus.OK:
            why = ": it takes its own key pair only" if status == http.HTTPStatus.FORBIDDEN else ""
            raise MocksUnsupported(
                f"MiniStack at {self.endpoint} did not take the mock configuration: HTTP {status}{why}"
            )


class NoChannel:
    """An engine that reads its mock configuration only when it starts."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def install(self, config: Mapping[str, object]) -> None:  # noqa: ARG002  # the channel's signature
        """Refuse."""
        raise MocksUnsupported(
            f"the engine at {self.endpoint} reads its mock configuration when it starts: write it to a file, start "
            "the engine with SFN_MOCK_CONFIG naming that file, and give Client(..., mocks=MocksFile(path))"
        )


def mocks_for(endpoint: str) -> MockChannel:
    """Return the way to give the engine at an endpoint a mock configuration.

    Raises:
        EngineError: no engine answers there.
    """
    return MiniStackPage(endpoint) if engine_at(endpoint) == "ministack" else NoChannel(endpoint)


def engine_at(endpoint: str) -> str:
    """Which engine answers: "ministack", "localstack", or "" for another, such as AWS's container.

    Raises:
        EngineError: no engine answers there.
    """
    for engine in ("ministack", "localstack"):
        answer = ask(endpoint, "GET", f"/_{engine}/health")
        if answer is None:
            raise EngineError(f"no engine answers at {endpoint}: start it first, or correct the address")
        if answer.guarded:
            return answer.guarded
        if answer.status == http.HTTPStatus.OK and answer.page.lstrip().startswith("{"):
            return engine
    return ""


def guarded_engine(endpoint: str) -> str:
    """Which engine that this package started listens here; "" if it is none, or nobody answers."""
    answer = ask(endpoint, "GET", "/_ministack/health", timeout=3.0)
    return answer.guarded if answer is not None else ""


class EngineAnswer(NamedTuple):
    """An engine's answer to one HTTP request; `guarded` is its name if a guard stands before it."""

    status: int
    page: str
    guarded: str


def request(
    endpoint: str, method: str, path: str, body: str | None = None, *, timeout: float = 10.0
) -> tuple[int, str]:
    """One HTTP request to a local engine: the status and the page; status 0 if nobody answers."""
    answer = ask(endpoint, method, path, body, timeout=timeout)
    return (answer.status, answer.page) if answer is not None else (0, "")


def ask(
    endpoint: str, method: str, path: str, body: str | None = None, *, timeout: float = 10.0
) -> EngineAnswer | None:
    """Make one HTTP request to a local engine, signed with its key pair.

    Args:
        endpoint: The engine's URL.
        method: The request's method.
        path: Its path.
        body: A JSON document.
        timeout: Seconds for all of it, however slowly the answer trickles in.

    Returns:
        The answer; None if there is none in time.
    """
    # With boto3's own signer, which takes its time to import; the pytest plugin is always loaded.
    from stepfunctions_local_client.signing import signed_headers

    parts = urlsplit(endpoint)
    headers = {"Content-Type": "application/json"} if body else {}
    headers = signed_headers(
        method, endpoint.rstrip("/") + path, body or "", headers, credentials=credentials_for(endpoint)
    )
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=timeout)
    try:
        connection.connect()
        with _ended_after(timeout, connection.sock):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            page = answer.read().decode("utf-8", "replace")
            return EngineAnswer(answer.status, page, answer.getheader(GUARD_HEADER, ""))
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@contextlib.contextmanager
def _ended_after(seconds: float, connection: socket.socket) -> Iterator[None]:
    """End a connection after some seconds: the time-out of a socket is that of each single byte."""

    def end() -> None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
