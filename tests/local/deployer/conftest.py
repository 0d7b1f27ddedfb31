"""Small Pulumi programs, written by a test and run in process."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from pathlib import Path


class WriteProgram(Protocol):
    def __call__(self, body: str, *, project: str = ...) -> Path: ...


@pytest.fixture
def program(tmp_path: Path) -> WriteProgram:
    """Write a program, given by what follows the imports, and its project file; returns the program's path."""

    def write(body: str, *, project: str = "name: small\nruntime: python\n") -> Path:
        (tmp_path / "Pulumi.yaml").write_text(project)
        path = tmp_path / "__main__.py"
        path.write_text("import json\nimport pulumi\nimport pulumi_aws as aws\n\n" + textwrap.dedent(body))
        return path

    return write
