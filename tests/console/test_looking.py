"""What the page shows of workflows, orders and events, in a real browser over a real stack."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from selenium.webdriver.common.keys import Keys

from tests.console.stage import Page
from tests.console.visitor import Visitor

if TYPE_CHECKING:
    import pytest

    from tests.console.stage import Bar, Browser


def test_a_picture_shows_who_is_waited_for_and_what_went_in_and_out_of_a_state(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    page.choose_execution(f"order {order_id} · running")
    page.wait(
        "the state where it is",
        "document.querySelector('#view-processor .here')?.dataset.state === 'Emit - Awaiting Completion TT'",
    )
    page.says("#waits", f"order {order_id} waits for the barista")
    page.wait("the way it came", "document.querySelectorAll('#view-processor .edge.passed').length >= 6")
    page.js(
        "document.querySelector('#view-processor [data-state=\"Generate Order Number\"]')"
        ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    page.says("#inspector", "Generate Order Number")
    page.says("#inspector pre", order_id)
    page.says("#inspector", "Took")


def test_the_story_of_an_order_tells_events_executions_and_rows_on_one_line(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    page.tell_timeline(order_id)
    for told in (
        "Validator.NewOrder",
        "OrderProcessorWorkflow started",
        "Register order",
        "OrderManagerStateMachine: put succeeded",
        "OrderProcessor.WaitingCompletion",
    ):
        page.says("#timeline-body", told)
    page.wait(
        "a fingerprint", r"/\*{4}[0-9a-f]{6}/.test(document.querySelector('#timeline-body').textContent)"
    )
    page.use("body", lambda body: body.send_keys(Keys.ESCAPE))
    page.wait("the timeline to be closed", "!document.querySelector('#timeline').open")


def test_an_event_is_sent_and_sent_again_without_a_second_order(page: Page, bar: Bar) -> None:
    order_id = bar.new_id()
    page.click("#send summary")
    page.fill("#event-detail", json.dumps({"userId": "1", "orderId": order_id}))
    page.click("#event-form button")
    page.says("#bus-answer", "Validator.NewOrder is on the bus")
    first = bar.orders.wait_for_row(order_id, "the order", lambda row: row.token is not None)
    page.fill("#bus-search", order_id)
    page.press_in("#events", f"Resend OrderProcessor.WorkflowStarted of order {order_id}")
    page.says("#bus-answer", "OrderProcessor.WorkflowStarted is on the bus")
    page.wait(
        "the event to be there twice",
        "document.querySelectorAll('#events [data-kind=\"OrderProcessor.WorkflowStarted\"]').length === 2",
    )
    again = bar.orders.row(order_id)
    assert again is not None
    assert (again.token, again.token_issued_at) == (first.token, first.token_issued_at)


def test_no_task_token_reaches_the_page(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    item = bar.client("dynamodb").get_item(
        TableName=bar.stack.order_table, Key={"PK": {"S": "orders"}, "SK": {"S": order_id}}
    )["Item"]
    page.wait("the order", "document.querySelector('#orders').textContent.includes(arguments[0])", order_id)
    arn = item["executionId"]["S"]
    fetched = page.js(
        "Promise.all(['/api/timeline?order=' + arguments[0], '/api/execution?arn=' + arguments[1]]"
        ".map((one) => fetch(one).then((answer) => answer.text()))).then((texts) => texts.join())",
        order_id,
        arn,
    )
    whole = fetched + page.js("document.documentElement.outerHTML")
    assert order_id in whole
    assert item["TaskToken"]["S"] not in whole


HOSTILE = '<img src=x onerror="document.title=1">'


def test_an_order_id_that_is_a_script_is_shown_as_text(page: Page, bar: Bar) -> None:
    bar.waiting_for_barista(HOSTILE)
    page.tell_timeline(HOSTILE)
    page.says("#timeline-title", HOSTILE)
    page.says("#timeline-body", "OrderProcessorWorkflow started")
    assert page.js("document.querySelectorAll('img[src=x]').length") == 0
    assert page.driver.title == "Espresso console"


def test_a_picture_counts_its_executions_and_runs_down_the_time_of_the_first(page: Page, bar: Bar) -> None:
    bar.waiting_for_customer()
    state = "Emit - Workflow Started TT"
    page.wait(
        "the state to be marked",
        "document.querySelector(`#view-processor [data-state='${arguments[0]}']`).matches('.here')",
        state,
    )
    words = page.js(
        "document.querySelector(`#view-processor [data-state='${arguments[0]}']`).ariaLabel", state
    )
    assert re.search(r", \d+ here now", words), words
    # Of fifteen minutes; the first who waits may be a customer of a test before.
    assert re.fullmatch(r"1?\d:\d\d", page.text(".timer text"))
    page.wait("the number of those here", "document.querySelectorAll('.badge.now').length >= 1")
    page.wait("the numbers of those passed", "document.querySelectorAll('.badge.through').length >= 5")


def test_an_execution_that_was_stopped_is_marked_where_it_ended_with_its_error(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_customer()
    row = bar.orders.row(order_id)
    assert row is not None
    bar.client("stepfunctions").stop_execution(
        executionArn=row.execution_arn, error="Closing time", cause="<b>The bar closes</b>"
    )
    page.choose_execution(f"order {order_id} · aborted")
    page.says("#waits", "It was stopped: Closing time: <b>The bar closes</b>")
    state = "document.querySelector('#view-processor [data-state=\"Emit - Workflow Started TT\"]')"
    page.wait("the state to be marked", f"{state}.matches('.failed')")
    assert "failed" in page.js(f"{state}.ariaLabel")


def test_orders_are_searched_and_a_click_in_a_row_opens_its_timeline(page: Page, bar: Bar) -> None:
    first, other = bar.waiting_for_customer(), bar.waiting_for_customer()
    page.wait("both orders", "document.querySelector('#orders').textContent.includes(arguments[0])", other)
    page.fill("#orders-search", first)
    page.wait("one row", "document.querySelectorAll('#orders tr').length === 1")
    assert page.row(first)
    page.click("#orders td:nth-child(3)")
    page.says("#timeline-title", f"Order {first}")
    page.js("(document.querySelector('#timeline').close(), 1)")
    page.fill("#orders-search", "no such order")
    page.says("#orders-empty", "No order fits the search.")


def test_the_bus_is_filtered_by_who_sent_and_by_what_is_said(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    page.fill("#bus-search", f'"{order_id}"')
    page.wait(
        "its events",
        "[...document.querySelectorAll('#events li')].some((one) => "
        "one.dataset.kind === 'OrderManager.WaitingCompletion')",
    )
    page.set("#bus-from", "OrderManager.")
    page.wait(
        "only the manager's",
        "[...document.querySelectorAll('#events li')].map((one) => one.dataset.kind).join() "
        "=== 'OrderManager.WaitingCompletion'",
    )


def test_a_page_too_many_is_told_so_and_comes_to_life_when_another_is_closed(
    browser: Browser, bar: Bar, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar.served.wait_for_pages(0)
    with Visitor(bar.url):
        monkeypatch.setattr("local.console.hub.MOST_PAGES", bar.served.console.hub.pages)
        browser.forgive("503")
        browser.driver.get(bar.url)
        page = Page(browser.driver, "")
        page.says("#gone-why", "too many of its pages are open")
    page.wait("the page to come to life", "document.querySelector('#stack-pill.up') !== null")
