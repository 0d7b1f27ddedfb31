"""Runs state machines in a test, on an engine of the test's own process or on any that speaks the same API.

Run a workflow, say what its tasks answer, and say what you expect of it:

    from stepfunctions_local_client import Client, EmbeddedEngine, returns, throws

    client = Client(EmbeddedEngine())
    machine = client.machine("Orders", definition)            # creates it, or gives it this definition
    run = machine.run({"id": 1}, mocks={"Charge": throws("CardDeclined"), "Send": returns({})})
    run.expect_succeeded().expect_path("Charge", "Decline")

`run` ends when the execution does, whichever way; time passes at once. A failed expectation prints the route that was
taken, the state that it ended in, and that state's input.

Read what happened:

    run.status, run.output, run.error, run.cause
    run.route                                                 # the names of the states passed
    run.step("Charge").failures                               # what each failed attempt said
    run.step("Charge").parameters, run.step("Charge").output

Answer a task that waits for a token, by the name of its state:

    running = machine.start({"id": 1}, mocks=...)
    running.heartbeat("Ask the courier")
    running.succeed("Ask the courier", {"at": "12:00"})       # or .fail("Ask the courier", "Refused")
    running.result()

`Client("http://127.0.0.1:4566")` talks to an engine that runs, `Engine.start("localstack")` starts one; where they
differ from AWS the client hides nothing. Tokens are kept out of everything that is printed: a fingerprint stands in
their place. With pytest the fixtures `stepfunctions_client`, `stepfunctions_machine` and `run_case` are there; see
`pytest_plugin`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from asl.execution.mocks import Reply, Response, returns, throws
    from stepfunctions_local_client.activities import Activity, ActivityTask
    from stepfunctions_local_client.client import Client
    from stepfunctions_local_client.coverage import Coverage, MachineCoverage
    from stepfunctions_local_client.credentials import Credentials, credentials_for
    from stepfunctions_local_client.definitions import Definition, StateView, Transition
    from stepfunctions_local_client.embedded import EmbeddedEngine
    from stepfunctions_local_client.engines import Engine
    from stepfunctions_local_client.errors import (
        DeadlineExceeded,
        EngineDied,
        EngineError,
        EngineNotRunning,
        EngineTimeout,
        ExpectationFailed,
        InvalidDefinition,
        InvalidMocks,
        MocksUnsupported,
        NotWaiting,
        PortTaken,
        ReadOnly,
        StepFunctionsLocalError,
        TokenUnavailable,
        UnansweredTask,
        UnknownCase,
    )
    from stepfunctions_local_client.executions import Execution
    from stepfunctions_local_client.history import Failure, Step
    from stepfunctions_local_client.machines import Machine
    from stepfunctions_local_client.masking import Secret, Tokens, masked
    from stepfunctions_local_client.mocking import MiniStackPage, MocksFile, engine_at
    from stepfunctions_local_client.running import Running
    from stepfunctions_local_client.runs import Call, Mocks, TaskFailed
    from stepfunctions_local_client.sessions import local_config, local_session
    from stepfunctions_local_client.states import Mock, StateResult
    from stepfunctions_local_client.tokens import EventQueue, Pause, TokenSource
    from stepfunctions_local_client.values import Json, JsonInput, JsonObject

__all__ = [
    "Activity",
    "ActivityTask",
    "Call",
    "Client",
    "Coverage",
    "Credentials",
    "DeadlineExceeded",
    "Definition",
    "EmbeddedEngine",
    "Engine",
    "EngineDied",
    "EngineError",
    "EngineNotRunning",
    "EngineTimeout",
    "EventQueue",
    "Execution",
    "ExpectationFailed",
    "Failure",
    "InvalidDefinition",
    "InvalidMocks",
    "Json",
    "JsonInput",
    "JsonObject",
    "Machine",
    "MachineCoverage",
    "MiniStackPage",
    "Mock",
    "Mocks",
    "MocksFile",
    "MocksUnsupported",
    "NotWaiting",
    "Pause",
    "PortTaken",
    "ReadOnly",
    "Reply",
    "Response",
    "Running",
    "Secret",
    "StateResult",
    "StateView",
    "Step",
    "StepFunctionsLocalError",
    "TaskFailed",
    "TokenSource",
    "TokenUnavailable",
    "Tokens",
    "Transition",
    "UnansweredTask",
    "UnknownCase",
    "credentials_for",
    "engine_at",
    "local_config",
    "local_session",
    "masked",
    "returns",
    "throws",
]

_HOMES: Final = {
    "asl.execution.mocks": ("Reply", "Response", "returns", "throws"),
    "stepfunctions_local_client.activities": ("Activity", "ActivityTask"),
    "stepfunctions_local_client.client": ("Client",),
    "stepfunctions_local_client.coverage": ("Coverage", "MachineCoverage"),
    "stepfunctions_local_client.credentials": ("Credentials", "credentials_for"),
    "stepfunctions_local_client.definitions": ("Definition", "StateView", "Transition"),
    "stepfunctions_local_client.embedded": ("EmbeddedEngine",),
    "stepfunctions_local_client.engines": ("Engine",),
    "stepfunctions_local_client.errors": (
        "DeadlineExceeded",
        "EngineDied",
        "EngineError",
        "EngineNotRunning",
        "EngineTimeout",
        "ExpectationFailed",
        "InvalidDefinition",
        "InvalidMocks",
        "MocksUnsupported",
        "NotWaiting",
        "PortTaken",
        "ReadOnly",
        "StepFunctionsLocalError",
        "TokenUnavailable",
        "UnansweredTask",
        "UnknownCase",
    ),
    "stepfunctions_local_client.executions": ("Execution",),
    "stepfunctions_local_client.history": ("Failure", "Step"),
    "stepfunctions_local_client.machines": ("Machine",),
    "stepfunctions_local_client.masking": ("Secret", "Tokens", "masked"),
    "stepfunctions_local_client.mocking": ("MiniStackPage", "MocksFile", "engine_at"),
    "stepfunctions_local_client.running": ("Running",),
    "stepfunctions_local_client.runs": ("Call", "Mocks", "TaskFailed"),
    "stepfunctions_local_client.sessions": ("local_config", "local_session"),
    "stepfunctions_local_client.states": ("Mock", "StateResult"),
    "stepfunctions_local_client.tokens": ("EventQueue", "Pause", "TokenSource"),
    "stepfunctions_local_client.values": ("Json", "JsonInput", "JsonObject"),
}
"""The module of each name. A test run loads them when it uses them: pytest finds the plugin in every run."""


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
