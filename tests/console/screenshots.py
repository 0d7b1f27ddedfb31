"""Takes the pictures that README.md and docs/console.md show: `python -m tests.console.screenshots`.

Starts a stack and a console of its own, plays a busy morning, and photographs it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from local.console.connection import StackSource
from local.orders import messages
from local.orders.client import OrderClient
from local.stacks.emulator import Emulator
from tests.console.png import reduced
from tests.console.stage import Bar, Page, Served, deployed, start_browser

IMAGES = Path(__file__).parents[2] / "docs" / "images"
MOST_BYTES = 200_000


def main() -> int:
    """Write docs/images/console*.png. Return 1 if one of them is too large."""
    with tempfile.TemporaryDirectory() as folder, Emulator.start(data_dir=Path(folder)) as emulator:
        stack = deployed(emulator, places=20)
        served = Served(StackSource(stack, "pictures"))
        driver = start_browser("--hide-scrollbars")
        try:
            page = Page(driver, served.url)
            _busy_morning(Bar(stack, OrderClient(stack), served))
            _photograph(page)
        finally:
            driver.quit()
            served.stop()
    large = [path.name for path in IMAGES.glob("console*.png") if path.stat().st_size > MOST_BYTES]
    if large:
        print(f"larger than {MOST_BYTES} bytes: {', '.join(large)}", file=sys.stderr)
    return 1 if large else 0


def _busy_morning(bar: Bar) -> None:
    """Orders in every stage: handed over, claimed, in the queue, choosing, cancelled, refused."""
    drinks: tuple[tuple[str, str, list[str]], ...] = (
        ("11", "Latte", ["Milk=Oat"]),
        ("12", "Espresso", ["Shots=Double"]),
        ("13", "Flat White", []),
        ("14", "Americano", ["Beans=Decaf"]),
        ("15", "Cappuccino", ["Milk=Almond"]),
    )
    for order_id, drink, modifiers in drinks:
        bar.waiting_for_customer(order_id)
        body = messages.drink_order("1", drink, modifiers)
        bar.orders.manage(messages.request("put", order_id, body=body))
        bar.orders.wait_for_row(order_id, "its number", lambda row: row.state == "WAITING_COMPLETION")
    for order_id in ("11", "12", "13"):
        bar.orders.manage(messages.request("make", order_id, barista_id="3" if order_id != "13" else "4"))
    done = messages.drink_order("1", "Latte")
    bar.orders.manage(messages.request("complete", "11", barista_id="3", body=done))
    bar.waiting_for_customer("16")
    bar.orders.manage(messages.request("cancel", "16", body={"userId": "1"}))
    bar.waiting_for_customer("17")
    bar.orders.manage(messages.request("put", "17", body=messages.drink_order("1", "Milkshake")))
    bar.waiting_for_barista("2")


def _photograph(page: Page) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.says("#walk-says", "scanned code")
    page.wait(
        "the picture to be complete",
        "document.querySelectorAll('#orders tr').length === 8"
        " && document.querySelectorAll('#view-processor .here').length === 2",
        deadline=30,
    )
    page.js(
        "(document.querySelector('#walk-order').value = '2', "
        "document.querySelector('#walk-order').dispatchEvent(new Event('change')))"
    )
    page.wait("four ticks", "document.querySelectorAll('.step.done').length === 4")
    for theme in ("light", "dark"):
        page.js("(document.documentElement.dataset.theme = arguments[0])", theme)
        page.js("(document.querySelector('#view-processor').scrollTop = 330, window.scrollTo(0, 0), 1)")
        _save(page, "console" if theme == "light" else "console-dark", 1440, 1240)
    page.js("(document.documentElement.dataset.theme = 'light')")
    page.js(
        "([...document.querySelectorAll('#orders .link')].find((one) => one.textContent === '11').click(), 1)"
    )
    page.says("#timeline-body", "OrderProcessorWorkflow succeeded")
    _save(page, "console-story", 1200, 820)
    page.js("(document.querySelector('#timeline').close(), 1)")
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True},
    )
    page.js("(document.querySelector('#barista-title').scrollIntoView(), 1)")
    _write(page, "console-phone")


def _save(page: Page, name: str, width: int, height: int) -> None:
    page.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )
    page.wait("the layout", "innerWidth === arguments[0]", width)
    page.js("(document.activeElement.blur(), 1)")
    _write(page, name)


def _write(page: Page, name: str) -> None:
    picture = reduced(page.driver.get_screenshot_as_png())
    (IMAGES / f"{name}.png").write_bytes(picture)


if __name__ == "__main__":
    sys.exit(main())
