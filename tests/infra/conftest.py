"""Runs small Pulumi programs and records what they declare."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Protocol

import pytest

from local.deployer import record

if TYPE_CHECKING:
    from pathlib import Path

    from local.deployer import Recording

HEADER = """
import json

import pulumi
import pulumi_aws as aws
from infra import *

place = Place.current(plain_stacks=("plain",))
"""


class RecordProgram(Protocol):
    def __call__(self, body: str, *, stack: str = "plain") -> Recording: ...


@pytest.fixture
def recorded(tmp_path: Path) -> RecordProgram:
    """Run a program, given by what follows the imports and `place`, and return what it declared."""

    def run(body: str, *, stack: str = "plain") -> Recording:
        (tmp_path / "Pulumi.yaml").write_text("name: example\nruntime: python\n")
        program = tmp_path / "__main__.py"
        program.write_text(HEADER + textwrap.dedent(body))
        return record(stack=stack, program=program)

    return run
