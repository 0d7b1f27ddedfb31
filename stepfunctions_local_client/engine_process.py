"""One engine's process: started on loopback, waited for, found again by a later process, and stopped.

Everything that an engine writes is in its folder: `emulator.log`, `state/`, `tmp/` (the unpacked code of functions) and
`emulator.json`, the record of what was started there, with the engine's key pair. The record is written before the
process starts, and only its owner can read it.

A process is recognised by a mark on its command line that names the folder, as the file system numbers it, and a random
part. So a copy of the folder is not taken for the original, a moved folder is still known, and neither a reused process
id nor an engine that does not answer nor a damaged record is mistaken.
"""

from __future__ import annotations

import atexit
import contextlib
import http
import os
import secrets
import signal
import subprocess
import time
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Final, Self

from stepfunctions_local_client import processes
from stepfunctions_local_client.credentials import HINT_VARIABLE, Credentials, forget, remember
from stepfunctions_local_client.engine_record import (
    RECORD,
    EngineRecord,
    folder_mark,
    read_record,
    write_record,
)
from stepfunctions_local_client.errors import EngineDied, EngineError, EngineNotRunning, EngineTimeout
from stepfunctions_local_client.mocking import request
from stepfunctions_local_client.ports import HOST, listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_LOG_TAIL_LINES: Final = 15
_MARK: Final = "--identity="

# Kept, since a process object that is collected while its process runs warns of a leak; this one is meant.
_detached: list[subprocess.Popen[bytes]] = []


@atexit.register
def _leave_detached() -> None:
    for process in _detached:
        process.returncode = 0  # else Python warns at its end that they still run, which they are to do


