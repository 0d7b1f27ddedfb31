"""An HTTP server for an ASGI application: Uvicorn, on a socket that listens already, until its program stops it.

Two things of Uvicorn's are changed. The signals stay with the program: Uvicorn's own handlers would end the process
before what has to be cleared up is. And a request's head has to come to its end: Uvicorn waits for one as long as it
takes, and keeps of it whatever comes.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import Server

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Iterator

    from stepfunctions_local_client.request_guard import Application

LARGEST_HEAD: Final = 64 * 1024
"""Bytes of a request's line and headers after which their end has to be there."""

BACKLOG: Final = 1024
"""Connections that may wait to be taken."""


async def serve(
    application: Application,
    listener: socket.socket,
    until: Callable[[], Awaitable[object]],
    *,
    idle: int,
    grace: int,
    dates: bool = True,
) -> None:
    """Serve an application until `until` returns.

    Args:
        application: What is served; its lifespan spans this call.
        listener: The socket, which is closed in the end.
        until: Awaited; when it is done, no further request is taken.
        idle: Seconds that a connection may be without a request; a request's head may take as many.
        grace: Seconds that requests which are open in the end have left.
        dates: Whether answers get their `Date` here; not those of an application that gives them one.
    """
    config = Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        log_level="error",  # its warnings are of clients that speak no HTTP, and those are told so
        access_log=False,
        server_header=False,
        date_header=dates,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=idle,
        timeout_graceful_shutdown=grace,
    )
    await _Server(config, until).serve([listener])


class _Server(Server):
    """A server that is a part of a program, which says when it stops and handles the signals."""

    def __init__(self, config: Config, until: Callable[[], Awaitable[object]]) -> None:
        super().__init__(config)
        self._until = until

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    async def main_loop(self) -> None:
        """Serve until it is time to stop, with the date of this second."""
        stop = asyncio.ensure_future(self._until())
        while not stop.done():
            await self.on_tick(0)
            await asyncio.wait([stop], timeout=1.0)
        await stop


class _Protocol(HttpToolsProtocol):
    """A connection on which no request's head may be longer, or take longer, than a real one does."""

    _head_due: asyncio.TimerHandle | None = None
    """While a head is awaited: what closes the connection if it does not come."""
    _head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._head_due is not None:
            self._head_size += len(data)
            if self._head_size > LARGEST_HEAD and not self.transport.is_closing():
                self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._end_head()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete:  # else another request has come already, and is carried out now
            self._await_head()

    def _await_head(self) -> None:
        if self._head_due is None:
            self._head_size = 0
            self._head_due = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _end_head(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None
