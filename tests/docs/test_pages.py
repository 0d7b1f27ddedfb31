"""The pages say what is so: pictures are the code's, commands exist, links lead somewhere."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from local.documentation.pages import ROOT, graph, pages, renewed

if TYPE_CHECKING:
    from pathlib import Path

PAGES = pages()
MAKE = re.compile(r"^make ([a-z-]+)", re.MULTILINE)
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def commands(page: Path) -> list[str]:
    """Return the command lines of a page, without their comments."""
    lines = [line for block in FENCE.findall(page.read_text(encoding="utf-8")) for line in block.splitlines()]
    return [line.split("  #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pictures_of_a_page_are_drawn_from_the_code(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert renewed(text, {"graph": graph}) == text, "run `make pictures`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_of_a_page_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(MAKE.findall("\n".join(commands(page)))) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    missing = [
        link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()
    ]
    assert missing == []


def test_an_unknown_kind_of_generated_part_is_an_error() -> None:
    with pytest.raises(KeyError, match="'poem'"):
        renewed("<!-- generated: poem -->\n<!-- end -->")


def test_no_page_and_no_source_names_this_machine_or_a_package_registry() -> None:
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    hosts = "|".join(("files." + "pythonhosted", "pypi" + r"\.org", "registry." + "npmjs"))
    found = [
        name
        for name in files
        if (ROOT / name).is_file()
        and re.search(
            rf"{hosts}|{re.escape(str(ROOT))}/", (ROOT / name).read_text(encoding="utf-8", errors="ignore")
        )
    ]
    assert found == []
