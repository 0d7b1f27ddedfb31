"""A console that serves in this process, and a real browser that looks at it, in the words of somebody who uses it.

The browser is Debian's Chromium, or what CHROMIUM and CHROMEDRIVER name. Its headless shell is taken where it is
installed: that is the same engine without the parts of a browser with windows, and costs half of the processor time.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys

from local.console import Console, make_app, serve
from local.console.serve import bound_socket
from local.orders import messages
from local.stacks.emulator import REGION, Emulator
from local.stacks.stack import Stack
from tests.console.visitor import DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selenium.webdriver.chrome.webdriver import WebDriver
    from selenium.webdriver.remote.webelement import WebElement

    from local.console.connection import StackSource
    from local.orders.client import OrderClient

# The shell itself: its command in /usr/bin stays before it as a process, and the driver would end only that one.
SHELL = "/usr/lib/chromium/chromium-headless-shell"
CHROMIUM = os.environ.get("CHROMIUM") or (SHELL if Path(SHELL).exists() else "/usr/bin/chromium")
CHROMEDRIVER = os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # The pages of all tests, one after the other, in one process: a new one costs as much as opening the page.
    "--renderer-process-limit=1",
    "--force-prefers-reduced-motion",
    "--window-size=1440,1000",
)

# How a page waits for something that it is asked for with arguments, the last of them how long: the time of day may be
# the test's own, so that the clock that only counts is asked.
_LOOK = """
const done = [].pop.call(arguments), end = performance.now() + 1000 * [].pop.call(arguments);
const find = function () { return SCRIPT; };
const look = () => new Promise((tell) => tell(find.apply(null, arguments))).then(
  (found) => found || performance.now() > end ? done(found) : setTimeout(look, 50),
  (error) => done({thrown: `${error}`}));
