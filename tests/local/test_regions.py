"""In which region a deployed stack is looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.orders.problems import OrderError
from local.stacks.regions import region_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def test_the_settings_of_the_stack_say_it_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    (tmp_path / "Pulumi.alice.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    assert region_of("alice", folder=tmp_path) == "eu-central-1"
    assert region_of("bob", folder=tmp_path) == "us-east-1"


def test_then_the_variables_in_the_order_in_which_pulumi_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert region_of("alice", folder=tmp_path) == "eu-west-1"
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert region_of("alice", folder=tmp_path) == "eu-north-1"


def test_then_the_profile(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[default]\nregion = ap-south-1\n")
    assert region_of("alice", folder=tmp_path) == "ap-south-1"


def test_nothing_is_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        OrderError, match=r"add --region, set AWS_REGION, or write aws:region into Pulumi.alice.yaml"
    ):
        region_of("alice", folder=tmp_path)


@pytest.mark.parametrize("text", ["config: [", "config:\n  - a\n", "just text", "config:\n  aws:region: 5\n"])
def test_settings_that_say_nothing_of_it_are_passed_over_and_broken_ones_told(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "Pulumi.alice.yaml").write_text(text)
    with pytest.raises(OrderError, match=r"Pulumi.alice.yaml"):
        region_of("alice", folder=tmp_path)


def test_a_profile_that_is_not_configured_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nosuch")
    with pytest.raises(OrderError, match=r"nosuch.*AWS_PROFILE names a profile that isn't configured"):
        region_of("alice", folder=tmp_path)
