"""What the emulator's process, and with it every function that it runs, finds in its environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepfunctions_local_client.engines import ministack_environment

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"
REGION = "us-east-1"


def emulator_environment(port: int, data_dir: Path, identity: str) -> dict[str, str]:
    """MiniStack's environment, without what Pulumi put there, and with an identity that its health page repeats."""
    environment = ministack_environment(port, data_dir)
    return {name: value for name, value in environment.items() if not name.startswith("PULUMI_")} | {
        "MINISTACK_EDITION": identity
    }
