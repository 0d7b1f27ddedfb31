"""A connection to one stack: its clients, and what its workflows say about their pauses."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.orders import OrderClient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.config import Config
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_stepfunctions.client import SFNClient

    from local.stack import Stack

# By which event a pause hands out its token, and therefore whom it waits for.
_PAUSES = {"OrderProcessor.WorkflowStarted": "customer", "OrderProcessor.WaitingCompletion": "barista"}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a stack is at this moment.

    Attributes:
        stack: The stack; None if there is none.
        identity: Changes when the stack is started anew, so that nothing of the old one is shown.
        why: Why there is none, in a sentence with the way out.
    """

    stack: Stack | None
    identity: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    """Where the processor waits for somebody: the state, and how many seconds it may take."""

    state: str
    seconds: int | None


class Link:
    """The clients of one stack, and a flag that tells its readers to stop.

    Raises:
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: The stack does not answer.
    """

    def __init__(self, source: Source, stack: Stack) -> None:
        self.stack = stack
        self.identity = source.identity
        self.closed = threading.Event()
        session = stack.session()
        config = _config(local=stack.endpoint is not None)
        self.orders = OrderClient(stack, session)
        self.tables: DynamoDBClient = session.client("dynamodb", endpoint_url=stack.endpoint, config=config)
        self.states: SFNClient = session.client("stepfunctions", endpoint_url=stack.endpoint, config=config)
        self.events: EventBridgeClient = session.client("events", endpoint_url=stack.endpoint, config=config)
        self.queues: SQSClient = session.client("sqs", endpoint_url=stack.endpoint, config=config)
        self.processor, self.manager = stack.machine_arns or self._derived_arns(session, config)
        definition = self.states.describe_state_machine(stateMachineArn=self.processor)["definition"]
        self.pauses = pauses(json.loads(definition))
        answer = self.states.describe_state_machine(stateMachineArn=self.manager)
        self.manager_is_express = answer["type"] == "EXPRESS"

    def is_manager(self, execution_arn: str) -> bool:
        """Whether an execution is one of the manager; otherwise it is one of the processor."""
        return execution_arn.split(":")[6:7] == [self.manager.rpartition(":")[2]]

    def _derived_arns(self, session: Any, config: Config) -> tuple[str, str]:
        identity = session.client(
            "sts", endpoint_url=self.stack.endpoint, config=config
        ).get_caller_identity()
        prefix = f"arn:{identity['Arn'].split(':')[1]}:states:{self.stack.region}:{identity['Account']}:stateMachine:"
        return prefix + self.stack.processor, prefix + self.stack.manager


def pauses(definition: Mapping[str, Any]) -> dict[str, Pause]:
    """The states in which a definition waits for a person, by the person."""
    found: dict[str, Pause] = {}
    for name, state in definition.get("States", {}).items():
        if not str(state.get("Resource", "")).endswith(".waitForTaskToken"):
            continue
        text = json.dumps(state)
        person = next((who for event, who in _PAUSES.items() if f'"{event}"' in text), None)
        limit = state.get("TimeoutSeconds")
        if person is not None:
            found[person] = Pause(name, limit if isinstance(limit, int) else None)
    return found


def _config(*, local: bool) -> Config:
    from botocore.config import Config

    if not local:
        return Config(
            retries={"mode": "standard"}, connect_timeout=10, read_timeout=30, max_pool_connections=20
        )
    # A proxy for the outside world isn't for the loopback; a stack that is gone is noticed at once.
    return Config(
        proxies={},
        retries={"total_max_attempts": 1},
        connect_timeout=2,
        read_timeout=30,
        max_pool_connections=20,
    )
