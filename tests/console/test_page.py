"""The page, used as people use it: in a real browser, over a real stack."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from local.console.link import Source
from local.emulator import Emulator
from tests.console.conftest import Served, deployed

if TYPE_CHECKING:
    from tests.console.conftest import Bar, Browser, Page


def _walk_with(page: Page, order_id: str) -> None:
    page.fill("#walk-order", order_id + Keys.TAB)
    page.wait("nothing to be ticked off", "document.querySelectorAll('.step.done').length === 0")


def test_the_walkthrough_is_clicked_through_to_the_end(page: Page, bar: Bar) -> None:
    order_id = bar.new_id()
    _walk_with(page, order_id)
    for step, ticked in ((1, 2), (3, 4), (5, 5), (6, 6)):
        page.click(f'.step[data-step="{step}"] button')
        page.wait(
            f"{ticked} steps to be ticked off",
            "document.querySelectorAll('.step.done').length === arguments[0]",
            ticked,
            deadline=20,
        )
    page.says("#walk-says", f"Order {order_id} is handed over")
    row = bar.orders.row(order_id)
    assert row is not None
    assert row.state == "COMPLETED"
    assert "handed over" in page.row(order_id)


def test_a_drink_that_is_off_the_menu_is_refused_with_its_reason_and_another_one_accepted(
    page: Page, bar: Bar
) -> None:
    order_id = bar.new_id()
    page.click("#menu li:nth-child(2) input")
    page.says("#shop-answer", "Latte is off the menu")
    page.wait("the form to know it", "document.querySelectorAll('#drinks .off').length === 1")
    page.fill("#order-id", order_id)
    page.click('#drinks input[value="Latte"]')
    page.click("#place-order")
    page.says("#customer-answer", "NotOnTheMenu")
    page.wait(
        "the refused order to wait for another drink",
        "document.querySelector('#order-for').value === arguments[0]",
        order_id,
    )
    page.click("#menu li:nth-child(2) input")
    page.says("#shop-answer", "Latte is back on the menu")
    page.click("#place-order")
    page.says("#customer-answer", f"Order {order_id}: Latte")
    row = bar.orders.row(order_id)
    assert row is not None
    assert row.state in ("CREATED", "WAITING_COMPLETION")


def test_an_order_carries_the_modifiers_that_were_chosen(page: Page, bar: Bar) -> None:
    order_id = bar.new_id()
    page.fill("#order-id", order_id)
    page.click('#drinks input[value="Cappuccino"]')
    page.js(
        "(document.querySelector('[data-modifier=Milk]').value = 'Oat', "
        "document.querySelector('[data-modifier=Shots]').value = 'Double')"
    )
    page.click("#place-order")
    page.wait(
        "the barista's ticket",
        "[...document.querySelectorAll('.ticket')].some((one) => one.innerText.includes(arguments[0]) "
        "&& one.innerText.includes('Oat') && one.innerText.includes('Double'))",
        f"order {order_id}",
    )


def test_two_baristas_see_the_same_queue_and_only_one_gets_the_order(browser: Browser, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    third, fourth = browser.open(bar.url), browser.open(bar.url)
    fourth.find("#barista-id")
    fourth.js("(document.querySelector('#barista-id').value = '4')")
    fourth.js("document.querySelector('#barista-id').dispatchEvent(new Event('input'))")
    third.driver.switch_to.window(third.handle)
    third.press_in("#queue", f"Make order {order_id}")
    third.says("#barista-answer", "Claimed")
    fourth.says("#queue", "Barista 3 is making it")
    fourth.press_in("#queue", f"Make order {order_id}")
    fourth.says("#barista-answer", "AlreadyClaimed")
    fourth.press_in("#queue", f"Complete order {order_id}")
    fourth.says("#barista-answer", "NotYourOrder")
    third.driver.switch_to.window(third.handle)
    third.press_in("#queue", f"Complete order {order_id}")
    third.says("#barista-answer", "Handed over")
    for page in (third, fourth):
        page.wait(
            "the ticket to be gone",
            "![...document.querySelectorAll('.ticket')].some((one) => one.innerText.includes(arguments[0]))",
            f"order {order_id} ",
        )


def test_a_cancelled_order_says_so_everywhere(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_customer()
    page.press_in("#mine", f"Cancel order {order_id}")
    page.says("#customer-answer", f"Order {order_id} is cancelled")
    page.wait(
        "the table to say it",
        "[...document.querySelectorAll('#orders tr')].some((row) => row.innerText.startsWith(arguments[0]) "
        "&& row.innerText.includes('cancelled'))",
        order_id,
    )
    page.wait(
        "the bus to say it",
        "[...document.querySelectorAll('#events li')].some((one) => one.dataset.kind === arguments[0] "
        "&& one.innerText.includes(arguments[1]))",
        "OrderProcessor.OrderCancelled",
        f"order {order_id}",
    )


def test_a_picture_shows_who_is_waited_for_and_what_went_in_and_out_of_a_state(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    page.wait(
        "the execution to be listed",
        "[...document.querySelector('#execution').options].some((one) => one.text.startsWith(arguments[0]))",
        f"order {order_id} · running",
    )
    page.js(
        "[...document.querySelector('#execution').options]"
        ".find((one) => one.text.startsWith(arguments[0])).selected = true",
        f"order {order_id} · running",
    )
    page.js("document.querySelector('#execution').dispatchEvent(new Event('change'))")
    page.wait(
        "the state where it is",
        "document.querySelector('#view-processor .here')?.dataset.state === 'Emit - Awaiting Completion TT'",
    )
    page.says("#waits", f"order {order_id} waits for the barista")
    assert page.js("document.querySelectorAll('#view-processor .edge.passed').length") >= 6
    page.js(
        "document.querySelector('#view-processor [data-state=\"Generate Order Number\"]')"
        ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    page.says("#inspector", "Generate Order Number")
    page.says("#inspector pre", order_id)
    page.says("#inspector", "Took")


def test_the_story_of_an_order_tells_events_executions_and_rows_on_one_line(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    page.wait("the row", "document.querySelector('#orders').innerText.includes(arguments[0])", order_id)
    page.js(
        "[...document.querySelectorAll('#orders button')].find((one) => one.innerText === arguments[0]).click()",
        order_id,
    )
    for told in (
        "Validator.NewOrder",
        "OrderProcessorWorkflow started",
        "Register order",
        "OrderManagerStateMachine: put succeeded",
        "OrderProcessor.WaitingCompletion",
    ):
        page.says("#story-body", told)
    page.wait("a fingerprint", r"/\*{4}[0-9a-f]{6}/.test(document.querySelector('#story-body').innerText)")
    page.find("body").send_keys(Keys.ESCAPE)
    page.wait("the story to be closed", "!document.querySelector('#story').open")


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
    page.wait("the order", "document.querySelector('#orders').innerText.includes(arguments[0])", order_id)
    arn = item["executionId"]["S"]
    fetched = page.js(
        "Promise.all(['/api/story?order=' + arguments[0], '/api/execution?arn=' + arguments[1]]"
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
    page.wait(
        "the order",
        "document.querySelector('#orders').innerText.includes(arguments[0])",
        HOSTILE,
        deadline=20,
    )
    page.js(
        "[...document.querySelectorAll('#orders button')].find((one) => one.innerText === arguments[0]).click()",
        HOSTILE,
    )
    page.says("#story-title", HOSTILE)
    page.says("#story-body", "OrderProcessorWorkflow started")
    assert page.js("document.querySelectorAll('img[src=x]').length") == 0
    assert page.driver.title == "Espresso console"


def test_a_stack_that_goes_away_is_told_and_its_return_too(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = Emulator.start(data_dir=tmp_path_factory.mktemp("before"))
    served = None
    try:
        served = Served(Source(deployed(first), "before"))
        page = browser.open(served.url)
        first.stop()
        page.wait("the page to say it", "document.querySelector('#gone').hidden === false")
        page.says("#gone-why", "Nothing answers at")
        served.source = Source(None, why="No local stack runs. Start one with `espresso up`.")
        page.says("#gone-why", "espresso up")
        with Emulator.start(data_dir=tmp_path_factory.mktemp("after"), port=first.port) as second:
            served.source = Source(deployed(second), "after")
            page.wait("the page to come back", "document.querySelector('#gone').hidden", deadline=20)
            page.says("#orders-empty", "No orders yet")
            _walk_with(page, "7")
            page.click('.step[data-step="1"] button')
            page.wait("the order", "document.querySelector('#orders').innerText.startsWith('7')")
            served.stop()
            served = None
            page.driver.get("about:blank")
            browser.driver.get_log("browser")  # type: ignore[no-untyped-call]
    finally:
        if served is not None:
            served.stop()
        first.stop()


def test_an_order_is_walked_with_the_keyboard_alone(page: Page, bar: Bar) -> None:
    order_id = bar.new_id()

    def keys(*pressed: str) -> None:
        ActionChains(page.driver).send_keys(*pressed).perform()

    for _ in range(12):
        keys(Keys.TAB)
        if page.js("document.activeElement.id") == "walk-order":
            break
    assert page.js("document.activeElement.id") == "walk-order"
    ActionChains(page.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).perform()
    keys(order_id, Keys.TAB, Keys.TAB)
    for ticked in (2, 4, 5, 6):
        page.wait(
            "the focus to be on the next step's button",
            "document.activeElement.closest('.step.current') !== null",
        )
        keys(Keys.ENTER)
        page.wait(
            f"{ticked} steps to be ticked off",
            "document.querySelectorAll('.step.done').length === arguments[0]",
            ticked,
            deadline=20,
        )
    row = bar.orders.row(order_id)
    assert row is not None
    assert row.state == "COMPLETED"
    page.wait("the focus to go on", "document.activeElement.id === 'walk-new'")


def test_the_picture_is_read_with_the_arrow_keys(page: Page) -> None:
    page.js("document.querySelector('#view-processor g[data-state]').focus()")
    keys = ActionChains(page.driver)
    keys.send_keys(Keys.ARROW_DOWN, Keys.ENTER).perform()
    name = page.js("document.activeElement.dataset.state")
    assert name != page.js("document.querySelector('#view-processor g[data-state]').dataset.state")
    page.says("#inspector h3", name)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_to_complain_about(page: Page, bar: Bar, axe: str, theme: str) -> None:
    bar.waiting_for_barista()
    bar.waiting_for_customer()
    page.js("(document.documentElement.dataset.theme = arguments[0])", theme)
    page.wait("a ticket", "document.querySelector('.ticket') !== null")
    page.click("#send summary")
    page.click(".step button.primary, .step button:not(:disabled)") if page.js(
        "document.querySelector('.step button:not(:disabled)') !== null"
    ) else None
    assert _violations(page, axe) == []
    page.click("#orders .link")
    page.says("#story-body", "OrderProcessorWorkflow started")
    assert _violations(page, axe) == []


def _violations(page: Page, axe: str) -> list[str]:
    page.driver.execute_script(axe)
    found = page.driver.execute_async_script(
        "const done = arguments[0]; axe.run(document).then((result) => done(result.violations.map((one) => "
        "one.id + ': ' + one.help + ' ' + one.nodes.slice(0, 4).map((node) => node.html.slice(0, 160) + ' ' + "
        "node.failureSummary).join(' | '))))"
    )
    return list(found)


def test_on_a_phone_everything_fits_the_width_and_works(browser: Browser, bar: Bar, axe: str) -> None:
    page = browser.open(bar.url)
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 375, "height": 740, "deviceScaleFactor": 2, "mobile": True},
    )
    order_id = bar.waiting_for_barista()
    page.says("#queue", f"order {order_id}")
    assert page.js("document.documentElement.scrollWidth") <= 375
    page.press_in("#queue", f"Make order {order_id}")
    page.says("#barista-answer", "Claimed")
    assert _violations(page, axe) == []
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_an_event_is_on_the_page_within_300_ms_at_the_median(page: Page, bar: Bar) -> None:
    page.js(
        "new MutationObserver((changes) => { for (const one of changes) for (const node of one.addedNodes) "
        "(window.seen ??= []).push([node.innerText, Date.now()]); })"
        ".observe(document.querySelector('#events'), {childList: true})"
    )
    events = bar.client("events")
    taken = []
    for at in range(20):
        mark = f"mark-{at}-{time.time_ns()}"
        sent = time.time() * 1000
        events.put_events(
            Entries=[
                {
                    "EventBusName": bar.stack.bus,
                    "Source": "test",
                    "DetailType": mark,
                    "Detail": "{}",
                }
            ]
        )
        taken.append(
            page.wait(mark, "(window.seen ?? []).find(([text]) => text.includes(arguments[0]))?.[1]", mark)
            - sent
        )
    assert sorted(taken)[10] < 300, sorted(taken)