look();
"""

# An element that is in view and enabled, and that stays where it is from one drawing of the page to the next: a click
# goes to a place, and what moves meanwhile gets another's.
_READY = """
(async (one) => {
  if (!one?.matches(':not(:disabled)')) return false;
  one.scrollIntoView({block: 'center', behavior: 'instant'});
  const place = () => JSON.stringify(one.isConnected && one.getBoundingClientRect());
  const before = place();
  const drawn = () => new Promise((done) => requestAnimationFrame(done));
  await Promise.race([drawn().then(drawn), new Promise((done) => setTimeout(done, 200))]);
  return before === place() && one;
})(document.querySelector(arguments[0]))
""".strip()

# How the browser refuses what was asked of an element that the page has made anew meanwhile.
_MADE_ANEW = (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)


class Served:
    """A console that serves in a thread, over a stack that a test may put there and take away."""

    def __init__(self, source: StackSource, *, changes: bool = True) -> None:
        self.source = source
        self.console: Console = make_app(lambda: self.source, changes=changes)
        self._stop = threading.Event()
        self._up = threading.Event()
        bound = bound_socket(0)
        self.port: int = bound.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=serve, args=(self.console, bound, self._until))
        self._thread.start()
        assert self._up.wait(DEADLINE), f"the console was not up within {DEADLINE} s"

    async def _until(self) -> None:
        self._up.set()
        while not self._stop.is_set():
            await asyncio.sleep(0.05)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=DEADLINE)
        assert not self._thread.is_alive(), f"the console did not stop within {DEADLINE} s"

    def wait_for_pages(self, count: int) -> None:
        """Wait until so many pages are open: a console notices a little later that one was closed."""
        eventually(f"{count} open pages", lambda: self.console.hub.pages == count)


def eventually(what: str, test: Callable[[], bool]) -> None:
    """Asks until a test passes."""
    end = time.monotonic() + DEADLINE
    while not test():
        assert time.monotonic() < end, f"waited {DEADLINE} s for {what}"
        time.sleep(0.05)


@dataclass
class Bar:
    """The stack, a client for its orders, a console over it, and order ids that nobody else uses."""

    stack: Stack
    orders: OrderClient
    served: Served
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1000))
    clients: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.served.url

    def new_id(self) -> str:
        return str(next(self.ids))

    def client(self, service: str) -> Any:
        """Return a client of the stack, made once: making one takes longer than most of what it is asked."""
        if service not in self.clients:
            session: Any = self.stack.session()
            self.clients[service] = session.client(service, endpoint_url=self.stack.endpoint)
        return self.clients[service]

    def waiting_for_customer(self, order_id: str = "") -> str:
        order_id = order_id or self.new_id()
        self.orders.scan(order_id, "1")
        self.orders.wait_for_row(
            order_id, "the first token", lambda row: row.token is not None, deadline=DEADLINE
        )
        return order_id

    def waiting_for_barista(self, order_id: str = "") -> str:
        order_id = self.waiting_for_customer(order_id)
        body = messages.drink_order("1", "Latte", ["Oat"], "x")
        request = messages.request("put", order_id, barista_id="3", body=body)
        assert self.orders.manage(request).accepted
        self.orders.wait_for_row(
            order_id, "the second token", lambda row: row.state == "WAITING_COMPLETION", deadline=DEADLINE
        )
        return order_id


def deployed(emulator: Emulator, *, places: int = 300) -> Stack:
    from local.deployer import deploy

    outputs = deploy(emulator.endpoint, config={"maxOrdersInQueue": str(places)}).outputs
    return Stack.emulated("local", REGION, emulator.endpoint, outputs)


class Page:
    """One tab of the browser, in the words of somebody who uses it; without an address, as it is."""

    # The one that the driver speaks to: naming it with each question would be a third of all commands.
    shown: ClassVar[Page]

    def __init__(self, driver: WebDriver, url: str) -> None:
        self.driver = driver
        self.url = url
        self.handle = driver.current_window_handle
        Page.shown = self
        if not url:
            return
        driver.get(url)
        self.wait("the page to know the stack", "document.querySelector('#stack-pill.up') !== null")

    def show(self) -> None:
        """Make this the tab that the driver speaks to."""
        if Page.shown is not self:
            self.driver.switch_to.window(self.handle)
            Page.shown = self

    def js(self, script: str, *arguments: object) -> Any:
        self.show()
        return self.driver.execute_script(f"return {script}", *arguments)

    def wait(self, what: str, script: str, *arguments: object, deadline: float = DEADLINE) -> Any:
        """Return what a script finds, as soon as that is something. The page itself looks, not the driver."""
        self.show()
        found = self.driver.execute_async_script(_LOOK.replace("SCRIPT", script), *arguments, deadline)
        if isinstance(found, dict) and "thrown" in found:
            raise AssertionError(f"{what}: {found['thrown']} in {script}")
        if not found:
            text = self.js("document.body.innerText")
            raise AssertionError(f"waited {deadline} s for {what}; the page says:\n{text}")
        return found

    def use(self, selector: str, does: Callable[[WebElement], None]) -> None:
        """Do something with an element that is in view and enabled, and rests.

        The page may make it anew at any time. Then the browser refuses before anything has happened, and it is found
        and tried again. No test keeps an element.
        """
        end = time.monotonic() + DEADLINE
        while True:
            try:
                return does(self.wait(f"{selector} to be ready", _READY, selector))
            except _MADE_ANEW:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def click(self, selector: str) -> None:
        self.use(selector, lambda element: element.click())

    def fill(self, selector: str, words: str) -> None:
        """Put words in the place of what a field holds."""
        self.use(selector, lambda element: element.send_keys(Keys.CONTROL + "a" + Keys.NULL + words))

    def set(self, selector: str, value: str, event: str = "change") -> None:
        """Give a field a value in one go, as a menu does."""
        self.wait(
            f"{selector} to be there",
            "((one) => one && (one.value = arguments[1], "
            "one.dispatchEvent(new Event(arguments[2], {bubbles: true})), true))"
            "(document.querySelector(arguments[0]))",
            selector,
            value,
            event,
        )

    def text(self, selector: str) -> str:
        return str(self.js("document.querySelector(arguments[0])?.textContent ?? ''", selector))

    def says(self, selector: str, words: str, *, deadline: float = DEADLINE) -> None:
        self.wait(
            f"{selector} to say {words!r}",
            "(document.querySelector(arguments[0])?.textContent ?? '').includes(arguments[1])",
            selector,
            words,
            deadline=deadline,
        )

    def press_in(self, container: str, label: str) -> None:
        """Presses the button of that accessible name."""
        self.click(f'{container} button[aria-label="{label}"]')

    def choose_execution(self, words: str) -> None:
        """Chooses the execution whose entry in the list begins with these words."""
        find = "[...document.querySelector('#execution').options].find((one) => one.text.startsWith(arguments[0]))"
        # In one go: the list may be made anew at any time.
        self.wait(
            f"the execution {words!r} to be listed",
            f"((one) => one && (one.selected = true, one.parentElement.closest('#execution')"
            f".dispatchEvent(new Event('change')), true))({find})",
            words,
        )

    def tell_timeline(self, order_id: str) -> None:
        """Presses an order's id in the table."""
        self.wait(
            f"order {order_id} in the table",
            "((one) => one && (one.click(), true))([...document.querySelectorAll('#orders button')]"
            ".find((one) => one.textContent === arguments[0]))",
            order_id,
        )

    def row(self, order_id: str) -> str:
        """Return what the order table says of an order."""
        script = (
            "[...document.querySelectorAll('#orders tr')]"
            ".find((row) => row.querySelector('button').textContent === arguments[0])?.textContent ?? ''"
        )
        return str(self.js(script, order_id))


