"""Python's garbage collector, left out for the rest of a command."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

from local.collector import collector_paused

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def collector_dismissed() -> Iterator[None]:
    """For the seconds in which a command loads and deploys a program, after which it soon ends.

    Up to a fifth of them would be the collector's work: walking the hundred thousand objects of Pulumi's and botocore's
    modules again and again, of which none ever goes. It does not look at them afterwards either, which saves half a
    second at the end. In a process that lives on, what was garbage then would stay.
    """
    with collector_paused():
        try:
            yield
        finally:
            gc.freeze()
