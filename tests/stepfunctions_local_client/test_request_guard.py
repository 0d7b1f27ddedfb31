"""The guard before an engine: who is served, who is refused, and what never leaves."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from stepfunctions_local_client.credentials import Credentials
from stepfunctions_local_client.request_guard import LARGEST_BODY, RequestGuard
from tests.stepfunctions_local_client.recording import ACCESS_KEY, FILE, SECRET_KEY
from tests.stepfunctions_local_client.test_signatures import NOW, PAIR, signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stepfunctions_local_client.signatures import SignedRequest

PORT = 4566
RECORDED: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))


class Answer:
    def __init__(self, sent: list[dict[str, Any]]) -> None:
        self.status: int = sent[0]["status"]
        self.headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        self.body = b"".join(message.get("body", b"") for message in sent[1:])

    @property
    def error(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.body)
        return found


class Asked:
    """The application under the guard: what reached it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        self.bodies.append(body)
        assert (await receive())["type"] == "http.disconnect"
        headers = [
            (b"Access-Control-Allow-Origin", b"*"),
            (b"access-control-expose-headers", b"*"),
            (b"a", b"b"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"served"})


def ask(
    guard: RequestGuard,
    method: str,
    target: str,
    headers: Iterable[Sequence[str]],
    body: bytes = b"",
    *,
    kind: str = "http",
) -> Answer:
    path, _, query = target.partition("?")
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    half = len(body) // 2
    incoming: list[dict[str, Any]] = [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:], "more_body": False},
        {"type": "http.disconnect"},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return Answer(sent)


def guard_of(
    application: Asked | None = None, *, any_credentials: bool = False, hint: str = ""
) -> RequestGuard:
    return RequestGuard(
        application or Asked(),
        name="ministack",
        credentials=PAIR,
        port=PORT,
        any_credentials=any_credentials,
        hint=hint,
        now=lambda: NOW,
    )


def send(guard: RequestGuard, request: SignedRequest, *more: tuple[str, str], without: str = "") -> Answer:
    target = f"{request.path}?{request.query}" if request.query else request.path
    headers = [pair for pair in request.headers if pair[0] != without]
    return ask(guard, request.method, target, [*headers, *more], request.body)


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: str(recorded["tool"]))
def test_what_awss_tools_send_is_served_and_with_another_key_pair_refused(recorded: dict[str, Any]) -> None:
    host = dict(recorded["headers"])["host"]
    application = Asked()
    for pair, status in ((Credentials(ACCESS_KEY, SECRET_KEY), 200), (Credentials(ACCESS_KEY, "x"), 403)):
        guard = RequestGuard(
            application,
            name="ministack",
            credentials=pair,
            port=int(host.partition(":")[2]),
            now=lambda: datetime.fromisoformat(recorded["time"]),
        )
        body = base64.b64decode(recorded["body"])
        answer = ask(guard, recorded["method"], recorded["target"], recorded["headers"], body)
        assert answer.status == status, answer.body
    assert application.bodies == [body]


def test_the_recorded_requests_are_of_every_tool_and_protocol() -> None:
    tools = {recorded["tool"].split()[0] for recorded in RECORDED}
    assert tools == {"aws", "boto3", "presigned"}
    kinds = {dict(recorded["headers"]).get("content-type", "").partition(";")[0] for recorded in RECORDED}
    assert kinds >= {
        "application/x-amz-json-1.0",
        "application/x-amz-json-1.1",
        "application/x-www-form-urlencoded",
    }


def test_no_header_leaves_by_which_a_page_could_read_an_answer() -> None:
    answer = send(guard_of(), signed())
    assert (answer.status, answer.body) == (200, b"served")
    assert answer.headers == {"a": "b", "x-guarded-engine": "ministack"}


@pytest.mark.parametrize("host", ["localhost:4566", "127.0.0.1:4566", "[::1]:4566", "LOCALHOST:4566"])
def test_every_name_of_this_machine_is_taken(host: str) -> None:
    request = signed(headers={"Host": host})
    assert send(guard_of(), request).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:80",
        "evil.example:4566",
        "localhost.evil.example:4566",
        "127.0.0.1:4566.evil.example",
        "127.0.0.1:4566, evil.example",
        "b.localhost:4566",
        "",
    ],
)
def test_another_host_is_refused_although_it_is_signed(host: str) -> None:
    answer = send(guard_of(), signed(headers={"Host": host}))
    assert answer.status == 403
    assert "is not this engine's address" in answer.error["message"]


def test_a_request_without_a_host_or_with_two_is_refused() -> None:
    assert send(guard_of(), signed(), without="host").status == 403
    assert send(guard_of(), signed(), ("host", "127.0.0.1:4566")).status == 403


@pytest.mark.parametrize(
    "header",
    [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:4566"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "same-origin"),
    ],
)
@pytest.mark.parametrize("any_credentials", [False, True])
def test_a_web_page_is_refused_whatever_it_knows(header: tuple[str, str], any_credentials: bool) -> None:
    application = Asked()
    answer = send(guard_of(application, any_credentials=any_credentials), signed(), header)
    assert answer.status == 403
    assert "a web page may not" in answer.error["message"]
    assert not application.bodies
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_page_that_somebody_opens_by_its_address_is_a_request_like_any_other() -> None:
    assert send(guard_of(), signed(), ("sec-fetch-site", "none")).status == 200


