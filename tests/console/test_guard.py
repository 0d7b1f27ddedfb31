"""What the console answers to requests that don't come from its own page; no browser and no stack are needed."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from local.console import ConsolePortTaken, make_app
from local.console.assets import address
from local.console.connection import StackSource
from local.console.serve import bound_socket

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = "127.0.0.1:8484"


def answer(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    changes: bool = True,
    key: bool = False,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body that the application answers with. A path without a slash is a file of the page."""
    path = path if path.startswith("/") else address(path)
    console = make_app(lambda: StackSource(None, why="none"), changes=changes)
    sent = {"host": OWN, **(headers or {})}
    if key:
        sent["x-espresso-key"] = str(console.hub._greeting["key"])
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8484),
        "scheme": "http",
    }
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    asyncio.run(console.app(scope, receive, send))
    start = messages[0]
    content = b"".join(message.get("body", b"") for message in messages[1:])
    return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}, content


JSON_BODY = {"content-type": "application/json"}


@pytest.mark.parametrize("host", [OWN, "localhost:8484", "[::1]:8484"])
def test_the_page_answers_to_its_own_address(host: str) -> None:
    assert answer(headers={"host": host})[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example:8484", "127.0.0.1.evil.example", "10.0.0.1:8484", "", "127.0.0.1:x"]
)
def test_a_foreign_host_is_refused(host: str) -> None:
    assert answer(headers={"host": host})[0] == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null"])
def test_a_foreign_origin_is_refused(origin: str) -> None:
    assert answer("/api/timeline", headers={"origin": origin})[0] == 403


@pytest.mark.parametrize("path", ["/api/stream", "/api/timeline", "main.js"])
def test_another_site_reads_nothing(path: str) -> None:
    assert answer(path, headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"})[0] == 403


def test_a_link_on_another_site_may_open_the_page() -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert answer(headers=headers)[0] == 200
    assert answer("/api/timeline", headers=headers)[0] == 403


def test_a_change_needs_the_key_of_the_page() -> None:
    body = b'{"do":"shop","open":true}'
    assert answer("/api/do", method="POST", headers=JSON_BODY, body=body)[0] == 403
    wrong = JSON_BODY | {"x-espresso-key": "wrong"}
    assert answer("/api/do", method="POST", headers=wrong, body=body)[0] == 403


def test_a_change_is_json_and_not_what_a_form_can_send() -> None:
    headers = {"content-type": "text/plain"}
    assert answer("/api/do", method="POST", headers=headers, body=b"{}", key=True)[0] == 403


def test_a_change_with_the_key_is_carried_out_or_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.console.watcher.Watcher.wait_for_connection.__defaults__", (0.0,))
    status, _, body = answer(
        "/api/do", method="POST", headers=JSON_BODY, body=b'{"do":"shop","open":true}', key=True
    )
    assert status == 200
    assert json.loads(body) == {"ok": False, "message": "The stack is gone."}


@pytest.mark.parametrize("body", [b"[]", b"no json", b'{"do":"drop tables"}', b'{"do":7}'])
def test_a_malformed_change_is_a_bad_request(body: bytes) -> None:
    assert answer("/api/do", method="POST", headers=JSON_BODY, body=body, key=True)[0] == 400


def test_a_change_of_a_megabyte_is_too_much() -> None:
    assert answer("/api/do", method="POST", headers=JSON_BODY, body=b" " * 10**6, key=True)[0] == 413


def test_a_console_that_only_reads_refuses_every_change_and_tells_nobody_a_key() -> None:
    assert answer("/api/do", method="POST", headers=JSON_BODY, body=b"{}", changes=False, key=True)[0] == 403


def test_no_answer_allows_inline_code_frames_or_other_hosts() -> None:
    for path in ("/", "main.js", "/api/timeline", "/nowhere"):
        headers = answer(path)[1]
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http:" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_no_code_of_the_page_makes_elements_from_text() -> None:
    page = answer()[2].decode()
    names = re.findall(rf"{address('')}(\w+\.js)", page)
    assert "main.js" in names
    for name in names:
        code = answer(name)[2].decode()
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ):
            assert word not in code, (name, word)
        assert "http://" not in code.replace("http://www.w3.org/2000/svg", ""), name
        assert "https://" not in code, name