class EngineProcess:
    """A running engine; a context manager that stops it at the end."""

    def __init__(
        self, record: EngineRecord, folder: Path, pid: int, process: subprocess.Popen[bytes] | None = None
    ) -> None:
        self.name = record.engine
        self.port = record.port
        self.pid = pid
        self.folder = folder
        self.credentials = record.credentials
        self.any_credentials = record.any_credentials
        self._process = process
        self._stopped = False
        remember(self.endpoint, self.credentials)

    @classmethod
    def _launch(
        cls,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        port: int | None,
        environment: Callable[[int, Path, Credentials], Mapping[str, str]],
        detach: bool,
        any_credentials: bool = False,
        keeps_folder: bool = True,
        hint: str = "",
    ) -> Self:
        """Start the process and return without waiting for it.

        Args:
            name: What the engine is called.
            command: What runs it, without the settings that `engine_child` reads.
            folder: Where it keeps its files; it is made.
            port: The port to listen on; a free one for None.
            environment: Called with port, folder and key pair for the process's environment.
            detach: Let it outlive this process; it ends with it otherwise, also when this process is killed.
            any_credentials: Let requests be signed with any key pair.
            keeps_folder: Whether the folder stays when the engine stops.
            hint: Where its users find the key pair.

        Raises:
            PortTaken: Another program listens there.
            EngineError: The folder cannot be written.
        """
        # Functions run with their code folder as working directory, so relative paths would not reach tmp/.
        folder = folder.resolve()
        credentials = Credentials.generate()
        with _written(folder), listen(port) as listener:
            for part in (folder, folder / "state", folder / "tmp"):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            port = int(listener.getsockname()[1])
            identity = f"{folder_mark(folder)}{secrets.token_hex(8)}"
            record = EngineRecord(
                engine=name,
                port=port,
                identity=identity,
                access_key=credentials.access_key,
                secret_key=credentials.secret_key,
                any_credentials=any_credentials,
            )
            command = [*command, "--fd", str(listener.fileno()), f"{_MARK}{identity}"]
            command += ["--any-credentials"] if any_credentials else []
            command += [] if keeps_folder else ["--remove", str(folder)]
            stdin: int | IO[bytes] = subprocess.DEVNULL
            if not detach:
                command.append("--end-with-parent")
                stdin = subprocess.PIPE
            try:
                write_record(folder, record)
                with (folder / "emulator.log").open("wb") as log:
                    process = subprocess.Popen(
                        command,
                        stdin=stdin,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        cwd=folder,
                        env={**environment(port, folder, credentials), HINT_VARIABLE: hint},
                        pass_fds=(listener.fileno(),),
                        start_new_session=True,  # a group of its own, with its function processes
                    )
                with contextlib.suppress(OSError):  # for people; the process is found by its mark
                    write_record(folder, replace(record, pid=process.pid))
                if detach:
                    _detached.append(process)
                return cls(record, folder, process.pid, process)
            except BaseException:
                # A Ctrl-C may fall between the start of the process and the moment at which it is kept.
                _undo_start(folder, identity)
                raise

    @classmethod
    def _attach(cls, folder: Path, *, deadline: float | None) -> Self:
        """Find the engine that an earlier process started with this folder.

        Args:
            folder: The folder.
            deadline: Seconds within which it has to answer; None if it need not.

        Raises:
            EngineNotRunning: None runs there; or one does, and does not answer, or its record is damaged.
        """
        folder = folder.resolve()
        path = folder / RECORD
        try:
            mark = folder_mark(folder)
        except OSError:
            raise EngineNotRunning("never started", f"no emulator was started in {folder}") from None
        process = processes.find(f"{_MARK}{mark}")
        record = read_record(folder)
        if process is None:
            if record is not None and not record.identity.startswith(mark):
                raise EngineNotRunning(
                    "never started", f"{path} is the copy of another folder's: none was started in {folder}"
                )
            if record is not None:
                raise EngineNotRunning(
                    "gone",
                    f"the emulator of {folder} (port {record.port}) is no longer running; its log is "
                    f"{folder / 'emulator.log'}",
                )
            if path.exists():
                raise EngineNotRunning(
                    "gone", f"{path} is not readable as a record of an emulator; delete it"
                )
            raise EngineNotRunning("never started", f"no emulator was started in {folder}")
        if record is None or f"{_MARK}{record.identity}" not in process.command:
            if deadline is not None:
                raise EngineNotRunning(
                    "damaged",
                    f"the emulator of {folder} runs (process {process.pid}), but {path}, its record, is damaged",
                )
            record = EngineRecord(engine="", port=0, identity="", access_key="", secret_key="")
        engine = cls(record, folder, process.pid)
        if deadline is not None and not engine._answers(deadline):
            raise EngineNotRunning(
                "silent",
                f"the emulator of {folder} (process {process.pid}, port {engine.port}) runs, but does not answer "
                f"within {deadline:g} s; its log is {engine.log_path}",
            )
        return engine

    @property
    def endpoint(self) -> str:
        """The URL for `endpoint_url` of any AWS client."""
        return f"http://{HOST}:{self.port}"

    @property
    def log_path(self) -> Path:
        """The engine's log, with the output of its functions."""
        return self.folder / "emulator.log"

    def environment(self) -> dict[str, str]:
        """Return the variables that point AWS's tools, and every SDK, at this engine."""
        return {"AWS_ENDPOINT_URL": self.endpoint, **self.credentials.environment()}

    def wait_ready(self, deadline: float = 30.0) -> None:
        """Return when the engine answers, and listens for this machine alone.

        Raises:
            EngineDied: Its process ended by itself.
            EngineTimeout: It did not answer within `deadline` seconds.
            EngineError: It listens on more than loopback. It is stopped then, as it is with the others.
        """
        if self._answers(deadline):
            open_to_all = processes.exposed(self.pid)
            if not open_to_all:
                return
            self.stop(grace=1.0)
            raise EngineError(
                f"{self.name} listens on {', '.join(open_to_all)}, where other machines reach it; it was stopped. "
                f"It has to keep to {HOST}: look at its settings"
            )
        # The connection ends when its process does; give the process a moment to be reaped.
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._process is not None:
                self._process.wait(0.5)
        returncode = self._process.poll() if self._process is not None else None
        tail = self.log_tail()
        self.stop(grace=1.0)
        if returncode is not None:
            raise EngineDied(self.name, returncode, self.log_path, tail)
        raise EngineTimeout(self.name, deadline, self.log_path, tail)

    def _answers(self, deadline: float) -> bool:
        """Whether its health page comes within `deadline` seconds."""
        path = f"/_{self.name}/health"
        return request(self.endpoint, "GET", path, timeout=deadline)[0] == http.HTTPStatus.OK

    def is_running(self) -> bool:
        """Whether the process is alive; says nothing of whether it answers."""
        if self._process is not None:
            return self._process.poll() is None
        return processes.is_alive(self.pid)

    def reset(self) -> None:
        """Empty the engine: no resource, item or execution is left."""
        status, _ = request(self.endpoint, "POST", f"/_{self.name}/reset", timeout=30)
        if status != http.HTTPStatus.OK:
            raise EngineError(f"{self.name} refused to reset: HTTP {status}; see {self.log_path}")

    def log_tail(self, lines: int = _LOG_TAIL_LINES) -> str:
        """Return the last lines of the log."""
        try:
            text = self.log_path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self, grace: float = 5.0) -> None:
        """Stop the engine and its function processes; SIGKILL after `grace` seconds. Idempotent.

        Raises:
            EngineError: Its process cannot be ended; its record stays.
        """
        if self._stopped:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.is_running():
                os.kill(self.pid, signal.SIGTERM)
                os.kill(self.pid, signal.SIGCONT)  # one that was suspended does not see the first until then
        if not self._wait_gone(grace):
            self._kill_group()
            if not self._wait_gone(5.0):
                raise EngineError(f"process {self.pid}, the emulator of {self.folder}, cannot be ended")
        # Function processes share the group. They end with their parent, unless the parent had no time.
        self._kill_group()
        self._stopped = True
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        forget(self.endpoint)
        with contextlib.suppress(OSError):
            (self.folder / RECORD).unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} at {self.endpoint}>"

    def _wait_gone(self, seconds: float) -> bool:
        if self._process is not None:
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
            return True
        end = time.monotonic() + seconds
        while processes.is_alive(self.pid):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def _kill_group(self) -> None:
        # macOS answers EPERM, not ESRCH, for a group of zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def _undo_start(folder: Path, identity: str) -> None:
    """End the process that has this identity, if it was started, and take its record away."""
    deadline = time.monotonic() + 0.2  # one that begins this moment shows its arguments a little later
    while (started := processes.find(f"{_MARK}{identity}")) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if started is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(started.pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(started.pid, 0)
    with contextlib.suppress(OSError):
        (folder / RECORD).unlink()


@contextlib.contextmanager
def _written(folder: Path) -> Iterator[None]:
    """Say plainly that an engine's folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise EngineError(f"{error.filename or folder}: {error.strerror}; nothing was started") from error
