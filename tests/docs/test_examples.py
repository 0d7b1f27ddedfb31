"""Every Python example of the documentation runs, in the order in which a reader meets it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(page for page in (ROOT / "docs").glob("*.md") if "```python" in page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page: Path) -> None:
    blocks = re.finditer(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {"__name__": "example"}
    for block in blocks:
        line = page.read_text()[: block.start()].count("\n") + 1
        # Padding makes a failure point at the line of the page.
        exec(compile("\n" * line + block[1], str(page), "exec", dont_inherit=True), names)


def test_there_are_examples() -> None:
    assert PAGES
