"""Python's garbage collector, left out while much is made that lives on."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """For work that makes many objects, and hardly any that refer to one another in a ring.

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
