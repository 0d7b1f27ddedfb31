"""One emulator for the folder's tests, and for each test a shop of its own in it."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from handlers import aws
from stepfunctions_local_client import local_session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from local.stacks.emulator import Emulator

    Clients: TypeAlias = Mapping[str, Any]
    """A client for each service, by its name."""

REGION = "us-east-1"
EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:OrderProcessorWorkflow:first"


@dataclass
class Shop:
    """The tables and the bus that the functions are given, and what a test wants to do with them."""

    clients: Clients
    suffix: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    def __post_init__(self) -> None:
        self.dynamodb = self.clients["dynamodb"]
        self.events = self.clients["events"]
        self.sqs = self.clients["sqs"]
        self.states = self.clients["stepfunctions"]

    @property
    def order_table(self) -> str:
        return f"orders-{self.suffix}"

    @property
    def counting_table(self) -> str:
        return f"counting-{self.suffix}"

    @property
    def bus(self) -> str:
        return f"bus-{self.suffix}"

    def open(self) -> None:
        self._table(self.order_table, PK="HASH", SK="RANGE")
        self._table(self.counting_table, PK="HASH")
        self.events.create_event_bus(Name=self.bus)

    def listen(self) -> None:
        """Keep what is put on the bus from now on, for `heard`."""
        # What has been received stays hidden for longer than a test, so that nobody deletes it.
        self._heard = self.sqs.create_queue(
            QueueName=f"heard-{self.suffix}", Attributes={"VisibilityTimeout": "43200"}
        )["QueueUrl"]
        self.events.put_rule(
            Name=f"all-{self.suffix}",
            EventBusName=self.bus,
            EventPattern=json.dumps({"source": [{"prefix": ""}]}),
        )
        self.events.put_targets(
            Rule=f"all-{self.suffix}",
            EventBusName=self.bus,
            Targets=[{"Id": "heard", "Arn": f"arn:aws:sqs:{REGION}:000000000000:heard-{self.suffix}"}],
        )

    def _table(self, name: str, **keys: str) -> None:
        self.dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )

    def register(self, order_id: str = "2", **attributes: AttributeValueTypeDef) -> None:
        """Put an order's row as the processor does, with `attributes` over it."""
        row: dict[str, AttributeValueTypeDef] = {
            "PK": {"S": "orders"},
            "SK": {"S": order_id},
            "USERID": {"S": "1"},
            "ORDERSTATE": {"S": "CREATED"},
            "executionId": {"S": EXECUTION},
            "createdAt": {"S": "2026-11-22T07:18:11.000Z"},
        }
        self.dynamodb.put_item(TableName=self.order_table, Item=row | attributes)

    def row(self, order_id: str = "2") -> dict[str, AttributeValueTypeDef]:
        """Return the order's row without its time stamp; empty if there is none."""
        answer = self.dynamodb.get_item(
            TableName=self.order_table, Key={"PK": {"S": "orders"}, "SK": {"S": order_id}}
        )
        row: dict[str, AttributeValueTypeDef] = answer.get("Item", {})
        row.pop("TS", None)
        return row

    def queue_up(self, *order_ids: str) -> None:
        self.dynamodb.put_item(
            TableName=self.counting_table,
            Item={"PK": {"S": "activeOrders"}, "orders": {"SS": list(order_ids)}},
        )

    def queue(self) -> set[str]:
        answer = self.dynamodb.get_item(TableName=self.counting_table, Key={"PK": {"S": "activeOrders"}})
        return set(answer.get("Item", {}).get("orders", {}).get("SS", []))

    def heard(self) -> list[tuple[str, dict[str, object]]]:
        """Detail-type and detail of each event since the last call, in order.

        A last event of the test's own marks the end, so that nothing is waited for that never comes.
        """
        end = uuid.uuid4().hex
        self.events.put_events(
            Entries=[
                {
                    "EventBusName": self.bus,
                    "Source": "test",
                    "DetailType": "end",
                    "Detail": json.dumps({"end": end}),
                }
            ]
        )
        found: list[tuple[str, dict[str, object]]] = []
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            answer = self.sqs.receive_message(QueueUrl=self._heard, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                event = json.loads(message["Body"])
                if event["detail"] == {"end": end}:
                    return found
                assert event["source"] == "awsserverlessda.serverlesspresso"
                found.append((event["detail-type"], event["detail"]))
        raise AssertionError("the event that marks the end did not come through the bus within 10 s")

    def waiting_execution(self) -> tuple[str, str]:
        """Start an execution that waits for a task token. Returns its ARN and the token."""
        name = f"waiting-{self.suffix}"
        queue = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        machine = self.states.create_state_machine(
            name=name,
            roleArn="arn:aws:iam::000000000000:role/any",
            definition=json.dumps(
                {
                    "StartAt": "Wait",
                    "States": {
                        "Wait": {
                            "Type": "Task",
                            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                            "Parameters": {"QueueUrl": queue, "MessageBody": {"token.$": "$$.Task.Token"}},
                            "TimeoutSeconds": 60,
                            "End": True,
                        }
                    },
                }
            ),
        )["stateMachineArn"]
        execution = self.states.start_execution(stateMachineArn=machine)["executionArn"]
        messages = self.sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10).get("Messages", [])
        assert messages, "the execution handed out no task token within 10 s"
        return execution, json.loads(messages[0]["Body"])["token"]

    def end_of(self, execution: str) -> Mapping[str, Any]:
        """Return the description of an execution, once it has ended."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            description: Mapping[str, Any] = self.states.describe_execution(executionArn=execution)
            if description["status"] != "RUNNING":
                return description
        raise AssertionError("the execution did not end within 10 s")


@pytest.fixture(scope="module")
def clients(shared_emulator: Emulator) -> Clients:
    """Provide clients of the emulator, made once: making them takes longer than a test."""
    session: Any = local_session(shared_emulator.endpoint, REGION)
    services = ("dynamodb", "events", "sqs", "stepfunctions")
    return {name: session.client(name, endpoint_url=shared_emulator.endpoint) for name in services}


@pytest.fixture(scope="module")
def functions_start_cold() -> Iterator[None]:
    """Let the functions make their clients anew at the first event: others may have used them for another emulator."""
    cached = (aws.dynamodb, aws.eventbridge, aws.stepfunctions)
    for client in cached:
        client.cache_clear()
    yield
    for client in cached:
        client.cache_clear()


@pytest.fixture
def quiet_shop(
    shared_emulator: Emulator, clients: Clients, functions_start_cold: None, monkeypatch: pytest.MonkeyPatch
) -> Shop:
    """Provide an empty shop that the functions' environment points at, and in which nobody listens to the bus."""
    shop = Shop(clients)
    shop.open()
    for name, value in {
        **shared_emulator.environment(),
        "AWS_DEFAULT_REGION": REGION,
        "ORDER_TABLE_NAME": shop.order_table,
        "COUNTING_TABLE_NAME": shop.counting_table,
        "EVENT_BUS_NAME": shop.bus,
    }.items():
        monkeypatch.setenv(name, value)
    return shop


@pytest.fixture
def shop(quiet_shop: Shop) -> Shop:
    """Provide an empty shop in which each event is heard."""
    quiet_shop.listen()
    return quiet_shop
