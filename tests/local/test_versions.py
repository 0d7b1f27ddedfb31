"""The exact versions: what the constraints hold, and that whatever is installed is installed with them."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from local.documentation.pages import ROOT
from local.environments.strict import CONSTRAINTS as STRICT
from local.environments.strict import REQUIREMENTS
from local.environments.versions import PROJECT, changes, installed, pins

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ASKED = [
    *PYPROJECT["project"]["dependencies"],
    *(line for extra in PYPROJECT["project"]["optional-dependencies"].values() for line in extra),
]


@pytest.mark.parametrize("file", [PROJECT, STRICT], ids=lambda file: file.name)
def test_a_constraints_file_pins_and_names_no_host_and_no_hash(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert len(pins("\n".join(lines))) > 80
    assert [line for line in lines if not line.startswith("#") and re.search(r"://|--|@", line)] == []


@pytest.mark.parametrize(
    ("file", "line"),
    [(PROJECT, line) for line in ASKED] + [(STRICT, line) for line in REQUIREMENTS],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_what_is_asked_for_is_pinned_to_a_version_that_is_asked_for(file: Path, line: str) -> None:
    requirement = Requirement(line)
    version = pins(file.read_text(encoding="utf-8"))[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version)


def test_what_that_needs_is_pinned_too() -> None:
    pinned, here = pins(PROJECT.read_text(encoding="utf-8")), installed()
    missing = {
        f"{name} needs {line}"
        for name in pinned.keys() & here.keys()
        if pinned[name] == here[name]
        for line in metadata.requires(name) or ()
        for requirement in [Requirement(line)]
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if canonicalize_name(requirement.name) not in pinned
    }
    assert missing == set()


def test_the_builder_is_pinned_as_the_packages_are() -> None:
    pinned = pins(PROJECT.read_text(encoding="utf-8"))
    assert PYPROJECT["build-system"]["requires"] == [f"setuptools=={pinned['setuptools']}"]


def test_whatever_make_installs_is_constrained() -> None:
    recipes = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    installing = [line for line in recipes.splitlines() if "pip install" in line]
    free = [line for line in installing if "--constraint constraints.txt" not in line]
    assert [re.sub(r"/.*", "", line.strip(" \t@")) for line in free] == [".venv-newest"]


def test_what_moved_is_told() -> None:
    before = pins("a==1\nb==2 ; sys_platform == 'win32'\nc==3\n")
    assert [line.split() for line in changes(before, {"a": "1", "b": "2.1", "d": "4"})] == [
        ["b", "2", "->", "2.1"],
        ["c", "3", "->", "(gone)"],
        ["d", "(not", "there)", "->", "4"],
    ]


@pytest.mark.parametrize("line", ["a>=1", "a==1 --hash=sha256:0", "--index-url https://example.com", "a"])
def test_a_line_that_pins_nothing_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not of the form NAME==VERSION"):
        pins(line)
