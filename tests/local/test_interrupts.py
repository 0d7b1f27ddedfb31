"""A signal ends a command wherever it arrives."""

from __future__ import annotations

import signal
import sys
import time
import weakref
from typing import TYPE_CHECKING

import pytest

from local.cli.interrupts import Stopped, interruptible

if TYPE_CHECKING:
    from collections.abc import Callable


class Thing:
    """Something that may be referred to weakly."""


def command(act: Callable[[], None], seconds: float = 10.0) -> None:
    """Acts, then waits in one long sleep, as a command that waits for another process does."""
    with interruptible():
        act()
        time.sleep(seconds)
    raise AssertionError(f"waited {seconds} s for the signal")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_told_by_its_exit_code_and_the_former_handler_is_put_back(number: signal.Signals) -> None:
    former = signal.getsignal(number)
    with pytest.raises(Stopped) as stopped:
        command(lambda: signal.raise_signal(number))
    assert stopped.value.exit_code == 128 + number
    assert signal.getsignal(number) is former


def test_a_signal_that_arrives_in_the_callback_of_a_weak_reference_is_not_lost() -> None:
    """There Python drops what is raised. Imports make such callbacks: the start of a command is full of them."""
    hook = sys.unraisablehook
    things = [Thing()]
    reference = weakref.ref(things[0], lambda _: signal.raise_signal(signal.SIGTERM))
    with pytest.raises(Stopped):
        command(things.clear)
    assert reference() is None
    assert sys.unraisablehook is hook


def test_what_else_is_raised_where_python_drops_it_is_told_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: told.append(str(dropped.exc_value)))

    def fail(_: object) -> None:
        raise ValueError("in a callback")

    thing = Thing()
    reference = weakref.ref(thing, fail)
    with interruptible():
        del thing
    assert (reference(), told) == (None, ["in a callback"])
