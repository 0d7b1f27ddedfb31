"""The program of MiniStack's process: MiniStack behind the guard, on a socket that is already open.

MiniStack's own entry point opens its port itself, after a probe; between the choice of a free port and that
moment the port can be lost.

This file is run by path with the interpreter of MiniStack's environment, never imported.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import gzip
import json
import os
import resource
import signal
import socket
import sys
import threading
import time
import types
from pathlib import Path
from typing import TYPE_CHECKING, Final

import botocore

# The package by its folder alone: its own __init__ would bring the client and boto3 into the engine's process.
_package = types.ModuleType("stepfunctions_local_client")
_package.__path__ = [str(Path(__file__).parent)]
sys.modules.setdefault(_package.__name__, _package)

from stepfunctions_local_client.engine_child import EngineSettings, supervised  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from stepfunctions_local_client.credentials import Credentials
    from stepfunctions_local_client.request_guard import Application

_LONGEST_METADATA: Final = 4096
"""Characters at the beginning of a service's model, in which botocore's files have all of its metadata."""

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


def take_any_text(dynamodb: ModuleType, lambda_service: ModuleType) -> None:
    """Let a text that is no valid Unicode end as what DynamoDB refuses, and reach functions.

    JSON can carry half of a surrogate pair, and so can an order's id. MiniStack falls over such a text in the middle
    of a state, where no catcher is asked.
    """

    def careful(operation: Callable[..., object]) -> Callable[..., object]:
        def carry_out(data: object) -> object:
            try:
                json.dumps(data, ensure_ascii=False, default=str).encode()
            except UnicodeEncodeError:
                words = "One or more parameter values were invalid: a text is not valid Unicode"
                return dynamodb.error_response_json("ValidationException", words, 400)
            return operation(data)

        return carry_out

    for name in ("_get_item", "_put_item", "_update_item", "_delete_item", "_query"):
        setattr(dynamodb, name, careful(getattr(dynamodb, name)))

    def ascii_dumps(document: object, **options: object) -> str:
        return json.dumps(document, **{**options, "ensure_ascii": True})  # type: ignore[arg-type]

    setattr(lambda_service, "json", types.SimpleNamespace(**{**vars(json), "dumps": ascii_dumps}))  # noqa: B010


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


def start_executions_at_once(stepfunctions: ModuleType) -> None:
    """Leave out the 150 ms for which MiniStack rests before the first state of each execution.

    They were nearly all of what a short execution took. Any other rest, of a Wait state or a retrier, stays.
    """
    begins = stepfunctions._run_execution.__code__

    def sleep(seconds: float) -> None:
        if sys._getframe(1).f_code is not begins:
            time.sleep(seconds)

    stepfunctions.time = types.SimpleNamespace(**{**vars(time), "sleep": sleep})  # type: ignore[attr-defined]


def read_protocols_alone(responses: ModuleType) -> None:
    """Let MiniStack read of botocore's models what it needs: the protocol, which is at the beginning of a file.

    At the first request to each service it loads all of its model, and botocore's sessions before: half of what a first
    deployment took of the engine's process. What is not found in this way is loaded as before.
    """
    load: Callable[[str], object] = responses._service_model
    beginning = '"metadata":'

    @functools.cache
    def service_model(service: str) -> object:
        versions = Path(botocore.__file__).parent / "data" / responses._BOTOCORE_NAME.get(service, service)
        try:
            with gzip.open(max(versions.iterdir()) / "service-2.json.gz", "rt", encoding="utf-8") as file:
                text = file.read(_LONGEST_METADATA)
            metadata, _ = json.JSONDecoder().raw_decode(text, text.index(beginning) + len(beginning))
        except (OSError, ValueError):
            return load(service)
        return types.SimpleNamespace(metadata=metadata)

    setattr(responses, "_service_model", service_model)  # noqa: B010


def have_no_custom_domains(application: ModuleType) -> None:
    """Leave out API Gateway's custom domains, whose two services MiniStack loads to look at its first request's host.

    It is never one: the guard serves only what is addressed to this machine's own names.
    """
    setattr(application, "_resolve_custom_domain_request", lambda _host, _path: None)  # noqa: B010


@contextlib.contextmanager
def no_hypercorn() -> Iterator[None]:
    """Let MiniStack be imported without Hypercorn, which would be a sixth of what its process takes to start.

    It has other methods put into Hypercorn's classes then, for whoever serves it with Hypercorn. Here Uvicorn does.
    """
    protocol = (
        "hypercorn.protocol",
        *(f"hypercorn.protocol.{name}" for name in ("events", "h11", "ws_stream")),
    )
    names = ("h11", "hypercorn", "hypercorn.config", *protocol, "ministack.core.hypercorn_compat")
    for name in names:
        stand_in = types.ModuleType(name)
        setattr(stand_in, "__getattr__", lambda wanted: type(wanted, (), {}))  # noqa: B010
        sys.modules[name] = stand_in
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def make_functions_ready_at_once(lambda_service: ModuleType) -> None:
    """Leave out the half second for which MiniStack calls a function pending after each change.

    It has nothing to do in it; whoever deploys asks again and again until it is over. A function is pending still when
    the change is answered, as on AWS (Lambda Developer Guide, "Lambda function states").
    """
    setattr(lambda_service, "_LAMBDA_STATE_TRANSITION_DELAY", 0)  # noqa: B010


_FIRST_SESSION: Final = """
class _FirstSession:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == "botocore.session":
            sys.meta_path.remove(cls)
            _ms_install_invoke_depth()
