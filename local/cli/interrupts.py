"""Ends a command cleanly when it is told to stop: by Ctrl-C, by `kill`, or by a terminal that closes."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Stopped(KeyboardInterrupt):
    """A signal asked this process to stop.

    A KeyboardInterrupt, so that whatever undoes its work on Ctrl-C does so for every such signal.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)

    @property
    def exit_code(self) -> int:
        """What shells expect of a process that a signal ended: 130 after Ctrl-C."""
        return 128 + self.number


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Raise `Stopped` in the block for SIGINT, SIGTERM and SIGHUP, and restore the former handlers at its end.

    A signal may arrive while Python runs a finalizer or the callback of a weak reference, of which imports make many.
    Python drops what is raised there, after `sys.unraisablehook`; so the signal is sent again a moment later.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former_hook = sys.unraisablehook

    def unraisable(dropped: sys.UnraisableHookArgs) -> None:
        if isinstance(dropped.exc_value, Stopped):
            _again(dropped.exc_value.number)
        else:
            former_hook(dropped)

    sys.unraisablehook = unraisable
    former = {number: signal.signal(number, _raise) for number in _SIGNALS}
    try:
        yield
    finally:
        sys.unraisablehook = former_hook
        for number, handler in former.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore a second Ctrl-C in the block, so that it cannot interrupt the cleanup, which is short."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


_AGAIN_SECONDS = 0.01


def _again(number: int) -> None:
    """Send a signal to the main thread again, soon, unless nobody waits for it any more."""
    main = threading.main_thread()

    def send() -> None:
        if main.ident is not None and signal.getsignal(number) is _raise:
            signal.pthread_kill(main.ident, number)

    timer = threading.Timer(_AGAIN_SECONDS, send)
    timer.daemon = True
    timer.start()


def _raise(number: int, _: FrameType | None) -> NoReturn:
    raise Stopped(number)
