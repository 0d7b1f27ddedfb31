"""What the `Resource` of a task names: a function, an activity, an optimised or an SDK integration.

https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html. What is known of each service and action
is another matter: `asl.services.integrations`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

SDK: Final = "aws-sdk"
CALLBACK: Final = "waitForTaskToken"
PATTERNS: Final = ("sync", "sync:2", CALLBACK)
"""What may follow the action, after a dot. Nothing there is the pattern request-response."""

MAX_ARN: Final = 2048
"""The longest ARN of AWS, in characters."""

_PLACEHOLDER = re.compile(r"\$\{[^{}]*+\}")
_UNKNOWN = "\0"


class Resource(NamedTuple):
    """The parts of a task's resource.

    `service` and `action` are those of a service integration and empty otherwise. `pattern` is one of `PATTERNS`,
    whatever else was written after the dot, or empty.
    """

    kind: Literal["function", "activity", "optimised", "sdk", "other"]
    service: str = ""
    action: str = ""
    pattern: str = ""
    name: str = ""
    """The rest of the ARN of what is no service integration."""
    arn: str = ""
    """The whole, as it is written."""

    @property
    def is_integration(self) -> bool:
        """Whether it is a service integration, optimised or of the SDK."""
        return self.kind == "optimised" or self.kind == "sdk"

    @property
    def type(self) -> str:
        """The `resourceType` of history events: `dynamodb`, `aws-sdk:dynamodb`; empty of functions and activities."""
        if not self.is_integration:
            return ""
        return f"{SDK}:{self.service}" if self.kind == "sdk" else self.service

    @property
    def call(self) -> str:
        """The service and the action, as they are written in the resource: `aws-sdk:sfn:stopExecution`."""
        return f"{self.type or self.service}:{self.action}"

    @property
    def waits(self) -> bool:
        """Whether the task goes on when somebody hands its token back."""
        return self.kind == "activity" or (self.is_integration and self.pattern == CALLBACK)


def parse(resource: str) -> Resource | None:
    """Take the ARN of a task's resource apart; None where placeholders hide what it is, or where it is not an ARN.

    Any partition is taken, with or without a region and an account.
    """
    return _parse(resource) if len(resource) <= MAX_ARN else None


def waits_for_token(resource: str) -> bool:
    """Whether a task with this resource waits until somebody returns its token.

    The ARN of a function or an activity takes no pattern, whatever is put behind it.
    """
    if not resource.endswith(f".{CALLBACK}"):
        return False
    parsed = parse(resource)
    return parsed is None or parsed.is_integration


@lru_cache(maxsize=4096)
def _parse(resource: str) -> Resource | None:
    parts = _PLACEHOLDER.sub(_UNKNOWN, resource).split(":")
    if parts[0] != "arn" or len(parts) < 6 or _UNKNOWN in parts[2]:
        return None
    service, rest = parts[2], parts[5:]
    if service == "lambda":
        return Resource("function", name=":".join(rest), arn=resource)
    if service != "states":
        return Resource("other", service, name=":".join(rest), arn=resource)
    if rest[0] in ("activity", "execution", "express", "stateMachine"):
        kind: Literal["activity", "other"] = "activity" if rest[0] == "activity" else "other"
        return Resource(kind, service, name=":".join(rest), arn=resource)
    is_sdk = rest[0] == SDK
    rest = rest[is_sdk:]
    if not rest or _UNKNOWN in ":".join(rest):
        return None if rest else Resource("sdk", arn=resource)
    action, _, pattern = ":".join(rest[1:]).partition(".")
    return Resource("sdk" if is_sdk else "optimised", rest[0], action, pattern, arn=resource)
