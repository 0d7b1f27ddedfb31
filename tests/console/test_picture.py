"""The pictures of the workflows in the hand of somebody who reads them: words, mouse, wheel, and where it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.keys import Keys

from local.orders import messages

if TYPE_CHECKING:
    from tests.console.stage import Bar, Page

FRAME = "document.querySelector('#view-processor')"
WIDTH = f"{FRAME}.querySelector('svg').getBoundingClientRect().width"

# What runs through the words at an edge, as the browser has drawn them, of a picture that is shown.
STRUCK = """((svg) => {
  const words = [...svg.querySelectorAll('.label')].map((one) => [one.textContent, one.getBBox()]);
  const found = new Set();
  const holds = (box, x, y) => x > box.x && x < box.x + box.width && y > box.y + 1 && y < box.y + box.height - 1;
  const outside = (from, wide, at) => Math.max(from - at, 0, at - from - wide);
  for (const line of svg.querySelectorAll('.edge, .tip')) {
    const long = line.getTotalLength();
    // To find a point of a line takes long; none of the next ones is nearer to the words than as far as they are.
    for (let at = 0, far; at <= long; at += Math.max(2, far)) {
      const { x, y } = line.getPointAtLength(at);
      far = Infinity;
      for (const [said, box] of words) {
        far = Math.min(far, Math.hypot(outside(box.x, box.width, x), outside(box.y, box.height, y)));
        if (holds(box, x, y)) found.add(`${said}: ${line.dataset.from}`);
      }
    }
  }
  words.forEach(([one, a], at) => words.slice(at + 1).forEach(([other, b]) => {
    const apart = a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y;
    if (!apart) found.add(`${one} and ${other}`);
  }));
  return words.length > 20 ? [...found] : ['no words'];
})(document.querySelector(arguments[0]))"""


def test_no_line_and_no_other_words_run_through_the_words_at_an_edge(page: Page) -> None:
    assert page.js(STRUCK, "#view-processor svg") == []
    page.click("#tab-manager")
    assert page.js(STRUCK, "#view-manager svg") == []


def test_the_mouse_moves_the_picture_and_chooses_nothing_by_it(page: Page) -> None:
    before = page.js(f"[{FRAME}.scrollLeft, {FRAME}.scrollTop]")
    frame = page.driver.find_element("css selector", "#view-processor")
    page.js("(document.querySelector('.flow').scrollIntoView({block: 'end', behavior: 'instant'}), 1)")
    mouse = ActionChains(page.driver, duration=50)
    mouse.move_to_element(frame).click_and_hold().move_by_offset(30, -120).perform()
    page.wait("the frame to be held", f"{FRAME}.matches('.dragged')")
    ActionChains(page.driver).release().perform()
    moved = page.js(f"[{FRAME}.scrollLeft, {FRAME}.scrollTop]")
    assert abs(moved[1] - before[1] - 120) <= 10, (before, moved)
    assert moved[0] < before[0]
    assert page.js("document.querySelector('#inspector').hidden")
    page.wait("the frame to be let go", f"!{FRAME}.matches('.dragged')")


def test_ctrl_and_the_wheel_make_it_larger_about_the_pointer(page: Page) -> None:
    page.js("(document.querySelector('.flow').scrollIntoView({block: 'end', behavior: 'instant'}), 1)")
    frame = page.driver.find_element("css selector", "#view-processor")
    under = (
        f"((frame, box, wide) => [(frame.scrollLeft + arguments[0] - box.left) / wide, "
        f"(frame.scrollTop + arguments[1] - box.top) / wide])({FRAME}, {FRAME}.getBoundingClientRect(), {WIDTH})"
    )
    box = page.js(f"((r) => [r.left + r.width / 2, r.top + r.height / 2])({FRAME}.getBoundingClientRect())")
    wide, spot = page.js(WIDTH), page.js(under, *box)
    origin = ScrollOrigin.from_element(frame)
    wheel = ActionChains(page.driver)
    wheel.key_down(Keys.CONTROL).scroll_from_origin(origin, 0, -200).key_up(Keys.CONTROL).perform()
    page.wait("a larger picture", f"{WIDTH} > 1.2 * arguments[0]", wide)
    now = page.js(under, *box)
    assert abs(now[1] - spot[1]) < 0.02, (spot, now)
    wide = page.js(WIDTH)
    ActionChains(page.driver).scroll_from_origin(origin, 0, 100).perform()
    page.wait("the wheel alone to move it", f"{FRAME}.scrollTop > 100")
    assert page.js(WIDTH) == wide


def test_the_picture_follows_the_chosen_execution_from_state_to_state(page: Page, bar: Bar) -> None:
    seen = (
        f"((one, frame) => one.matches('.here') && one.getBoundingClientRect().top >= frame.top"
        f" && one.getBoundingClientRect().bottom <= frame.bottom)"
        f"({FRAME}.querySelector(`[data-state='${{arguments[0]}}']`), {FRAME}.getBoundingClientRect())"
    )
    order_id = bar.waiting_for_customer()
    page.choose_execution(f"order {order_id} · running")
    page.wait("where it waits, in view", seen, "Emit - Workflow Started TT")
    drink = messages.drink_order("1", "Latte", ["Oat"], "x")
    assert bar.orders.manage(messages.request("put", order_id, barista_id="3", body=drink)).accepted
    page.wait("where it went on to, in view", seen, "Emit - Awaiting Completion TT")


def test_the_words_on_the_way_of_a_chosen_execution_are_marked_with_it(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_customer()
    page.choose_execution(f"order {order_id} · running")
    page.wait(
        "the words on its way",
        "[...document.querySelectorAll('#view-processor .label.passed')].map((one) => one.textContent).join() "
        "=== 'orderId is a string and userId is a string,storeOpen and maxOrdersInQueue ≥ 1'",
    )


def test_what_a_state_changed_is_told_and_what_went_in_is_copied(page: Page, bar: Bar) -> None:
    order_id = bar.waiting_for_barista()
    page.driver.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    page.choose_execution(f"order {order_id} · running")
    page.js(
        "document.querySelector('#view-processor [data-state=\"Generate Order Number\"]')"
        ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    page.wait("one change", "document.querySelectorAll('#inspector .difference li').length === 1")
    page.says("#inspector .difference .added", "generateOrderNumber")
    page.press_in("#inspector", "Copy the input")
    page.says('#inspector [aria-label="Copy the input"]', "Copied")
    copied = page.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied == page.text("#inspector .docs pre")
    assert f'"orderId": "{order_id}"' in copied
