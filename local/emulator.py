"""MiniStack, the AWS emulator, as a process of ours: started, waited for, found again and stopped.

    with Emulator.start(data_dir=folder) as emulator:
        boto3.client("dynamodb", endpoint_url=emulator.endpoint, ...)

Everything that an emulator writes is under its data folder: `emulator.log`, `state/`, `tmp/` (the functions'
unpacked code) and `emulator.json`, by which a later process finds a detached emulator again. It listens on
127.0.0.1 only.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from local.emulator_environment import HOST, REGION, emulator_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

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

HEALTH_PATH = "/_ministack/health"

_PROCESS = Path(__file__).with_name("emulator_process.py")
_LOG_TAIL_LINES = 15

# Kept, since a process object that is collected while its process runs warns of a leak; this one is meant.
_detached: list[subprocess.Popen[bytes]] = []


class EmulatorError(Exception):
    """The emulator could not be started, found or kept running; the message says what to do."""


class PortTaken(EmulatorError):  # noqa: N818
    """Another program listens on the chosen port."""

    def __init__(self, port: int, holder: str) -> None:
        self.port = port
        self.holder = holder
        super().__init__(
            f"port {port} on {HOST} is taken by {holder}: stop that program, or choose another port"
        )


class EmulatorDied(EmulatorError):  # noqa: N818
    """The emulator's process ended by itself."""

    def __init__(self, returncode: int, log_path: Path, log_tail: str) -> None:
        self.returncode = returncode
        self.log_path = log_path
        self.log_tail = log_tail
        how = f"signal {-returncode}" if returncode < 0 else f"exit code {returncode}"
        super().__init__(
            f"the emulator's process ended ({how}); the end of {log_path}:\n{log_tail or '(empty)'}"
        )


class EmulatorTimeout(EmulatorError):  # noqa: N818
    """The emulator did not answer in time."""

    def __init__(self, seconds: float, log_path: Path, log_tail: str) -> None:
        self.seconds = seconds
        self.log_path = log_path
        self.log_tail = log_tail
        super().__init__(
            f"the emulator did not answer {HEALTH_PATH} within {seconds:g} s; "
            f"the end of {log_path}:\n{log_tail or '(empty)'}"
        )


class EmulatorNotRunning(EmulatorError):  # noqa: N818
    """There is no emulator to attach to; `reason` is "never started" or "gone"."""

    def __init__(self, reason: str, message: str) -> None:
        self.reason = reason
        super().__init__(message)