def test_the_page_holds_no_inline_code_or_style() -> None:
    page = answer()[2].decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert " onclick" not in page
    assert page.count('<g class="state') > 50, "both workflows are drawn into the page"


@pytest.mark.parametrize("name", ["..%2fapp.py", "../app.py", "nothing.js", "__init__.py", "page.html"])
def test_only_the_pages_own_files_are_served(name: str) -> None:
    assert answer(name)[0] == 404


def test_a_browser_keeps_a_file_and_asks_anew_when_any_has_changed() -> None:
    status, headers, _ = answer("main.js")
    assert (status, headers["cache-control"]) == (200, "max-age=31536000, immutable")
    for other in ("/static/main.js", "/static/0123456789abcdef/main.js"):
        status, headers, _ = answer(other)
        assert (status, headers["cache-control"]) == (404, "no-store")
    assert answer()[1]["cache-control"] == "no-store", "the page itself names the files"


def test_a_name_that_was_rebound_to_this_machine_reads_nothing() -> None:
    """DNS rebinding: the browser believes that it asks its own site, and says so in every header."""
    headers = {
        "host": "rebound.example:8484",
        "origin": "http://rebound.example:8484",
        "sec-fetch-site": "same-origin",
    }
    for path in ("/", "/api/stream", "/api/timeline", "/api/execution", "main.js"):
        assert answer(path, headers=headers)[0] == 403
    change = headers | JSON_BODY
    assert (
        answer("/api/do", method="POST", headers=change, body=b'{"do":"shop","open":true}', key=True)[0]
        == 403
    )


def test_a_request_with_two_hosts_is_refused() -> None:
    assert asyncio.run(_with_headers([(b"host", OWN.encode()), (b"host", b"evil.example")])) == 403
    assert asyncio.run(_with_headers([])) == 403


async def _with_headers(headers: list[tuple[bytes, bytes]]) -> int:
    console = make_app(lambda: StackSource(None, why="none"), changes=True)
    messages: list[Any] = []
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "query_string": b""}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        messages.append(message)

    await console.app(scope, receive, send)
    return int(messages[0]["status"])


@pytest.mark.parametrize("path", ["/", "main.js", "/api/stream", "/api/timeline"])
def test_a_frame_or_an_image_of_another_site_gets_nothing(path: str) -> None:
    for mode in ("no-cors", "cors", "websocket"):
        headers = {"sec-fetch-site": "same-site", "sec-fetch-mode": mode}
        assert answer(path, headers=headers)[0] == 403


def test_a_preflight_of_another_site_is_allowed_nothing() -> None:
    headers = {
        "origin": "https://evil.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-espresso-key",
    }
    status, answered, _ = answer("/api/do", method="OPTIONS", headers=headers)
    assert status == 403
    assert not any(name.startswith("access-control") for name in answered)


def test_a_web_socket_is_closed() -> None:
    async def connect() -> list[Any]:
        console = make_app(lambda: StackSource(None, why="none"), changes=True)
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await console.app({"type": "websocket", "path": "/api/stream", "headers": []}, receive, send)
        return sent

    assert asyncio.run(connect()) == [{"type": "websocket.close", "code": 1008}]


def test_a_body_that_never_ends_is_read_no_further_than_it_may_be() -> None:
    async def post() -> tuple[int, int]:
        console = make_app(lambda: StackSource(None, why="none"), changes=True)
        key = str(console.hub._greeting["key"])
        headers = {"host": OWN, "x-espresso-key": key, **JSON_BODY}
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/api/do",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        read, messages = 0, []

        async def receive() -> dict[str, Any]:
            nonlocal read
            read += 10_000
            return {"type": "http.request", "body": b" " * 10_000, "more_body": True}

        async def send(message: Any) -> None:
            messages.append(message)

        await asyncio.wait_for(console.app(scope, receive, send), 10)
        return messages[0]["status"], read

    status, read = asyncio.run(post())
    assert status == 413
    assert read <= 120_000


def test_a_port_that_is_taken_is_told_plainly() -> None:
    with bound_socket(0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(ConsolePortTaken, match=f"--port {port + 1}"):
            bound_socket(port)


def test_it_listens_on_the_loopback_interface_only() -> None:
    with bound_socket(0) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"
