"""Python's garbage collector, left out while a program is loaded and deployed."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

from dsl.collector import collector_paused as paused

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def collector_paused(*, for_good: bool = False) -> Iterator[None]:
    """For the seconds in which a program is loaded and deployed.

    Up to a fifth of them would be the collector's work: walking the hundred thousand objects of Pulumi's and botocore's
    modules again and again, of which none ever goes. With `for_good` it does not look at them afterwards either, which
    saves a command half a second at its end. In a process that lives on, what was garbage then would stay.
    """
    with paused():
        try:
            yield
        finally:
            if for_good:
                gc.freeze()
