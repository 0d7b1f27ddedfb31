"""The console: how soon its page is there, how late it is, whether it freezes, and how much memory its server takes.

In Chromium without a window, with the console as a process of its own. "Up" is when `espresso console` tells its
address. The 2,000 orders are real ones that a closed shop turns away: an execution, a row and two events each.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Measure, measured
from local.console.connection import StackSource
from local.orders.client import OrderClient
from local.stacks.emulator import Emulator
from local.stacks.stack import RunningStack, StateFolder
from tests.console import measuring
from tests.console.stage import Bar, Browser, Page, Served, deployed, missing_browser, start_browser

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = 5
EVENTS = 100
ORDERS = 2000
# What the orders may take at most, in seconds; what came until then is measured, and its number is in the name.
PATIENCE = 170.0


def measures() -> Iterator[Measure]:
    """Return everything that is measured here."""
    if why := missing_browser():
        print(why, file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder, _emulator(StateFolder(Path(folder))) as (emulator, state):
        stack = deployed(emulator)
        state.write(RunningStack(stack, datetime.now(UTC).isoformat(), 0))
        # Never served to anybody; the bar is asked for its clients only.
        served = Served(StackSource(None, why="not used"))
        bar = Bar(stack, OrderClient(stack), served)
        driver = start_browser()
        try:
            browser = Browser(driver)
            yield from _first_paint(bar, browser, state)
            with _console(state) as (url, pid):
                page = browser.open(url)
                yield measured(
                    f"an event is on the page ({EVENTS} events)",
                    measuring.latencies(page, bar, EVENTS),
                    "ms",
                    bar=300,
                )
                longest = [measuring.longest_task(page, bar) for _ in range(RUNS)]
                yield measured(
                    "longest task while 200 orders move at once", [one.wall for one in longest], "ms", bar=200
                )
                yield measured(
                    "the same with a processor for itself", [one.alone for one in longest], "ms", bar=200
                )
                yield measured("the server's memory before", [_resident(pid)], "MB")
                count = _turned_away(bar)
                yield measured(f"the server's memory after {count:,} orders", [_resident(pid)], "MB", bar=150)
                yield measured("the server's highest memory until then", [_resident(pid, "VmHWM")], "MB")
                yield measured(f"the page's memory after {count:,} orders", [_heap(page)], "MB")
        finally:
            driver.quit()
            served.stop()


@contextmanager
def _emulator(state: StateFolder) -> Iterator[tuple[Emulator, StateFolder]]:
    """Start an emulator where commands with this state folder look for its key pair."""
    with Emulator.start(data_dir=state.emulator_folder) as emulator:
        yield emulator, state


def _first_paint(bar: Bar, browser: Browser, state: StateFolder) -> Iterator[Measure]:
    items = measuring.rows(measuring.ORDERS, "WAITING_COMPLETION")
    measuring.write(bar, items)
    since_up, since_asked = [], []
    for _ in range(RUNS):
        with _console(state) as (url, _):
            taken = measuring.first_paint(Page(browser.driver, ""), url, time.time())
            since_up.append(taken[0])
            since_asked.append(taken[1])
            browser.driver.get("about:blank")
    yield measured("200 orders painted, after the server is up", since_up, "ms", bar=1000)
    measuring.remove(bar, items)


@contextmanager
def _console(state: StateFolder) -> Iterator[tuple[str, int]]:
    """`espresso console` as a process: its address and its process id."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from local.cli import main; main()", "console", "--port", "0"],
        env={**os.environ, "ESPRESSO_STATE": str(state.path), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if "http://127.0.0.1:" in line)
        yield line[line.index("http://") :].split()[0].rstrip("."), process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def _turned_away(bar: Bar) -> int:
    """Scan orders at a closed shop. Return how many of them are rows."""
    tables, events = bar.client("dynamodb"), bar.client("events")
    tables.update_item(
        TableName=bar.stack.config_table,
        Key={"PK": {"S": "config"}},
        UpdateExpression="SET storeOpen = :no",
        ExpressionAttributeValues={":no": {"BOOL": False}},
    )
    end = time.monotonic() + PATIENCE
    sent = 0

    def rejected() -> int:
        pages = tables.get_paginator("query").paginate(
            TableName=bar.stack.order_table,
            KeyConditionExpression="PK = :orders",
            FilterExpression="ORDERSTATE = :rejected",
            ExpressionAttributeValues={":orders": {"S": "orders"}, ":rejected": {"S": "REJECTED"}},
            Select="COUNT",
        )
        return sum(page["Count"] for page in pages)

    done = 0
    while done < ORDERS and time.monotonic() < end:
        # Never more than a hundred on their way: each takes a thread of the emulator.
        while sent < min(ORDERS, done + 100):
            entries = [
                {
                    "EventBusName": bar.stack.bus,
                    "Source": "awsserverlessda.serverlesspresso",
                    "DetailType": "Validator.NewOrder",
                    "Detail": json.dumps({"userId": "1", "orderId": f"late-{at}"}),
                }
                for at in range(sent, sent + 10)
            ]
            events.put_events(Entries=entries)
            sent += 10
        time.sleep(0.2)
        done = rejected()
    time.sleep(5)  # the console reads the last executions
    return done


def _resident(pid: int, what: str = "VmRSS") -> float:
    """Return the memory of a process that is in RAM, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(f"{what}:"))


def _heap(page: Page) -> float:
    page.driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
    return float(page.js("performance.memory.usedJSHeapSize")) / 1e6
