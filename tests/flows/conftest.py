"""The two workflows on an engine: the embedded one, or the one that `--stepfunctions-engine` or `-endpoint` names."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dsl.commands.line import main
from stepfunctions_local_client import Client, EventQueue, local_config, local_session
from tests.flows import small
from workflows import order_processor
from workflows.cases import books, manager_cases, processor_cases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dsl import JsonObject
    from dsl.mocks import CaseBook
    from stepfunctions_local_client import Coverage, Definition, Execution, Machine, Running
    from stepfunctions_local_client.pytest_plugin import RunningEngine

NAMES: dict[str, str | int] = {
    "OrderTableName": "orders",
    "ConfigTableName": "config",
    "CountingTableName": "counting",
    "EventBusName": small.BUS,
    "SanitizeOrderFunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:SanitizeOrder",
}
TIMES: dict[str, str | int] = {"CustomerTimeoutSeconds": 60, "BaristaTimeoutSeconds": 60}
REGISTERED_BEFORE = f"registered-before-{uuid.uuid4()}"
"""The name of the execution whose order is in the table already, as its own."""


AT_ONCE = 12
HASTY = "HastyOrderProcessor"
"""The name of the processor that gives people little time. An engine has one definition of a name at a time."""
MACHINES = (HASTY, *(book.machine.name for book in books))


class Flow:
    """One workflow on the engine, with so many seconds for each person, whose cases are run by name."""

    def __init__(self, book: CaseBook, seconds: int, client: Client, *, name: str = "") -> None:
        self.book = book
        self.ahead: dict[str, Running] = {}
        self._ended: dict[str, Execution] = {}
        definition = book.machine.definition(NAMES | dict.fromkeys(TIMES, seconds))
        self.machine: Machine = client.machine(name or book.machine.name, definition)

    def start(self, case: str) -> Running:
        name = REGISTERED_BEFORE if case == "RegisteredBefore" else None
        return self.machine.start(self.book[case].input, case=case, name=name)

    def start_ahead(self, *, real_pauses: bool) -> None:
        """Start every case in which no service falters, side by side, so that the tests wait for all of them at once.

        `run` takes an execution from there, once, and starts the case anew after that.
        """
        for case in self.cases(real_pauses=real_pauses):
            if not case.startswith(("Falters", "Broken", "Waiting")):
                self.ahead[case] = self.start(case)

    def run(self, case: str) -> Execution:
        running = self.ahead.pop(case, None) or self.start(case)
        self._ended[case] = running.result(deadline=90)
        return self._ended[case]

    def known(self) -> Iterator[tuple[str, Execution]]:
        """Yield the executions of all cases that were started; those that a test has run already are not run again."""
        for case in (*self._ended, *self.ahead):
            yield case, self._ended.get(case) or self.run(case)

    def run_all(self, prefix: str, *, real_pauses: bool = False) -> list[Execution]:
        """Return the cases whose names begin so, some at a time side by side; with the timers running, or without."""
        names = [name for name in self.cases(real_pauses=real_pauses) if name.startswith(prefix)]
        ended: list[Execution] = []
        for first in range(0, len(names), AT_ONCE):
            group = names[first : first + AT_ONCE]
            self.ahead |= {name: self.start(name) for name in group if name not in self.ahead}
            ended += map(self.run, group)
        return ended

    def cases(self, *, real_pauses: bool) -> list[str]:
        """Return the names of the cases whose pauses are real, or of the others."""
        return [name for name in self.book.cases if self._is_real(name) == real_pauses]

    def _is_real(self, case: str) -> bool:
        return any(response.is_real for response in self.book[case].by_name.values())


@pytest.fixture(scope="session")
def stepfunctions_engine_settings() -> Mapping[str, str]:
    """MiniStack makes no pause before it tries a task again; LocalStack keeps the names of mocked errors."""
    return {"SFN_WAIT_SCALE": "0", "KEEP_MOCKED_ERRORS_OF": ",".join(MACHINES)}


@pytest.fixture(scope="session")
def stepfunctions_client(
    stepfunctions_engine: RunningEngine,
    stepfunctions_coverage: Coverage,
    tmp_path_factory: pytest.TempPathFactory,
) -> Client:
    """Provide the engine with all test cases, and where tasks call a real bus, one that hands on the tokens."""
    endpoint = stepfunctions_engine.endpoint
    queue = None
    if stepfunctions_engine.embedded is None:
        session, config = local_session(endpoint), local_config(endpoint)
        events = session.client("events", endpoint_url=endpoint, config=config)
        queue = EventQueue.listen(
            events, session.client("sqs", endpoint_url=endpoint, config=config), bus=small.BUS
        )

    def count(definition: Definition, execution: Execution) -> None:
        own = {HASTY: order_processor.name}.get(execution.machine, execution.machine)
        stepfunctions_coverage.record(definition, replace(execution, machine=own))

    client = Client(
        stepfunctions_engine.embedded or endpoint,
        mocks=stepfunctions_engine.mocks,
        # Only MiniStack needs it: the other engines' histories hold the tokens.
        tokens=queue if stepfunctions_engine.name == "ministack" else None,
        on_execution=count,
    )
    client.use_mocks(mock_file(client, tmp_path_factory.mktemp("mocks")))
    return client


def mock_file(client: Client, folder: Path) -> JsonObject:
    """Return what `python -m dsl mocks` writes, with the ARN of the one execution that has to know its own in it."""
    written = folder / "MockConfigFile.json"
    assert main(["mocks", "workflows.cases:books", "--output", str(written)]) == 0
    machine = client.machine(order_processor.name, order_processor.definition(NAMES | TIMES))
    arn = machine.arn.replace(":stateMachine:", ":execution:") + f":{REGISTERED_BEFORE}"
    mocks: dict[str, JsonObject] = json.loads(written.read_text().replace("${RegisteredBefore}", arn))
    mocks["StateMachines"][HASTY] = mocks["StateMachines"][order_processor.name]
    return {key: {**mocks[key], **small.mocks[key]} for key in small.mocks}  # type: ignore[dict-item]


@pytest.fixture(scope="session")
def processor(stepfunctions_client: Client) -> Flow:
    """Provide the processor, whose customers and baristas have all the time that a test takes."""
    flow = Flow(processor_cases, 60, stepfunctions_client)
    flow.start_ahead(real_pauses=False)
    return flow


@pytest.fixture(scope="session")
def hasty_processor(stepfunctions_client: Client, stepfunctions_engine: RunningEngine) -> Flow:
    """Provide the processor, whose customers and baristas have one second each; two where the engine needs half of
    one."""
    seconds = 1 if stepfunctions_engine.name == "ministack" else 2
    flow = Flow(processor_cases, seconds, stepfunctions_client, name=HASTY)
    flow.start_ahead(real_pauses=True)
    return flow


@pytest.fixture(scope="session")
def manager(stepfunctions_client: Client) -> Flow:
    flow = Flow(manager_cases, 60, stepfunctions_client)
    flow.start_ahead(real_pauses=False)
    return flow


@pytest.fixture
def goes_on_to_the_next_reply(stepfunctions_engine: RunningEngine) -> None:
    """Skip on MiniStack, which repeats a reply at every retry."""
    if stepfunctions_engine.name == "ministack":
        pytest.skip("MiniStack repeats a reply at every retry")


@pytest.fixture
def retries_at_once(stepfunctions_engine: RunningEngine) -> None:
    """Skip on LocalStack, where the pauses between attempts are real."""
    if stepfunctions_engine.name == "localstack":
        pytest.skip("the pauses between attempts are real on LocalStack")


@pytest.fixture
def takes_mocks_in_teststate(stepfunctions_engine: RunningEngine) -> None:
    """Skip on LocalStack, whose TestState knows no mocks."""
    if stepfunctions_engine.name == "localstack":
        pytest.skip("LocalStack's TestState knows no mocks")
