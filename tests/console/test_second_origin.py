"""A page of another origin, in a real browser, tries to read and to drive the emulator and the console.

The other origin is another port of this machine: a browser lets such a page do what any page of the web may do, and
more. What is tried is what a page can do without a bug in the browser; what came of it is what the page is told.
"""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.console.stage import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver.chrome.webdriver import WebDriver

    from tests.console.stage import Bar

QUERY: Final = "Action=CreateQueue&Version=2012-11-05&QueueName=stolen"
NEW_ORDER: Final = json.dumps({"do": "scan", "order": "stolen", "user": "1"})

PAGE: Final = """<!doctype html><meta charset="utf-8"><title>Another origin</title><body><script>
const later = (ms, value) => new Promise(done => setTimeout(() => done(value), ms));
function form(url, method, type, fields) {
  const frame = document.createElement("iframe"); frame.name = "f" + Math.random(); document.body.append(frame);
  const form = document.createElement("form");
  Object.assign(form, {action: url, method: method, enctype: type, target: frame.name});
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    Object.assign(input, {type: "hidden", name: name, value: value}); form.append(input);
  }
  document.body.append(form);
  const loaded = new Promise(done => { frame.onload = () => {
    try { done("read: " + frame.contentDocument.body.textContent.length); } catch { done("unreadable"); }
  }; });
  form.submit();
  return Promise.race([loaded, later(5000, "never")]);
}
function load(tag, url) {
  const element = document.createElement(tag);
  const ended = new Promise(done => { element.onload = () => done("loaded"); element.onerror = () => done("error"); });
  element.src = url; document.body.append(element);
  return Promise.race([ended, later(5000, "never")]);
}
function ask(url, options) {
  return fetch(url, options).then(async answer => answer.type + ": " + (await answer.text()).length, () => "error");
}
function talk(url) {
  return new Promise(done => {
    try { const socket = new WebSocket(url); socket.onopen = () => done("open"); socket.onerror = () => done("error"); }
    catch { done("error"); }
  });
}
function beacon(url, body) {
  navigator.sendBeacon(url, new Blob([body], {type: "text/plain"}));
  return later(500, "sent");
}
</script>"""


class Elsewhere:
    """A site of another origin: the page above, and redirects to wherever its address says."""

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                self.rfile.read(length)
                asked = urlsplit(self.path)
                if asked.path == "/redirect":
                    query = parse_qs(asked.query)
                    self.send_response(int(query["status"][0]))
                    self.send_header("location", query["to"][0])
                    self.send_header("access-control-allow-origin", "*")
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.end_headers()
                self.wfile.write(PAGE.encode())

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def page(driver: WebDriver) -> Iterator[WebDriver]:
    """Provide the other origin's page, open in the browser."""
    with contextlib.closing(Elsewhere()) as elsewhere:
        driver.get(elsewhere.url)
        yield driver
        driver.get("about:blank")
        driver.get_log("browser")  # type: ignore[no-untyped-call]  # the browser's complaints about what it refused


def tried(page: WebDriver, call: str, *arguments: object) -> str:
    """Return what a page is told of one attempt."""
    script = f"const done = arguments[arguments.length - 1]; {call}(...[].slice.call(arguments, 0, -1)).then(done);"
    return str(page.execute_async_script(script, *arguments))


def redirect(page: WebDriver, to: str, status: int) -> str:
    return f"{page.current_url}redirect?status={status}&to={to.replace('&', '%26').replace('?', '%3F')}"


def nothing_read(answers: dict[str, str]) -> None:
    got = {
        what: answer
        for what, answer in answers.items()
        if answer not in ("error", "never", "unreadable", "sent", "opaque: 0", "opaqueredirect: 0", "read: 0")
    }
    assert not got, f"a page of another origin was told {got}"


