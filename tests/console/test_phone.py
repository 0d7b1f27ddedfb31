"""The page on a phone: what matters first, under the thumb, large enough for a finger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.console.stage import Bar, Browser, Page

WIDTH = 375

SEEN = """((one) => one?.top < innerHeight && one.bottom > 0)
(document.querySelector(arguments[0])?.getBoundingClientRect())"""

# What can be pressed and is smaller than 24 pixels across; a box in a label is pressed by the label.
SMALL = """[...document.querySelectorAll('button, a, summary, select, input, textarea')]
.map((one) => one.closest('label') ?? one).filter((one) => one.checkVisibility())
.map((one) => [one.textContent.trim() || one.id, one.getBoundingClientRect()])
.filter(([, box]) => box.width && (box.width < 24 || box.height < 24) && box.bottom > 0)
.map(([words, box]) => `${words}: ${box.width} x ${box.height}`)"""


@pytest.fixture
def page(browser: Browser, bar: Bar) -> Page:
    return browser.open(bar.url, width=WIDTH)


def test_customer_and_barista_come_first_and_the_walkthrough_is_folded(page: Page) -> None:
    tops = page.js(
        "['customer', 'barista', 'walk', 'flow', 'orders'].map((one) => "
        "document.querySelector(`#${one}-title`).getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    assert page.js("document.querySelector('#steps').hidden")
    page.click("#walk-fold")
    page.wait("the steps", "!document.querySelector('#steps').hidden")


def test_everything_fits_the_width_and_is_large_enough_for_a_finger(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    page.says("#queue", f"order {order_id}")
    page.click("#walk-fold")
    page.click("#send summary")
    page.says("#executions", order_id)
    assert page.js("document.documentElement.scrollWidth") <= WIDTH
    assert page.js(SMALL) == []


def test_the_bar_of_links_leads_to_a_part_and_shows_that_it_goes_on(page: Page) -> None:
    assert page.js("((bar) => bar.scrollWidth > bar.clientWidth)(document.querySelector('.jump'))")
    faded = "getComputedStyle(document.querySelector('.jump'), '::after').backgroundImage"
    assert "gradient" in page.js(faded)
    page.click('.jump a[href="#barista-title"]')
    page.wait(
        "the barista's part to be in view",
        "Math.abs(document.querySelector('#barista-title').getBoundingClientRect().top) < 200",
    )


def test_an_answer_lies_where_the_thumb_is(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    page.press_in("#queue", f"Make order {order_id}")
    page.says("#barista-answer", "Claimed")
    box = page.js("document.querySelector('#barista-answer').getBoundingClientRect().toJSON()")
    assert box["bottom"] <= page.js("innerHeight")
    assert box["top"] >= page.js("innerHeight") * 0.6


def test_show_where_brings_the_picture_into_view(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_customer()
    page.click("#walk-fold")
    page.set("#walk-order", order_id)
    page.wait("two ticks", "document.querySelectorAll('.step.done').length === 2")
    page.js("(scrollTo({top: 0, behavior: 'instant'}), 1)")
    page.click('.step[data-step="2"] button')
    page.wait("the state, in view", SEEN, "#view-processor .here.picked")
