"""What an engine's process, and with it every function that it runs, finds in its environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from stepfunctions_local_client.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from stepfunctions_local_client.credentials import Credentials

_REGION: Final = "us-east-1"
_NOT_INHERITED_PREFIXES: Final = ("AWS_", "DOCKER_", "LAMBDA_", "LOCALSTACK_", "MINISTACK_", "SFN_")
_NOT_INHERITED: Final = frozenset(
    {
        "AUTH",
        "EDGE_PORT",
        "KEEP_MOCKED_ERRORS_OF",
        "PERSIST_STATE",
        "PYTHONIOENCODING",
        "PYTHONINSPECT",
        "PYTHONSTARTUP",
        "PYTHONWARNINGS",
        "S3_PERSIST",
        "SERVICES",
        "USE_SSL",
    }
)


def ministack_environment(port: int, folder: Path, credentials: Credentials) -> dict[str, str]:
    """Return MiniStack's environment.

    It is the caller's without what concerns AWS or another engine, and settings by which it listens on this port only
    and writes into this folder only: `state/`, and `tmp/`, which has to be there. Functions inherit it.
    """
    return _inherited() | {
        **_common(folder, credentials),
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": _REGION,
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "state" / "s3"),
        # Listeners on ports of their own, on every interface, that no workflow needs.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It clears away containers at start if it finds Docker; here it runs functions as processes.
        "DOCKER_HOST": f"unix://{folder}/no-docker.sock",
        "LAMBDA_EXECUTOR": "local",
    }


def localstack_environment(port: int, folder: Path, credentials: Credentials) -> dict[str, str]:
    """Return LocalStack's environment: the caller's without what concerns AWS, and Step Functions alone."""
    return _inherited() | {
        **_common(folder, credentials),
        "SERVICES": "stepfunctions,sts,iam,events,sqs",
        "DISABLE_EVENTS": "1",  # no usage statistics are sent
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",
        # Hypercorn serves on the socket that it is given; LocalStack's own server would listen on every interface.
        "GATEWAY_SERVER": "hypercorn",
        # Its own calls to itself, of a task to a service, do not go over the network, where the guard would stop them.
        "IN_MEMORY_CLIENT": "1",
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "LOCALSTACK_HOST": f"{HOST}:{port}",
        "LOCALSTACK_VOLUME_DIR": str(folder / "volume"),
        "SFN_MOCK_CONFIG": str(folder / "mocks.json"),
    }


def _inherited() -> dict[str, str]:
    """Return the caller's environment without credentials, profiles, endpoints, and the settings of another engine."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _NOT_INHERITED and not name.startswith(_NOT_INHERITED_PREFIXES)
    }
    # A proxy for the outside world must not be asked for the engine.
    directly = [inherited.get("NO_PROXY") or inherited.get("no_proxy") or "", HOST, "localhost"]
    no_proxy = ",".join(filter(None, directly))
    return inherited | {"NO_PROXY": no_proxy, "no_proxy": no_proxy}


def _common(folder: Path, credentials: Credentials) -> dict[str, str]:
    """Return what any engine finds: the engine's own key pair, and no profile of the user, whose files do not exist."""
    return {
        **credentials.environment(),
        # Functions and definitions are written and read as UTF-8, also where the locale says otherwise.
        "PYTHONUTF8": "1",
        "TMPDIR": str(folder / "tmp"),
        "AWS_DEFAULT_REGION": _REGION,
        "AWS_CONFIG_FILE": str(folder / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


ENVIRONMENTS: Final[Mapping[str, Callable[[int, Path, Credentials], dict[str, str]]]] = {
    "ministack": ministack_environment,
    "localstack": localstack_environment,
}
