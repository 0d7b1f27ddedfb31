"""Finding things on the page: executions by outcome, an address for each, the picture whole, details that close."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from selenium.webdriver.common.keys import Keys

if TYPE_CHECKING:
    from tests.console.stage import Bar, Page

PICK = (
    "document.querySelector('#view-processor [data-state=\"Generate Order Number\"]')"
    ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
)


def test_executions_are_named_by_their_outcome_and_filtered_by_it(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_customer()
    bar.orders.scan(order_id, "1")
    page.wait(
        "the second scan to be named",
        "[...document.querySelectorAll('#executions tr')].some((row) => row.textContent.includes('a second scan'))",
    )
    page.js(
        "((one) => (one.value = 'a second scan', one.dispatchEvent(new Event('change')), 1))"
        "(document.querySelector('#executions-outcome'))"
    )
    page.fill("#executions-search", order_id)
    page.wait(
        "the filtered table",
        "document.querySelectorAll('#executions tr').length === 1"
        " && document.querySelector('#executions tr').textContent.includes(arguments[0])",
        order_id,
    )


def test_an_order_and_an_execution_have_an_address(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    row = bar.orders.row(order_id)
    assert row is not None
    page.tell_story(order_id)
    page.wait("the address", "location.hash === '#order=' + arguments[0]", order_id)
    page.use("body", lambda body: body.send_keys(Keys.ESCAPE))
    page.wait("the address to be empty", "location.hash === ''")
    state = "Generate Order Number"
    page.js(
        "(location.hash = arguments[0], 1)",
        f"execution={quote(str(row.execution_arn))}&state={quote(state)}",
    )
    page.says("#inspector h3", state)
    page.says("#inspector", "generateOrderNumber added")
    page.js("(document.querySelector('.raw summary').click(), 1)")
    page.says("#inspector .raw", "ExecutionStarted")


def test_escape_closes_the_details(page: Page, bar: Bar) -> None:
    bar.waiting_for_barista()
    page.js(PICK)
    page.says("#inspector h3", "Generate Order Number")
    page.js("(document.querySelector('#inspector button').focus(), 1)")
    page.use("#inspector h3 button", lambda button: button.send_keys(Keys.ESCAPE))
    page.wait("the details to be closed", "document.querySelector('#inspector').hidden")


def test_fit_shows_the_picture_whole_and_the_wheel_makes_it_larger(page: Page) -> None:
    page.click("#zoom-fit")
    page.wait(
        "the whole picture",
        "((frame) => frame.scrollHeight <= frame.clientHeight + 1 && frame.scrollWidth <= frame.clientWidth + 1)"
        "(document.querySelector('#view-processor'))",
    )
    small = page.js("document.querySelector('#view-processor svg').getBoundingClientRect().width")
    page.js(
        "(document.querySelector('#view-processor').dispatchEvent("
        "new WheelEvent('wheel', {ctrlKey: true, deltaY: -400, bubbles: true, cancelable: true})), 1)"
    )
    page.wait(
        "a larger picture",
        "document.querySelector('#view-processor svg').getBoundingClientRect().width > 1.5 * arguments[0]",
        small,
    )


def test_an_open_page_forgets_the_order_of_a_stack_that_was_started_anew(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_customer()
    page.fill("#walk-order", order_id)
    page.js("(document.querySelector('#walk-order').dispatchEvent(new Event('change')), 1)")
    page.wait("two ticks", "document.querySelectorAll('.step.done').length === 2")
    page.tell_story(order_id)
    before = bar.served.source
    bar.served.source = replace(before, identity="started anew")
    try:
        page.wait(
            "the order to be forgotten",
            "!document.querySelector('#story').open && document.querySelector('#walk-order').value !== arguments[0]",
            order_id,
        )
    finally:
        bar.served.source = before


def test_the_managers_tab_does_not_say_whom_the_processor_waits_for(page: Page, bar: Bar) -> None:
    bar.waiting_for_customer()
    page.says("#waits", "for the customer")
    page.click("#tab-manager")
    page.says("#waits", "here nobody is waited for")
