"""Of conditional writes to one item that come at the same moment, each sees what the one before it left."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from local.deployer.clients import Clients

if TYPE_CHECKING:
    from local.stacks.emulator import Emulator

AT_ONCE = 8
TIMES = 15
TABLE = "counters"
KEY: Any = {"PK": {"S": "counter"}}
# Adds one only to a number that is below the most; so a lost write shows in the sum, and an unseen one above the most.
ADD_ONE: Any = {
    "TableName": TABLE,
    "Key": KEY,
    "UpdateExpression": "ADD done :one",
    "ConditionExpression": "attribute_not_exists(done) OR done < :most",
    "ExpressionAttributeValues": {":one": {"N": "1"}, ":most": {"N": str(AT_ONCE * TIMES - 10)}},
}
TOO_MANY = "DynamoDB.ConditionalCheckFailedException"


@pytest.fixture
def clients(emulator: Emulator) -> Clients:
    clients = Clients(emulator.endpoint)
    clients.dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    # The longer an item takes to be copied, the sooner two writes of it meet.
    ballast: Any = {"L": [{"N": str(number)} for number in range(500)]}
    clients.dynamodb.put_item(TableName=TABLE, Item=KEY | {"ballast": ballast})
    return clients


def done(clients: Clients) -> int:
    item = clients.dynamodb.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True)["Item"]
    return int(item["done"]["N"])


def test_no_conditional_write_of_several_clients_is_lost(clients: Clients) -> None:
    failed = clients.dynamodb.exceptions.ConditionalCheckFailedException
    together = threading.Barrier(AT_ONCE)

    def work(_: int) -> int:
        together.wait(10)
        refused = 0
        for _ in range(TIMES):
            try:
                clients.dynamodb.update_item(**ADD_ONE)
            except failed:
                refused += 1
        return refused

    with ThreadPoolExecutor(AT_ONCE) as pool:
        refused = sum(pool.map(work, range(AT_ONCE)))
    assert (done(clients), refused) == (AT_ONCE * TIMES - 10, 10)


def test_no_conditional_write_of_several_executions_is_lost(clients: Clients) -> None:
    """State machines call the emulator's DynamoDB from threads of their own, without a request."""
    add = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:updateItem",
        "Parameters": ADD_ONE,
        "ResultSelector": {"refused": False},
        "Catch": [{"ErrorEquals": [TOO_MANY], "ResultPath": "$.error", "Next": "Refused"}],
        "End": True,
    }
    refused = {"Type": "Pass", "Result": {"refused": True}, "End": True}
    each = {"StartAt": "Add", "States": {"Add": add, "Refused": refused}}
    every = {"Type": "Map", "ItemsPath": "$.items", "Iterator": each, "End": True}
    machine = clients.sfn.create_state_machine(
        name="adding",
        definition=json.dumps({"StartAt": "Every", "States": {"Every": every}}),
        roleArn="arn:aws:iam::000000000000:role/adding",
    )["stateMachineArn"]
    given = json.dumps({"items": [{}] * TIMES})
    running = [
        clients.sfn.start_execution(stateMachineArn=machine, input=given)["executionArn"]
        for _ in range(AT_ONCE)
    ]
    ends = time.monotonic() + 30
    outputs = []
    for execution in running:
        while (ended := clients.sfn.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < ends, "waited 30 s for the executions to end"
            time.sleep(0.02)
        assert ended["status"] == "SUCCEEDED", ended.get("cause")
        outputs += json.loads(ended["output"])
    assert len(outputs) == AT_ONCE * TIMES
    assert (done(clients), sum(output["refused"] for output in outputs)) == (AT_ONCE * TIMES - 10, 10)
