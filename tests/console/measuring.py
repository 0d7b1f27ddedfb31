"""How fast the page is: what its tests hold, and what `python -m bench console` measures with more patience."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.console.stage import Bar, Page

ORDERS = 200
_BATCH = 25


def rows(count: int, state: str) -> list[dict[str, Any]]:
    """Rows of orders as the workflows write them, without an execution behind."""
    begun = datetime.now(UTC) - timedelta(minutes=1)
    found = []
    for at in range(count):
        when = (begun + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        drink = {"userId": "1", "drink": "Latte", "modifiers": [{"Name": "Milk", "Option": "Oat"}]}
        found.append(
            {
                "PK": {"S": "orders"},
                "SK": {"S": f"moving-{at:04}"},
                "USERID": {"S": "1"},
                "ORDERSTATE": {"S": state},
                "orderNumber": {"N": str(at)},
                "drinkOrder": {"S": json.dumps(drink)},
                "TaskToken": {"S": f"{at:08x}-0000-4000-8000-000000000000"},
                "tokenIssuedAt": {"S": f"{when}/0"},
                "createdAt": {"S": when},
            }
        )
    return found


def write(bar: Bar, items: list[dict[str, Any]]) -> None:
    """Write rows of the order table, as many at once as DynamoDB takes."""
    tables = bar.client("dynamodb")
    batches = [items[at : at + _BATCH] for at in range(0, len(items), _BATCH)]
    with ThreadPoolExecutor(4) as pool:
        for answer in pool.map(
            lambda batch: tables.batch_write_item(
                RequestItems={bar.stack.order_table: [{"PutRequest": {"Item": item}} for item in batch]}
            ),
            batches,
        ):
            assert not answer["UnprocessedItems"]


def remove(bar: Bar, items: list[dict[str, Any]]) -> None:
    """Take the rows away again."""
    tables = bar.client("dynamodb")
    for at in range(0, len(items), _BATCH):
        keys = [
            {"DeleteRequest": {"Key": {"PK": item["PK"], "SK": item["SK"]}}}
            for item in items[at : at + _BATCH]
        ]
        tables.batch_write_item(RequestItems={bar.stack.order_table: keys})


def announce(bar: Bar, items: list[dict[str, Any]], kind: str) -> None:
    """Put an event about each of these orders on the bus, so that the console looks at them."""
    entries = [
        {
            "EventBusName": bar.stack.bus,
            "Source": "awsserverlessda.serverlesspresso",
            "DetailType": kind,
            "Detail": json.dumps({"userId": "1", "orderId": item["SK"]["S"]}),
        }
        for item in items
    ]
    events = bar.client("events")
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda at: events.put_events(Entries=entries[at : at + 10]), range(0, len(entries), 10))
        )


def latencies(page: Page, bar: Bar, count: int) -> list[float]:
    """Milliseconds from an event's PutEvents to its line on the page, one event after the other."""
    page.js(
        "new MutationObserver((changes) => { for (const one of changes) for (const node of one.addedNodes) "
        "(window.seen ??= []).push([node.textContent, Date.now()]); })"
        ".observe(document.querySelector('#events'), {childList: true})"
    )
    events = bar.client("events")
    taken = []
    for at in range(count):
        mark = f"mark-{at}-{time.time_ns()}"
        sent = time.time() * 1000
        events.put_events(
            Entries=[{"EventBusName": bar.stack.bus, "Source": "test", "DetailType": mark, "Detail": "{}"}]
        )
        shown = page.wait(
            mark, "(window.seen ?? []).find(([text]) => text.includes(arguments[0]))?.[1]", mark
        )
        taken.append(shown - sent)
    return taken


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest task of a page (Long Tasks API), in milliseconds; 0 if none took 50.

    Attributes:
        wall: As the page measured it.
        alone: What it would have been with a processor for itself: `wall`, by the share of the time of its tasks that
            the page's main thread was given a processor. On a machine with nothing else to do they are the same.
    """

    wall: float
    alone: float


def longest_task(page: Page, bar: Bar) -> Longest:
    """Return the longest task of the page while 200 orders move at once.

    They come, are completed and go, each time all together, and the bus carries an event about each.
    """
    page.driver.execute_cdp_cmd("Performance.enable", {})
    before = _metrics(page)
    page.js(
        "(window.watched?.disconnect(), window.tasks = [], window.watched = new PerformanceObserver("
        "(list) => tasks.push(...list.getEntries().map((one) => one.duration))), "
        "watched.observe({type: 'longtask', buffered: false}), 1)"
    )
    page.fill("#orders-search", "moving-")
    for state, kind in (("WAITING_COMPLETION", "Test.Came"), ("COMPLETED", "Test.Completed")):
        moved = rows(ORDERS, state)
        write(bar, moved)
        announce(bar, moved, kind)
        _settle(page, state, ORDERS)
    remove(bar, moved)
    announce(bar, moved, "Test.Went")
    _settle(page, "COMPLETED", 0)
    wall = float(page.js("Math.max(0, ...tasks, ...watched.takeRecords().map((one) => one.duration))"))
    after = _metrics(page)
    share = (after["ThreadTime"] - before["ThreadTime"]) / (after["TaskDuration"] - before["TaskDuration"])
    return Longest(wall, wall * min(share, 1.0))


def _metrics(page: Page) -> dict[str, float]:
    """Return what Chromium counts of a page: processor time of the main thread and duration of its tasks, in
    seconds."""
    answer = page.driver.execute_cdp_cmd("Performance.getMetrics", {})
    return {metric["name"]: metric["value"] for metric in answer["metrics"]}


def _settle(page: Page, state: str, count: int) -> None:
    """Wait until the table shows so many orders in a state, and half a second more.

    The page itself looks, now and then: questions of the driver would be work for the page that is measured.
    """
    shown = page.driver.execute_async_script(
        "const [state, count, done] = arguments; const look = () => { const found = "
        "document.querySelectorAll(`#orders .state.${state}`).length; "
        "found === count ? setTimeout(() => done(found), 500) : setTimeout(look, 200); }; look();",
        state,
        count,
    )
    assert shown == count, f"{shown} orders are {state}"


def first_paint(page: Page, url: str, up: float) -> tuple[float, float]:
    """Open a page until 200 orders are painted.

    Returns the milliseconds since `up` (seconds since 1970), and since the page was asked for.
    """
    page.show()
    asked = time.time()
    page.driver.get(url)
    # The time of the frame after the one in which the rows came.
    painted = page.wait(
        f"{ORDERS} orders to be painted",
        "document.querySelectorAll('#orders tr').length >= arguments[0] && (window.painted ??= new Promise((done) => "
        "requestAnimationFrame(() => setTimeout(() => done(Date.now())))))",
        ORDERS,
    )
    return painted - up * 1000, painted - asked * 1000
