"""What the README's doors ask of a newcomer: the flow test that it shows is a test that passes as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from local.documentation.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text(encoding="utf-8")
(SHOWN,) = re.findall(
    r"^```python file=tests/flows/test_mine.py\n(.*?)^```$", README, re.MULTILINE | re.DOTALL
)


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_mine.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    return subprocess.run(
        [*command, str(folder / "test_mine.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_flow_test_of_the_readme_passes(tmp_path: Path) -> None:
    assert "1 passed" in run(tmp_path, SHOWN).stdout


def test_it_fails_where_the_workflow_takes_another_way(tmp_path: Path) -> None:
    said = run(tmp_path, SHOWN.replace('"BOOL": False', '"BOOL": True')).stdout
    assert "Claim a place in the queue" in said
    assert "1 failed" in said


def test_each_door_takes_three_to_five_commands() -> None:
    doors = README.split("## Three doors\n")[1].split("\n## ")[0].split("\n### ")[1:]
    assert len(doors) == 3
    for door in doors:
        (block,) = re.findall(r"^```sh\n(.*?)^```$", door, re.MULTILINE | re.DOTALL)
        assert 3 <= len(block.splitlines()) <= 5, block
