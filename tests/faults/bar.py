"""The coffee bar under test: the real stack in an emulator, with the courier between its rules and its functions."""

from __future__ import annotations

import itertools
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.deployer import deploy
from local.deployer.clients import Clients
from stepfunctions_local_client import mocking
from tests.faults.wire import Wire, WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from local.stacks.emulator import Emulator
    from tests.faults.courier import Courier

SOURCE = "awsserverlessda.serverlesspresso"
SCAN = "Validator.NewOrder"
INSIDE = Path(__file__).parent / "inside"
FUNCTIONS = ("WorkflowStarted", "WaitingCompletion", "OrderEnded", "SanitizeOrder")
CLOSED = ("COMPLETED", "CANCELLED", "TIMED_OUT", "REJECTED")
TERMINAL = {
    "OrderProcessor.OrderFinished": "COMPLETED",
    "OrderProcessor.OrderCancelled": "CANCELLED",
    "OrderProcessor.OrderTimeOut": "TIMED_OUT",
    "OrderProcessor.ShopUnavailable": "REJECTED",
}


def until(what: str, look: Callable[[], Any], *, deadline: float = 20.0, longest_pause: float = 0.05) -> Any:
    """Return the first truthy thing that a look finds. AssertionError naming what was waited for.

    The pauses between the looks, in seconds, grow up to `longest_pause`: a look that costs much wants a long one.
    """
    end = time.monotonic() + deadline
    pause = 0.004
    while True:
        if found := look():
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline:g} s for {what}")
        time.sleep(pause)
        pause = min(pause * 2, longest_pause)


def request(
    action: str, order_id: str, *, user: str = "", barista: str = "", **body: object
) -> dict[str, Any]:
    """Return a request as the public walkthrough writes it."""
    if user:
        body = {"userId": user, **body}
        if action == "":
            body = {"drink": "Latte", "modifiers": [], "icon": "x", **body}
    return {"action": action, "orderId": order_id, "baristaUserId": barista, "body": body}


def output_of(ended: Mapping[str, Any]) -> dict[str, Any]:
    """Return the output of an execution that is over. AssertionError if it failed."""
    assert ended["status"] == "SUCCEEDED", f"{ended['status']}: {ended.get('error')}: {ended.get('cause')}"
    output: dict[str, Any] = json.loads(ended["output"])
    return output


def emulator_environment() -> dict[str, str]:
    """Return what the emulator of these tests is given: faults from the inside, retries that do not wait, and a
    short log."""
    return {"PYTHONPATH": str(INSIDE), "SFN_WAIT_SCALE": "0", "LOG_LEVEL": "WARNING"}


