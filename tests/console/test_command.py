"""`espresso console` and `espresso up --console` as people type them: processes of their own, ended with Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.console.serve import bound_socket
from local.stacks.emulator import REGION, Emulator, EmulatorNotRunning
from tests.console.visitor import Visitor
from tests.espresso import run_espresso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.testing import Result

    from tests.console.stage import Bar, Browser

COMMAND = [sys.executable, "-c", "from local.cli import main; main()"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Provide a state folder that nobody else uses, and no AWS account."""
    (tmp_path / "tmp").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "ESPRESSO_STATE": str(tmp_path / "state"), "TMPDIR": str(tmp_path / "tmp")}


def here(environment: dict[str, str], *arguments: str) -> Result:
    """Return a command in this process: a process of its own takes a second to begin."""
    without: dict[str, str | None] = {name: None for name in os.environ if name.startswith("AWS_")}
    named = {name: value for name, value in environment.items() if name.startswith("AWS_")}
    changed = {**without, **named, "ESPRESSO_STATE": environment["ESPRESSO_STATE"], "COLUMNS": "200"}
    return run_espresso(*arguments, env=changed)


class Running:
    """A command that serves a console: its address, and what it said until it stopped."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self.url = ""
        timer = threading.Timer(120, process.kill)
        timer.start()
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line)
            if "Ctrl-C" in line:
                break
            if (found := re.search(r"http://127\.0\.0\.1:\d+", line)) and "console" in line:
                self.url = found[0]
        timer.cancel()
        assert self.url, f"it never told its address: {''.join(self.said)}"

    def interrupt(self) -> tuple[int, str]:
        """Presses Ctrl-C. Returns the exit code and what was said on standard error."""
        self.process.send_signal(signal.SIGINT)
        rest, errors = self.process.communicate(timeout=60)
        self.said.append(rest)
        return self.process.returncode, errors


@contextmanager
def running(environment: dict[str, str], *arguments: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env={**environment, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Running(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)


def test_the_page_lives_through_a_restart_of_the_stack_and_ends_with_ctrl_c(
    environment: dict[str, str], browser: Browser
) -> None:
    data = Path(environment["ESPRESSO_STATE"]) / "emulator"
    # What the browser says when the console ends while its page is open.
    browser.forgive("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING")
    with bound_socket(0) as free:
        port = str(free.getsockname()[1])
    try:
        with running(environment, "up", "--port", port, "--console", "--console-port", "0") as command:
            assert any("The local stack is ready." in line for line in command.said)
            page = browser.open(command.url)
            page.says("#stack-name", f"local · 127.0.0.1:{port}")
            page.fill("#walk-order", "7\t")
            page.click('.step[data-step="1"] button')
            page.wait("the order", "document.querySelector('#orders').textContent.startsWith('7')")

            assert here(environment, "down").exit_code == 0
            page.wait("the page to say that it is gone", "document.querySelector('#gone').hidden === false")
            page.says("#gone-why", "No local stack runs. Start one with `espresso up`.")
            assert page.js("document.querySelector('#main').inert") is True

            assert here(environment, "up", "--port", port).exit_code == 0
            page.wait("the page to come back", "document.querySelector('#gone').hidden")
            page.says("#orders-empty", "No orders yet")
            page.fill("#walk-order", "8\t")
            page.click('.step[data-step="1"] button')
            page.wait("the order", "document.querySelector('#orders').textContent.startsWith('8')")

            code, errors = command.interrupt()
            assert (code, errors) == (0, "")
            page.wait("the page to say it", "document.querySelector('#gone').hidden === false")
            page.says("#gone-why", "The console itself doesn't answer any more")
        assert Emulator.attach(data).port == int(port), "the console's end is not the stack's"
    finally:
        with suppress(EmulatorNotRunning):
            Emulator.attach(data).stop()


def test_a_taken_port_is_told_with_another_one_to_try(environment: dict[str, str]) -> None:
    with bound_socket(0) as taken:
        port = taken.getsockname()[1]
        ended = here(environment, "console", "--port", str(port))
    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert f"Port {port} of 127.0.0.1 is taken, perhaps by another console." in ended.stderr
    assert f"espresso console --port {port + 1}" in ended.stderr
    assert isinstance(ended.exception, SystemExit), "what went wrong is said, not raised"


def test_without_a_stack_the_console_waits_for_one_and_says_so(environment: dict[str, str]) -> None:
    with running(environment, "console", "--port", "0") as command:
        with urllib.request.urlopen(f"{command.url}/api/stream", timeout=60) as stream:
            said = next(line for line in stream if b"No local stack runs" in line)
        assert b"espresso up" in said
        assert command.interrupt() == (0, "")


@pytest.fixture
def like_aws(environment: dict[str, str], bar: Bar) -> dict[str, str]:
    """Provide the stack of these tests as a deployed one: found by its name, its region and the environment's
    credentials."""
    return {
        **environment,
        **bar.stack.environment(),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _rules(bar: Bar) -> list[str]:
    found = bar.client("events").list_rules(EventBusName=bar.stack.bus, NamePrefix="espresso-console")
    return sorted(rule["Name"] for rule in found["Rules"])


def test_a_deployed_stack_is_only_read(like_aws: dict[str, str], bar: Bar) -> None:
    order_id = bar.waiting_for_customer()
    before = _rules(bar)
    with running(like_aws, "console", "--port", "0", "--stack", "workshop", "--region", REGION) as command:
        assert any(f"the stack workshop in AWS {REGION}" in line for line in command.said)
        assert any("It is read-only." in line for line in command.said)
        with Visitor(command.url) as visitor:
            assert visitor.snapshot["stack"]["place"] == f"AWS {REGION}"
            visitor.until("the order", lambda: order_id in visitor.orders)
            status, answer = visitor.do(do="cancel", order=order_id, user="1")
            assert status == 403
            assert "--allow-changes" in answer["message"]
            timeline = visitor.get("/api/timeline", order=order_id)
            assert timeline["items"][0]["title"] == "Validator.NewOrder"
            assert _rules(bar) == before
            # With a page open, too.
            assert command.interrupt() == (0, "")
    row = bar.orders.row(order_id)
    assert row is not None
    assert row.state == "CREATED"


def test_a_deployed_stack_is_changed_where_that_was_allowed(like_aws: dict[str, str], bar: Bar) -> None:
    order_id = bar.new_id()
    before = _rules(bar)
    arguments = ("console", "--port", "0", "--stack", "workshop", "--region", REGION, "--allow-changes")
    with running(like_aws, *arguments) as command, Visitor(command.url) as visitor:
        assert len(_rules(bar)) == len(before) + 1, "it listens to the bus"
        status, answer = visitor.do(do="scan", order=order_id, user="1")
        assert (status, answer["ok"]) == (200, True)
        visitor.wait(
            "the event on the bus",
            lambda one: (
                one["t"] == "bus"
                and one["event"]["order"] == order_id
                and one["event"]["type"] == "OrderProcessor.WorkflowStarted"
            ),
        )
        assert command.interrupt() == (0, "")
    assert _rules(bar) == before, "it takes away what it made"


def test_a_deployed_stack_that_is_not_there_is_told_at_once(like_aws: dict[str, str]) -> None:
    ended = here(like_aws, "console", "--port", "0", "--stack", "nobody", "--region", REGION)
    assert ended.exit_code == 1
    assert ended.stdout == ""
    assert "There is no stack nobody" in ended.stderr
