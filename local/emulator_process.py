"""The process that `local.emulator` starts: MiniStack behind a socket that is already open.

MiniStack's own entry point opens its port itself, after a probe; between somebody's choice of a free port and
that moment the port can be lost. Here the parent opens the port and hands the listening socket down, so the
port is either ours or the start fails at once, and requests sent early wait in the socket's queue instead of
being refused.

This file is run by path (`python -P local/emulator_process.py FD`), never imported: it must not pull the rest
of the project into the emulator's process.
"""

import argparse
import asyncio
import contextlib
import http.client
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import ModuleType


def end_with_parent() -> None:
    """Stop this process group when standard input closes, which is when the parent is gone.

    A parent that is killed has no chance to stop its emulator; without this, an interrupted test run leaves
    one behind for ever.
    """
    # Not through sys.stdin: a thread that holds its lock crashes the interpreter at exit.
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(5)
    os.killpg(0, signal.SIGKILL)


# One cheap request for each service that the project uses: (service, target or query, None for a plain GET).
_WARM_UP = (
    ("dynamodb", "DynamoDB_20120810.ListTables"),
    ("iam", "Action=ListRoles&Version=2010-05-08"),
    ("lambda", None),
    ("logs", "Logs_20140328.DescribeLogGroups"),
    ("events", "AWSEvents.ListRules"),
    ("states", "AWSStepFunctions.ListStateMachines"),
    ("sqs", "AmazonSQS.ListQueues"),
    ("sts", "Action=GetCallerIdentity&Version=2011-06-15"),
)


def warm_up(port: int) -> None:
    """Ask each service something.

    MiniStack imports a service, and reads botocore's model of it, at its first request: 0.8 s for these
    together. The caller imports Pulumi for about as long after it started the emulator, so the time is free.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for service, target in _WARM_UP:
        scope = f"test/20260101/us-east-1/{service}/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
            "Content-Type": "application/x-amz-json-1.0",
        }
        method, path, body = "POST", "/", "{}"
        if target is None:
            method, path, body = "GET", "/2015-03-31/functions", ""
        elif "Action=" in target:
            headers["Content-Type"], body = "application/x-www-form-urlencoded", target
        else:
            headers["X-Amz-Target"] = target
        # Whatever comes of it, it is only a warm-up.
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request(method, path, body, headers)
            connection.getresponse().read()
    connection.close()


# Every operation of DynamoDB that may write an item. `_update_table` and its like are left alone.
_WRITES = (
    "_put_item",
    "_update_item",
    "_delete_item",
    "_batch_write_item",
    "_transact_write_items",
    "_execute_statement",
    "_batch_execute_statement",
    "_execute_transaction",
)


def make_writes_atomic(dynamodb: ModuleType) -> None:
    """Let MiniStack's DynamoDB carry out one write at a time.

    It reads an item, checks the condition, changes a copy and puts that back, and nothing keeps another thread out
    in between: of eight threads that added 1 to an item 500 times each, 2,762 of the 4,000 additions were lost.
    On AWS a write is atomic (DynamoDB Developer Guide, "Working with items": "Conditional writes", "Atomic
    counters"), and the order's protocol rests on it. The state machines call these functions by their names in
    the module, so replacing the names reaches them too. The lock is re-entrant since a transaction is made of
    single writes.
    """
    alone = threading.RLock()

    def locked(write: Callable[..., object]) -> Callable[..., object]:
        def carry_out(*arguments: object, **options: object) -> object:
            with alone:
                return write(*arguments, **options)

        return carry_out

    for name in _WRITES:
        setattr(dynamodb, name, locked(getattr(dynamodb, name)))


AT_ONCE = max(4, 2 * (os.cpu_count() or 1))
LONGEST_TURN = 60.0


def let_functions_queue(lambda_service: ModuleType) -> None:
    """Run at most AT_ONCE function processes at the same time; what comes meanwhile waits for its turn.

    MiniStack starts a process for each event that finds the others at work. Fifty that start at once share this
    machine's few cores: none of them is done within its time-out, MiniStack kills them, and since it makes one
    attempt where AWS makes more, the events are lost (25 of 50 were, on two cores). On AWS asynchronous events wait
    in Lambda's own queue. Nobody waits for longer than LONGEST_TURN seconds: a function that calls functions could
    else wait for itself.
    """
    turns = threading.BoundedSemaphore(AT_ONCE)
    name = "_execute_function_warm"
    run: Callable[..., object] = getattr(lambda_service, name)

    def run_in_turn(*arguments: object, **options: object) -> object:
        had_turn = turns.acquire(timeout=LONGEST_TURN)
        try:
            return run(*arguments, **options)
        finally:
            if had_turn:
                turns.release()

    setattr(lambda_service, name, run_in_turn)


def main() -> None:
    """Serve MiniStack on the inherited socket until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fd", type=int, help="the inherited listening socket")
    parser.add_argument("--end-with-parent", action="store_true", help="stop when standard input closes")
    arguments = parser.parse_args()

    if arguments.end_with_parent:
        threading.Thread(target=end_with_parent, daemon=True, name="end-with-parent").start()

    # Each function process costs three pipes; the usual soft limit of 1,024 files is reached by a burst.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):  # macOS refuses an unlimited value
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    from hypercorn.asyncio import serve  # imported here so that the watch above starts first
    from hypercorn.config import Config
    from ministack.app import app  # type: ignore[import-untyped]
    from ministack.services import dynamodb, lambda_svc  # type: ignore[import-untyped]

    make_writes_atomic(dynamodb)
    let_functions_queue(lambda_svc)

    config = Config()
    config.bind = [f"fd://{arguments.fd}"]
    config.keep_alive_timeout = 75.0
    # Requests that are still open at SIGTERM are those of functions and clients that end anyway.
    config.graceful_timeout = 0.5
    with socket.socket(fileno=os.dup(arguments.fd)) as listener:
        port = listener.getsockname()[1]
    threading.Thread(target=warm_up, args=(port,), daemon=True, name="warm-up").start()
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()
