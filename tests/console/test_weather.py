"""Bad weather: odd requests, odd events, too many pages, too many connections. The console says so and goes on."""

from __future__ import annotations

import json
import logging
import socket
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from local.console import watcher
from local.console.connection import StackSource
from local.console.guard import HEADERS
from local.console.hub import MOST_PAGES, Hub
from local.console.watcher import Watcher
from local.orders.client import OrderClient
from local.stacks.emulator import REGION
from local.stacks.stack import Stack
from tests.console.stage import Served, eventually
from tests.console.test_guard import JSON_BODY, answer
from tests.console.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.console.stage import Bar

DEEP = "[" * 50_000


def assert_guarded(headers: dict[str, str]) -> None:
    """Every answer has the headers that are promised of every answer."""
    assert {name: headers.get(name) for name in HEADERS} == HEADERS


# --- A stack that comes and goes ----------------------------------------------------------------------------------


def test_a_stack_that_does_not_answer_is_asked_with_the_same_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    class Counted(OrderClient):
        def __init__(self, stack: Stack) -> None:
            made.append(identity)
            super().__init__(stack)

    monkeypatch.setattr(watcher, "OrderClient", Counted)
    monkeypatch.setattr(watcher, "_IDLE", 0.01)
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
    asked = 0
    identity = "first"

    def source() -> StackSource:
        nonlocal asked
        asked += 1
        return StackSource(Stack.emulated("local", REGION, endpoint, {}), identity)

    looking = Watcher(Hub({}), source, changes=False)
    looking.start()
    try:
        eventually("five attempts", lambda: asked >= 5)
        identity = "second"  # started anew: with other keys, perhaps
        before = asked
        eventually("five attempts more", lambda: asked >= before + 5)
    finally:
        looking.stop()
    assert made == ["first", "second"]


# --- Requests that nobody's browser makes -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin", ["http://[", "http://[::1", "//", "http://127.0.0.1:8484@evil.example", "\\"]
)
def test_an_origin_that_is_no_address_is_refused(origin: str) -> None:
    status, headers, _ = answer("/api/timeline", headers={"origin": origin})
    assert status == 403
    assert_guarded(headers)


@pytest.mark.parametrize(
    "body", [DEEP, '{"do":' * 15_000, '{"do": "scan", "order": ' + DEEP, "\\ud800", '"\\ud800"', "\xff"]
)
def test_a_body_that_cannot_be_read_is_refused_in_words(body: str, caplog: pytest.LogCaptureFixture) -> None:
    status, headers, said = answer(
        "/api/do", method="POST", headers=JSON_BODY, body=body.encode("latin-1", "replace"), key=True
    )
    assert status == 400
    assert json.loads(said)["message"].startswith("This is not a JSON object")
    assert_guarded(headers)
    assert not caplog.records


def test_a_fault_of_the_console_s_own_is_one_line_and_an_answer_with_all_headers(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("a token")

    monkeypatch.setattr("local.console.app.act", broken)
    status, headers, said = answer(
        "/api/do", method="POST", headers=JSON_BODY, body=b'{"do": "scan"}', key=True
    )
    assert (status, json.loads(said)["ok"]) == (500, False)
    assert_guarded(headers)
    assert [record.getMessage() for record in caplog.records] == [
        "The console could not handle a request: KeyError."
    ]
    assert not caplog.records[0].exc_info


# --- What the bus and the table may hold ------------------------------------------------------------------------


def taps(bar: Bar) -> list[str]:
    rules = bar.client("events").list_rules(EventBusName=bar.stack.bus, NamePrefix="espresso-console")[
        "Rules"
    ]
    return [rule["Name"] for rule in rules]


def put(bar: Bar, kind: str, detail: str) -> None:
    entry = {"EventBusName": bar.stack.bus, "Source": "test", "DetailType": kind, "Detail": detail}
    assert bar.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    ("order_id", "problem"),
    [
        ("", "is empty"),
        ("\ud800", "is not valid Unicode"),
        ("k" * 1025, "has more than 1,024 bytes"),
        (7, "is not a text"),
    ],
    ids=["empty", "half a letter", "too long", "a number"],
)
def test_a_scan_that_names_no_order_is_shown_and_takes_nothing_away(
    bar: Bar, order_id: object, problem: str
) -> None:
    with Visitor(bar.url) as visitor:
        before = taps(bar)
        kind = f"Test.{uuid.uuid4().hex}"
        put(bar, kind, json.dumps({"userId": "1", "orderId": order_id}))
        shown = visitor.wait("the event", lambda one: one["t"] == "bus" and one["event"]["type"] == kind)
        assert shown["event"]["order"] is None
        assert shown["event"]["note"] == f"names no order: its orderId {problem}"
        # The console still drives orders, through the tap that it had.
        status, said = visitor.do(do="scan", order=bar.new_id(), user="1")
        assert (status, said["ok"]) == (200, True)
        assert taps(bar) == before
        assert len(before) == 1


