"""Engines that this package can start itself, each as a process on a free port of 127.0.0.1.

MiniStack starts in a second or two and answers every service that a workflow calls. LocalStack 4.9 is the stricter
Step Functions: it takes six seconds or more, and an environment of its own (`python=`). AWS's container is started by
its user; give its address to `Client`.
"""

from __future__ import annotations

import http
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from stepfunctions_local_client.errors import EngineError
from stepfunctions_local_client.mocking import MiniStackPage, MocksFile, request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stepfunctions_local_client.mocking import MockChannel

HOST: Final = "127.0.0.1"
_REGION: Final = "us-east-1"
Name = Literal["ministack", "localstack"]
NAMES: Final[tuple[Name, ...]] = ("ministack", "localstack")

_GUARD: Final = Path(__file__).with_name("engine_guard.py")
_COMMANDS: Final = {
    "ministack": ("-m", "ministack"),
    "localstack": (str(_GUARD.with_name("engine_localstack.py")),),
}
_NOT_INHERITED_PREFIXES: Final = ("AWS_", "DOCKER_", "LAMBDA_", "LOCALSTACK_", "MINISTACK_", "SFN_")
_NOT_INHERITED: Final = frozenset(
    {
        "AUTH",
        "EDGE_PORT",
        "KEEP_MOCKED_ERRORS_OF",
        "PERSIST_STATE",
        "PYTHONINSPECT",
        "PYTHONSTARTUP",
        "S3_PERSIST",
        "SERVICES",
        "USE_SSL",
    }
)
_NO_MOCKS: Final = '{"StateMachines": {}, "MockedResponses": {}}'


class Engine:
    """A running engine; a context manager that stops it at the end."""

    def __init__(self, name: Name, port: int, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self.port = port
        self.folder = folder
        self._process = process

    @classmethod
    def start(
        cls,
        name: Name,
        *,
        python: str = sys.executable,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        deadline: float = 60.0,
    ) -> Self:
        """Start an engine and wait until it answers.

        Args:
            name: "ministack" or "localstack".
            python: The interpreter of the environment that it is installed in.
            port: Where it is to listen; a free port for 0.
            environment: Settings of its own, such as `SFN_WAIT_SCALE` of MiniStack, or `KEEP_MOCKED_ERRORS_OF` of
                LocalStack as it is started here (see `engine_localstack`).
            deadline: Seconds that the start may take.

        Raises:
            EngineError: it is not installed there, the port is taken, or it ended by itself or did not answer in
                time; the message ends with its log then.
        """
        port = _free(port)
        python = _interpreter(name, python)
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        (folder / "tmp").mkdir()
        (folder / "mocks.json").write_text(_NO_MOCKS, encoding="utf-8")
        with (folder / "engine.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, str(_GUARD), str(folder), python, *_COMMANDS[name]],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=_ENVIRONMENTS[name](port, folder) | dict(environment or {}),
                start_new_session=True,
            )
        engine = cls(name, port, folder, process)
        engine._wait_ready(deadline)
        return engine

    @property
    def endpoint(self) -> str:
        """Its URL."""
        return f"http://{HOST}:{self.port}"

    @property
    def mocks(self) -> MockChannel:
        """How it is given a mock configuration."""
        return (
            MiniStackPage(self.endpoint)
            if self.name == "ministack"
            else MocksFile(self.folder / "mocks.json")
        )

    def _wait_ready(self, deadline: float) -> None:
        end = time.monotonic() + deadline
        while request(self.endpoint, "GET", f"/_{self.name}/health")[0] != http.HTTPStatus.OK:
            code = self._process.poll()
            if code is not None or time.monotonic() > end:
                log = (self.folder / "engine.log").read_text(encoding="utf-8", errors="replace").splitlines()
                why = f"ended with {code}" if code is not None else f"did not answer within {deadline:g} s"
                self.stop()
                raise EngineError(f"{self.name} {why}; its log ends with:\n" + "\n".join(log[-15:]))
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it and remove its files. Idempotent."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<Engine {self.name} at {self.endpoint}>"


def _free(port: int) -> int:
    """The port, or a free one for 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # no wait after an earlier engine
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise EngineError(
                f"port {port} of {HOST} cannot be had ({error}): name another, or none"
            ) from None
        return int(probe.getsockname()[1])


def _interpreter(name: Name, python: str) -> str:
    """The interpreter as a path, once it is sure that the engine is installed there."""
    found = shutil.which(python)
    if found is None:
        raise EngineError(f"there is no interpreter {python}, with which {name} was to be started")
    look = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    found = os.path.abspath(found)  # noqa: PTH100  # a virtual environment's is a link, which must not be followed
    if subprocess.run([found, "-P", "-c", look], stdin=subprocess.DEVNULL, check=False).returncode:
        raise EngineError(
            f"{name} is not installed for {found}: install it there, or name the interpreter of the environment that "
            "it is installed in (python=..., or --stepfunctions-python with pytest)"
        )
    return found


def ministack_environment(port: int, folder: Path) -> dict[str, str]:
    """What MiniStack's process, and with it every function that it runs, finds in its environment.

    The caller's environment without what concerns AWS or another engine, and settings by which it listens on this
    port only and writes into this folder only: `state/`, and `tmp/`, which has to be there.
    """
    return _inherited() | {
        **_common(folder),
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


def _localstack_environment(port: int, folder: Path) -> dict[str, str]:
    return _inherited() | {
        **_common(folder),
        "SERVICES": "stepfunctions,sts,iam,events,sqs",
        "DISABLE_EVENTS": "1",  # no usage statistics are sent
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",
        "GATEWAY_LISTEN": f"{HOST}:{port}",
        "LOCALSTACK_HOST": f"{HOST}:{port}",
        "LOCALSTACK_VOLUME_DIR": str(folder / "volume"),
        "SFN_MOCK_CONFIG": str(folder / "mocks.json"),
    }


_ENVIRONMENTS: Final = {"ministack": ministack_environment, "localstack": _localstack_environment}


def _inherited() -> dict[str, str]:
    """The caller's environment without real credentials and profiles, endpoints, and the settings of another engine."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _NOT_INHERITED and not name.startswith(_NOT_INHERITED_PREFIXES)
    }
    # A proxy for the outside world must not be asked for the engine.
    directly = [inherited.get("NO_PROXY") or inherited.get("no_proxy") or "", HOST, "localhost"]
    no_proxy = ",".join(filter(None, directly))
    return inherited | {"NO_PROXY": no_proxy, "no_proxy": no_proxy}


def _common(folder: Path) -> dict[str, str]:
    """Credentials that are none, and no profile of the user: the files do not exist. Functions inherit this."""
    return {
        "TMPDIR": str(folder / "tmp"),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": _REGION,
        "AWS_CONFIG_FILE": str(folder / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
