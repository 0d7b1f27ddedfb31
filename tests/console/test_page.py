"""The page, used as customers and baristas use it: in a real browser, over a real stack."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys

from local.orders import messages
from tests.console.stage import eventually
from tests.console.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.console.stage import Bar, Browser, Page


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
        )
    page.says("#walk-says", f"Order {order_id} is handed over")
    row = bar.orders.row(order_id)
    assert row is not None
    assert row.state == "COMPLETED"
    eventually("the table to say so", lambda: "handed over" in page.row(order_id))


@pytest.fixture
def latte(bar: Bar) -> Iterator[None]:
    """Put Latte back on the menu when the test has ended, whatever came of it: others order it too."""
    yield
    with Visitor(bar.url) as visitor:
        assert visitor.do(do="drink", drink="Latte", available=True)[1]["ok"]


@pytest.mark.usefixtures("latte")
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


def test_a_refused_order_waits_for_another_drink_although_the_page_hears_of_it_after_the_refusal(
    page: Page, bar: Bar
) -> None:
    order_id = bar.new_id()
    page.fill("#order-id", order_id)
    page.click("#drinks label:last-child input")
    # Nothing is drawn meanwhile, as on a machine that has no time for it.
    page.js(
        "(window.press = setInterval(() => dispatchEvent(new Event('pointerdown')), 50), "
        "dispatchEvent(new Event('pointerdown')), document.querySelector('#place-order').click(), 1)"
    )
    page.says("#customer-answer", "NotOnTheMenu")
    known = "[...document.querySelector('#order-for').options].some((one) => one.value === arguments[0])"
    assert not page.js(known, order_id)
    page.js("(clearInterval(window.press), dispatchEvent(new Event('pointerup')), 1)")
    page.wait(
        "the refused order to wait for another drink",
        "document.querySelector('#order-for').value === arguments[0]",
        order_id,
    )
    page.says("#place-order", "Choose this drink")


def test_an_order_carries_the_modifiers_that_were_chosen(page: Page, bar: Bar) -> None:
    order_id = bar.new_id()
    page.fill("#order-id", order_id)
    page.click('#drinks input[value="Cappuccino"]')
    page.set("[data-modifier=Milk]", "Oat")
    page.set("[data-modifier=Shots]", "Double")
    page.click("#place-order")
    page.wait(
        "the barista's ticket",
        "[...document.querySelectorAll('.ticket')].some((one) => one.textContent.includes(arguments[0]) "
        "&& one.textContent.includes('Oat') && one.textContent.includes('Double'))",
        f"order {order_id}",
    )


def test_two_baristas_see_the_same_queue_and_only_one_gets_the_order(browser: Browser, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    third, fourth = browser.open(bar.url), browser.open(bar.url)
    fourth.set("#barista-id", "4", "input")
    third.press_in("#queue", f"Make order {order_id}")
    third.says("#barista-answer", "Claimed")
    fourth.says("#queue", "Barista 3 is making it")
    fourth.press_in("#queue", f"Make order {order_id}")
    fourth.says("#barista-answer", "AlreadyClaimed")
    fourth.press_in("#queue", f"Complete order {order_id}")
    fourth.says("#barista-answer", "NotYourOrder")
    third.press_in("#queue", f"Complete order {order_id}")
    third.says("#barista-answer", "Handed over")
    for page in (third, fourth):
        page.wait(
            "the ticket to be gone",
            "![...document.querySelectorAll('.ticket')].some((one) => one.textContent.includes(arguments[0]))",
            f"order {order_id} ",
        )


def test_what_is_pressed_is_not_drawn_anew_before_it_is_released(page: Page, bar: Bar) -> None:
    """The browser swallows a click whose button went away in the middle of it."""
    order_id = bar.waiting_for_barista()
    selector = f'#queue button[aria-label="Make order {order_id}"]'
    # The page itself holds the button down: other programs may keep the driver from releasing it in time.
    page.wait("the ticket", "document.querySelector(arguments[0]) !== null", selector)
    page.js(
        "(window.button = document.querySelector(arguments[0]), "
        "window.press = setInterval(() => dispatchEvent(new Event('pointerdown')), 50), "
        "dispatchEvent(new Event('pointerdown')), 1)",
        selector,
    )
    assert bar.orders.manage(messages.request("make", order_id, barista_id="4")).accepted
    page.wait(
        "the page to have heard of it",
        "import(document.querySelector('link[href$=\"/stack.js\"]').href)"
        ".then(({state}) => state.orders.get(arguments[0])?.barista === '4')",
        order_id,
    )
    time.sleep(0.7)  # The page rests for at most half a second between two drawings.
    connected, shown = page.js("[button.isConnected, document.querySelector('#queue').textContent]")
    assert connected
    assert "Barista 4 is making it" not in shown
    page.js("(clearInterval(window.press), dispatchEvent(new Event('pointerup')), 1)")
    page.says("#queue", "Barista 4 is making it")


def test_a_cancelled_order_says_so_everywhere(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_customer()
    page.press_in("#mine", f"Cancel order {order_id}")
    page.wait("the question", "document.querySelector('#mine button.asks') !== null")
    row = bar.orders.row(order_id)
    assert row is not None
    assert row.state == "CREATED", "the first press cancelled it"
    page.press_in("#mine", f"Cancel order {order_id}: Cancel it?")
    page.says("#customer-answer", f"Order {order_id} is cancelled")
    page.wait(
        "the table to say it",
        "[...document.querySelectorAll('#orders tr')].some((row) => row.textContent.startsWith(arguments[0]) "
        "&& row.textContent.includes('cancelled'))",
        order_id,
    )
    page.wait(
        "the bus to say it",
        "[...document.querySelectorAll('#events li')].some((one) => one.dataset.kind === arguments[0] "
        "&& one.textContent.includes(arguments[1]))",
        "OrderProcessor.OrderCancelled",
        f"order {order_id}",
    )


def test_a_question_before_a_cancellation_is_taken_back_with_escape(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    page.press_in("#queue", f"Cancel order {order_id}")
    asks = f'#queue button[aria-label="Cancel order {order_id}: Cancel it?"]'
    page.use(asks, lambda button: button.send_keys(Keys.ESCAPE))
    page.press_in("#queue", f"Cancel order {order_id}")
    page.wait("the question anew", "document.querySelector(arguments[0]) !== null", asks)
    row = bar.orders.row(order_id)
    assert row is not None
    assert row.state == "WAITING_COMPLETION"


@pytest.fixture
def open_shop(bar: Bar) -> Iterator[None]:
    """Open the shop when the test has ended, whatever came of it."""
    yield
    with Visitor(bar.url) as visitor:
        assert visitor.do(do="shop", open=True)[1]["ok"]


@pytest.mark.usefixtures("open_shop")
def test_a_shop_that_was_closed_is_opened_again_with_one_press(page: Page) -> None:
    page.click("#shop-open")
    page.says("#shop-says", "Shop closed")
    page.says("#shop-answer", "Open it again")
    page.click("#shop-answer button")
    page.says("#shop-says", "Shop open")
    assert page.js("document.querySelector('#shop-open').checked")
