"""Engines that this package can start itself: the one of this process, and others on a free port of 127.0.0.1.

MiniStack starts in a second or two and answers every service that a workflow calls. LocalStack 4.9 is the stricter
Step Functions: it takes six seconds or more, and an environment of its own (`python=`). AWS's container is started by
its user; give its address to `Client`.

An engine that is started here serves only requests that are signed with its own key pair, `engine.credentials`, and
none of a web page (see `request_guard`). `Client(engine.endpoint)` signs so by itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self, overload

from stepfunctions_local_client.embedded import EmbeddedEngine
from stepfunctions_local_client.engine_environment import ENVIRONMENTS
from stepfunctions_local_client.engine_process import EngineProcess
from stepfunctions_local_client.errors import EngineError
from stepfunctions_local_client.mocking import MiniStackPage, MocksFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stepfunctions_local_client.mocking import MockChannel

Name = Literal["ministack", "localstack"]
NAMES: Final = ("embedded", "ministack", "localstack")

_NEEDED: Final[Mapping[Name, tuple[str, ...]]] = {
    "ministack": ("ministack", "uvicorn", "httptools"),
    "localstack": ("localstack",),
}
"""The packages that an engine's program imports, where it is installed."""

_NO_MOCKS: Final = '{"StateMachines": {}, "MockedResponses": {}}'


class Engine(EngineProcess):
    """A running engine; a context manager that stops it at the end and removes its files."""

    @overload
    @classmethod
    def start(cls, name: Literal["embedded"]) -> EmbeddedEngine: ...

    @overload
    @classmethod
    def start(
        cls,
        name: Name,
        *,
        python: str = ...,
        port: int = ...,
        environment: Mapping[str, str] | None = ...,
        deadline: float = ...,
    ) -> Self: ...

    @classmethod
    def start(
        cls,
        name: Name | Literal["embedded"],
        *,
        python: str = sys.executable,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        deadline: float = 60.0,
    ) -> Self | EmbeddedEngine:
        """Start an engine and wait until it answers.

        Args:
            name: "embedded" for the one of this process, which needs nothing else; "ministack" or "localstack".
            python: The interpreter of the environment that it is installed in.
            port: Where it is to listen; a free port for 0.
            environment: Settings of its own, such as `SFN_WAIT_SCALE` of MiniStack, or `KEEP_MOCKED_ERRORS_OF` of
                LocalStack as it is started here (see `engine_localstack`).
            deadline: Seconds that the start may take.

        Raises:
            EngineError: it is not installed there, the port is taken, it ended by itself or did not answer in time
                (the message ends with its log then), or it listens on more than this machine's loopback.
        """
        if name == "embedded":
            return EmbeddedEngine()
        python = _interpreter(name, python)
        try:
            folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        except OSError as error:
            raise EngineError(
                f"a folder for temporary files cannot be made: {error.strerror or error}"
            ) from error
        engine: Self | None = None
        try:
            (folder / "mocks.json").write_text(_NO_MOCKS, encoding="utf-8")
            engine = cls._launch(
                name,
                program(name, python),
                folder=folder,
                port=port or None,
                environment=lambda *where: {**ENVIRONMENTS[name](*where), **(environment or {})},
                detach=False,
                keeps_folder=False,
                hint="Its key pair is `engine.credentials`, and `Client(engine.endpoint)` knows it.",
            )
            engine.wait_ready(deadline)
        except BaseException:
            if engine is not None:
                engine.stop(grace=1.0)
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return engine

    @property
    def mocks(self) -> MockChannel:
        """How it is given a mock configuration."""
        return (
            MiniStackPage(self.endpoint)
            if self.name == "ministack"
            else MocksFile(self.folder / "mocks.json")
        )

    def stop(self, grace: float = 5.0) -> None:
        """Stop it and remove its files. Idempotent."""
        super().stop(grace)
        shutil.rmtree(self.folder, ignore_errors=True)


def program(name: Name, python: str = sys.executable) -> list[str]:
    """Return the command that runs an engine, without the settings that `engine_child` reads."""
    # -P: this package's modules are not to be taken for others of the same names.
    return [python, "-P", str(Path(__file__).with_name(f"engine_{name}.py"))]


def _interpreter(name: Name, python: str) -> str:
    """Return the interpreter as a path, once it is sure that the engine is installed there."""
    found = shutil.which(python)
    if found is None:
        raise EngineError(f"there is no interpreter {python}, with which {name} was to be started")
    look = (
        f"import importlib.util as i; print(*(name for name in {_NEEDED[name]} if i.find_spec(name) is None))"
    )
    found = os.path.abspath(found)  # noqa: PTH100  # a virtual environment's is a link, which must not be followed
    looked = subprocess.run(
        [found, "-P", "-c", look], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False
    )
    missing = looked.stdout.split() if looked.returncode == 0 else _NEEDED[name]
    if missing:
        raise EngineError(
            f"{name} is not installed for {found}, which lacks {', '.join(missing)}: install it there, or name the "
            "interpreter of the environment that it is installed in (python=..., or --stepfunctions-python with pytest)"
        )
    return found
