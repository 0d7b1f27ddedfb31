"""The page for those who use the keyboard alone, a screen reader, or a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from local.console.connection import StackSource
from tests.console import axe_core
from tests.console.stage import Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.console.stage import Bar, Browser, Page


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


@pytest.fixture
def found(bar: Bar) -> Iterator[tuple[str, Served]]:
    """Provide an order, and a console that came later. It ends after its page, which would ask for it in vain."""
    order_id = bar.waiting_for_barista()
    served = Served(StackSource(bar.stack, "accessible"))
    yield order_id, served
    served.stop()


def test_axe_finds_nothing_to_complain_about_at_any_size_by_day_or_by_night(
    found: tuple[str, Served], browser: Browser, bar: Bar, axe: str
) -> None:
    # What a console has heard itself looks different from what it found when it came.
    order_id, served = found
    page = browser.open(served.url)
    page.says("#events", "Validator.NewOrder")
    bar.orders.scan(order_id, "1")
    page.says("#queue", f"order {order_id}")
    page.click("#send summary")
    page.choose_execution(f"order {order_id} · running")
    page.js(
        "document.querySelector('#view-processor [data-state=\"Generate Order Number\"]')"
        ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    page.says("#inspector .difference", "generateOrderNumber")
    page.driver.execute_script(axe)
    # Between the sizes the layout differs, by night the colours; the rest is asked once at each end.
    colours = ["color-contrast"]
    layout = ["target-size", "scrollable-region-focusable", *colours]
    for width, by_day in ((1440, None), (1024, layout), (390, None)):
        browser.resize(width)
        page.wait("the layout", "innerWidth === arguments[0]", width)
        for theme, rules in (("light", by_day), ("dark", colours)):
            page.js("(document.documentElement.dataset.theme = arguments[0])", theme)
            assert _violations(page, rules=rules) == [], (width, theme)
    page.tell_timeline(order_id)
    page.says("#timeline-body", "OrderProcessorWorkflow started")
    assert _violations(page, "#timeline", rules=layout) == []
    page.js("(document.documentElement.dataset.theme = 'light')")
    assert _violations(page, "#timeline") == []


def _violations(page: Page, within: str = "body", *, rules: list[str] | None = None) -> list[str]:
    """Return what axe-core finds in a part of the page, by all of its rules or some.

    It describes what it complains about and nothing that is well: that would be half of its time.
    """
    found = page.driver.execute_async_script(
        "const [within, rules, done] = arguments; "
        "axe.run(within, {resultTypes: ['violations'], ...(rules ? {runOnly: rules} : {})}).then((result) => "
        "done(result.violations.map((one) => one.id + ': ' + one.help + ' ' + one.nodes.slice(0, 4).map((node) => "
        "node.html.slice(0, 160) + ' ' + node.failureSummary).join(' | '))))",
        within,
        rules,
    )
    return list(found)


def test_without_npm_it_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(axe_core.NotInstalled, match="apt install npm"):
        axe_core.source()


def test_what_npm_said_is_told_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho the registry is away >&2\nexit 1\n", encoding="utf-8")
    npm.chmod(0o755)
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(axe_core.NotInstalled, match="the registry is away"):
        axe_core.source()
