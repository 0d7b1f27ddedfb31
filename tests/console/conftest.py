"""One console, one stack and one browser for all tests of this folder that a worker runs: each takes an order of its
own. They end with the folder, so that nothing of them goes on while other tests run.

Without a browser the tests are skipped on a laptop and fail in CI. Each page is checked when its test ends: no error
on the browser's console, no request to another host.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from local.console.connection import StackSource
from local.orders.client import OrderClient
from local.stacks.emulator import Emulator
from tests.console import axe_core
from tests.console.stage import Bar, Browser, Page, Served, deployed, missing_browser, start_browser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver.chrome.webdriver import WebDriver


@pytest.fixture(scope="package")
def bar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bar]:
    with Emulator.start(data_dir=tmp_path_factory.mktemp("console-emulator")) as emulator:
        stack = deployed(emulator)
        served = Served(StackSource(stack, "first"))
        try:
            yield Bar(stack, OrderClient(stack), served)
        finally:
            served.stop()


def _cannot(why: str) -> None:
    """What these tests need is not here: that is a failure where it was promised, and a pity elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="package")
def driver() -> Iterator[WebDriver]:
    if why := missing_browser():
        _cannot(why)
    started = start_browser()
    yield started
    started.quit()


@pytest.fixture
def browser(driver: WebDriver) -> Iterator[Browser]:
    opened = Browser(driver)
    yield opened
    problems = opened.close()
    assert not problems, f"the browser's console holds {problems}"
    assert opened.hosts <= {"127.0.0.1", ""}, f"the page asked {opened.hosts}"


@pytest.fixture
def page(browser: Browser, bar: Bar) -> Page:
    return browser.open(bar.url)


@pytest.fixture(scope="session")
def axe() -> str:
    """Provide the source of axe-core."""
    try:
        return axe_core.source()
    except axe_core.NotInstalled as error:
        _cannot(str(error))
        raise
