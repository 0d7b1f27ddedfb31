"""MiniStack, the AWS emulator, as a process: started, waited for, found again and stopped.

    with Emulator.start(data_dir=folder) as emulator:
        local_session(emulator.endpoint).client("dynamodb", endpoint_url=emulator.endpoint, ...)

What it does is `stepfunctions_local_client.engine_process`: everything is under the data folder, it listens on
127.0.0.1 only, and it serves only what is signed with its own key pair.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from stepfunctions_local_client.engine_environment import ministack_environment
from stepfunctions_local_client.engine_process import EngineProcess
from stepfunctions_local_client.errors import EngineDied as EmulatorDied
from stepfunctions_local_client.errors import EngineError as EmulatorError
from stepfunctions_local_client.errors import EngineNotRunning as EmulatorNotRunning
from stepfunctions_local_client.errors import EngineTimeout as EmulatorTimeout
from stepfunctions_local_client.errors import PortTaken
from stepfunctions_local_client.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stepfunctions_local_client.credentials import Credentials

__all__ = [
    "HOST",
    "REGION",
    "Emulator",
    "EmulatorDied",
    "EmulatorError",
    "EmulatorNotRunning",
    "EmulatorTimeout",
    "PortTaken",
]

REGION: Final = "us-east-1"
_PROGRAM: Final = Path(__file__).with_name("emulator_process.py")


class Emulator(EngineProcess):
    """One MiniStack process, whose folder outlives it. A context manager that stops it at the end.

    Create it with `start` (it is ready on return), `launch` (returns at once; call `wait_ready` later) or `attach` (an
    emulator that an earlier process left running).
    """

    @classmethod
    def start(
        cls,
        *,
        data_dir: Path,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        deadline: float = 30.0,
        detach: bool = False,
        any_credentials: bool = False,
    ) -> Self:
        """Start an emulator and wait until it answers, at most `deadline` seconds.

        Takes what `launch` takes. After an error, nothing is left running.

        Raises:
            PortTaken, EmulatorDied, EmulatorTimeout: It did not start.
        """
        emulator = cls.launch(
            data_dir=data_dir,
            port=port,
            environment=environment,
            detach=detach,
            any_credentials=any_credentials,
        )
        try:
            emulator.wait_ready(deadline)
        except BaseException:
            emulator.stop()
            raise
        return emulator

    @classmethod
    def launch(
        cls,
        *,
        data_dir: Path,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        detach: bool = False,
        any_credentials: bool = False,
    ) -> Self:
        """Start the process and return without waiting for it.

        Without a `port`, it takes a free one. `environment` adds to MiniStack's environment, which has its settings.
        A detached emulator outlives this process; any other ends with it, even when this process is killed. With
        `any_credentials`, it accepts requests that are signed with any key pair.

        Raises:
            PortTaken: The port is in use.
            EmulatorError: The folder cannot be written.
        """

        def variables(port: int, folder: Path, credentials: Credentials) -> dict[str, str]:
            inherited = ministack_environment(port, folder, credentials)
            # A program that runs under the Pulumi CLI has variables that functions are not to see.
            kept = {name: value for name, value in inherited.items() if not name.startswith("PULUMI_")}
            return kept | dict(environment or {})

        return cls._launch(
            "ministack",
            [sys.executable, "-P", str(_PROGRAM)],
            folder=data_dir,
            port=port,
            environment=variables,
            detach=detach,
            any_credentials=any_credentials,
            hint="`espresso env` prints the key pair of the local stack.",
        )

    @classmethod
    def attach(cls, data_dir: Path, *, deadline: float | None = 5.0) -> Self:
        """Find the emulator that an earlier process started with this data folder.

        It has to answer within `deadline` seconds; with None, it need not, and can still be stopped.

        Raises:
            EmulatorNotRunning: It does not run or does not answer; its `reason` says which.
        """
        return cls._attach(data_dir, deadline=deadline)
