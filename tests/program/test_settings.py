"""The configuration of a stack, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from program.settings import ConfigurationError, StackSettings, key_of, keys

TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
ROOT = Path(__file__).resolve().parents[2]


def test_without_configuration_the_defaults_hold() -> None:
    assert StackSettings.read({}, stack="alice") == StackSettings()


def test_what_is_configured_replaces_the_default() -> None:
    settings = StackSettings.read(
        {
            "customerTimeoutSeconds": "5",
            "baristaTimeoutSeconds": "6",
            "maxOrdersInQueue": "7",
            "logRetentionDays": "30",
            "protectData": "true",
            "ownerEmail": "ana@example.com",
            "managerType": "EXPRESS",
            "alarms": "false",
            "alarmTopicArn": TOPIC,
            "dashboard": "true",
        },
        stack="alice",
    )
    assert settings == StackSettings(
        customer_timeout_seconds=5,
        barista_timeout_seconds=6,
        max_orders_in_queue=7,
        log_retention_days=30,
        protect_data=True,
        owner_email="ana@example.com",
        manager_type="EXPRESS",
        alarms=False,
        alarm_topic_arn=TOPIC,
        dashboard=True,
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
        ("protectData", "yes", "true, false or auto"),
        ("ownerEmail", "ana", "an e-mail address such as ana@example.com"),
        ("ownerEmail", "ana@example.com\n", "an e-mail address such as ana@example.com"),
        ("ownerEmail", "a" * 300 + "@example.com", "an e-mail address such as ana@example.com"),
        ("managerType", "express", "STANDARD or EXPRESS"),
        ("alarms", "", "true, false or auto"),
        ("dashboard", "True", "true, false or auto"),
        ("alarmTopicArn", "alarms", "the ARN of a standard SNS topic"),
        ("alarmTopicArn", f"{TOPIC}.fifo", "the ARN of a standard SNS topic"),
    ],
)
def test_a_bad_value_is_refused_by_name_with_what_is_allowed(key: str, value: str, allowed: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        StackSettings.read({key: value}, stack="alice")
    assert caught.value.key == key
    assert str(caught.value).startswith(f"{key} is ")
    assert f"must be {allowed}" in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("stack", ["", "a.b", "a b", "x" * 35])
def test_a_stack_whose_name_cannot_end_a_resource_s_name_is_refused(stack: str) -> None:
    with pytest.raises(ConfigurationError, match="the stack's name"):
        StackSettings.read({}, stack=stack)


SHARED = ["prod", "production", "live", "staging", "prod-eu", "live_2"]
OWN = ["local", "workshop", "alice", "dev", "producer", "olive", "Prod"]
BY_KIND = {"protectData": "protect_data", "alarms": "alarms", "dashboard": "dashboard"}


@pytest.mark.parametrize("key", BY_KIND)
@pytest.mark.parametrize(("stack", "default"), [*((s, True) for s in SHARED), *((s, False) for s in OWN)])
def test_a_shared_stack_is_protected_and_watched_and_one_of_one_s_own_is_not_unless_told_otherwise(
    key: str, stack: str, default: bool
) -> None:
    def read(values: dict[str, str]) -> object:
        return getattr(StackSettings.read(values, stack=stack), BY_KIND[key])

    assert (read({}), read({key: "auto"})) == (default, default)
    assert (read({key: "true"}), read({key: "false"})) == (True, False)


def test_a_topic_to_tell_means_that_alarms_are_wanted() -> None:
    assert StackSettings.read({"alarmTopicArn": TOPIC}, stack="alice").alarms is True


def test_the_project_file_declares_each_key_with_its_default_and_a_description() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    defaults = {key_of(name): getattr(StackSettings(), name) for name in StackSettings.__dataclass_fields__}
    defaults |= dict.fromkeys(BY_KIND, "auto")
    assert {key: entry.get("default") for key, entry in declared.items()} == defaults
    assert all(entry["description"] for entry in declared.values())


TYPES = {"string": str, "integer": int}


def test_the_pulumi_cli_need_not_ask_a_stack_for_any_key() -> None:
    """It refuses a stack that lacks a key without a default, and a default that is not of the key's type."""
    for key, entry in yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"].items():
        assert type(entry["default"]) is TYPES[entry["type"]], key


def test_each_default_of_the_project_file_is_one_that_is_accepted() -> None:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    defaults = {key: str(entry["default"]) for key, entry in declared.items()}
    assert StackSettings.read(defaults, stack="alice") == StackSettings()
    assert set(declared) == set(keys())
