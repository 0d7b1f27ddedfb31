"""Serves the console on the loopback interface."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import weakref
from typing import TYPE_CHECKING, Any

from local.console.guard import HEADERS
from local.orders.problems import OrderError
from stepfunctions_local_client import http_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from local.console.app import Console

HOST = "127.0.0.1"
DEFAULT_PORT = 8484
# A page has two at most, and there are MOST_PAGES of them.
MOST_CONNECTIONS = 256
LONGEST_HEAD = 15
"""Seconds that a connection may be idle, and that a request's head may take."""
_FULL = "".join(
    f"{line}\r\n"
    for line in (
        "HTTP/1.1 503 Service Unavailable",
        *(f"{name}: {value}" for name, value in HEADERS.items()),
        "cache-control: no-store",
        "retry-after: 5",
        "content-length: 0",
        "connection: close",
        "",
    )
).encode()
_log = logging.getLogger("local.console")


class ConsolePortTaken(OrderError):  # noqa: N818
    """Something else listens on the console's port."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} of {HOST} is taken, perhaps by another console. "
            f"Choose another one: `espresso console --port {port + 1}`."
        )


def bound_socket(port: int) -> socket.socket:
    """Return a socket that listens on the loopback interface, and nowhere else; port 0 means a free one.

    Raises:
        ConsolePortTaken: Something listens there.
        OrderError: The system does not allow the port.
    """
    # asyncio turns Nagle's algorithm off only for sockets that say that they are TCP; with it, each answer on a
    # connection that is kept takes 40 ms longer.
    taken = _Bounded(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((HOST, port))
        taken.listen(64)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise ConsolePortTaken(port) from error
        raise OrderError(f"Port {port} of {HOST} can't be used: {error.strerror}.") from error
    taken.setblocking(False)
    return taken


class _Bounded(socket.socket):
    """A listening socket that has so many connections at most. One more is told so, and closed.

    The system's own limit of open files would answer with silence and a traceback for each.
    """

    _accepted: weakref.WeakSet[socket.socket] | None = None
    _refuses = False

    def accept(self) -> tuple[socket.socket, Any]:
        """Wait for a connection. BlockingIOError where there was one too many."""
        connection, address = super().accept()
        self._accepted = accepted = self._accepted if self._accepted is not None else weakref.WeakSet()
        full = sum(one.fileno() != -1 for one in accepted) >= MOST_CONNECTIONS
        if full and not self._refuses:
            _log.warning("The console has %s connections open and takes no more for now.", MOST_CONNECTIONS)
        self._refuses = full
        if full:
            with connection, contextlib.suppress(OSError):
                connection.setblocking(False)
                connection.send(_FULL)
            raise BlockingIOError
        accepted.add(connection)
        return connection, address


def serve(console: Console, bound: socket.socket, until: Callable[[], Awaitable[None]]) -> None:
    """Serve until `until` returns.

    Args:
        console: What is served.
        bound: Where, see `bound_socket`.
        until: Awaited; the console stops when it is done.
    """

    async def stop() -> None:
        await until()
        console.hub.close()

    # The page's address tells what a person looks at; nothing of it is logged.
    asyncio.run(http_server.serve(console.app, bound, stop, idle=LONGEST_HEAD, grace=1))