def test_a_page_of_another_origin_neither_reads_nor_drives_the_emulator(page: WebDriver, bar: Bar) -> None:
    emulator = str(bar.stack.endpoint)
    before = everything(bar)
    target = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.CreateQueue"}
    body = json.dumps({"QueueName": "stolen"})
    own = f"{emulator}/_ministack"
    answers = {
        "a form to its page": tried(
            page, "form", f"{own}/reset", "post", "application/x-www-form-urlencoded", {}
        ),
        "a form of files": tried(page, "form", f"{own}/reset", "post", "multipart/form-data", {"a": "b"}),
        "a form of text": tried(
            page, "form", emulator, "post", "text/plain", {'{"QueueName": "stolen", "a': '": 1}'}
        ),
        "a form of the query protocol": tried(
            page,
            "form",
            emulator,
            "post",
            "application/x-www-form-urlencoded",
            {name: values[0] for name, values in parse_qs(QUERY).items()},
        ),
        "a form that is an address": tried(
            page,
            "form",
            emulator,
            "get",
            "application/x-www-form-urlencoded",
            {name: values[0] for name, values in parse_qs(QUERY).items()},
        ),
        "fetch": tried(page, "ask", f"{own}/health", {}),
        "fetch with headers": tried(
            page, "ask", emulator, {"method": "POST", "headers": target, "body": body}
        ),
        "fetch with a signature": tried(
            page,
            "ask",
            emulator,
            {
                "method": "POST",
                "headers": {**target, "Authorization": "AWS4-HMAC-SHA256 Credential=a"},
                "body": body,
            },
        ),
        "fetch, no-cors": tried(
            page, "ask", f"{own}/reset", {"method": "POST", "mode": "no-cors", "body": ""}
        ),
        "fetch, no-cors, a query": tried(page, "ask", f"{emulator}/?{QUERY}", {"mode": "no-cors"}),
        "a WebSocket": tried(page, "talk", emulator.replace("http", "ws")),
        "an image": tried(page, "load", "img", f"{emulator}/?{QUERY}"),
        "a script": tried(page, "load", "script", f"{own}/health"),
        "a beacon": tried(page, "beacon", f"{own}/reset", ""),
        "a redirect of a form": tried(
            page,
            "form",
            redirect(page, f"{own}/reset", 307),
            "post",
            "application/x-www-form-urlencoded",
            {},
        ),
        "a redirect of a fetch": tried(page, "ask", redirect(page, f"{own}/health", 302), {}),
        "a redirect of an image": tried(page, "load", "img", redirect(page, f"{emulator}/?{QUERY}", 302)),
    }
    nothing_read(answers)
    assert everything(bar) == before


def test_a_page_of_another_origin_neither_reads_nor_drives_the_console(page: WebDriver, bar: Bar) -> None:
    console = bar.url
    before = everything(bar)
    do = f"{console}/api/do"
    answers = {
        "a form": tried(page, "form", do, "post", "application/x-www-form-urlencoded", {"do": "close"}),
        "a form of files": tried(page, "form", do, "post", "multipart/form-data", {"do": "close"}),
        "a form of text": tried(page, "form", do, "post", "text/plain", {NEW_ORDER[:-1] + ', "a': '": 1}'}),
        "fetch": tried(page, "ask", console, {}),
        "fetch of the stream": tried(page, "ask", f"{console}/api/stream", {}),
        "fetch of JSON": tried(
            page,
            "ask",
            do,
            {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": NEW_ORDER},
        ),
        "fetch, no-cors": tried(page, "ask", do, {"method": "POST", "mode": "no-cors", "body": NEW_ORDER}),
        "a WebSocket": tried(page, "talk", console.replace("http", "ws")),
        "an image": tried(page, "load", "img", f"{console}/api/timeline?order=1"),
        "a frame": tried(page, "form", console, "get", "application/x-www-form-urlencoded", {}),
        "a beacon": tried(page, "beacon", do, NEW_ORDER),
        "a redirect": tried(
            page, "form", redirect(page, do, 307), "post", "text/plain", {NEW_ORDER[:-1] + ', "a': '": 1}'}
        ),
    }
    nothing_read(answers)
    assert everything(bar) == before


def everything(bar: Bar) -> dict[str, Any]:
    """Return what a stranger could have changed: tables and their rows, queues, rules, functions, executions."""
    orders = bar.client("dynamodb").scan(TableName=bar.stack.order_table)["Items"]
    machines = bar.client("stepfunctions").list_state_machines()["stateMachines"]
    return {
        "tables": bar.client("dynamodb").list_tables()["TableNames"],
        "orders": sorted(json.dumps(order, sort_keys=True) for order in orders),
        "shop": bar.client("dynamodb").scan(TableName=bar.stack.config_table)["Items"],
        "queues": sorted(bar.client("sqs").list_queues().get("QueueUrls", [])),
        "functions": sorted(
            one["FunctionName"] for one in bar.client("lambda").list_functions()["Functions"]
        ),
        "machines": sorted(machine["name"] for machine in machines),
    }


def test_the_same_attempts_succeed_where_nobody_guards(page: WebDriver) -> None:
    """The page can do what it claims to try: else the tests above would show nothing."""
    with contextlib.closing(_Open()) as unguarded:
        url = unguarded.url
        assert tried(page, "ask", url, {}).startswith("cors: ")
        assert tried(page, "ask", url, {"mode": "no-cors", "method": "POST", "body": "a"}) == "opaque: 0"
        assert tried(page, "form", url, "post", "text/plain", {"a": "b"}) == "unreadable"
        assert tried(page, "load", "script", url) == "loaded"
        assert tried(page, "ask", redirect(page, url, 302), {}).startswith("cors: ")
        tried(page, "beacon", url, "beacon")
        eventually("the requests to arrive", lambda: len(unguarded.bodies) >= 6)
        assert {b"a", b"a=b\r\n", b"beacon"} <= set(unguarded.bodies)


class _Open:
    """A server that answers everybody and lets every page read it."""

    def __init__(self) -> None:
        self.bodies = bodies = list[bytes]()

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                bodies.append(self.rfile.read(int(self.headers.get("content-length") or 0)))
                self.send_response(200)
                self.send_header("access-control-allow-origin", "*")
                self.send_header("content-type", "text/javascript")
                self.end_headers()
                self.wfile.write(b"1")

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