class Emulator:
    """One MiniStack process. A context manager that stops it at the end.

    Made by `start` (ready when it returns), by `launch` (returns at once; call `wait_ready` later, so that
    something else can run meanwhile) or by `attach` (an emulator that an earlier process left running).
    """

    def __init__(
        self, *, port: int, pid: int, data_dir: Path, identity: str, process: subprocess.Popen[bytes] | None
    ) -> None:
        self.port = port
        self.pid = pid
        self.data_dir = data_dir
        self._identity = identity
        self._process = process
        self._stopped = False

    @classmethod
    def start(
        cls,
        *,
        data_dir: Path,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        deadline: float = 30.0,
        detach: bool = False,
    ) -> Self:
        """Start an emulator and wait until it answers, at most `deadline` seconds.

        Takes what `launch` takes. Raises PortTaken, EmulatorDied or EmulatorTimeout, and leaves nothing
        running then.
        """
        emulator = cls.launch(data_dir=data_dir, port=port, environment=environment, detach=detach)
        emulator.wait_ready(deadline)
        return emulator

    @classmethod
    def launch(
        cls,
        *,
        data_dir: Path,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
        detach: bool = False,
    ) -> Self:
        """Start the process and return without waiting for it.

        `port` None takes a free one. `environment` adds to, or overrides, what MiniStack is given (its
        settings are environment variables). A detached emulator outlives this process; any other ends with
        it, also when it is killed. Raises PortTaken.
        """
        # Functions run with their code folder as working directory, so relative paths would not reach tmp/.
        data_dir = data_dir.resolve()
        for folder in (data_dir, data_dir / "state", data_dir / "tmp"):
            folder.mkdir(parents=True, exist_ok=True)
        identity = f"espresso-{uuid.uuid4().hex}"
        with _listen(port) as listener, (data_dir / "emulator.log").open("wb") as log:
            port = listener.getsockname()[1]
            command = [sys.executable, "-P", str(_PROCESS), str(listener.fileno())]
            stdin: int | IO[bytes] = subprocess.DEVNULL
            if not detach:
                command.append("--end-with-parent")
                stdin = subprocess.PIPE
            process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=data_dir,
                env=emulator_environment(port, data_dir, identity) | dict(environment or {}),
                pass_fds=(listener.fileno(),),
                start_new_session=True,  # a group of its own, with its function processes
            )
        if detach:
            _detached.append(process)
        emulator = cls(port=port, pid=process.pid, data_dir=data_dir, identity=identity, process=process)
        emulator._record_path.write_text(
            json.dumps({"pid": process.pid, "port": port, "identity": identity}) + "\n", encoding="utf-8"
        )
        return emulator

    @classmethod
    def attach(cls, data_dir: Path, *, deadline: float = 2.0) -> Self:
        """Find the emulator that an earlier process started with this data folder.

        The process is recognised by a random identity that its health page repeats, so neither a reused
        process id nor a stranger on the port is taken for it. Raises EmulatorNotRunning.
        """
        data_dir = data_dir.resolve()
        path = data_dir / "emulator.json"
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            pid, port, identity = int(record["pid"]), int(record["port"]), str(record["identity"])
        except FileNotFoundError:
            raise EmulatorNotRunning("never started", f"no emulator was started in {data_dir}") from None
        except (ValueError, KeyError, TypeError):
            raise EmulatorNotRunning(
                "gone", f"{path} is not readable as a record of an emulator; delete it"
            ) from None
        emulator = cls(port=port, pid=pid, data_dir=data_dir, identity=identity, process=None)
        if not emulator.is_running():
            raise EmulatorNotRunning(
                "gone",
                f"the emulator of {data_dir} (process {pid}, port {port}) is no longer running; "
                f"its log is {emulator.log_path}",
            )
        answered = _health_identity(port, deadline)
        if answered != identity:
            what = "does not answer" if answered is None else "is not the one that was started there"
            raise EmulatorNotRunning("gone", f"process {pid} on port {port} {what}; see {emulator.log_path}")
        return emulator

    @property
    def endpoint(self) -> str:
        """The URL for `endpoint_url` of any AWS client."""
        return f"http://{HOST}:{self.port}"

    @property
    def log_path(self) -> Path:
        """MiniStack's log, with the output of its functions."""
        return self.data_dir / "emulator.log"

    @property
    def _record_path(self) -> Path:
        return self.data_dir / "emulator.json"

    def wait_ready(self, deadline: float = 30.0) -> None:
        """Return when the emulator answers. On EmulatorDied and EmulatorTimeout it is stopped already."""
        answered = _health_identity(self.port, deadline)
        if answered == self._identity:
            return
        # The connection ends when its process does; give the process a moment to be reaped.
        with contextlib.suppress(subprocess.TimeoutExpired):
            if self._process is not None:
                self._process.wait(0.5)
        returncode = self._process.poll() if self._process is not None else None
        tail = self.log_tail()
        self.stop(grace=1.0)
        if returncode is not None:
            raise EmulatorDied(returncode, self.log_path, tail)
        raise EmulatorTimeout(deadline, self.log_path, tail)

    def is_running(self) -> bool:
        """Whether the process is alive; says nothing of whether it answers."""
        if self._process is not None:
            return self._process.poll() is None
        return _is_alive(self.pid)

    def reset(self) -> None:
        """Empty the emulator: no resource, item or execution is left."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request("POST", "/_ministack/reset")
            response = connection.getresponse()
            response.read()
        finally:
            connection.close()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise EmulatorError(f"the emulator refused to reset: HTTP {response.status}; see {self.log_path}")

    def log_tail(self, lines: int = _LOG_TAIL_LINES) -> str:
        """The last lines of the log."""
        try:
            text = self.log_path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self, grace: float = 5.0) -> None:
        """Stop the emulator and its function processes; SIGKILL after `grace` seconds. Idempotent."""
        if self._stopped:
            return
        self._stopped = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.is_running():
                os.kill(self.pid, signal.SIGTERM)
        if not self._wait_gone(grace):
            self._kill_group()
            self._wait_gone(5.0)
        # Function processes share the group. They end with their parent, unless the parent had no time.
        self._kill_group()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._record_path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_gone(self, seconds: float) -> bool:
        if self._process is not None:
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
            return True
        end = time.monotonic() + seconds
        while _is_alive(self.pid):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def _kill_group(self) -> None:
        # macOS answers EPERM, not ESRCH, for a group of zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def _listen(port: int | None) -> socket.socket:
    """Open the port for the child; a free one for None. Raises PortTaken."""
    if port is not None and _answers(port):
        # On macOS a bind to 127.0.0.1 succeeds beside a listener on all interfaces, so ask first.
        raise PortTaken(port, _holder(port))
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # no wait after an earlier emulator
        listener.bind((HOST, port or 0))
        listener.listen(1024)
    except PermissionError:
        listener.close()
        raise EmulatorError(f"this user may not open port {port}; choose one of 1024 or higher") from None
    except OverflowError:
        listener.close()
        raise EmulatorError(f"{port} is not a port; choose one of 1024 to 65535") from None
    except OSError:
        listener.close()
        raise PortTaken(port or 0, _holder(port or 0)) from None
    return listener


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            return probe.connect_ex((HOST, port)) == 0
        except OverflowError:
            return False


def _holder(port: int) -> str:
    return "another program" if _health_identity(port, 1.0) is None else "an emulator that already runs"


def _health_identity(port: int, deadline: float) -> str | None:
    """Ask the health page who answers. None if nobody does within `deadline` seconds, or no MiniStack."""
    connection = http.client.HTTPConnection(HOST, port, timeout=deadline)
    try:
        connection.request("GET", HEALTH_PATH)
        page = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    identity = page.get("edition") if isinstance(page, dict) else None
    return identity if isinstance(identity, str) else None


def _is_alive(pid: int) -> bool:
    """Whether a process that may not be our child runs. A zombie that nobody reaped counts as gone."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] != pid
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    with contextlib.suppress(OSError):
        # After the command's name, which is in parentheses: the state first, the number of threads 17 fields on.
        # proc_pid_stat(5). A first thread may be a zombie while others of its process still end: it is not gone yet.
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return fields[0] != "Z" or int(fields[17]) > 1
    return True
