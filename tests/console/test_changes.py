"""What a console does for those who may change something, refuses to those who may not, and tells to both."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from starlette.routing import Route

from local.console.actions import _ACTIONS
from local.console.connection import StackSource
from tests.console.stage import Served, eventually
from tests.console.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.console.stage import Bar

# What each change is asked for with; with a console that may, each of them would be carried out.
ASKED: dict[str, dict[str, object]] = {
    "scan": {"order": "never", "user": "1"},
    "put": {"order": "never", "user": "1", "drink": "Latte", "modifiers": []},
    "order": {"order": "never", "user": "1", "drink": "Latte"},
    "make": {"order": "never", "barista": "3"},
    "unmake": {"order": "never", "barista": "3"},
    "complete": {"order": "never", "barista": "3"},
    "cancel": {"order": "never", "user": "1"},
    "event": {"source": "test", "type": "never", "detail": "{}"},
    "resend": {"n": 1},
    "shop": {"open": False},
    "places": {"places": 1},
    "drink": {"drink": "Latte", "available": False},
}


@pytest.fixture(scope="module")
def reading(bar: Bar) -> Iterator[Served]:
    """Provide a second console over the same stack, which only reads."""
    served = Served(StackSource(bar.stack, "read"), changes=False)
    yield served
    served.stop()


def _state(bar: Bar) -> tuple[Any, ...]:
    tables, events, queues = bar.client("dynamodb"), bar.client("events"), bar.client("sqs")
    return (
        [
            sorted(json.dumps(item, sort_keys=True) for item in tables.scan(TableName=table)["Items"])
            for table in (bar.stack.order_table, bar.stack.config_table, bar.stack.counting_table)
        ],
        sorted(rule["Name"] for rule in events.list_rules(EventBusName=bar.stack.bus)["Rules"]),
        sorted(queues.list_queues().get("QueueUrls", [])),
        [
            len(bar.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"])
            for arn in bar.stack.machine_arns or ()
        ],
    )


def _state_at_rest(bar: Bar) -> tuple[Any, ...]:
    """Return the state when it has stopped to change: what the tests before began may not be over yet."""
    seen = _state(bar)

    def rests() -> bool:
        nonlocal seen
        time.sleep(0.3)
        before, seen = seen, _state(bar)
        return seen == before

    eventually("the stack to come to rest", rests)
    return seen


def test_every_change_is_known_to_the_tests_below() -> None:
    assert set(ASKED) == set(_ACTIONS)


def test_every_change_is_refused_by_a_console_that_only_reads_and_changes_nothing(
    bar: Bar, reading: Served
) -> None:
    with Visitor(bar.url) as other, Visitor(reading.url) as visitor:
        before = _state_at_rest(bar)
        assert visitor.snapshot["key"] == ""
        assert visitor.snapshot["stack"]["changes"] is False
        for key in ("", other.snapshot["key"]):
            visitor.snapshot["key"] = key
            for name, fields in ASKED.items():
                status, answer = visitor.do(do=name, **fields)
                assert status == 403, name
                assert answer["ok"] is False, name
        assert _state(bar) == before


def test_no_route_but_one_takes_anything_but_a_question(bar: Bar) -> None:
    routes = [route for route in bar.served.console.app.routes if isinstance(route, Route)]
    assert len(routes) == 7
    assert {route.path for route in routes if set(route.methods or ()) - {"GET", "HEAD"}} == {"/api/do"}
    with Visitor(bar.url) as visitor:
        headers = {"content-type": "application/json", "x-espresso-key": visitor.snapshot["key"]}
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            for route in routes:
                if (method, route.path) == ("POST", "/api/do"):
                    continue
                status, _ = visitor.request(
                    method, route.path.format(state="any", name="main.js"), b"{}", headers
                )
                assert status == 405, (method, route.path)


def test_a_console_that_only_reads_tells_what_a_listening_one_tells(bar: Bar, reading: Served) -> None:
    order_id = bar.waiting_for_barista()
    with Visitor(reading.url) as visitor:
        visitor.until(
            "the order", lambda: visitor.orders.get(order_id, {}).get("state") == "WAITING_COMPLETION"
        )
        kinds = {one["type"] for one in visitor.snapshot["bus"] if one["order"] == order_id}
        wanted = {"Validator.NewOrder", "OrderProcessor.WorkflowStarted", "OrderProcessor.WaitingCompletion"}

        def has_all(message: dict[str, Any]) -> bool:
            if message["t"] == "bus" and message["event"]["order"] == order_id:
                kinds.add(message["event"]["type"])
            return wanted <= kinds

        if not wanted <= kinds:
            visitor.wait("all events that the executions published", has_all)

        def titles(timeline: dict[str, Any]) -> list[str]:
            # The function's own event is nowhere but on the bus.
            titles = [item["title"] for item in timeline["items"]]
            return [title for title in titles if title != "OrderManager.WaitingCompletion"]

        told: dict[str, Any] = {}

        def both_tell_it() -> bool:
            # What the bus carries comes when it comes, and executions are looked at now and then.
            told.update(visitor.get("/api/timeline", order=order_id))
            drinks = [item["changes"].get("drinkOrder") for item in told["items"] if item["kind"] == "row"]
            return any(drinks) and titles(listening.get("/api/timeline", order=order_id)) == titles(told)

        with Visitor(bar.url) as listening:
            eventually("the same timeline, with the drink in it", both_tell_it)

    assert titles(told)[:2] == ["Validator.NewOrder", "OrderProcessorWorkflow started"]
    rows = [item["changes"] for item in told["items"] if item["kind"] == "row"]
    assert [changes.get("ORDERSTATE") for changes in rows if "ORDERSTATE" in changes] == [
        "CREATED",
        "WAITING_COMPLETION",
    ]
    assert any(changes.get("drinkOrder", {}).get("drink") == "Latte" for changes in rows)


def test_a_console_that_is_started_later_agrees_with_one_that_saw_it_all(bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    later = Served(StackSource(bar.stack, "later"))
    try:
        with Visitor(later.url) as one, Visitor(bar.url) as other:
            # While nobody looked, the other one did not look either; now it does.
            other.until("the same orders", lambda: order_id in one.orders and other.orders == one.orders)
            other.until("the same shop", lambda: bool(one.shop) and other.shop == one.shop)
            one.wait(
                "the events of before",
                lambda message: (
                    message["t"] == "bus"
                    and message["event"]["order"] == order_id
                    and message["event"]["type"] == "OrderProcessor.WaitingCompletion"
                ),
            )
            status, answer = one.do(do="make", order=order_id, barista="3")
            assert (status, answer["ok"]) == (200, True)
            one.until("the change", lambda: one.orders[order_id]["barista"] == "3")
            other.until("the same change", lambda: other.orders == one.orders)
    finally:
        later.stop()


def test_what_a_console_made_in_the_stack_is_gone_when_it_stops(bar: Bar) -> None:
    events, queues = bar.client("events"), bar.client("sqs")

    def made() -> tuple[int, int]:
        rules = events.list_rules(EventBusName=bar.stack.bus, NamePrefix="espresso-console")["Rules"]
        return len(rules), len(queues.list_queues(QueueNamePrefix="espresso-console").get("QueueUrls", []))

    before = made()
    served = Served(StackSource(bar.stack, "passing"))
    with Visitor(served.url):
        assert made() == (before[0] + 1, before[1] + 1)
    served.stop()
    assert made() == before


def test_what_a_killed_console_left_in_the_stack_is_removed_by_the_next_and_what_others_use_stays(
    bar: Bar,
) -> None:
    events, queues = bar.client("events"), bar.client("sqs")

    def rules() -> set[str]:
        found = events.list_rules(EventBusName=bar.stack.bus, NamePrefix="espresso-console")["Rules"]
        return {rule["Name"] for rule in found}

    used = rules()
    assert used
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait(60)
    left = f"espresso-console-{killed.pid}-0"
    events.put_rule(Name=left, EventBusName=bar.stack.bus, EventPattern='{"source": ["nobody"]}')
    queues.create_queue(QueueName=left)
    served = Served(StackSource(bar.stack, "next"))
    try:
        with Visitor(served.url):
            assert left not in rules()
            assert used <= rules()
            assert not queues.list_queues(QueueNamePrefix=left).get("QueueUrls")
    finally:
        served.stop()


def test_a_refusal_says_why_and_changes_nothing(bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    with Visitor(bar.url) as visitor:
        for fields, reason in (
            ({"do": "complete", "order": order_id, "barista": "3"}, "NotClaimed"),
            ({"do": "cancel", "order": order_id, "user": "somebody else"}, "NotYourOrder"),
            ({"do": "make", "order": "there is none", "barista": "3"}, "OrderNotFound"),
        ):
            status, answer = visitor.do(**fields)
            assert (status, answer["ok"], answer["reason"]) == (200, False, reason)
            assert answer["message"]
    row = bar.orders.row(order_id)
    assert row is not None
    assert (row.state, row.barista_id) == ("WAITING_COMPLETION", None)


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "places", "places": -1},
        {"do": "places", "places": True},
        {"do": "shop", "open": "yes"},
        {"do": "scan", "order": "", "user": "1"},
        {"do": "scan", "order": "\ud800", "user": "1"},
        {"do": "scan", "order": "x" * 1025, "user": "1"},
        {"do": "order", "order": "1", "user": "1", "drink": 7},
        {"do": "put", "order": "1", "user": "1", "drink": "Latte", "modifiers": ["x"] * 100},
    ],
)
def test_a_field_of_the_wrong_kind_or_length_is_named(bar: Bar, fields: dict[str, object]) -> None:
    with Visitor(bar.url) as visitor:
        status, answer = visitor.do(**fields)
    assert status == 400
    assert any(name in answer["message"] for name in fields if name != "do")


def test_an_event_that_is_no_json_is_refused_before_the_bus(bar: Bar) -> None:
    with Visitor(bar.url) as visitor:
        for detail, words in (("{", "isn't JSON"), ("[1]", "isn't a JSON object")):
            status, answer = visitor.do(do="event", source="test", type="test", detail=detail)
            assert status == 200
            assert words in answer["message"]


TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAV" + "3pQk9x" * 40


@pytest.mark.parametrize(
    "detail",
    [
        {"TaskToken": TOKEN, "orderId": "masked"},
        {"orderId": "masked", "cause": f"Task token {TOKEN} is not valid"},
        {"orderId": "masked", "inside": json.dumps({"TaskToken": TOKEN})},
        {"orderId": "masked", "Cause": f'{{"errorMessage": "taskToken={TOKEN}"}}'},
    ],
)
def test_a_token_in_an_event_never_reaches_a_page(bar: Bar, detail: dict[str, object]) -> None:
    with Visitor(bar.url) as visitor:
        visitor.do(do="event", source="test", type="Test.Token", detail=json.dumps({"TaskToken": TOKEN}))
        visitor.do(do="event", source="test", type="Test.Masked", detail=json.dumps(detail))
        message = visitor.wait(
            "the event", lambda one: one["t"] == "bus" and one["event"]["type"] == "Test.Masked"
        )
        said = json.dumps(message) + json.dumps(visitor.get("/api/timeline", order="masked"))
    assert TOKEN not in said
    assert "****" in said


def test_a_token_in_an_input_an_output_or_a_cause_never_reaches_a_page(bar: Bar) -> None:
    """A request to the manager that carries somebody's token, and one that makes the processor fail with it."""
    order_id = bar.new_id()
    states = bar.client("stepfunctions")
    processor, manager = bar.stack.machine_arns or ("", "")
    failing = states.start_execution(
        stateMachineArn=processor,
        input=json.dumps({"detail": {"orderId": order_id, "userId": "1", "TaskToken": TOKEN}}),
    )["executionArn"]
    asking = states.start_execution(
        stateMachineArn=manager,
        input=json.dumps(
            {"action": "make", "orderId": order_id, "baristaUserId": "3", "body": {"note": f"token: {TOKEN}"}}
        ),
    )["executionArn"]
    bar.orders.wait_for_row(order_id, "the order", lambda row: row.token is not None, deadline=60)
    states.stop_execution(executionArn=failing, error="Stopped", cause=f"the token was {TOKEN}")
    with Visitor(bar.url) as visitor:
        said = [
            json.dumps(visitor.get("/api/execution", arn=failing)),
            json.dumps(visitor.get("/api/execution", arn=asking)),
            json.dumps(visitor.get("/api/timeline", order=order_id)),
            json.dumps(visitor.snapshot),
        ]
    for text in said:
        assert TOKEN not in text
        assert TOKEN[:60] not in text
    assert order_id in said[0]


def test_the_stream_is_given_to_a_bounded_number_of_pages(bar: Bar, monkeypatch: pytest.MonkeyPatch) -> None:
    bar.served.wait_for_pages(0)
    monkeypatch.setattr("local.console.hub.MOST_PAGES", 2)
    with Visitor(bar.url) as one, Visitor(bar.url):
        status, said = one.request("GET", "/api/stream")
        assert (status, said) == (503, b"Too many pages are open.")
    bar.served.wait_for_pages(0)
    with Visitor(bar.url) as again:
        assert again.snapshot["stack"]["up"]
