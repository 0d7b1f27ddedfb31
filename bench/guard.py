"""What the guard before an emulator costs per request: reading, verifying and handing on, without the network."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

from bench.timing import Measure, milliseconds
from stepfunctions_local_client.credentials import Credentials
from stepfunctions_local_client.request_guard import RequestGuard
from stepfunctions_local_client.signing import signed_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIR = Credentials.generate()
URL = "http://127.0.0.1:4566/"
AT_ONCE = 200
SIZES = {"a small request": 400, "one of 256 KiB, the largest input of an execution": 262_144}


async def _served(_: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


def requests(guard: RequestGuard, body: str) -> None:
    """Send AT_ONCE requests through the guard, one after the other, each signed once for all."""
    target = "AWSStepFunctions.StartExecution"
    headers = {"Host": "127.0.0.1:4566", "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target}
    signed = signed_headers("POST", URL, body, headers, credentials=PAIR, service="states")
    content = body.encode()
    wire = [(name.lower().encode(), value.encode()) for name, value in signed.items()]
    statuses = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    async def all_of_them() -> None:
        for _ in range(AT_ONCE):
            scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": wire}
            await guard(scope, receive, send)

    asyncio.run(all_of_them())
    assert statuses.count(200) == AT_ONCE


def measures() -> Iterator[Measure]:
    """Each size of a request through the guard."""
    guard = RequestGuard(_served, name="ministack", credentials=PAIR, port=4566)
    for (what, size), bar in zip(SIZES.items(), (1.0, None), strict=True):  # a large one has to be hashed
        served = functools.partial(requests, guard, "x" * size)
        yield milliseconds(what, served, runs=15, bar=bar, parts=AT_ONCE)
