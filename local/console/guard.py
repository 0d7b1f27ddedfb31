"""Keeps other sites out. A page of any site can send requests to 127.0.0.1; none of them may read or change a thing.

- A request with another Host is refused: a foreign name that points at 127.0.0.1 (DNS rebinding).
- A request that says that it comes from another site (Origin, Sec-Fetch-Site) is refused.
- A change needs a key in a header of its own: only the console's page has it, and no form can send such a header.
- No answer may run inline code, load from elsewhere, or be framed.
"""

from __future__ import annotations

import hmac
import logging
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY_HEADER = "x-espresso-key"
MOST_BODY = 100_000
_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


_log = logging.getLogger("local.console")


class PageGuard:
    """ASGI middleware: refuses requests from other pages, and adds the headers to every response.

    Args:
        app: What is guarded.
        key: What a change must carry in `X-Espresso-Key`; "" if nothing may be changed.
    """

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            elif scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            return

        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            problem = self._problem(scope)
            if problem:
                await JSONResponse({"ok": False, "message": problem}, 403)(scope, receive, send_guarded)
                return
            await self._app(scope, receive, send_guarded)
        except Exception as error:  # noqa: BLE001 - one line here, and an answer there, instead of a traceback
            # The error's own words may quote what was asked, or a token.
            _log.error("The console could not handle a request: %s.", type(error).__name__)
            if not begun:
                words = {"ok": False, "message": "The console failed; its terminal shows why."}
                await JSONResponse(words, 500)(scope, receive, send_guarded)

    def _problem(self, scope: Scope) -> str:
        """Return why a request is refused; "" if it is not."""
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1 or not _is_ours(headers["host"]):
            return "This console answers only to its own address."
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{headers['host']}":
            return "Another site asked for this."
        site = headers.get("sec-fetch-site", "same-origin")
        # "none" is a person who typed the address; a link elsewhere may open the page, but nothing else.
        opens_page = scope["method"] == "GET" and scope["path"] == "/"
        if site not in ("same-origin", "none") and not (
            opens_page and headers.get("sec-fetch-mode") == "navigate"
        ):
            return "Another site asked for this."
        if scope["method"] in ("GET", "HEAD"):
            return ""
        if not self._key:
            return "This console is read-only; start it with --allow-changes."
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return "A change is sent as JSON."
        if not hmac.compare_digest(headers.get(KEY_HEADER, "").encode(), self._key.encode()):
            return "The page is out of date: load it again."
        return ""


def _is_ours(host: str) -> bool:
    name, separator, port = host.rpartition(":")
    if not separator or host.endswith("]"):
        name, port = host, ""
    return name.lower() in _NAMES and (not port or port.isdigit())
