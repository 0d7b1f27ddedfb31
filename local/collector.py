"""Pauses of Python's garbage collector, while many objects are created that live on."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Disable the garbage collector in the block: for work that creates many objects and hardly any cycles.

    The collector would walk all that lives each time that enough has been made.
    Threads may pause it at once; it goes on with the first that is done and had found it running.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextlib.contextmanager
def collector_dismissed() -> Iterator[None]:
    """Disable the garbage collector in the block, and exempt the objects that it leaves: for commands that end soon.

    Up to a fifth of them would be the collector's work: walking the hundred thousand objects of Pulumi's and botocore's
    modules again and again, of which none ever goes. It does not look at them afterwards either, which saves half a
    second at the end. In a process that lives on, what was garbage then would stay.
    """
    with collector_paused():
        try:
            yield
        finally:
            gc.freeze()
