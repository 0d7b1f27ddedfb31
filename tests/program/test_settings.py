"""The configuration of a stack, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from program.settings import ConfigurationError, Settings, key_of, keys

ROOT = Path(__file__).resolve().parents[2]


def test_without_configuration_the_defaults_hold() -> None:
    assert Settings.read({}, stack="alice") == Settings()


def test_what_is_configured_replaces_the_default() -> None:
    settings = Settings.read(
        {
            "customerTimeoutSeconds": "5",
            "baristaTimeoutSeconds": "6",
            "maxOrdersInQueue": "7",
            "logRetentionDays": "30",
            "protectData": "true",
        },
        stack="alice",
    )
    assert settings == Settings(
        customer_timeout_seconds=5,
        barista_timeout_seconds=6,
        max_orders_in_queue=7,
        log_retention_days=30,
        protect_data=True,
    )


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("customerTimeoutSeconds", "0", "a whole number from 1 to 86400"),
        ("customerTimeoutSeconds", "86401", "a whole number from 1 to 86400"),
        ("customerTimeoutSeconds", "soon", "a whole number from 1 to 86400"),
        ("baristaTimeoutSeconds", "-1", "a whole number from 1 to 86400"),
        ("baristaTimeoutSeconds", "1.5", "a whole number from 1 to 86400"),
        ("baristaTimeoutSeconds", "9" * 5000, "a whole number from 1 to 86400"),
        ("maxOrdersInQueue", "0", "a whole number from 1 to 350"),
        ("maxOrdersInQueue", "351", "a whole number from 1 to 350"),
        ("maxOrdersInQueue", "", "a whole number from 1 to 350"),
        ("logRetentionDays", "2", "one of 1, 3, 5, 7, 14, 30,"),
        ("protectData", "yes", "true or false"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_is_allowed(key: str, value: str, allowed: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.read({key: value}, stack="alice")
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key} is '{value[:20]}")
    assert f"must be {allowed}" in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("stack", ["", "a.b", "a b", "x" * 31])
def test_a_stack_whose_name_cannot_end_a_resource_s_name_is_refused(stack: str) -> None:
    with pytest.raises(ConfigurationError, match="the stack's name"):
        Settings.read({}, stack=stack)


def test_the_project_file_declares_each_key_with_its_default_and_a_description() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert set(declared) == set(keys())
    defaults = {key_of(name): getattr(Settings(), name) for name in Settings.__dataclass_fields__}
    assert {key: entry["default"] for key, entry in declared.items()} == defaults
    assert all(entry["description"] for entry in declared.values())
