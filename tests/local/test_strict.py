"""The environment of the strict engine; that it can be made at all is shown by `make test-strict`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.environments.strict import CONSTRAINTS, StrictError, main, make

if TYPE_CHECKING:
    from pathlib import Path


def test_an_environment_that_is_there_is_kept(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    (tmp_path / ".made").write_bytes(CONSTRAINTS.read_bytes())
    told: list[str] = []
    assert make(tmp_path, tell=told.append) == python
    assert told == []


def test_a_folder_that_holds_something_else_is_not_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(StrictError, match="name a folder that does not exist yet"):
        make(tmp_path)
    assert main([str(tmp_path)]) == 1
    assert "not a virtual environment" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").read_text() == "three years of work"
