"""Requests to the emulator without an SDK: for what is asked thousands of times, where boto3 costs the most.

The functions under test keep their own boto3 clients.
"""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any

from local.emulator import HOST

_TARGETS = {"dynamodb": "DynamoDB_20120810", "sqs": "AmazonSQS", "states": "AWSStepFunctions"}


class WireError(Exception):
    """The emulator refused a request. `code` is the service's name for the error."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation} was refused: {code}: {message}")
        self.code = code


class Wire:
    """As many connections as there are requests at the same time, kept open until `close`."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            while self._free:
                self._free.pop().close()

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make a request of the JSON protocol. Raises WireError if it is refused."""
        scope = f"test/20260101/us-east-1/{service}/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"{_TARGETS[service]}.{operation}",
        }
        with self._lock:
            connection = (
                self._free.pop() if self._free else http.client.HTTPConnection(HOST, self._port, timeout=60)
            )
        try:
            connection.request("POST", "/", json.dumps(parameters), headers)
            answer = connection.getresponse()
            document: dict[str, Any] = json.loads(answer.read() or b"{}")
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._free.append(connection)
        if answer.status != http.HTTPStatus.OK:
            code = str(document.get("__type", answer.status)).rpartition("#")[2]
            raise WireError(operation, code, str(document.get("message", "")))
        return document
