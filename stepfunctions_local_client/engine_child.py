"""What the engines' processes have in common: how they listen, and that they end with their parent.

The programs `engine_ministack` and `engine_localstack` are run by path with the interpreter of the environment that the
engine is installed in, where this package need not be. The parent opens the port and hands the listening socket down:
the port is ours before anything starts, and requests that are sent early wait in the socket's queue.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from stepfunctions_local_client.credentials import HINT_VARIABLE, Credentials
from stepfunctions_local_client.request_guard import RequestGuard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stepfunctions_local_client.request_guard import Application

_GRACE: Final = 5.0  # seconds


class EngineSettings(argparse.Namespace):
    """The command line of an engine's program; the key pair is in the environment, which nobody else can read."""

    fd: int
    identity: str
    end_with_parent: bool
    remove: str | None
    any_credentials: bool

    @classmethod
    def read(cls) -> EngineSettings:
        """Read the command line."""
        parser = argparse.ArgumentParser()
        parser.add_argument("--fd", type=int, required=True, help="the inherited listening socket")
        parser.add_argument("--identity", required=True, help="by which the process is found again")
        parser.add_argument("--end-with-parent", action="store_true", help="stop when standard input closes")
        parser.add_argument("--remove", metavar="FOLDER", help="delete this folder if the parent is gone")
        parser.add_argument("--any-credentials", action="store_true", help="let any key pair sign")
        return parser.parse_args(namespace=cls())

    @property
    def port(self) -> int:
        """The port of the inherited socket."""
        with socket.socket(fileno=os.dup(self.fd)) as listener:
            return int(listener.getsockname()[1])

    @property
    def credentials(self) -> Credentials:
        """The engine's key pair."""
        return Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])

    def guarded(self, application: Application, name: str) -> RequestGuard:
        """Put the guard in front of an engine's application."""
        return RequestGuard(
            application,
            name=name,
            credentials=self.credentials,
            port=self.port,
            any_credentials=self.any_credentials,
            hint=os.environ.get(HINT_VARIABLE, ""),
        )


@contextmanager
def supervised(settings: EngineSettings) -> Iterator[None]:
    """Run an engine's server inside it; if that is asked for, end it with the parent, and clear up then."""
    alone = threading.Event()
    if settings.end_with_parent:
        arguments = (settings, alone)
        threading.Thread(target=_end_with_parent, args=arguments, daemon=True, name="end-with-parent").start()
    try:
        yield
    finally:
        if alone.is_set():  # a parent that is there does it itself, once it has read the log
            _remove(settings)


def _end_with_parent(settings: EngineSettings, alone: threading.Event) -> None:
    """Stop this process group when standard input closes, which is when the parent is gone.

    A parent that is killed has no chance to stop its engine; without this, an interrupted test run leaves one behind
    for ever.
    """
    # Not through sys.stdin: a thread that holds its lock crashes the interpreter at exit.
    while os.read(0, 1):
        pass
    alone.set()
    os.killpg(0, signal.SIGTERM)
    time.sleep(_GRACE)
    _remove(settings)
    os.killpg(0, signal.SIGKILL)


def _remove(settings: EngineSettings) -> None:
    if settings.remove is not None:
        shutil.rmtree(settings.remove, ignore_errors=True)
