"""What `espresso up --empty` says: how the Pulumi CLI deploys to an emulator as it would to AWS."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from local.stacks.emulator import REGION

if TYPE_CHECKING:
    from local.cli.screen import Screen
    from local.stacks.emulator import Emulator

SERVICES: Final = ("cloudwatch", "dynamodb", "events", "iam", "lambda", "logs", "sfn", "sqs", "sts")
"""What the AWS provider calls the services of the program's resources, in its `endpoints`.

https://www.pulumi.com/registry/packages/aws/api-docs/provider/#providerendpoint
"""

ANY_CREDENTIALS: Final = (
    "It accepts any key pair: every user of this machine can use it, and run code as you. Web pages can't."
)
"""What `espresso up --any-credentials` means."""

_SKIPPED: Final = ("skipCredentialsValidation", "skipMetadataApiCheck", "skipRequestingAccountId")


def settings(emulator: Emulator) -> list[str]:
    """Return the commands that point the selected Pulumi stack at an emulator, one a line.

    https://www.pulumi.com/registry/packages/aws/installation-configuration/ describes the settings.
    """
    keys = emulator.credentials
    endpoints = [("--path", f"aws:endpoints[0].{service}", emulator.endpoint) for service in SERVICES]
    return [
        f"pulumi config set {shlex.join(words)}"
        for words in (
            ("aws:region", REGION),
            ("aws:accessKey", keys.access_key),
            ("--secret", "aws:secretKey", keys.secret_key),
            *((f"aws:{name}", "true") for name in _SKIPPED),
            ("aws:s3UsePathStyle", "true"),
            *endpoints,
        )
    ]


def report(screen: Screen, emulator: Emulator) -> None:
    """Say what runs, and the commands; the rest are comments, so that a shell can read all of it."""
    for line in (
        f"An empty emulator runs at {emulator.endpoint}: nothing is deployed to it. `espresso down` stops it.",
        "These commands point the selected Pulumi stack at it; `pulumi up` then deploys there, without an AWS account:",
    ):
        screen.line(f"# {line}")
    for line in settings(emulator):
        print(line)  # never folded, so that it can be copied
    if emulator.any_credentials:
        screen.line(f"# {ANY_CREDENTIALS}")
    for line in (
        "A later `pulumi up` shows a change of tracingConfiguration on each state machine: the emulator does not store",
        "it. The key pair belongs to this emulator; after a new start, run these commands again.",
    ):
        screen.line(f"# {line}")
