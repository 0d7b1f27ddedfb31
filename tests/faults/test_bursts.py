"""Many at once: the queue keeps its size, everybody is told, and of two baristas one gets the order."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.faults.bar import SCAN, SOURCE, Bar, until
from tests.faults.history import together

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = 20


class Watch:
    """Looks at the queue as often as it can, and keeps the most that it saw."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.most = 0

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.most = max(self.most, len(self._bar.queue()))

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def scan_all(bar: Bar, ids: list[str]) -> None:
    """Put a `Validator.NewOrder` for each id on the bus, ten to a request, several requests at a time."""

    def put(some: list[str]) -> None:
        entries = [
            {
                "EventBusName": bar.outputs["eventBusName"],
                "Source": SOURCE,
                "DetailType": SCAN,
                "Detail": json.dumps({"userId": f"user of {order_id}", "orderId": order_id}),
            }
            for order_id in some
        ]
        assert not bar.clients.events.put_events(Entries=entries)["FailedEntryCount"]  # type: ignore[arg-type]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, [ids[at : at + 10] for at in range(0, len(ids), 10)]))


def test_of_five_hundred_orders_at_once_twenty_get_a_place_and_the_others_are_told(empty_bar: Bar) -> None:
    twenty_get_a_place_and_the_others_are_told(empty_bar, orders=500, times=1)


def test_if_every_event_comes_twice_the_queue_keeps_its_size_and_everybody_is_told_once(
    empty_bar: Bar,
) -> None:
    empty_bar.courier.twice = True
    twenty_get_a_place_and_the_others_are_told(empty_bar, orders=500, times=2)


def twenty_get_a_place_and_the_others_are_told(bar: Bar, *, orders: int, times: int) -> None:
    """Let so many orders be scanned at once, each so many times, in a shop with twenty places."""
    bar.configure(maxOrdersInQueue={"N": str(PLACES)})
    ids = [bar.new_id() for _ in range(orders)]
    already = len(bar.executions("orderProcessorArn"))
    with Watch(bar) as watch:
        scan_all(bar, [order_id for order_id in ids for _ in range(times)])
        until(
            "every scan to have its execution",
            lambda: len(bar.executions("orderProcessorArn")) == already + times * orders,
            deadline=60,
            longest_pause=0.5,
        )
        until(
            "everybody but those with a place to be done",
            lambda: len(bar.executions("orderProcessorArn", "RUNNING")) == PLACES,
            deadline=60,
            longest_pause=0.5,
        )
    rows = {order_id: row for order_id, row in bar.rows().items() if order_id in set(ids)}
    assert len(rows) == orders, "an order was lost"
    inside = {order_id for order_id, row in rows.items() if row["ORDERSTATE"] == "CREATED"}
    assert watch.most <= PLACES
    assert len(inside) == PLACES
    assert bar.queue() == inside
    until("the tokens of those inside", lambda: all("TaskToken" in bar.row(order_id) for order_id in inside))
    assert all(row["ORDERSTATE"] == "REJECTED" and row["reason"] == "at capacity"
               for order_id, row in rows.items() if order_id not in inside)  # fmt: skip

    told = {order_id: events for order_id, events in bar.ends_told().items() if order_id in rows}
    assert told == {order_id: ["OrderProcessor.ShopUnavailable"] for order_id in rows.keys() - inside}
    reasons = {
        event["detail"]["reason"]
        for event in bar.told
        if event["detail-type"] == "OrderProcessor.ShopUnavailable" and event["detail"]["orderId"] in rows
    }
    assert reasons == {"at capacity"}

    # A place that is given back is somebody else's.
    for execution in [bar.ask("cancel", order_id, user=f"user of {order_id}") for order_id in inside]:
        assert bar.answer(execution)["accepted"]
    until("the queue to be empty", lambda: not bar.queue())
    until("all to be over", lambda: not bar.executions("orderProcessorArn", "RUNNING"))
    later = bar.new_id()
    bar.scan(later)
    until("the later order's token", lambda: bar.row(later).get("TaskToken"))
    assert bar.asked("cancel", later, user="1")["accepted"]
    until("the queue to be empty", lambda: not bar.queue())
    bar.forget(rows.keys() - inside)


def test_a_shop_without_places_lets_nobody_in(empty_bar: Bar) -> None:
    bar = empty_bar
    bar.configure(maxOrdersInQueue={"N": "0"})
    order_id = bar.new_id()
    bar.scan(order_id)
    row = until("the order to be turned away", lambda: closed(bar, order_id))
    assert (row["ORDERSTATE"], row["reason"]) == ("REJECTED", "at capacity")
    assert not bar.queue()


def closed(bar: Bar, order_id: str) -> dict[str, str] | None:
    row = bar.row(order_id)
    return row if row.get("ORDERSTATE") == "REJECTED" else None


@pytest.fixture
def waiting(bar: Bar) -> Iterator[str]:
    """Provide an order that waits for a barista."""
    order_id = bar.new_id()
    bar.scan(order_id)
    until("the first token", lambda: bar.row(order_id).get("TaskToken"))
    assert bar.asked("", order_id, user="1")["accepted"]
    until("the second token", lambda: bar.row(order_id).get("ORDERSTATE") == "WAITING_COMPLETION")
    yield order_id
    bar.asked("cancel", order_id, user="1")
    bar.end_of(bar.row(order_id)["executionId"])


def test_of_two_baristas_who_claim_at_the_same_moment_exactly_one_wins_each_time(
    bar: Bar, waiting: str
) -> None:
    won = {"b1": 0, "b2": 0}
    for _ in range(50):
        answers: dict[str, dict[str, object]] = {}

        def claim(barista: str, answers: dict[str, dict[str, object]] = answers) -> None:
            answers[barista] = bar.answer(bar.ask("make", waiting, barista=barista))

        together([lambda: claim("b1"), lambda: claim("b2")])
        winners = [barista for barista, answer in answers.items() if answer["accepted"]]
        assert len(winners) == 1, answers
        (loser,) = answers.keys() - set(winners)
        assert answers[loser]["reason"] == "AlreadyClaimed"
        assert bar.row(waiting)["baristaUserId"] == winners[0]
        won[winners[0]] += 1
        assert bar.asked("unmake", waiting, barista=winners[0])["accepted"]
    assert sum(won.values()) == 50
