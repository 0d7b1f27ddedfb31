"""Ports of 127.0.0.1, opened for an engine before it starts; an error says which program holds one."""

from __future__ import annotations

import errno
import socket
from typing import Final

from stepfunctions_local_client.errors import EngineError, PortTaken
from stepfunctions_local_client.mocking import guarded_engine

HOST: Final = "127.0.0.1"


def listen(port: int | None) -> socket.socket:
    """Open the port for the child; a free one for None. Raises PortTaken."""
    if port is not None and _is_open(port):
        # On macOS a bind to 127.0.0.1 succeeds beside a listener on all interfaces, so ask first.
        raise PortTaken(port, _holder(port))
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # no wait after an earlier engine
        listener.bind((HOST, port or 0))
        listener.listen(1024)
    except PermissionError:
        listener.close()
        raise EngineError(f"this user may not open port {port}; choose one of 1024 or higher") from None
    except OverflowError:
        listener.close()
        raise EngineError(f"{port} is not a port; choose one of 1024 to 65535") from None
    except OSError as error:
        listener.close()
        if error.errno != errno.EADDRINUSE:
            raise EngineError(f"port {port} of {HOST} cannot be had: {error.strerror}") from None
        raise PortTaken(port or 0, _holder(port or 0)) from None
    return listener


def _is_open(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            return probe.connect_ex((HOST, port)) == 0
        except OverflowError:
            return False


def _holder(port: int) -> str:
    return "an emulator that already runs" if guarded_engine(f"http://{HOST}:{port}") else "another program"
