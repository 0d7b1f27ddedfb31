"""One emulator with the whole stack deployed, shared by the tests that drive orders in it.

Starting it takes seconds, so it is started once. The tests stay independent of each other by taking an order of
their own each.
"""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from local.orders.client import OrderClient
from local.stacks.emulator import REGION, Emulator
from local.stacks.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.masking import JSON


@dataclass
class Bus:
    """Everything that the stack's bus carries, as it arrives."""

    queue: Any
    url: str
    seen: list[dict[str, Any]] = field(default_factory=list)

    def event(
        self, what: str, test: Callable[[dict[str, Any]], bool], *, deadline: float = 10.0
    ) -> dict[str, Any]:
        """Return the first event that passes a test, waited for."""
        end = time.monotonic() + deadline
        while True:
            for event in self.seen:
                if test(event):
                    return event
            if time.monotonic() > end:
                kinds = [event["detail-type"] for event in self.seen]
                raise AssertionError(f"waited {deadline} s for {what} on the bus; it carried {kinds}")
            self.read()

    def about(self, order_id: str) -> list[str]:
        """Return the detail-types of all events about one order that have arrived."""
        self.read()
        return [event["detail-type"] for event in self.seen if event["detail"].get("orderId") == order_id]

    def read(self) -> None:
        answer = self.queue.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            self.seen.append(json.loads(message["Body"]))
            self.queue.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


@dataclass
class Deployed:
    """The stack, a client for its orders, its bus, and order ids that nobody else uses."""

    stack: Stack
    orders: OrderClient
    bus: Bus
    emulator: Emulator
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1000))
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return a client of the stack's emulator, the same for all who ask."""
        if service not in self.clients:
            session: Any = self.stack.session()
            self.clients[service] = session.client(service, endpoint_url=self.stack.endpoint)
        return self.clients[service]

    def new_id(self) -> str:
        return str(next(self.ids))

    def waiting_for_customer(self, user_id: str = "1") -> str:
        """Return a new order that waits for its drink."""
        order_id = self.new_id()
        self.orders.scan(order_id, user_id)
        self.orders.wait_for_row(order_id, "the first token", lambda row: row.token is not None, deadline=20)
        return order_id

    def waiting_for_barista(self, user_id: str = "1") -> str:
        """Return a new order that waits for a barista."""
        order_id = self.waiting_for_customer(user_id)
        body: JSON = {"userId": user_id, "drink": "Latte", "modifiers": [], "icon": "x"}
        accepted = self.orders.manage({"action": "", "body": body, "orderId": order_id, "baristaUserId": "3"})
        assert accepted.accepted, accepted
        self.orders.wait_for_row(
            order_id, "the second token", lambda row: row.state == "WAITING_COMPLETION", deadline=20
        )
        return order_id

    def raw_row(self, order_id: str) -> dict[str, Any]:
        """Return the row as it is in the table, its token included: to compare, never to print."""
        answer = self.client("dynamodb").get_item(
            TableName=self.stack.order_table, Key={"PK": {"S": "orders"}, "SK": {"S": order_id}}
        )
        row: dict[str, Any] = answer.get("Item", {})
        return row


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    from local.deployer import deploy

    with Emulator.start(data_dir=tmp_path_factory.mktemp("emulator")) as emulator:
        # Tests leave orders waiting, so the queue has room for all of them.
        outputs = deploy(emulator.endpoint, config={"maxOrdersInQueue": "300"}).outputs
        stack = Stack.emulated("local", REGION, emulator.endpoint, outputs)
        yield Deployed(stack, OrderClient(stack), _tap(stack), emulator)


def _tap(stack: Stack) -> Bus:
    """Return a queue that gets every event of the bus."""
    session: Any = stack.session()
    queue = session.client("sqs", endpoint_url=stack.endpoint)
    events = session.client("events", endpoint_url=stack.endpoint)
    url = queue.create_queue(QueueName="tap")["QueueUrl"]
    arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(
        Name="tap", EventBusName=stack.bus, EventPattern='{"source":["awsserverlessda.serverlesspresso"]}'
    )
    events.put_targets(Rule="tap", EventBusName=stack.bus, Targets=[{"Id": "tap", "Arn": arn}])
    return Bus(queue, url)
