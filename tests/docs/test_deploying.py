"""The way to a stack of one's own: the pages' steps, the project files and the environment fit each other."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from local.documentation.pages import ROOT
from program.settings import StackSettings, keys
from tests.docs.test_pages import commands
from tests.recordings import recorded

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS: Final = (ROOT, ROOT / "examples" / "document_approval")
PAGES: Final = {
    ROOT / "README.md": ROOT,
    ROOT / "docs" / "deploy.md": ROOT,
    ROOT / "examples" / "README.md": PROGRAMS[1],
}
"""The pages that lead to a stack, each with the folder of its program."""


def steps(page: Path) -> list[str]:
    """Return the commands of a page up to its first `pulumi up`, from the first one that is Pulumi's."""
    lines = [re.sub(r" +#.*", "", line) for line in commands(page)]
    first = next(number for number, line in enumerate(lines) if line.startswith("pulumi "))
    return lines[first : lines.index("pulumi up") + 1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_steps_of_a_page_make_a_stack_and_say_where_it_is_to_be(page: Path) -> None:
    made, region, *_, up = [line for line in steps(page) if line != "pulumi login --local"]
    stack = made.removeprefix("pulumi stack init ")
    assert StackSettings.read({}, stack=stack) == StackSettings()
    assert re.fullmatch(r"pulumi config set aws:region [a-z]+-[a-z]+-[0-9]", region)
    assert up == "pulumi up"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_sets_is_what_the_program_reads(page: Path) -> None:
    folder = PAGES[page]
    settings = re.findall(r"pulumi config set (\S+) (\S+)", "\n".join(commands(page)))
    own = {key: value for key, value in settings if ":" not in key}
    assert recorded("alice", program=folder / "__main__.py", **own).resources


@pytest.mark.parametrize("folder", PROGRAMS, ids=lambda folder: folder.name)
def test_pulumi_makes_the_environment_that_make_uses(folder: Path) -> None:
    """It does so where `virtualenv` names a folder that is missing, and then installs requirements.txt beside it."""
    options = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))["runtime"]["options"]
    assert (folder / options["virtualenv"]).resolve() == ROOT / ".venv"
    assert "BIN    := .venv/bin\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = [line.split() for line in lines if not line.startswith("#")]
    # pip reads the one path from this folder and the other from the one that it is started in, which is this one too.
    assert [(option, (folder / path.removesuffix("[local]")).resolve()) for option, path in asked] == [
        ("--constraint", ROOT / "constraints.txt"),
        ("--editable", ROOT),
    ]


def test_no_settings_of_a_stack_belong_to_the_repository() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "Pulumi.*.yaml"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert tracked.stdout == ""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"Pulumi.local.yaml", "Pulumi.rehearsal.yaml"} <= set(ignored)


def test_the_page_describes_every_setting() -> None:
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(table))) >= set(keys())
