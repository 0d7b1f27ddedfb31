"""What the emulator's process, and with it every function that it runs, finds in its environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HOST = "127.0.0.1"
REGION = "us-east-1"

# What the caller's shell must not decide for the emulator and its functions: real credentials and profiles,
# endpoints, and the settings of another emulator.
_NOT_INHERITED_PREFIXES = ("AWS_", "DOCKER_", "LAMBDA_", "LOCALSTACK_", "MINISTACK_", "PULUMI_", "SFN_")
_NOT_INHERITED = frozenset(
    {
        "AUTH",
        "EDGE_PORT",
        "PERSIST_STATE",
        "PYTHONINSPECT",
        "PYTHONSTARTUP",
        "S3_PERSIST",
        "SERVICES",
        "USE_SSL",
    }
)


def emulator_environment(port: int, data_dir: Path, identity: str) -> dict[str, str]:
    """The emulator's environment: the caller's, without what concerns AWS or another emulator, and ours."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _NOT_INHERITED and not name.startswith(_NOT_INHERITED_PREFIXES)
    }
    # A proxy for the outside world must not be asked for the emulator.
    no_proxy = ",".join(
        filter(None, [inherited.get("NO_PROXY") or inherited.get("no_proxy"), HOST, "localhost"])
    )
    return inherited | {
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "MINISTACK_EDITION": identity,  # repeated by the health page
        "STATE_DIR": str(data_dir / "state"),
        "S3_DATA_DIR": str(data_dir / "state" / "s3"),
        "TMPDIR": str(data_dir / "tmp"),
        # Listeners on ports of their own, on every interface, that nobody here needs.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # MiniStack clears away containers at start if it finds Docker; ours runs functions as processes.
        "DOCKER_HOST": f"unix://{data_dir}/no-docker.sock",
        "LAMBDA_EXECUTOR": "local",
        # Functions inherit this. The files do not exist, so no profile of the user is read.
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": str(data_dir / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(data_dir / "no-aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
