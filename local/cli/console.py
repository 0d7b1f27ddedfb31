"""`espresso console`: the page on which a stack can be watched and driven, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

from rich.text import Text

from local.cli.screen import Screen
from local.console.app import make_app
from local.console.connection import StackConnection, StackSource
from local.console.serve import HOST, bound_socket, serve
from local.orders.client import OrderClient
from local.orders.problems import plain_answers
from local.stacks.stack import StateError, StateFolder

if TYPE_CHECKING:
    from local.stacks.stack import Stack


def console(port: int, stack: Stack | None, *, allow_changes: bool) -> int:
    """Serve the console until it is told to stop. Return the exit code: 0.

    Args:
        port: The port on the loopback interface; 0 for a free one.
        stack: The deployed stack that it is about; None for the local one, which may come and go.
        allow_changes: Whether a deployed stack may be changed from the page; the local one always may.

    Raises:
        ConsolePortTaken: Something listens on the port.
        OrderError: There is no such deployed stack, or it can't be asked.
    """
    screen, source = Screen(), local_source
    if stack is not None:
        orders = OrderClient(stack)
        # A misspelled name is an error here, instead of a page that waits for the stack.
        with plain_answers(stack):
            StackConnection(orders, stack.name)
        deployed = StackSource(stack, stack.name, orders=orders)

        def source() -> StackSource:
            return deployed

    with bound_socket(port) as bound:
        address = f"http://{HOST}:{bound.getsockname()[1]}"
        changes = stack is None or allow_changes
        app = make_app(source, changes=changes)
        where = "the local stack" if stack is None else f"the stack {stack.name} in {stack.place}"
        line = Text("The console of ").append(where).append(" is at ").append(address, style="bold")

        async def told_to_stop() -> None:
            told = asyncio.Event()
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                loop.add_signal_handler(number, told.set)
            screen.line(line.append("." if changes else ". It is read-only."))
            screen.line("Ctrl-C stops the console; the stack and its orders stay.", style="dim")
            await told.wait()

        try:
            serve(app, bound, told_to_stop)
        except KeyboardInterrupt:
            return 130  # before it was there
    return 0


def local_source() -> StackSource:
    """Return where the local stack is, as `espresso up` and `espresso down` leave it."""
    try:
        running = StateFolder().read()
    except StateError as error:
        return StackSource(None, why=str(error))
    if running is None:
        return StackSource(None, why="No local stack runs. Start one with `espresso up`.")
    return StackSource(running.stack, f"{running.stack.endpoint} {running.started}")
