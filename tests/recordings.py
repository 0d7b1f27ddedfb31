"""What the program declares in a stack, for all tests that look at it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from local.deployer import record

if TYPE_CHECKING:
    from local.deployer import Recording


@cache
def recorded(stack: str, **config: str) -> Recording:
    """Return what the program declares in the stack of this name and configuration: nobody changes it."""
    return record(stack=stack, config=config)