@dataclass(repr=False)
class Bar:
    """One deployed stack, and everything that a person, an operator or an unkind fate does with it."""

    emulator: Emulator
    courier: Courier
    stack: str
    outputs: Mapping[str, Any]
    clients: Clients
    told: list[dict[str, Any]] = field(default_factory=list)
    _reading: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _faults: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Name the stack, and nothing of what the bus has told: it may hold tokens."""
        return f"<Bar {self.stack} on {self.emulator.endpoint}>"

    @classmethod
    def open(
        cls,
        emulator: Emulator,
        courier: Courier,
        *,
        stack: str,
        config: Mapping[str, str],
        in_between: bool = True,
    ) -> Bar:
        """Deploy the stack, put the courier between if it is to be, and listen to what the bus is told but scans."""
        outputs: Mapping[str, Any] = deploy(emulator.endpoint, stack=stack, config=config).outputs
        bar = cls(emulator, courier, stack, outputs, Clients(emulator.endpoint))
        if in_between:
            bar.attach()
        sqs, events = bar.clients.sqs, bar.clients.events
        url = sqs.create_queue(QueueName=f"told-{stack}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        bus = bar.outputs["eventBusName"]
        pattern = json.dumps({"detail-type": [{"anything-but": SCAN}]})
        events.put_rule(Name=f"told-{stack}", EventBusName=bus, EventPattern=pattern)
        events.put_targets(Rule=f"told-{stack}", EventBusName=bus, Targets=[{"Id": "told", "Arn": arn}])
        return bar

    def attach(self) -> None:
        """Have the functions' events posted to the courier."""
        for function, name in self.outputs["functionNames"].items():
            configuration = self.clients.lambda_.get_function_configuration(FunctionName=name)
            variables = dict(configuration.get("Environment", {}).get("Variables", {}))
            variables["MINISTACK_LAMBDA_PROXY_URL"] = f"{self.courier.url}/{function}"
            self.clients.lambda_.update_function_configuration(
                FunctionName=name, Environment={"Variables": variables}
            )

    def environment(self) -> dict[str, str]:
        """Return the functions' environment."""
        return {
            "ORDER_TABLE_NAME": self.outputs["orderTableName"],
            "COUNTING_TABLE_NAME": self.outputs["countingTableName"],
            "EVENT_BUS_NAME": self.outputs["eventBusName"],
        }

    def new_id(self) -> str:
        """Return an order id that nobody else uses."""
        return f"o{next(self._numbers)}-{uuid.uuid4().hex[:6]}"

    def close(self) -> None:
        """Close the connections; the stack stays."""
        self.wire.close()

    @cached_property
    def wire(self) -> Wire:
        """Requests without an SDK."""
        return Wire(self.emulator.port)

    def clear(self) -> None:
        """End what earlier tests left waiting, so that nobody is in the shop."""
        self.courier.release()
        for execution in self.executions("orderProcessorArn", "RUNNING"):
            self.stop(execution["executionArn"])
        until("the shop to be empty", lambda: not self.queue() and not self._open_rows())

    def _open_rows(self) -> list[str]:
        rows = self.rows()
        return [order_id for order_id, row in rows.items() if row["ORDERSTATE"] not in CLOSED]

    # --- People ---

    def scan(self, order_id: object, user_id: object = "1", **more: object) -> None:
        """Put `Validator.NewOrder` on the bus."""
        self.put_event(SCAN, {"userId": user_id, "orderId": order_id, **more})

    def put_event(self, detail_type: str, detail: object) -> None:
        """Put anything on the bus."""
        entry = {
            "EventBusName": self.outputs["eventBusName"],
            "Source": SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail, ensure_ascii=False),
        }
        answer = self.wire.call("events", "PutEvents", Entries=[entry])
        assert not answer["FailedEntryCount"], answer["Entries"]

    def begin(self, request: object, *, name: str = "") -> str:
        """Start an execution of the manager. Returns its ARN."""
        started = self.wire.call(
            "states",
            "StartExecution",
            stateMachineArn=self.outputs["orderManagerArn"],
            input=request if isinstance(request, str) else json.dumps(request),
            name=name or uuid.uuid4().hex,
        )
        return str(started["executionArn"])

    def ask(self, action: str, order_id: str, **who: Any) -> str:
        """Start a request as the public walkthrough writes it. Returns the execution's ARN."""
        return self.begin(request(action, order_id, **who))

    def answer(self, execution: str, *, deadline: float = 20.0) -> dict[str, Any]:
        """Return what a request was answered with. AssertionError if its execution failed."""
        return output_of(self.end_of(execution, deadline=deadline))

    def asked(self, action: str, order_id: str, **who: Any) -> dict[str, Any]:
        """Make a request, and have what it is answered with."""
        return self.answer(self.ask(action, order_id, **who))

    # --- Operators, timers, faults ---

    def stop(self, execution: str) -> None:
        """Stop an execution by hand."""
        self.clients.sfn.stop_execution(executionArn=execution, error="Stopped", cause="by hand")

    def fire_timer(self, token: str) -> bool:
        """Let the time of a pause be over now. False if nobody waits on the token any more."""
        cause = "the test moved time forward"
        try:
            self.wire.call("states", "SendTaskFailure", taskToken=token, error="States.Timeout", cause=cause)
        except WireError as refused:
            if refused.code not in ("TaskDoesNotExist", "TaskTimedOut"):
                raise
            return False
        return True

    def plan_faults(self, faults: Mapping[str, Mapping[str, Any]]) -> None:
        """Make calls of the workflows fail: {order id: {call: from which on, times, how: before or after}}."""
        self._faults = {**self._faults, **faults}
        plan = {"stepfunctions._sfn_mock_config": {"Faults": self._faults}}
        _, page = mocking.request(self.emulator.endpoint, "POST", "/_ministack/config", json.dumps(plan))
        assert "_sfn_mock_config" in page

    # --- What can be seen ---

    def row(self, order_id: str) -> dict[str, Any]:
        """Return an order's row without types; {} if there is none. It may hold a token: compare it, never print it."""
        answer = self.wire.call(
            "dynamodb",
            "GetItem",
            TableName=self.outputs["orderTableName"],
            Key={"PK": {"S": "orders"}, "SK": {"S": order_id}},
            ConsistentRead=True,
        )
        return {name: next(iter(value.values())) for name, value in answer.get("Item", {}).items()}

    def rows(self) -> dict[str, dict[str, Any]]:
        """All rows by order id."""
        table = self.outputs["orderTableName"]
        answer = self.wire.call("dynamodb", "Scan", TableName=table, ConsistentRead=True)
        items = answer["Items"]
        while last := answer.get("LastEvaluatedKey"):
            answer = self.wire.call(
                "dynamodb", "Scan", TableName=table, ConsistentRead=True, ExclusiveStartKey=last
            )
            items += answer["Items"]
        plain = [{name: next(iter(value.values())) for name, value in item.items()} for item in items]
        return {str(row["SK"]): row for row in plain}

    def queue(self) -> set[str]:
        """Return the orders that hold a place."""
        item = self.counting("activeOrders")
        return set(item.get("orders", {}).get("SS", []))

    def counting(self, key: str) -> dict[str, Any]:
        """Return an item of the counting table."""
        answer = self.wire.call(
            "dynamodb",
            "GetItem",
            TableName=self.outputs["countingTableName"],
            Key={"PK": {"S": key}},
            ConsistentRead=True,
        )
        return dict(answer.get("Item", {}))

    def configure(self, **attributes: Any) -> None:
        """Change the shop's settings, in DynamoDB's JSON."""
        item: dict[str, Any] = {
            "PK": {"S": "config"},
            "storeOpen": {"BOOL": True},
            "maxOrdersInQueue": {"N": "350"},
        }
        item |= {name: value for name, value in attributes.items() if value is not None}
        for name in [name for name, value in attributes.items() if value is None]:
            del item[name]
        self.clients.dynamodb.put_item(TableName=self.outputs["configTableName"], Item=item)

    def end_of(self, execution: str, *, deadline: float = 20.0) -> dict[str, Any]:
        """Return the description of an execution, once it is over."""

        def look() -> dict[str, Any] | None:
            found = self.wire.call("states", "DescribeExecution", executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        ended: dict[str, Any] = until(f"the execution {execution} to end", look, deadline=deadline)
        return ended

    def executions(self, machine: str, status: str = "") -> list[dict[str, Any]]:
        """Return the executions of `orderProcessorArn` or `orderManagerArn`, newest first."""
        wanted = {"stateMachineArn": self.outputs[machine], "maxResults": 1000}
        if status:
            wanted["statusFilter"] = status
        answer = self.wire.call("states", "ListExecutions", **wanted)
        found: list[dict[str, Any]] = answer["executions"]
        while token := answer.get("nextToken"):
            answer = self.wire.call("states", "ListExecutions", **wanted, nextToken=token)
            found += answer["executions"]
        return found

    def newest(self, machine: str) -> set[str]:
        """Return the ARNs of the twenty newest executions of a machine: another one that is started changes them."""
        wanted = {"stateMachineArn": self.outputs[machine], "maxResults": 20}
        listed = self.wire.call("states", "ListExecutions", **wanted)["executions"]
        return {execution["executionArn"] for execution in listed}

    def next_execution(self, known: set[str]) -> str:
        """Wait for an execution of the processor beside the newest ones so far. Returns its ARN."""
        found = until("another execution", lambda: self.newest("orderProcessorArn") - known)
        return str(next(iter(found)))

    def forget(self, order_ids: Iterable[str]) -> None:
        """Delete rows of orders that are over: each test that reads the table would read them, too."""
        table = self.outputs["orderTableName"]
        keys = [{"PK": {"S": "orders"}, "SK": {"S": order_id}} for order_id in order_ids]
        for at in range(0, len(keys), 25):
            requests = [{"DeleteRequest": {"Key": key}} for key in keys[at : at + 25]]
            answer = self.wire.call("dynamodb", "BatchWriteItem", RequestItems={table: requests})
            assert not answer["UnprocessedItems"]

    def heard(self) -> list[dict[str, Any]]:
        """All that the bus has carried so far but scans. A last event of ours marks what "so far" is."""
        mark = uuid.uuid4().hex
        self.put_event("test.mark", {"mark": mark})
        url = f"{self.emulator.endpoint}/000000000000/told-{self.stack}"
        end = time.monotonic() + 20
        with self._reading:
            while True:
                answer = self.wire.call("sqs", "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)
                messages = answer.get("Messages", [])
                if messages:
                    entries = [
                        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                        for number, message in enumerate(messages)
                    ]
                    self.wire.call("sqs", "DeleteMessageBatch", QueueUrl=url, Entries=entries)
                self.told += [json.loads(message["Body"]) for message in messages]
                if any(event["detail"].get("mark") == mark for event in self.told[-10:]):
                    return [event for event in self.told if event["detail-type"] != "test.mark"]
                assert time.monotonic() < end, "waited 20 s for the bus to tell the test's own last event"

    def ends_told(self) -> dict[str, list[str]]:
        """Return the terminal events of the processor, by order id."""
        told: dict[str, list[str]] = {}
        for event in self.heard():
            if event["detail-type"] in TERMINAL:
                told.setdefault(event["detail"]["orderId"], []).append(event["detail-type"])
        return told