def test_an_event_too_deep_to_be_shown_is_left_out_and_said_once(
    bar: Bar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="local.console")
    with Visitor(bar.url) as visitor:
        for _ in range(3):
            put(bar, "Test.Deep", '{"orderId": "deep", "x": ' + "[" * 900 + "]" * 900 + "}")
        put(bar, "Test.AfterTheDeep", "{}")
        visitor.wait(
            "the event after it",
            lambda one: one["t"] == "bus" and one["event"]["type"] == "Test.AfterTheDeep",
        )
    said = [record.getMessage() for record in caplog.records if "an event" in record.getMessage()]
    assert len(said) <= 1


@pytest.mark.parametrize(
    "attributes",
    [
        {"tokenIssuedAt": {"S": "9999-12-31T23:59:59.999Z/0"}, "TaskToken": {"S": "t"}},
        {"tokenIssuedAt": {"N": "7"}, "TaskToken": {"L": []}},
        {"drinkOrder": {"S": "[" * 50_000}, "createdAt": {"N": "1"}, "TS": {"S": "now"}},
        {"USERID": {"M": {}}, "orderNumber": {"N": "1e125"}, "ORDERSTATE": {"BOOL": True}},
    ],
)
def test_a_row_that_a_hand_has_edited_hides_no_other(bar: Bar, attributes: dict[str, Any]) -> None:
    edited, other = bar.new_id(), bar.new_id()
    row: dict[str, Any] = {
        "PK": {"S": "orders"},
        "SK": {"S": edited},
        "ORDERSTATE": {"S": "CREATED"},
        "USERID": {"S": "1"},
    }
    bar.client("dynamodb").put_item(TableName=bar.stack.order_table, Item=row | attributes)
    try:
        with Visitor(bar.url) as visitor:
            visitor.do(do="scan", order=other, user="1")
            visitor.wait("the other order", lambda one: one["t"] == "order" and one["order"]["id"] == other)
    finally:
        bar.client("dynamodb").delete_item(
            TableName=bar.stack.order_table, Key={"PK": {"S": "orders"}, "SK": {"S": edited}}
        )


ODD_IDS = [
    "6a1f0d1e-2a7c-4a83-9c0a-0a4a7a3c9b51",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "9b71d224" * 16,
    "größe ☕ 日本語",
    " ",
    "x" * 1024,
]