def missing_browser() -> str:
    """Why there is no browser to start; "" if there is one."""
    missing = [path for path in (CHROMIUM, CHROMEDRIVER) if not Path(path).exists()]
    if not missing:
        return ""
    return f"there is no browser: {', '.join(missing)} (apt install chromium-headless-shell chromium-driver)"


def start_browser(*flags: str) -> WebDriver:
    """Return a new browser without a window. It tells what was asked of the network, and nothing more: telling
    costs time."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True, "enablePage": False})
    driver = webdriver.Chrome(options=options, service=Service(CHROMEDRIVER))
    driver.set_script_timeout(2 * DEADLINE)  # longer than what it runs may wait
    return driver


class Browser:
    """Opens pages; says at the end what they should not have done."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver
        self.first = driver.current_window_handle
        self.hosts: set[str] = set()
        self._opened = 0
        self._forgiven: tuple[str, ...] = ()
        self._drain()

    def open(self, url: str, *, width: int = 1440) -> Page:
        """Return a page in a tab: the first in the one that is there, which is faster, others in new ones.

        One that is narrower than 720 pixels is a phone's.
        """
        if self._opened:
            self.driver.switch_to.new_window("tab")
        self._opened += 1
        if width != 1440:
            self.resize(width)
        return Page(self.driver, url)

    def resize(self, width: int) -> None:
        """Give the page that is shown another width."""
        phone = width < 720
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {
                "width": width,
                "height": 740 if phone else 1000,
                "deviceScaleFactor": 2 if phone else 1,
                "mobile": phone,
            },
        )

    def forgive(self, *words: str) -> None:
        """Errors with these words are what the test is about."""
        self._forgiven = words

    def close(self) -> list[str]:
        """Leaves one empty tab. Returns what the pages complained about."""
        problems: list[str] = []
        for handle in self.driver.window_handles:
            self.driver.switch_to.window(handle)
            problems += self._drain()
            if handle != self.first:
                self.driver.close()
        self.driver.switch_to.window(self.first)
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self.driver.get("about:blank")
        return problems

    def _drain(self) -> list[str]:
        errors = [
            entry["message"]
            for entry in self.driver.get_log("browser")  # type: ignore[no-untyped-call]
            if entry["level"] in ("SEVERE", "WARNING")
            and not any(words in entry["message"] for words in self._forgiven)
        ]
        for entry in self.driver.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.hosts.add(urlsplit(message["params"]["request"]["url"]).hostname or "")
        return errors
