"""The configuration of a stack, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from program.settings import ConfigurationError, Settings, key_of, keys

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
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
            "ownerEmail": "ana@example.com",
            "managerType": "EXPRESS",
            "alarmTopicArn": TOPIC,
        },
        stack="alice",
    )
    assert settings == Settings(
        customer_timeout_seconds=5,
        barista_timeout_seconds=6,
        max_orders_in_queue=7,
        log_retention_days=30,
        protect_data=True,
        owner_email="ana@example.com",
        manager_type="EXPRESS",
        alarm_topic_arn=TOPIC,
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
        ("ownerEmail", "ana", "an e-mail address such as ana@example.com"),
        ("ownerEmail", "ana@example.com\n", "an e-mail address such as ana@example.com"),
        ("ownerEmail", "a" * 300 + "@example.com", "an e-mail address such as ana@example.com"),
        ("managerType", "express", "STANDARD or EXPRESS"),
        ("alarmTopicArn", "alarms", "the ARN of a standard SNS topic"),
        ("alarmTopicArn", f"{TOPIC}.fifo", "the ARN of a standard SNS topic"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_is_allowed(key: str, value: str, allowed: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.read({key: value}, stack="alice")
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key} is ")
    assert f"must be {allowed}" in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("stack", ["", "a.b", "a b", "x" * 31])
def test_a_stack_whose_name_cannot_end_a_resource_s_name_is_refused(stack: str) -> None:
    with pytest.raises(ConfigurationError, match="the stack's name"):
        Settings.read({}, stack=stack)


@pytest.mark.parametrize("stack", ["prod", "production", "live", "staging", "prod-eu", "live_2"])
def test_data_is_protected_in_a_shared_stack_unless_told_otherwise(stack: str) -> None:
    assert Settings.read({}, stack=stack).protect_data is True
    assert Settings.read({"protectData": "false"}, stack=stack).protect_data is False


@pytest.mark.parametrize("stack", ["local", "workshop", "alice", "dev", "producer", "olive"])
def test_data_is_not_protected_in_a_stack_of_one_s_own_unless_told_otherwise(stack: str) -> None:
    assert Settings.read({}, stack=stack).protect_data is False
    assert Settings.read({"protectData": "true"}, stack=stack).protect_data is True


def test_the_project_file_declares_each_key_with_its_default_and_a_description() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert set(declared) == set(keys())
    defaults = {key_of(name): getattr(Settings(), name) for name in Settings.__dataclass_fields__}
    # Whether data is protected depends on the stack where nobody says, so it has no default there.
    del defaults["protectData"]
    assert {key: entry["default"] for key, entry in declared.items() if "default" in entry} == defaults
    assert all(entry["description"] for entry in declared.values())