"""


def load_botocore_when_functions_do(lambda_runtime: ModuleType) -> None:
    """Leave out botocore, which MiniStack loads in each function's process, until the function loads its sessions.

    MiniStack has its clients tell then how deep functions call one another. To load it was four fifths of what a
    function without an SDK took to start.
    """
    name = "_PYTHON_WORKER_SCRIPT"
    script: str = getattr(lambda_runtime, name)
    at_once, later = "    _ms_install_invoke_depth()\n", "    sys.meta_path.insert(0, _FirstSession)\n"
    setattr(lambda_runtime, name, _FIRST_SESSION + script.replace(f"\n{at_once}", f"\n{later}"))


def give_functions_the_key_pair(credentials: Credentials) -> None:
    """Let the functions sign with the engine's key pair.

    MiniStack gives them the number of their account as access key, which it takes for the account to work in.
    """
    from ministack.core import lambda_runtime  # type: ignore[import-untyped]
    from ministack.services import lambda_svc  # type: ignore[import-untyped]

    def execution_credentials(_: object) -> dict[str, str]:
        return {**credentials.environment(), "AWS_SESSION_TOKEN": ""}

    for module in (lambda_runtime, lambda_svc):
        module.execution_credentials = execution_credentials


def allow_many_files() -> None:
    """Raise the limit of open files: a function's process takes three pipes, a burst soon the usual 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):  # macOS refuses an unlimited value
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main(extend: Callable[[], None] | None = None) -> None:
    """Serve MiniStack on the inherited socket until SIGTERM.

    `extend` is called before the first request is served: a program that starts MiniStack in this way may put something
    of its own into it.
    """
    gc.disable()  # what is loaded stays as long as the process: the collector need never look at it
    settings = EngineSettings.read()
    with supervised(settings):
        allow_many_files()

        # Imported here so that the watch above starts first.
        with no_hypercorn():
            from ministack import app as application  # type: ignore[import-untyped]
        from ministack.core import lambda_runtime, responses
        from ministack.services import dynamodb, lambda_svc, stepfunctions

        make_writes_atomic(dynamodb)
        take_any_text(dynamodb, lambda_svc)
        let_functions_queue(lambda_svc)
        start_executions_at_once(stepfunctions)
        make_functions_ready_at_once(lambda_svc)
        read_protocols_alone(responses)
        have_no_custom_domains(application)
        load_botocore_when_functions_do(lambda_runtime)
        give_functions_the_key_pair(settings.credentials)
        if extend is not None:
            extend()

        gc.freeze()
        gc.enable()
        guarded = settings.guarded(application.app, "ministack")
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, settings.fd) as listener:
            asyncio.run(_serve_until_told(guarded, listener))
    # All of its memory goes with the process; Python would give it back object by object, in a fifth of a second.
    sys.stdout.flush()
    os._exit(os.EX_OK)


async def _serve_until_told(application: Application, listener: socket.socket) -> None:
    from stepfunctions_local_client.http_server import serve

    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    # Requests that are open in the end are those of functions and clients that end anyway.
    await serve(application, listener, told.wait, idle=75, grace=1, dates=False)


if __name__ == "__main__":
    main()
