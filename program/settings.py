"""What can be configured, with the defaults and the values that are allowed.

The keys are those of `Pulumi.yaml`, which describes them to the Pulumi CLI; a test keeps the two in step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final, Literal, Self, cast

import pulumi

from workflows.tables import LONGEST_QUEUE

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN_STACKS: Final = ("local", "workshop")
"""The stacks whose resources carry the names of the public walkthrough."""

LONGEST_TIMEOUT: Final = 86_400
"""Seconds: for a day EventBridge delivers an event late, and nobody waits longer for a coffee."""

# The retentions that CloudWatch Logs knows (CloudWatch Logs API Reference, PutRetentionPolicy).
_MONTHS: Final = (30, 60, 90, 120, 150, 180)
_YEARS: Final = (365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
_RETENTIONS: Final = (1, 3, 5, 7, 14, *_MONTHS, *_YEARS)

LONGEST_STACK_NAME: Final = 34
"""Characters: the longest name is a role's, "OrderManagerStateMachine-role-<stack>", and IAM allows 64."""

# SQS, Lambda and CloudWatch's dashboards allow no other characters in a name.
_STACK_NAME: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{LONGEST_STACK_NAME}}}", re.ASCII)


# What a tag's value may hold (Tagging AWS Resources User Guide), which is narrower than what e-mail allows.
_EMAIL: Final = re.compile(r"[A-Za-z0-9._+=-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_TOPIC: Final = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", re.ASCII)

_SHARED_STACK: Final = re.compile(r"(prod|production|live|staging)([-_].*)?", re.ASCII)

AUTO: Final = "auto"
"""The value that leaves a switch to the kind of the stack."""

WorkflowType = Literal["STANDARD", "EXPRESS"]


def is_shared(stack: str) -> bool:
    """Return whether a stack is shared, by its name: `prod`, `live-eu`, `staging`, ..."""
    return _SHARED_STACK.fullmatch(stack) is not None


class ConfigurationError(pulumi.RunError):
    """A configured value that cannot be used. The message names the key and what is allowed.

    The Pulumi CLI prints a RunError's message alone, and of any other error the program's whole stack.
    """

    def __init__(self, key: str, value: str, allowed: str) -> None:
        super().__init__(f"{key} is {_shortened(value)!r}, but must be {allowed}")
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """The configuration of one stack. Field names are the configuration keys in Python's spelling."""

    customer_timeout_seconds: int = 900
    """How long a customer may take to choose a drink."""
    barista_timeout_seconds: int = 900
    """How long the baristas may take to make it."""
    max_orders_in_queue: int = 20
    """The places in the queue when the stack is made; later the shop changes them in the config table."""
    log_retention_days: int = 14
    """How long logs are kept."""
    protect_data: bool = False
    """Whether tables are protected from deletion and can be restored to any point in time. `auto`: in a shared
    stack."""
    owner_email: str = ""
    """Whom to ask about the stack; a tag on everything in it."""
    manager_type: WorkflowType = "STANDARD"
    """How the order manager runs: EXPRESS costs less by the request and keeps no history."""
    alarms: bool = False
    """Whether there are alarms. `auto`: in a shared stack, and where a topic is to be told."""
    alarm_topic_arn: str = ""
    """The SNS topic that is told of alarms; empty for none."""
    dashboard: bool = False
    """Whether there is a dashboard, and the rules that count for it. `auto`: in a shared stack."""

    @classmethod
    def read(cls, values: Mapping[str, str], *, stack: str) -> Self:
        """Check the values of the keys that have one; the others have the default.

        Raises:
            ConfigurationError: A value is not allowed, or a key is not known.
        """
        if _STACK_NAME.fullmatch(stack) is None:
            raise ConfigurationError(
                "the stack's name", stack, f'of 1 to {LONGEST_STACK_NAME} letters, digits, "-" and "_"'
            )
        default = cls()
        shared = is_shared(stack)

        def seconds(key: str, otherwise: int) -> int:
            return _whole_number(key, values.get(key), otherwise, most=LONGEST_TIMEOUT)

        return cls(
            customer_timeout_seconds=seconds("customerTimeoutSeconds", default.customer_timeout_seconds),
            barista_timeout_seconds=seconds("baristaTimeoutSeconds", default.barista_timeout_seconds),
            max_orders_in_queue=_whole_number(
                "maxOrdersInQueue",
                values.get("maxOrdersInQueue"),
                default.max_orders_in_queue,
                most=LONGEST_QUEUE,
            ),
            log_retention_days=_retention(
                "logRetentionDays", values.get("logRetentionDays"), default.log_retention_days
            ),
            protect_data=_yes_or_no("protectData", values.get("protectData"), shared),
            owner_email=_matching(
                "ownerEmail", values.get("ownerEmail"), _EMAIL, "an e-mail address such as ana@example.com"
            ),
            manager_type=_workflow_type("managerType", values.get("managerType"), default.manager_type),
            alarms=_yes_or_no("alarms", values.get("alarms"), shared or bool(values.get("alarmTopicArn"))),
            alarm_topic_arn=_matching(
                "alarmTopicArn",
                values.get("alarmTopicArn"),
                _TOPIC,
                "the ARN of a standard SNS topic, arn:aws:sns:REGION:ACCOUNT:NAME",
            ),
            dashboard=_yes_or_no("dashboard", values.get("dashboard"), shared),
        )


def key_of(field: str) -> str:
    """Return the configuration key of a field: `log_retention_days` -> `logRetentionDays`."""
    first, *others = field.split("_")
    return first + "".join(word.capitalize() for word in others)


def keys() -> tuple[str, ...]:
    """Return all configuration keys."""
    return tuple(key_of(field.name) for field in fields(StackSettings))


def _whole_number(key: str, value: str | None, otherwise: int, *, most: int) -> int:
    if value is None:
        return otherwise
    if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) is None or not 1 <= int(value) <= most:
        raise ConfigurationError(key, value, f"a whole number from 1 to {most}")
    return int(value)


def _retention(key: str, value: str | None, otherwise: int) -> int:
    if value is None:
        return otherwise
    for days in _RETENTIONS:
        if value == str(days):
            return days
    raise ConfigurationError(key, value, f"one of {', '.join(map(str, _RETENTIONS))}")


def _matching(key: str, value: str | None, pattern: re.Pattern[str], allowed: str) -> str:
    if not value:
        return ""
    if len(value) > 256 or pattern.fullmatch(value) is None:
        raise ConfigurationError(key, value, allowed)
    return value


def _workflow_type(key: str, value: str | None, otherwise: WorkflowType) -> WorkflowType:
    if value is None:
        return otherwise
    if value not in {"STANDARD", "EXPRESS"}:
        raise ConfigurationError(key, value, "STANDARD or EXPRESS")
    return cast("WorkflowType", value)


def _yes_or_no(key: str, value: str | None, otherwise: bool) -> bool:
    if value is None or value == AUTO:
        return otherwise
    if value not in {"true", "false"}:
        raise ConfigurationError(key, value, f"true, false or {AUTO}")
    return value == "true"


def _shortened(value: str) -> str:
    return value if len(value) <= 40 else f"{value[:40]}..."
