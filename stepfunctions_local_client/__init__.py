"""Runs state machines on any Step Functions Local compatible endpoint, and says what they did.

Install it beside boto3, its only dependency. It works with AWS's own Step Functions Local, with LocalStack and with
MiniStack; where they differ it hides nothing.

Run a workflow and say what you expect of it:

    from stepfunctions_local_client import Client

    client = Client("http://127.0.0.1:8083")
    machine = client.machine("Orders", definition)            # creates it, or gives it this definition
    machine.run({"id": 1}, case="Paid").expect_succeeded().expect_path("Charge", "Send")

`run` ends when the execution does, whichever way, and at a deadline. A failed expectation prints the route that was
taken, the state that it ended in, and that state's input.

Read what happened:

    execution = machine.run({"id": 1}, case="CardDeclined")
    execution.status, execution.output, execution.error, execution.cause
    execution.route                                           # the names of the states passed
    execution.step("Charge").failures                         # what each failed attempt said
    execution.step("Charge").input, execution.step("Charge").output

Answer a task that waits for a token, by the name of its state:

    running = machine.start({"id": 1})
    running.heartbeat("Ask the courier")
    running.succeed("Ask the courier", {"at": "12:00"})       # or .fail("Ask the courier", "Refused")
    running.result()

Where an engine's history does not hold the token (MiniStack), give the client a source of it, `EventQueue` for one.
Tokens are kept out of everything that is printed: a fingerprint stands in their place.

Test cases are a mock configuration in AWS's format: `client.use_mocks(config)`, or the file that the engine was
started with. Single states: `machine.run_state("Charge", {"id": 1}, mock=response)`.

With pytest the fixtures `stepfunctions_client`, `stepfunctions_machine` and `run_case` are there, and the session
ends with a table of the states, transitions, catchers and choice rules that no test passed; see `pytest_plugin`.
"""

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
