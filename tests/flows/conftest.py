"""The two workflows on an engine: MiniStack, or the one that `--stepfunctions-engine` or `-endpoint` names."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from dsl import bind
from dsl.mocks import mock_config
from stepfunctions_local_client import Client, EventQueue, local_config, local_session
from tests.flows import small
from workflows import order_processor
from workflows.cases import books, manager_cases, processor_cases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsl import JsonObject
    from dsl.mocks import CaseBook
    from stepfunctions_local_client import Coverage, Execution, Machine, Running
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


class Flow:
    """One workflow on the engine, whose cases are run by name."""

    def __init__(self, machine: Machine, book: CaseBook) -> None:
        self.machine = machine
        self._book = book

    def start(self, case: str) -> Running:
        name = REGISTERED_BEFORE if case == "RegisteredBefore" else None
        return self.machine.start(self._book[case].input, case=case, name=name)

    def run(self, case: str) -> Execution:
        return self.start(case).result(deadline=30)

    def run_all(self, prefix: str, *, real_pauses: bool = False) -> list[Execution]:
        """The cases whose names begin so, some at a time side by side; with the timers running, or without."""
        names = [
            name
            for name in self._book.cases
            if name.startswith(prefix) and self._is_real(name) == real_pauses
        ]
        ended: list[Execution] = []
        for first in range(0, len(names), AT_ONCE):
            running = [self.start(name) for name in names[first : first + AT_ONCE]]
            ended += [each.result(deadline=90) for each in running]
        return ended

    def _is_real(self, case: str) -> bool:
        return any(response.is_real for response in self._book[case].by_name.values())


@pytest.fixture(scope="session")
def stepfunctions_engine_settings() -> Mapping[str, str]:
    """MiniStack makes no pause before it tries a task again; LocalStack has no such setting."""
    return {"SFN_WAIT_SCALE": "0"}


@pytest.fixture(scope="session")
def stepfunctions_client(stepfunctions_engine: RunningEngine, stepfunctions_coverage: Coverage) -> Client:
    """The engine with all test cases, and a bus that hands on the tokens."""
    session, config = local_session(), local_config(stepfunctions_engine.endpoint)
    events = session.client("events", endpoint_url=stepfunctions_engine.endpoint, config=config)
    sqs = session.client("sqs", endpoint_url=stepfunctions_engine.endpoint, config=config)
    queue = EventQueue.listen(events, sqs, bus=small.BUS)
    client = Client(
        stepfunctions_engine.endpoint,
        mocks=stepfunctions_engine.mocks,
        # Only MiniStack needs it: the other engines' histories hold the tokens.
        tokens=queue if stepfunctions_engine.name == "ministack" else None,
        on_execution=stepfunctions_coverage.record,
    )
    client.use_mocks(bind_mocks(client))
    return client


def bind_mocks(client: Client) -> JsonObject:
    """The mock configuration, with the ARN of the one execution that has to know its own in it."""
    machine = client.machine(order_processor.name, order_processor.definition(NAMES | TIMES))
    arn = machine.arn.replace(":stateMachine:", ":execution:") + f":{REGISTERED_BEFORE}"
    mocks = bind(mock_config(books), {"RegisteredBefore": arn})
    assert isinstance(mocks, dict)
    merged: JsonObject = {key: {**mocks[key], **small.mocks[key]} for key in small.mocks}  # type: ignore[dict-item]
    return merged


MakeFlow = Callable[..., Flow]


@pytest.fixture(scope="session")
def flow(stepfunctions_client: Client, stepfunctions_engine: RunningEngine) -> MakeFlow:
    """Puts a workflow on the engine, with so many seconds for each person."""
    machines: dict[str, tuple[int, Machine]] = {}

    def make(book: CaseBook, seconds: int) -> Flow:
        name = book.machine.name
        if name not in machines or machines[name][0] != seconds:
            definition = book.machine.definition(NAMES | dict.fromkeys(TIMES, seconds))
            if stepfunctions_engine.name == "localstack":
                definition = for_localstack(definition)
            machines[name] = seconds, stepfunctions_client.machine(name, definition)
        return Flow(machines[name][1], book)

    return make


def for_localstack(definition: JsonObject) -> JsonObject:
    """The definition with SDK integrations of DynamoDB in place of the optimised ones.

    LocalStack makes `DynamoDB.AmazonDynamoDBException` of every error that is mocked for an optimised one, so that
    no condition could ever fail there. See docs/engines.md.
    """
    text = json.dumps(definition).replace(
        '"arn:aws:states:::dynamodb:', '"arn:aws:states:::aws-sdk:dynamodb:'
    )
    adapted: JsonObject = json.loads(text)
    return adapted


@pytest.fixture
def processor(flow: MakeFlow) -> Flow:
    """The processor, whose customers and baristas have all the time that a test takes."""
    return flow(processor_cases, 60)


@pytest.fixture
def hasty_processor(flow: MakeFlow, stepfunctions_engine: RunningEngine) -> Flow:
    """The processor, whose customers and baristas have one second each; two where the engine needs half of one."""
    return flow(processor_cases, 1 if stepfunctions_engine.name == "ministack" else 2)


@pytest.fixture
def manager(flow: MakeFlow) -> Flow:
    return flow(manager_cases, 60)


@pytest.fixture
def on_localstack(stepfunctions_engine: RunningEngine) -> None:
    """Skip on the lenient engine."""
    if stepfunctions_engine.name != "localstack":
        pytest.skip("needs the strict engine: make test-strict")


@pytest.fixture
def compares_with_context(stepfunctions_engine: RunningEngine) -> None:
    """Skip where a choice rule cannot read the context object; AWS documents that it can."""
    if stepfunctions_engine.name == "localstack":
        pytest.skip("LocalStack 4.9 reads no $$ path in a comparison; see docs/engines.md")


@pytest.fixture
def on_ministack(stepfunctions_engine: RunningEngine) -> None:
    """Skip on the strict engine."""
    if stepfunctions_engine.name != "ministack":
        pytest.skip("shows what MiniStack does")
