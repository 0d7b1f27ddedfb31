"""Stand in front of an engine's application, and serve only the owner of its key pair.

An emulator runs uploaded code with the rights of the user who started it, and a port of 127.0.0.1 is open to every web
page that the developer looks at and to every user of the machine. So a request is served only if

- it is addressed to a name of this machine's own and to the engine's port, which a page that was rebound to 127.0.0.1
  by its DNS is not;
- it does not come from a web page: it has no `Origin`, and `Sec-Fetch-Site` is absent or `none`;
- it is signed with the engine's key pair (AWS Signature Version 4), in its headers or as a presigned URL.

No header that would let a page read an answer (CORS) ever leaves. The guard is an ASGI application around another:
what is mounted under it sees only what has passed.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from xml.sax.saxutils import escape

from stepfunctions_local_client import signatures_v2
from stepfunctions_local_client.credentials import GUARD_HEADER
from stepfunctions_local_client.signatures import (
    MISSING,
    UNKNOWN_KEY,
    ErrorCodes,
    Refused,
    SignedRequest,
    check_claims,
    check_signature,
    read_signature,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stepfunctions_local_client.credentials import Credentials

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

LARGEST_BODY: Final = 128 * 1024 * 1024
"""Bytes; a zipped function of 50 MB (Lambda's limit for a direct upload) is 67 MB in base64."""

_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
"""What an HTML form can send without asking the server first; the only types of a "simple" request (Fetch, CORS)."""

_QUERY_SERVICES: Final = frozenset(
    [
        *("autoscaling", "cloudformation", "cloudsearch", "ec2", "elasticache", "elasticbeanstalk"),
        *("elasticloadbalancing", "iam", "importexport", "monitoring", "rds", "redshift", "sdb", "ses"),
        *("sns", "sqs", "sts"),
    ]
)
"""The signing names of services with the protocols `query` and `ec2` in botocore's models, and SQS, which had it."""

_LEAVES_NOT: Final = (b"access-control-", b"timing-allow-origin")
_NOT_FOR_PAGES: Final = ErrorCodes("AccessDeniedException", "AccessDenied", "AccessDenied")
_TOO_LARGE: Final = ErrorCodes("RequestEntityTooLargeException", "RequestEntityTooLarge", "EntityTooLarge")


class RequestGuard:
    """An ASGI application that serves another one's answers to those who may ask.

    Args:
        application: What is guarded.
        name: The engine's name, for those who ask what it is that refuses them.
        credentials: The key pair with which requests are signed.
        port: The port that it listens on.
        any_credentials: Serve requests that are signed with any key pair, by their header. The engine's own pages
            and presigned URLs need the right pair all the same.
        hint: Where the key pair is found, for those who come with another or with none.
        now: The clock, for tests.
    """

    def __init__(
        self,
        application: Application,
        *,
        name: str,
        credentials: Credentials,
        port: int,
        any_credentials: bool = False,
        hint: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._application = application
        self._name = name
        self._credentials = credentials
        self._any = any_credentials
        self._hint = hint
        self._now = now
        bare = ("127.0.0.1", "localhost", "[::1]")
        self._hosts = {f"{host}:{port}" for host in bare} | ({*bare} if port == 80 else set())

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve or refuse one request. What is no request, such as the start of the server, passes."""
        if scope["type"] == "websocket":  # no tool of AWS opens one here; a page does it without a preflight
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        request = request_of(scope)
        try:
            self._check_origin(request)
            body = await self._check_signature(request, receive, str(scope["path"]))
        except Refused as refused:
            await self._refuse(request, refused, send)
            return
        except _Disconnected:
            return
        await self._application(scope, _replay(body, receive), _Outgoing(send, self._name).send)

    def _check_origin(self, request: SignedRequest) -> None:
        """Refuse what is addressed to another host, or comes from a web page."""
        hosts = request.values("host")
        if len(hosts) != 1 or hosts[0].strip().lower() not in self._hosts:
            said = ", ".join(hosts)[:80] or "(none)"
            raise Refused(_NOT_FOR_PAGES, f"the Host {said} is not this engine's address on this machine")
        if request.values("origin") or any(
            site.strip().lower() != "none" for site in request.values("sec-fetch-site")
        ):
            raise Refused(_NOT_FOR_PAGES, "a web page may not use this engine")
        if not request.path.startswith("/") or "#" in request.path + request.query:
            raise Refused(_NOT_FOR_PAGES, "the request's target is not a path of this engine", status=400)

    async def _check_signature(self, request: SignedRequest, receive: Receive, path: str) -> bytes:
        """Refuse what is not signed as it has to be; the body that was read on the way."""
        if signatures_v2.is_presigned(request):
            with _asked_of(signatures_v2.SERVICE):
                signatures_v2.check_presigned(request, self._credentials, self._now())
                _check_form(request, query_protocol=False)
                return await _body(receive)
        signature = read_signature(request)
        unverified = self._any and signature.expires is None and not path.startswith("/_")
        with _asked_of(signature.service):
            if not unverified:
                check_claims(request, signature, self._credentials, self._now())
            query_protocol = signature.service in _QUERY_SERVICES and signature.expires is None
            _check_form(request, query_protocol=query_protocol)
            body = await _body(receive)
            if not unverified:
                check_signature(replace(request, body=body), signature, self._credentials)
        return body

    async def _refuse(self, request: SignedRequest, refused: Refused, send: Send) -> None:
        message = refused.message
        if refused.names in (MISSING, UNKNOWN_KEY) and self._hint:
            message = f"{message} {self._hint}"
        kind, content = _rendered(request, refused, message)
        headers = [
            (b"content-type", kind.encode()),
            (b"content-length", str(len(content)).encode()),
            (b"x-amzn-errortype", refused.names.json.encode()),
            (b"connection", b"close"),  # the body may not have been read
            (GUARD_HEADER.encode(), self._name.encode()),
        ]
        await send({"type": "http.response.start", "status": refused.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else content})


@contextmanager
def _asked_of(service: str) -> Iterator[None]:
    """Name in a refusal the service that was asked: its protocol says how an error is written."""
    try:
        yield
    except Refused as refused:
        refused.service = service
        raise


def _check_form(request: SignedRequest, *, query_protocol: bool) -> None:
    """Refuse what a page's form can send, unless the service is asked so by its API's own protocol."""
    if request.method != "POST":
        return
    kinds = {value.partition(";")[0].strip().lower() for value in request.values("content-type")}
    if kinds & _FORMS and not (query_protocol and kinds == {"application/x-www-form-urlencoded"}):
        raise Refused(
            _NOT_FOR_PAGES,
            f"no AWS API takes a form of the type {', '.join(sorted(kinds))} here",
            status=415,
        )


def request_of(scope: Message) -> SignedRequest:
    """Return the request of an ASGI scope, without its body."""
    raw_path = scope.get("raw_path") or str(scope["path"]).encode()
    return SignedRequest(
        method=str(scope["method"]).upper(),
        path=raw_path.partition(b"?")[0].decode("latin-1"),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=tuple((name.decode("latin-1").lower(), _text(value)) for name, value in scope["headers"]),
    )


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


class _Disconnected(Exception):  # noqa: N818
    """The client went away before its request was complete."""


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Disconnected
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            raise Refused(_TOO_LARGE, f"a request of more than {LARGEST_BODY} bytes", status=413)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a channel that gives the body that was read, and then what the client does next.

    In two events, as Hypercorn gives it: LocalStack's adapter takes no body from the last one.
    """
    events = [
        {"type": "http.request", "body": b"", "more_body": False},
        {"type": "http.request", "body": body, "more_body": True},
    ]

    async def replay() -> Message:
        return events.pop() if events else await receive()

    return replay


class _Outgoing:
    """The channel of an answer, on which no header leaves that would let a page read it.

    A class since LocalStack's adapter looks at the object whose method it was given, for `closed`.
    """

    def __init__(self, send: Send, name: str) -> None:
        self._send = send
        self._name = name

    @property
    def closed(self) -> bool:
        return bool(getattr(getattr(self._send, "__self__", None), "closed", False))

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            message["headers"] = [
                *(header for header in headers if not bytes(header[0]).lower().startswith(_LEAVES_NOT)),
                (GUARD_HEADER.encode(), self._name.encode()),
            ]
        await self._send(message)


def _rendered(request: SignedRequest, refused: Refused, message: str) -> tuple[str, bytes]:
    """Return a refusal as the protocol of the service that was asked renders errors, so that each SDK reads it."""
    if refused.service.startswith("s3"):
        error = f"<Error><Code>{refused.names.s3}</Code><Message>{escape(message)}</Message></Error>"
        return "application/xml", error.encode()
    if (request.value("content-type") or "").startswith("application/x-www-form-urlencoded"):
        return "text/xml", (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{refused.names.query}</Code>"
            f"<Message>{escape(message)}</Message></Error></ErrorResponse>"
        ).encode()
    document = {"__type": refused.names.json, "message": message}
    return "application/x-amz-json-1.0", json.dumps(document).encode()


__all__ = ["LARGEST_BODY", "Application", "RequestGuard", "request_of"]
