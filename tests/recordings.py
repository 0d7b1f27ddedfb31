"""What the programs declare in a stack, for all tests that look at it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from local.deployer import record
from local.deployer.project import PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

    from local.deployer import Recording


@cache
def recorded(stack: str, *, program: Path = PROGRAM, **config: str) -> Recording:
    """Return what a program declares in the stack of this name and configuration: nobody changes it."""
    return record(stack=stack, config=config, program=program)
