"""What the README's doors ask of a newcomer: the flow test that it shows is a test that passes as it stands."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from local.documentation.pages import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
(SHOWN,) = re.findall(
    r"^```python file=tests/flows/test_mine.py\n(.*?)^```$", README, re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Provide what pytest says of the test as it is shown, and of one that expects another way."""
    folder = tmp_path_factory.mktemp("doors")
    other = SHOWN.replace('"BOOL": False', '"BOOL": True')
    assert other != SHOWN
    for name, text in (("mine", SHOWN), ("other", other)):
        (folder / f"test_{name}.py").write_text(text, encoding="utf-8")
    unneeded = (f"-pno:{name}" for name in ("syrupy", "hypothesispytest", "anyio", "cacheprovider"))
    command = [sys.executable, "-m", "pytest", "-q", "-rA", *unneeded, "--rootdir", str(folder), str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False).stdout


def test_the_flow_test_of_the_readme_passes(said: str) -> None:
    assert re.findall(r"^PASSED .*/(test_\w+)\.py::", said, re.MULTILINE) == ["test_mine"], said


def test_it_fails_where_the_workflow_takes_another_way(said: str) -> None:
    assert re.findall(r"^FAILED .*/(test_\w+)\.py::", said, re.MULTILINE) == ["test_other"], said
    assert "Claim a place in the queue" in said


def test_each_door_takes_three_to_five_commands() -> None:
    doors = README.split("## Three doors\n")[1].split("\n## ")[0].split("\n### ")[1:]
    assert len(doors) == 3
    for door in doors:
        (block,) = re.findall(r"^```sh\n(.*?)^```$", door, re.MULTILINE | re.DOTALL)
        assert 3 <= len(block.splitlines()) <= 5, block
