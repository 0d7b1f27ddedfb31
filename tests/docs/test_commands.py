"""The commands of the pages: those that need only this machine are run, the others are checked against their help."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.documentation.pages import ROOT, pages
from tests.docs.test_pages import commands
from tests.espresso import free_port, run_espresso

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
OURS = {"espresso": [str(BIN / "espresso")], "dsl": [sys.executable, "-m", "dsl"]}


def words(command: str) -> list[str]:
    """Return the words of one of our own commands, with the interpreter that runs this test; nothing for another's."""
    plain = command.replace(".venv/bin/", "")
    if plain.startswith("python -m dsl"):
        return [*OURS["dsl"], *shlex.split(plain)[3:]]
    if plain.startswith("espresso"):
        return [*OURS["espresso"], *shlex.split(plain)[1:]]
    return []


@cache
def help_of(*command: str) -> str:
    if command[:1] == tuple(OURS["espresso"]) and len(command) > 1:
        # The command itself is run once, as people do; its parts explain themselves in this process.
        told = run_espresso(*command[1:], "--help", env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
        assert told.exit_code == 0, f"{' '.join(command)} --help: {told.output}"
        return told.output
    ran = subprocess.run(
        [*command, "--help"],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
        check=False,
    )
    assert ran.returncode == 0, f"{' '.join(command)} --help: {ran.stderr}"
    return ran.stdout


OWN = [(page.name, command) for page in pages() for command in commands(page) if words(command)]


@pytest.mark.parametrize(("page", "command"), OWN, ids=[command for _, command in OWN])
def test_a_command_of_a_page_exists_with_its_options(page: str, command: str) -> None:
    line = words(command)
    fixed = 3 if line[0] == sys.executable else 1
    arguments = [word for word in line[fixed:] if not word.startswith(("|", ">"))]
    subcommand = arguments[:1] if arguments and not arguments[0].startswith("-") else []
    known = help_of(*line[:fixed], *subcommand)
    options = {word.split("=")[0] for word in arguments if word.startswith("--")}
    unknown = {option for option in options if not re.search(rf"{option}\b", known)}
    assert not unknown, f"{page}: {command}"


def section(title: str) -> Iterator[str]:
    """Yield the commands of one section of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    part = text.split(f"## {title}\n")[1].split("\n## ")[0]
    block = part.split("```sh\n")[1].split("```")[0]
    for line in block.splitlines():
        yield line.split("  #")[0].strip()


def test_the_readme_s_own_session_takes_an_order_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("ESPRESSO_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("NO_COLOR", "1")
    said: dict[str, str] = {}
    try:
        for command in section("Keep it running"):
            # `make up` and `make down` are `espresso up` and `espresso down`; the port is one that is free.
            script, *arguments = words(re.sub(r"^make ", "espresso ", command))
            assert [script] == OURS["espresso"]
            if command == "make up":
                arguments += ["--port", str(free_port())]
            ran = run_espresso(*arguments)
            said[command] = ran.stdout
            assert ran.exit_code == 0, f"{command}\n{ran.output}"
    finally:
        run_espresso("down")
    assert "COMPLETED" in said[".venv/bin/espresso show 2"]
