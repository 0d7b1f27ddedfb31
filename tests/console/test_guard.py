"""What the console answers to requests that don't come from its own page; no browser and no stack are needed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from local.console import ConsolePortTaken, make_app
from local.console.link import Source
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
    """Status, headers and body that the application answers with."""
    console = make_app(lambda: Source(None, why="none"), changes=changes)
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
    assert answer("/api/story", headers={"origin": origin})[0] == 403


@pytest.mark.parametrize("path", ["/api/stream", "/api/story", "/static/main.js"])
def test_another_site_reads_nothing(path: str) -> None:
    assert answer(path, headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"})[0] == 403


def test_a_link_on_another_site_may_open_the_page() -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert answer(headers=headers)[0] == 200
    assert answer("/api/story", headers=headers)[0] == 403


def test_a_change_needs_the_key_of_the_page() -> None:
    body = b'{"do":"shop","open":true}'
    assert answer("/api/do", method="POST", headers=JSON_BODY, body=body)[0] == 403
    wrong = JSON_BODY | {"x-espresso-key": "wrong"}
    assert answer("/api/do", method="POST", headers=wrong, body=body)[0] == 403


def test_a_change_is_json_and_not_what_a_form_can_send() -> None:
    headers = {"content-type": "text/plain"}
    assert answer("/api/do", method="POST", headers=headers, body=b"{}", key=True)[0] == 403


def test_a_change_with_the_key_is_carried_out_or_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.console.watcher.Watcher.wait_for_link.__defaults__", (0.0,))
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
    for path in ("/", "/static/main.js", "/api/story", "/nowhere"):
        headers = answer(path)[1]
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http:" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_the_page_holds_no_inline_code_or_style() -> None:
    page = answer()[2].decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
    assert " onclick" not in page
    assert page.count('<g class="state') > 50, "both workflows are drawn into the page"


@pytest.mark.parametrize("name", ["..%2fapp.py", "../app.py", "nothing.js", "__init__.py"])
def test_only_the_pages_own_files_are_served(name: str) -> None:
    assert answer(f"/static/{name}")[0] == 404


def test_a_port_that_is_taken_is_told_plainly() -> None:
    with bound_socket(0) as bound:
        port = bound.getsockname()[1]
        with pytest.raises(ConsolePortTaken, match=f"--port {port + 1}"):
            bound_socket(port)


def test_it_listens_on_the_loopback_interface_only() -> None:
    with bound_socket(0) as bound:
        assert bound.getsockname()[0] == "127.0.0.1"