def test_a_preflight_is_refused() -> None:
    headers = [("host", "127.0.0.1:4566"), ("origin", "http://a"), ("access-control-request-method", "POST")]
    assert ask(guard_of(any_credentials=True), "OPTIONS", "/", headers).status == 403


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "text/plain", "Text/Plain;a=b"],
)
@pytest.mark.parametrize("any_credentials", [False, True])
def test_a_form_is_refused_where_no_query_protocol_takes_it(kind: str, any_credentials: bool) -> None:
    guard = guard_of(any_credentials=any_credentials)
    signed_form = signed("dynamodb", headers={"Content-Type": kind})
    assert send(guard, signed_form).status == 415
    assert send(guard, signed_form, without="authorization").status == 403


def test_a_form_of_a_query_protocol_is_served_if_it_is_signed() -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    request = signed("iam", headers=form, body=b"Action=ListRoles&Version=2010-05-08")
    assert send(guard_of(), request).status == 200
    refused = send(guard_of(), request, without="authorization")
    assert refused.status == 403
    assert b"<Code>MissingAuthenticationToken</Code>" in refused.body


def test_a_text_is_stored_in_s3_by_put() -> None:
    request = signed(
        "s3", method="PUT", url="http://127.0.0.1:4566/b/k", headers={"Content-Type": "text/plain"}
    )
    assert send(guard_of(), request).status == 200


@pytest.mark.parametrize(
    ("service", "content"), [("dynamodb", "json"), ("s3", "<Error><Code>SignatureDoesNotMatch</Code>")]
)
def test_a_refusal_speaks_the_protocol_of_the_service(service: str, content: str) -> None:
    answer = send(guard_of(), signed(service, pair=Credentials(PAIR.access_key, "x")))
    assert answer.status == 403
    assert content in f"{answer.headers['content-type']} {answer.body.decode()}"
    head = send(guard_of(), signed(service, method="HEAD", pair=Credentials(PAIR.access_key, "x"), body=b""))
    assert (head.status, head.body) == (403, b"")


def test_who_comes_without_the_key_pair_is_told_where_it_is() -> None:
    guard = guard_of(hint="`espresso env` prints it.")
    assert "`espresso env` prints it." in send(guard, signed(), without="authorization").error["message"]
    other = send(guard, signed(pair=Credentials("AKIAOTHER", "x")))
    assert "`espresso env` prints it." in other.error["message"]


def test_a_body_without_the_key_is_not_even_read() -> None:
    async def never() -> dict[str, Any]:
        raise AssertionError("it was read")

    sent: list[Any] = []

    async def keep(message: Any) -> None:
        sent.append(message)

    request = signed(pair=Credentials("AKIAOTHER", "x"))
    headers = [(name.encode(), value.encode()) for name, value in request.headers]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers}
    asyncio.run(guard_of()(scope, never, keep))
    assert sent[0]["status"] == 403


def test_a_body_past_all_limits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LARGEST_BODY > 70_000_000, "a function's zip file of 50 MB in base64"
    monkeypatch.setattr("stepfunctions_local_client.request_guard.LARGEST_BODY", 10)
    assert send(guard_of(), signed(body=b"x" * 11)).status == 413


@pytest.mark.parametrize("target", ["http://evil.example/", "/a#b", "/a?b#c", "*"])
def test_a_target_that_is_no_path_is_refused(target: str) -> None:
    headers = signed().headers
    assert ask(guard_of(), "POST", target, headers, b"{}").status == 400


def test_a_websocket_is_closed_before_it_is_open() -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def keep(message: Any) -> None:
        sent.append(message)

    asyncio.run(guard_of()({"type": "websocket", "path": "/", "headers": []}, receive, keep))
    assert sent == [{"type": "websocket.close", "code": 1008}]


class TestAnyCredentials:
    """The guard of `espresso up --any-credentials`."""

    def test_any_signature_in_the_header_is_taken(self) -> None:
        guard = guard_of(any_credentials=True)
        assert send(guard, signed(pair=Credentials("test", "test"))).status == 200

    def test_nothing_unsigned_is_taken(self) -> None:
        assert send(guard_of(any_credentials=True), signed(), without="authorization").status == 403

    def test_the_engines_own_pages_need_the_key_pair_all_the_same(self) -> None:
        guard, url = guard_of(any_credentials=True), "http://127.0.0.1:4566/_ministack/reset"
        assert send(guard, signed(url=url, pair=Credentials("test", "test"))).status == 403
        assert send(guard, signed(url=url)).status == 200

    def test_a_presigned_url_which_a_page_could_make_up_has_to_verify(self) -> None:
        target = (
            "/?Action=DeleteQueue&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60&X-Amz-SignedHeaders=host"
            "&X-Amz-Credential=test%2F20261128%2Fus-east-1%2Fsqs%2Faws4_request&X-Amz-Date=20261128T120000Z"
            f"&X-Amz-Signature={'0' * 64}"
        )
        answer = ask(guard_of(any_credentials=True), "GET", target, [("host", "127.0.0.1:4566")])
        assert answer.status == 403