@pytest.mark.parametrize(
    "order_id", ODD_IDS, ids=["a UUID", "a ULID", "base64", "unicode", "a space", "1,024 bytes"]
)
def test_an_order_is_driven_under_its_own_id_whatever_it_looks_like(bar: Bar, order_id: str) -> None:
    with Visitor(bar.url) as visitor:
        _, answer = visitor.do(do="order", order=order_id, user="1", drink="Latte", modifiers=[])
        assert answer["ok"], answer
        shown = visitor.wait(
            "the order with its number",
            lambda one: one["t"] == "order" and one["order"]["id"] == order_id and one["order"]["number"],
        )
        assert shown["order"]["token"].startswith("****")
        timeline = visitor.get("/api/timeline", order=order_id)
        assert timeline["order"] == timeline["row"]["SK"] == order_id
        assert any(item["kind"] == "execution" for item in timeline["items"])
        for action in ("make", "complete"):
            _, answer = visitor.do(do=action, order=order_id, barista="3")
            assert answer["ok"], answer
    row = bar.orders.row(order_id)
    assert row is not None
    assert row.state == "COMPLETED"


# --- Too many at once -------------------------------------------------------------------------------------------


@pytest.fixture
def served() -> Iterator[Served]:
    """Provide a console without a stack."""
    served = Served(StackSource(None, why="none"))
    yield served
    served.stop()


def answered(port: int, request: str) -> tuple[socket.socket, int]:
    """Return a connection, which stays open, and the status of what is answered on it."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(request.encode())
    version, status, *_ = connection.recv(65536).decode("latin-1").split(maxsplit=2)
    assert version == "HTTP/1.1"
    return connection, int(status)


def test_of_two_hundred_streams_at_once_as_many_are_served_as_are_promised(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    request = f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n"
    with ThreadPoolExecutor(50) as pool, ExitStack() as stack:
        found = list(pool.map(lambda _: answered(served.port, request), range(200)))
        for connection, _ in found:
            stack.enter_context(connection)
        statuses = [status for _, status in found]
        assert served.console.hub.pages == MOST_PAGES
    assert statuses.count(200) == MOST_PAGES
    assert statuses.count(503) == 200 - MOST_PAGES
    served.wait_for_pages(0)
    assert not [record for record in caplog.records if record.exc_info]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A console that waits a second for a request's head, where others wait a quarter of a minute."""
    monkeypatch.setattr(sys.modules["local.console.serve"], "LONGEST_HEAD", 1.0)
    served = Served(StackSource(None, why="none"))
    yield served
    served.stop()


def test_more_connections_than_it_takes_are_told_so_in_one_line(
    hasty: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["local.console.serve"], "MOST_CONNECTIONS", 50)
    caplog.set_level(logging.WARNING)
    request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{hasty.port}\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(socket.create_connection(("127.0.0.1", hasty.port)))
        for _ in range(30):
            with socket.create_connection(("127.0.0.1", hasty.port), timeout=20) as one_more:
                said = one_more.recv(65536).decode("latin-1")
            assert said.startswith("HTTP/1.1 503 Service Unavailable\r\n")
            head = dict(line.split(": ", 1) for line in said.split("\r\n")[1:] if line)
            assert_guarded(head)
    words = [record.getMessage() for record in caplog.records]
    assert words == ["The console has 50 connections open and takes no more for now."]

    def answers() -> bool:
        connection, status = answered(hasty.port, request)
        connection.close()
        return status == 200

    eventually("the console to answer again", answers)


@pytest.mark.parametrize("head", ["", "GET / HTTP/1.1\r\nHost: 127.0.0.1", "POST"])
def test_a_request_whose_head_does_not_come_to_its_end_is_given_up(hasty: Served, head: str) -> None:
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=25) as connection:
        connection.sendall(head.encode())
        began = time.monotonic()
        connection.recv(65536)
        assert connection.recv(65536) == b""
        assert time.monotonic() - began < 10


def test_a_request_whose_body_does_not_come_to_its_end_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("local.console.app._LONGEST_BODY", 0.2)
    served = Served(StackSource(None, why="none"))
    try:
        key = served.console.hub._greeting["key"]
        request = (
            f"POST /api/do HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nX-Espresso-Key: {key}\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        connection, status = answered(served.port, request)
        connection.close()
        assert status == 408
    finally:
        served.stop()
