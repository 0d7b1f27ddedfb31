"""Which environment `make` takes as it is, and which it makes anew."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local.environments.environment import fault, main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    folder = tmp_path / "check out é" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


def test_an_environment_of_this_folder_and_interpreter_is_kept(environment: Path) -> None:
    assert fault(environment, like_me=True) is None
    (environment / "kept").touch()
    assert main(["--like-me", str(environment)]) == 0
    assert main(["--check", str(environment)]) == 0
    assert (environment / "kept").exists()


def test_an_environment_that_was_moved_with_its_checkout_is_made_anew(environment: Path) -> None:
    moved = environment.parent.rename(environment.parent.with_name("elsewhere")) / ".venv"
    assert fault(moved, like_me=False) == "it was made for another folder"
    assert main(["--check", str(moved)]) == 1


def test_an_environment_whose_interpreter_is_gone_is_made_anew(environment: Path) -> None:
    (environment / "bin" / "python").unlink()
    assert fault(environment, like_me=False) == "its interpreter does not start"


@pytest.mark.parametrize(
    ("version", "named", "found"),
    [
        ("3, 10, 13", False, "it has Python 3.10.13"),
        ("3, 99, 0", False, None),
        ("3, 99, 0", True, "it has Python 3.99.0 from /opt/python"),
    ],
)
def test_an_interpreter_that_is_too_old_or_not_the_named_one_is_replaced(
    environment: Path, version: str, named: bool, found: str | None
) -> None:
    python = environment / "bin" / "python"
    python.unlink()
    python.write_text(f'#!/bin/sh\necho "[{version}, \\"/opt/python\\"]"\n')
    python.chmod(0o755)
    assert fault(environment, like_me=named) == found


def test_an_empty_folder_is_no_environment_and_gets_one(tmp_path: Path) -> None:
    folder = tmp_path / ".venv"
    folder.mkdir()
    assert fault(folder, like_me=False) == "there is none"


def test_a_folder_that_holds_something_else_is_not_touched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    assert main([str(tmp_path)]) == 1
    assert "is not a virtual environment" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("name", ["it's $HOME", "a `date` b", "plain blank", "plain"])
def test_a_script_starts_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python, script = folder / "bin" / "python", folder / "bin" / "hello"
    # What pip writes for a path that "#!" cannot hold, and for another.
    quoted = f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''"
    script.write_text(
        f"{quoted if ' ' in name else f'#!{python}'}\nimport sys\nprint(sys.prefix, *sys.argv[1:])\n"
    )
    script.chmod(0o755)
    (folder / "bin" / "__pycache__").mkdir()
    assert main(["--scripts", str(folder)]) == 0
    assert main(["--scripts", str(folder)]) == 0
    started = subprocess.run([script, "$x", "y z"], capture_output=True, text=True, check=True)
    assert started.stdout == f"{folder} $x y z\n"
