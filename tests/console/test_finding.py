"""Finding things on the page: executions by outcome, an address for each, the picture whole, details that close."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from selenium.webdriver.common.keys import Keys

from local.orders import messages
from tests.console.stage import eventually

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


ROWS = "[...document.querySelectorAll('#executions tr')].map((row) => [...row.cells].map((one) => one.textContent))"


def test_executions_are_filtered_by_order_start_and_duration_and_sorted(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    # The page's clock stands still: a minute may pass while other programs have the processors.
    page.js("(window.now = Date.now(), Date.now = () => window.now, 1)")
    page.fill("#executions-order", order_id)
    page.wait("the two of the order", f"{ROWS}.map((row) => row[0]).join() === 'put,order'")
    page.set("#executions-took", "running", "input")
    page.wait("the one that runs", f"{ROWS}.map((row) => row[0]).join() === 'order'")
    page.set("#executions-took", "<1", "input")
    page.wait("the one that was short", f"{ROWS}.every((row) => row[0] === 'put')")
    page.set("#executions-took", "", "input")
    page.set("#executions-began", "60", "input")
    page.wait("both, of the last minute", f"{ROWS}.length === 2")
    page.js("(window.now += 120_000, 1)")
    page.set("#executions-began", "60", "input")
    page.wait("none two minutes later", f"{ROWS}.length === 0")
    page.set("#executions-began", "600", "input")
    page.click('.executions [data-sort="what"]')
    page.wait("them by what they are", f"{ROWS}.map((row) => row[0]).join() === 'order,put'")
    assert page.js("document.querySelector('[aria-sort]').textContent") == "What"
    page.click('.executions [data-sort="took"]')
    page.wait("the longest first", f"{ROWS}[0]?.[4] === 'running'")
    page.click('.executions [data-sort="took"]')
    page.wait("the shortest first", f"{ROWS}[1]?.[4] === 'running'")


def test_charts_count_orders_and_refusals_by_their_minute(page: Page, bar: Bar) -> None:
    def shown(chart: str) -> int:
        """How many it says were there in one minute at most."""
        said = re.search(r"(\d+) at most", page.text(f"#chart-{chart}-says"))
        return int(said[1]) if said else 0

    def refusals() -> int:
        script = (
            "Number([...document.querySelectorAll('#reasons li')]"
            ".find((one) => one.textContent.startsWith('NotOnTheMenu'))?.querySelector('b').textContent ?? 0)"
        )
        return int(page.js(script))

    before = refusals()
    order_id = bar.waiting_for_customer()
    tea = messages.drink_order("1", "Tea", [], "x")
    assert (
        bar.orders.manage(messages.request("put", order_id, barista_id="3", body=tea)).reason
        == "NotOnTheMenu"
    )
    eventually("the refusal to be counted", lambda: refusals() == before + 1)
    assert shown("refused") >= 1
    assert shown("came") >= 1
    assert shown("waiting") >= 1
    for chart in ("came", "waiting", "refused"):
        assert page.js("document.querySelectorAll(arguments[0]).length", f"#chart-{chart} rect") >= 1
    page.js("(Date.now = ((now) => () => now() + 40 * 60_000)(Date.now), 1)")
    assert (
        bar.orders.manage(messages.request("put", order_id, barista_id="3", body=tea)).reason
        == "NotOnTheMenu"
    )
    eventually("none in the half hour to come", lambda: refusals() == 0)
    page.wait("no bars of orders that came", "document.querySelectorAll('#chart-came rect').length === 0")


def test_a_state_has_an_address_of_its_own(page: Page) -> None:
    page.js("(location.hash = arguments[0], 1)", f"state={quote('Claim order')}")
    page.says("#inspector h3", "Claim order")
    assert page.js("document.querySelector('#tab-manager').ariaSelected") == "true"


def test_an_order_and_an_execution_have_an_address(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    row = bar.orders.row(order_id)
    assert row is not None
    page.tell_timeline(order_id)
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
    page.tell_timeline(order_id)
    before = bar.served.source
    bar.served.source = replace(before, identity="started anew")
    try:
        page.wait(
            "the order to be forgotten",
            "!document.querySelector('#timeline').open && document.querySelector('#walk-order').value !== arguments[0]",
            order_id,
        )
    finally:
        bar.served.source = before


def test_the_managers_tab_does_not_say_whom_the_processor_waits_for(page: Page, bar: Bar) -> None:
    bar.waiting_for_customer()
    page.says("#waits", "for the customer")
    page.click("#tab-manager")
    page.says("#waits", "here nobody is waited for")
