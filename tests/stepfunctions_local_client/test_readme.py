"""The client's README says what is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import stepfunctions_local_client
from stepfunctions_local_client import Execution, ExpectationFailed

README = (Path(stepfunctions_local_client.__file__).parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_its_examples_run_one_after_another_and_fail_as_it_says() -> None:
    names: dict[str, Any] = {}
    for example in blocks("python"):
        exec(compile(example, "README.md", "exec"), names)  # the page's own code
    poor = names["poor"]
    assert isinstance(poor, Execution)
    with pytest.raises(ExpectationFailed) as failed:
        poor.expect_path("Charge", "Send")
    assert str(failed.value) == blocks("text")[0].rstrip()


def test_the_plugins_options_are_those_that_it_lists(pytestconfig: pytest.Config) -> None:
    listed = re.findall(r"^\| `(--stepfunctions-[a-z-]+)", README, re.MULTILINE)
    options = {name for name in vars(pytestconfig.option) if name.startswith("stepfunctions_")}
    assert {name.removeprefix("--").replace("-", "_") for name in listed} == options
