"""Ids that people really have, and texts that nobody should: every one of them is an order, or is refused in words."""

from __future__ import annotations

import json
import string
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.faults.bar import SCAN, SOURCE, until
from tests.texts import CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.bar import Bar

HALF = "\ud800"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(whole: int) -> str:
    """Return a number of 128 bits as a ULID."""
    return "".join(CROCKFORD[whole >> (5 * place) & 31] for place in range(25, -1, -1))


def of_bytes(text: str, most: int) -> str:
    """As much of a text as fits into so many bytes of UTF-8."""
    return text.encode()[:most].decode(errors="ignore") or "k"


valid = st.text(CHARACTERS, min_size=1)
ORDER_IDS = st.one_of(
    st.uuids().map(str),
    st.uuids().map(lambda one: str(one).upper()),
    st.integers(0, 2**128 - 1).map(ulid),
    st.builds(of_bytes, valid, st.integers(1, 1024)),
    st.builds(lambda text, size: of_bytes(text * 1024, size), valid, st.integers(1, 1024)),
    st.text(string.ascii_letters + string.digits + "+/", min_size=100, max_size=1024),
)

ENDS = ("COMPLETED", "CANCELLED", "TIMED_OUT", "STOPPED")


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(order_id=ORDER_IDS, other=ORDER_IDS, ends=st.sampled_from(ENDS))
def test_an_order_keeps_its_promises_whatever_its_id_looks_like(
    bar: Bar, order_id: str, other: str, ends: str
) -> None:
    if bar.row(order_id) or order_id == other:
        return
    bar.scan(order_id, "1")
    until("the first token", lambda: bar.row(order_id).get("TaskToken"))
    first = bar.row(order_id)
    assert order_id in bar.queue()
    # A second scan starts nothing, and a stranger moves nothing.
    bar.scan(order_id, "1")
    assert bar.asked("cancel", order_id, user="2")["reason"] == "NotYourOrder"
    assert bar.asked("make", order_id, barista="3")["reason"] == "NotReady"
    assert bar.asked("cancel", other, user="1")["reason"] in ("OrderNotFound", "NotYourOrder", "OrderClosed")
    if ends == "COMPLETED":
        assert bar.asked("", order_id, user="1")["accepted"]
        until("the second token", lambda: bar.row(order_id)["ORDERSTATE"] == "WAITING_COMPLETION")
        assert bar.row(order_id)["tokenIssuedAt"] > first["tokenIssuedAt"]
        assert bar.asked("make", order_id, barista="3")["accepted"]
        assert bar.asked("complete", order_id, barista="4")["reason"] == "NotYourOrder"
        assert bar.asked("complete", order_id, barista="3")["accepted"]
    elif ends == "CANCELLED":
        assert bar.asked("cancel", order_id, user="1")["accepted"]
    elif ends == "TIMED_OUT":
        assert bar.fire_timer(first["TaskToken"])
    else:
        bar.stop(first["executionId"])
        # OrderEnded notes in the row that the end is announced, after it was: the row changes until then.
        until("the announcement to be noted", lambda: bar.row(order_id).get("announcedAt"))
        ends = "CANCELLED"
    bar.end_of(first["executionId"])
    until("the place to be free", lambda: order_id not in bar.queue())
    told = until("the end to be told", lambda: bar.ends_told().get(order_id))
    row = bar.row(order_id)
    assert row["ORDERSTATE"] == ends
    assert len(told) == 1
    assert bar.asked("cancel", order_id, user="1")["reason"] == "OrderClosed"
    assert bar.row(order_id) == row


def put_raw(bar: Bar, detail: dict[str, Any]) -> dict[str, Any]:
    """Put a scan on the bus as ASCII, whatever its texts hold, and have the end of the execution that it starts."""
    known = bar.newest("orderProcessorArn")
    entry = {
        "EventBusName": bar.outputs["eventBusName"],
        "Source": SOURCE,
        "DetailType": SCAN,
        "Detail": json.dumps(detail),
    }
    bar.wire.call("events", "PutEvents", Entries=[entry])
    return bar.end_of(bar.next_execution(known))


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ({"userId": ["1"], "orderId": ["2"]}, "InvalidOrderId"),
        ({"userId": "1", "orderId": ["2", 3]}, "InvalidOrderId"),
        ({"userId": ["1"], "orderId": "2"}, "InvalidUserId"),
        ({"userId": "1", "orderId": HALF}, "InvalidOrderId"),
        ({"userId": HALF, "orderId": "half a customer"}, "InvalidOrderId"),
    ],
    ids=json.dumps,
)
def test_a_scan_that_is_no_order_says_what_is_at_fault_and_changes_nothing(
    bar: Bar, detail: dict[str, Any], reason: str
) -> None:
    before = (bar.rows(), bar.queue(), bar.counting("orderID"), bar.ends_told())
    ended = put_raw(bar, detail)
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert json.loads(ended["output"]) == {"registered": False, "reason": reason}
    assert (bar.rows(), bar.queue(), bar.counting("orderID"), bar.ends_told()) == before


@pytest.fixture
def order_id(bar: Bar) -> Iterator[str]:
    """Provide an order of customer 1 that waits for its drink."""
    order_id = bar.new_id()
    bar.scan(order_id, "1")
    until("the first token", lambda: bar.row(order_id).get("TaskToken"))
    yield order_id
    bar.asked("cancel", order_id, user="1")
    bar.end_of(bar.row(order_id)["executionId"])


REQUESTS: dict[str, tuple[dict[str, Any], str]] = {
    "claim of half a letter": ({"action": "make", "orderId": HALF, "baristaUserId": "3"}, "InvalidRequest"),
    "claim by half a letter": ({"action": "make", "baristaUserId": HALF}, "InvalidRequest"),
    "unclaim by half a letter": ({"action": "unmake", "baristaUserId": HALF}, "InvalidRequest"),
    "completion by half a letter": ({"action": "complete", "baristaUserId": HALF}, "InvalidRequest"),
    "a drink for half a letter": ({"action": "", "orderId": HALF, "body": {"userId": "1"}}, "InvalidRequest"),
    "a drink by half a letter": ({"action": "", "body": {"userId": HALF}}, "InvalidRequest"),
    "a cancellation by half a letter": ({"action": "cancel", "body": {"userId": HALF}}, "InvalidRequest"),
    "half a letter to be done": ({"action": HALF, "body": {"userId": "1"}}, "InvalidRequest"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_half_a_letter_is_refused_like_any_bad_request(bar: Bar, order_id: str, name: str) -> None:
    request, reason = REQUESTS[name]
    request = {"orderId": order_id, "baristaUserId": "", "body": {}, **request}
    if request["action"] == "":
        request["body"] = {"drink": "Latte", "modifiers": [], **request["body"]}
    before = (bar.rows(), bar.queue())
    answer = bar.answer(bar.begin(json.dumps(request), name=uuid.uuid4().hex))
    assert (answer["accepted"], answer["reason"]) == (False, reason)
    assert (bar.rows(), bar.queue()) == before
