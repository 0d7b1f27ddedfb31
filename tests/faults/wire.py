"""Requests to the emulator without an SDK: for what is asked thousands of times, where boto3 costs the most.

The functions under test keep their own boto3 clients.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
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


class Wire:
    """As many connections as there are requests at the same time, kept open until `close`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._endpoint = f"http://{HOST}:{port}"
        self._free: list[tuple[float, http.client.HTTPConnection]] = []  # and since when it is
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            while self._free:
                self._free.pop()[1].close()

    def _connection(self) -> http.client.HTTPConnection:
        """Return the connection that was used last, or a new one if all are in use or have rested for long."""
        with self._lock:
            if self._free:
                since, connection = self._free.pop()
                if time.monotonic() - since < LONGEST_REST:
                    return connection
                connection.close()
        return http.client.HTTPConnection(HOST, self._port, timeout=60)

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make a request of the JSON protocol. Raises WireError if it is refused."""
        body = json.dumps(parameters)
        headers = signed_headers(
            "POST",
            f"{self._endpoint}/",
            body,
            {
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": f"{_TARGETS[service]}.{operation}",
            },
            credentials=credentials_for(self._endpoint),
            service=service,
        )
        connection = self._connection()
        try:
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            document: dict[str, Any] = json.loads(answer.read() or b"{}")
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._free.append((time.monotonic(), connection))
        if answer.status != http.HTTPStatus.OK:
            code = str(document.get("__type", answer.status)).rpartition("#")[2]
            raise WireError(operation, code, str(document.get("message", "")))
        return document
