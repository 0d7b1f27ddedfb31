"""Requests to the emulator without an SDK: for what is asked thousands of times, where boto3 costs the most.

The emulator of these tests takes any signature: one of each operation is computed, and sent with every request of it.
The functions under test keep their own boto3 clients.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from http import HTTPStatus
from typing import Any

from local.stacks.emulator import HOST
from stepfunctions_local_client.credentials import credentials_for
from stepfunctions_local_client.signing import signed_headers

_TARGETS = {
    "dynamodb": "DynamoDB_20120810",
    "events": "AWSEvents",
    "sqs": "AmazonSQS",
    "states": "AWSStepFunctions",
}

LONGEST_REST = 30.0
"""Seconds; the emulator closes a connection that nobody has used for 75."""


class WireError(Exception):
    """The emulator refused a request. `code` is the service's name for the error."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation} was refused: {code}: {message}")
        self.code = code


class _Connection:
    """A connection that is kept for as long as the emulator keeps it; each response tells the length of its body."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._responses = self._socket.makefile("rb")
        self.last_used = 0.0
        self.ends = False
        """Whether the emulator takes no further request on it."""

    def post(self, head: bytes, body: bytes) -> tuple[int, bytes]:
        """Send a request. Return the status and the body of its response."""
        self._socket.sendall(b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body))
        lines: list[bytes] = []
        while (line := self._responses.readline().lower()) != b"\r\n":
            if not line:
                raise ConnectionError("the emulator has closed the connection")
            lines.append(line)
        headers = dict(line.split(b": ", 1) for line in lines[1:])
        self.ends = headers.get(b"connection") == b"close\r\n"
        return int(lines[0].split()[1]), self._responses.read(int(headers[b"content-length"]))

    def close(self) -> None:
        """Close it."""
        self._responses.close()
        self._socket.close()


class Wire:
    """As many connections as there are requests at the same time, kept open until `close`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[_Connection] = []
        self._lock = threading.Lock()
        self._heads: dict[tuple[str, str], bytes] = {}

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            while self._free:
                self._free.pop().close()

    def _connection(self) -> _Connection:
        """Return the connection that was used last, or a new one if all are in use or have rested for long."""
        with self._lock:
            if self._free:
                connection = self._free.pop()
                if time.monotonic() - connection.last_used < LONGEST_REST:
                    return connection
                connection.close()
        return _Connection(self._port)

    def _head(self, service: str, operation: str) -> bytes:
        """Return what the requests of an operation begin with."""
        if (service, operation) not in self._heads:
            endpoint = f"http://{HOST}:{self._port}"
            headers = signed_headers(
                "POST",
                f"{endpoint}/",
                "",
                {
                    "Host": f"{HOST}:{self._port}",
                    "Content-Type": "application/x-amz-json-1.0",
                    "X-Amz-Target": f"{_TARGETS[service]}.{operation}",
                },
                credentials=credentials_for(endpoint),
                service=service,
            )
            lines = ["POST / HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), ""]
            self._heads[service, operation] = "\r\n".join(lines).encode()
        return self._heads[service, operation]

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make a request of the JSON protocol. Raises WireError if it is refused."""
        connection = self._connection()
        try:
            status, body = connection.post(self._head(service, operation), json.dumps(parameters).encode())
        except BaseException:
            connection.close()
            raise
        if connection.ends:
            connection.close()
        else:
            connection.last_used = time.monotonic()
            with self._lock:
                self._free.append(connection)
        document: dict[str, Any] = json.loads(body or b"{}")
        if status != HTTPStatus.OK:
            code = str(document.get("__type", status)).rpartition("#")[2]
            raise WireError(operation, code, str(document.get("message", "")))
        return document
