"""The server of the engines and of the console, seen by clients that speak HTTP well, badly, slowly or not at all."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import signal
import socket
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from stepfunctions_local_client.http_server import LARGEST_HEAD, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stepfunctions_local_client.request_guard import Message, Receive, Send

DEADLINE = 20.0
IDLE = 1


class Echo:
    """An application that answers with what it was sent. It waits for `/slow`, and refuses `/refused` unread."""

    def __init__(self) -> None:
        self.lifespan: list[str] = []
        self.waits = threading.Event()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                event = (await receive())["type"]
                self.lifespan.append(event)
                await send({"type": f"{event}.complete"})
            return
        if scope["path"] == "/slow":
            self.waits.set()
            await asyncio.sleep(DEADLINE)
        said = scope["path"].encode()
        more = scope["path"] != "/refused"
        while more:
            message = await receive()
            said += message["body"]
            more = message["more_body"]
        headers = [(b"content-length", str(len(said)).encode())]
        headers += [(b"connection", b"close")] if scope["path"] == "/refused" else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": said})


class Served:
    """The application, served in a thread."""

    def __init__(self) -> None:
        self.echo = Echo()
        self.stop = threading.Event()
        listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = listener.getsockname()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve(listener)))
        self.thread.start()

    async def _serve(self, listener: socket.socket) -> None:
        async def until() -> None:
            while not self.stop.is_set():
                await asyncio.sleep(0.01)

        await serve(self.echo, listener, until, idle=IDLE, grace=1)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=DEADLINE)

    def end(self) -> None:
        self.stop.set()
        self.thread.join(DEADLINE)
        assert not self.thread.is_alive(), f"the server did not stop within {DEADLINE} s"


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.end()


def answer(connection: socket.socket) -> tuple[http.client.HTTPResponse, bytes]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response, response.read()


def get(served: Served, path: str = "/") -> bytes:
    with served.connect() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
        return answer(connection)[1]


def send_slowly(connection: socket.socket, data: bytes) -> None:
    for at in range(0, len(data), 1024):
        connection.sendall(data[at : at + 1024])
        time.sleep(0.0001)


def until_closed(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_connection_is_kept_for_the_next_request(served: Served) -> None:
    with served.connect() as connection:
        for path in ("/one", "/two"):
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            response, body = answer(connection)
            assert body == path.encode()
            assert len(response.headers.get_all("date", [])) == 1
            assert "server" not in response.headers


def test_requests_that_come_at_once_are_answered_one_after_the_other(served: Served) -> None:
    with served.connect() as connection:
        requests = [f"GET /{number} HTTP/1.1\r\nHost: here\r\n" for number in range(5)]
        connection.sendall(("\r\n".join(requests) + "Connection: close\r\n\r\n").encode())
        said = until_closed(connection)
    bodies = [said.index(f"\r\n\r\n/{number}".encode()) for number in range(5)]
    assert bodies == sorted(bodies)


def test_a_large_body_arrives_whole_also_in_pieces(served: Served) -> None:
    body = bytes(range(256)) * 16 * 1024  # 4 MiB
    with served.connect() as connection:
        connection.sendall(f"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        connection.sendall(body)
        assert answer(connection)[1] == b"/" + body
        chunks = b"".join(b"%x\r\n%s\r\n" % (4096, body[at : at + 4096]) for at in range(0, 65536, 4096))
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
        )
        assert answer(connection)[1] == b"/" + body[:65536]


def test_who_waits_for_leave_to_send_a_body_is_given_it(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"me")
        assert answer(connection)[1] == b"/me"


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a client that speaks TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost here\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_request_is_told_so_and_others_are_served(served: Served, said: bytes) -> None:
    with served.connect() as connection:
        connection.sendall(said)
        assert until_closed(connection).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert get(served) == b"/"


def test_requests_whose_heads_do_not_come_to_their_ends_are_given_up(served: Served) -> None:
    heads = (b"", b"\r\n", b"GET", b"GET / HTTP/1.1\r\nHost: here\r\nX-Long: a")
    with ExitStack() as open_connections:
        given: list[tuple[socket.socket, bytes]] = []
        for first, head in itertools.product((b"", b"GET /first HTTP/1.1\r\nHost: here\r\n\r\n"), heads):
            connection = open_connections.enter_context(served.connect())
            connection.sendall(first + head)
            given.append((connection, first))
        began = time.monotonic()
        for connection, first in given:
            said = until_closed(connection)
            assert said.count(b"HTTP/1.1 ") == said.count(b"\r\n\r\n/first") == bool(first)
        assert time.monotonic() - began < DEADLINE / 2


def test_a_head_without_an_end_is_not_kept(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nX-Long: ")
        with pytest.raises(ConnectionError):  # what comes after the answer finds the connection closed
            send_slowly(connection, b"a" * 100 * LARGEST_HEAD)
    assert get(served) == b"/"


def test_an_answer_that_takes_long_outlives_the_time_for_a_head(served: Served) -> None:
    with served.connect() as connection:
        requests = [f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n" for path in ("/first", "/slow")]
        connection.sendall("".join(requests).encode())
        assert answer(connection)[1] == b"/first"
        assert served.echo.waits.wait(DEADLINE)
        connection.settimeout(IDLE * 1.5)
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_who_is_answered_before_its_body_was_read_reads_the_answer(served: Served) -> None:
    with served.connect() as connection:
        connection.sendall(
            b"POST /refused HTTP/1.1\r\nHost: here\r\nContent-Length: 60000\r\n\r\n" + b"a" * 60000
        )
        assert answer(connection)[1] == b"/refused"


def test_it_stops_though_a_request_is_open_and_lets_the_application_stop() -> None:
    served = Served()
    with served.connect() as slow, served.connect() as idle:
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: here\r\n\r\n")
        assert served.echo.waits.wait(DEADLINE)
        began = time.monotonic()
        served.end()
        assert time.monotonic() - began < DEADLINE / 2
        assert until_closed(idle) == b""
    assert served.echo.lifespan == ["lifespan.startup", "lifespan.shutdown"]
    with pytest.raises(ConnectionRefusedError):
        served.connect()


def test_the_signals_stay_with_the_program() -> None:
    def handlers() -> list[object]:
        return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    seen: list[list[object]] = []

    async def until() -> None:
        seen.append(handlers())

    async def program() -> None:
        seen.append(handlers())
        await serve(Echo(), socket.create_server(("127.0.0.1", 0)), until, idle=IDLE, grace=1)

    asyncio.run(program())
    assert seen[0] == seen[1]
