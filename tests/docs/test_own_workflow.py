"""The part of `docs/deploy.md` about a workflow of one's own: its files are a program that declares what it says."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.deployer import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.deployer import Recording

PAGE = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()
PART = PAGE.split("## Your own workflow")[1].split("\n## ")[0]
FILES = dict(re.findall(r"^```\w+ file=(\S+)\n(.*?)^```$", PART, re.MULTILINE | re.DOTALL))


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    """Provide what the program of the page declares."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield record(stack="alice", program=tmp_path / "__main__.py")
    sys.modules.pop("arrival", None)


def test_the_page_has_every_file() -> None:
    assert sorted(FILES) == ["Pulumi.yaml", "__main__.py", "arrival.py", "requirements.txt"]


def test_its_libraries_are_built_here() -> None:
    built = {folder.name for folder in (Path(__file__).parents[2] / "packages").iterdir()}
    assert set(FILES["requirements.txt"].split()) <= built


def test_the_workflow_may_publish_to_the_topic_and_nothing_else(program: Recording) -> None:
    policy = json.loads(str(program.get("RolePolicy", "Arrival-tasks").inputs["policy"]))
    assert [statement["Action"] for statement in policy["Statement"]] == [["sns:Publish"]]
    definition = json.loads(str(program.get("StateMachine", "Arrival").inputs["definition"]))
    assert definition["StartAt"] == "Tell the host"
