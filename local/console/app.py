"""The ASGI application: the page, its stream, and the requests that it makes."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from local.console.actions import BadRequest, act
from local.console.assets import ROUTE, asset, page_text
from local.console.guard import MOST_BODY, PageGuard
from local.console.hub import Hub, Page
from local.console.timeline import execution_details, execution_history, timeline
from local.console.watcher import StackGone, Watcher
from local.orders.ids import problem_with
from stepfunctions_local_client.values import parse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from local.console.connection import StackSource

_FIRST_LOOK = 3.0
_LONGEST_BODY = 10.0


@dataclass(frozen=True, slots=True)
class Console:
    """A console: its application, and the two parts behind it."""

    app: Starlette
    hub: Hub
    watcher: Watcher


def make_app(source: Callable[[], StackSource], *, changes: bool) -> Console:
    """Return the console of a stack.

    Args:
        source: Says where the stack is; asked again and again, since it may go and come back.
        changes: Whether people may change something in it.
    """
    key = secrets.token_urlsafe(24) if changes else ""
    hub = Hub({"key": key, "boot": secrets.token_hex(4)})
    watcher = Watcher(hub, source, changes=changes)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # The first page is to show the orders, not that they are being looked for.
        await run_in_threadpool(watcher.start, seconds=_FIRST_LOOK)
        try:
            yield
        finally:
            hub.close()
            await run_in_threadpool(watcher.stop)

    async def page(_: Request) -> Response:
        return HTMLResponse(page_text())

    async def stream(_: Request) -> Response:
        page = hub.open_page()
        if page is None:
            return PlainTextResponse("Too many pages are open.", 503, headers={"retry-after": "5"})
        return _Stream(hub, page)

    async def tell_timeline(request: Request) -> Response:
        order_id = request.query_params.get("order", "")
        problem = problem_with(order_id)
        if problem:
            return JSONResponse({"order": order_id, "message": f"The order id {problem}."}, 400)
        return await _read(lambda: timeline(watcher.connection, hub, order_id))

    async def tell_execution(request: Request) -> Response:
        arn = request.query_params.get("arn", "")
        return await _read(lambda: execution_details(watcher.connection, arn))

    async def tell_history(request: Request) -> Response:
        arn = request.query_params.get("arn", "")
        return await _read(lambda: execution_history(watcher.connection, arn))

    async def change(request: Request) -> Response:
        if not changes:
            return JSONResponse(
                {"ok": False, "message": "This console is read-only; start it with --allow-changes."}, 403
            )
        body = bytearray()
        try:
            async with asyncio.timeout(_LONGEST_BODY):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > MOST_BODY:
                        return JSONResponse({"ok": False, "message": "The request is too large."}, 413)
        except TimeoutError:
            return JSONResponse({"ok": False, "message": "The request was not complete in time."}, 408)
        try:
            fields = parse(bytes(body))
        except ValueError as error:
            return JSONResponse({"ok": False, "message": f"This is not a JSON object: {error}."}, 400)
        if not isinstance(fields, dict):
            return JSONResponse({"ok": False, "message": "This is not a JSON object."}, 400)
        try:
            return JSONResponse(await run_in_threadpool(act, watcher, fields))
        except BadRequest as error:
            return JSONResponse({"ok": False, "message": f"{error}."}, 400)
        except StackGone:
            return JSONResponse({"ok": False, "message": "The stack is gone."})

    routes = [
        Route("/", page),
        Route(ROUTE, asset),
        Route("/api/stream", stream),
        Route("/api/timeline", tell_timeline),
        Route("/api/execution", tell_execution),
        Route("/api/history", tell_history),
        Route("/api/do", change, methods=["POST"]),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(PageGuard, key=key)], lifespan=lifespan)
    return Console(app, hub, watcher)


class _Stream(StreamingResponse):
    """The stream of one page, whose place is given back however it ends, also before it began."""

    def __init__(self, hub: Hub, page: Page) -> None:
        super().__init__(hub.stream(page), media_type="text/event-stream")
        self._hub, self._page = hub, page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it until the page is closed."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._hub.close_page(self._page)


async def _read(what: Callable[[], dict[str, Any]]) -> Response:
    """Return the answer to a question, or why there is none."""
    try:
        return JSONResponse(await run_in_threadpool(what))
    except StackGone:
        return JSONResponse({"gone": True, "message": "The stack is gone."})
    except (ClientError, BotoCoreError):
        return JSONResponse({"gone": True, "message": "This is no longer in the stack."})
