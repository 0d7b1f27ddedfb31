"""What the system knows of processes: which one has a mark on its command line, whether it lives, where it listens.

Linux has all of it in /proc (proc(5)); elsewhere `ps` and `lsof` say it.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROC: Final = Path("/proc")
_LISTENING: Final = "0A"  # TCP_LISTEN, include/net/tcp_states.h


class Process(NamedTuple):
    """A process of this user: its id and its command line."""

    pid: int
    command: tuple[str, ...]


def find(mark: str) -> Process | None:
    """Find the process of this user that has an argument which begins with `mark`."""
    for process in _processes():
        if any(argument.startswith(mark) for argument in process.command[1:]):
            return process
    return None


def _processes() -> Iterator[Process]:
    if not (_PROC / "self" / "cmdline").exists():
        answer = _output("ps", "-xww", "-o", "pid=,command=")
        for line in answer.splitlines():
            number, *arguments = line.split()
            yield Process(int(number), tuple(arguments))
        return
    for pid in _pids():
        with contextlib.suppress(OSError):
            folder = _PROC / str(pid)
            if folder.stat().st_uid == os.getuid():
                command = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
                yield Process(pid, tuple(command.split("\0")))


def _pids() -> Iterator[int]:
    """Return the ids of all processes that /proc knows."""
    return (int(folder.name) for folder in _PROC.iterdir() if folder.name.isdigit())


def is_alive(pid: int) -> bool:
    """Whether a process that may not be a child of this one runs. A zombie that nobody reaped counts as gone."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] != pid
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with contextlib.suppress(OSError):
        # After the command's name, which is in parentheses: the state first, the number of threads 17 fields on.
        # proc_pid_stat(5). A first thread may be a zombie while others of its process still end: it is not gone yet.
        stat = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        fields = stat.rpartition(")")[2].split()
        return fields[0] != "Z" or int(fields[17]) > 1
    return True


def exposed(group: int) -> list[str]:
    """Return the addresses, as `host:port`, on which a process group listens for others than this machine."""
    return [
        f"{host}:{port}"
        for host, port in listening(group)
        if host == "*" or not ipaddress.ip_address(host).is_loopback
    ]


def listening(group: int) -> list[tuple[str, int]]:
    """Return where a process group listens with TCP."""
    if not (_PROC / "net" / "tcp").exists():
        answer = _output("lsof", "-nP", "-a", "-g", str(group), "-iTCP", "-sTCP:LISTEN", "-Fn")
        names = [line[1:].rpartition(":") for line in answer.splitlines() if line.startswith("n")]
        return [(host.strip("[]"), int(port)) for host, _, port in names]
    sockets = {socket for pid in _members(group) for socket in _sockets(pid)}
    found = []
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(FileNotFoundError):
            for line in (_PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and fields[9] in sockets:
                    host, _, port = fields[1].partition(":")
                    found.append((_address(host), int(port, 16)))
    return found


def _members(group: int) -> Iterator[int]:
    for pid in _pids():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getpgid(pid) == group:
                yield pid


def _sockets(pid: int) -> Iterator[str]:
    """Return the inode numbers of a process's sockets."""
    with contextlib.suppress(OSError):
        for descriptor in (_PROC / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(descriptor.readlink())
                if target.startswith("socket:["):
                    yield target[len("socket:[") : -1]


def _address(digits: str) -> str:
    """Read an address of /proc/net/tcp or tcp6: words of four bytes in hexadecimal, each in this machine's order."""
    words = [bytes.fromhex(digits[at : at + 8])[::-1] for at in range(0, len(digits), 8)]
    address = ipaddress.ip_address(b"".join(words))
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _output(*command: str) -> str:
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=5, check=False, stdin=subprocess.DEVNULL
        )
        return done.stdout
    return ""
