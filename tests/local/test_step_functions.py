"""Step Functions of the local stack: the embedded engine in front of MiniStack's other services."""

from __future__ import annotations

import gzip
import itertools
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.deployer.clients import Clients
from local.stacks.emulator import REGION, Emulator
from stepfunctions_local_client.sessions import local_session

if TYPE_CHECKING:
    from collections.abc import Callable

ROLE = "arn:aws:iam::000000000000:role/Any"
LONGEST = 30.0


class Aws:
    """The emulator's clients, names that nobody else uses, and a way to wait."""

    def __init__(self, emulator: Emulator) -> None:
        self.clients = Clients(emulator.endpoint)
        # TestState has a host of its own on AWS, for which botocore puts `sync-` before the address.
        session: Any = local_session(emulator.endpoint, REGION)
        self.session = session
        direct = Config(inject_host_prefix=False)
        self.sfn = session.client("stepfunctions", endpoint_url=emulator.endpoint, config=direct)
        self._numbers = itertools.count(1)

    def name(self) -> str:
        return f"step-functions-{next(self._numbers)}"

    def queue(self) -> tuple[str, str]:
        sqs = self.clients.sqs
        url = sqs.create_queue(QueueName=self.name())["QueueUrl"]
        return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]

    def machine(self, **states: Any) -> str:
        definition = {"StartAt": next(iter(states)), "States": states}
        answer = self.sfn.create_state_machine(
            name=self.name(), definition=json.dumps(definition), roleArn=ROLE
        )
        return str(answer["stateMachineArn"])

    def start(self, machine: str, data: object = None) -> str:
        started = self.sfn.start_execution(stateMachineArn=machine, input=json.dumps(data or {}))
        return str(started["executionArn"])

    def end_of(self, execution: str) -> dict[str, Any]:
        def ended() -> dict[str, Any] | None:
            found: dict[str, Any] = self.sfn.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        return self.wait_for("the execution to end", ended)

    def received(self, url: str, test: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.clients.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)
            bodies = (json.loads(message["Body"]) for message in found.get("Messages", []))
            return next((body for body in bodies if test(body)), None)

        return self.wait_for("a message", look)

    @staticmethod
    def wait_for(what: str, look: Callable[[], dict[str, Any] | None]) -> dict[str, Any]:
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            found = look()
            if found is not None:
                return found
            time.sleep(0.02)
        raise AssertionError(f"waited {LONGEST:g} s for {what}")


@pytest.fixture(scope="module")
def aws(shared_emulator: Emulator) -> Aws:
    return Aws(shared_emulator)


def asking(url: str, **fields: Any) -> dict[str, Any]:
    """Return a state that sends its token to a queue and waits for it."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}},
        "End": True,
        **fields,
    }


def test_what_aws_refuses_is_refused_with_its_code(aws: Aws) -> None:
    with pytest.raises(ClientError, match="MISSING_TRANSITION_TARGET") as caught:
        aws.machine(A={"Type": "Pass", "Next": "Nowhere"})
    assert caught.value.response["Error"]["Code"] == "InvalidDefinition"


def test_a_task_calls_a_service_of_the_emulator(aws: Aws) -> None:
    table = f"table-{aws.name()}"
    aws.clients.dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {
            "TableName": table,
            "Item": {"PK": {"S.$": "$.id"}},
            "ConditionExpression": "attribute_not_exists(PK)",
        },
        "ResultPath": None,
        "End": True,
    }
    machine = aws.machine(Put=put)
    assert aws.end_of(aws.start(machine, {"id": "1"}))["status"] == "SUCCEEDED"
    assert aws.clients.dynamodb.scan(TableName=table)["Items"] == [{"PK": {"S": "1"}}]
    assert aws.end_of(aws.start(machine, {"id": "1"}))["error"] == "DynamoDB.ConditionalCheckFailedException"


def test_a_state_may_be_written_in_jsonata(aws: Aws) -> None:
    total = {
        "Type": "Pass",
        "QueryLanguage": "JSONata",
        "Output": "{% $sum($states.input.prices) %}",
        "End": True,
    }
    ended = aws.end_of(aws.start(aws.machine(Total=total), {"prices": [3, 4]}))
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", "7")
    broken = {**total, "Output": "{% $sum( %}"}
    with pytest.raises(aws.sfn.exceptions.InvalidDefinition):
        aws.machine(Broken=broken)


def test_a_token_is_worth_something_once(aws: Aws) -> None:
    url, _ = aws.queue()
    execution = aws.start(aws.machine(Ask=asking(url)))
    token = aws.received(url)["token"]
    aws.sfn.send_task_success(taskToken=token, output='{"drink": "tea"}')
    assert json.loads(aws.end_of(execution)["output"]) == {"drink": "tea"}
    with pytest.raises(aws.sfn.exceptions.TaskTimedOut):
        aws.sfn.send_task_success(taskToken=token, output="{}")
    with pytest.raises(aws.sfn.exceptions.InvalidToken):
        aws.sfn.send_task_success(taskToken="none", output="{}")


def test_a_token_dies_with_its_execution(aws: Aws) -> None:
    url, _ = aws.queue()
    execution = aws.start(aws.machine(Ask=asking(url)))
    token = aws.received(url)["token"]
    aws.sfn.stop_execution(executionArn=execution, error="Stopped", cause="by hand")
    assert aws.end_of(execution)["status"] == "ABORTED"
    with pytest.raises(aws.sfn.exceptions.TaskTimedOut):
        aws.sfn.send_task_heartbeat(taskToken=token)


@pytest.mark.parametrize("limit", [{"TimeoutSeconds": 1}, {"TimeoutSeconds": 60, "HeartbeatSeconds": 1}])
def test_a_limit_of_time_is_kept(aws: Aws, limit: dict[str, int]) -> None:
    url, _ = aws.queue()
    ended = aws.end_of(aws.start(aws.machine(Ask=asking(url, **limit))))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")


def test_an_execution_that_failed_is_redriven(aws: Aws) -> None:
    url, _ = aws.queue()
    machine = aws.machine(First={"Type": "Pass", "Next": "Ask"}, Ask=asking(url))
    execution = aws.start(machine)
    aws.sfn.send_task_failure(taskToken=aws.received(url)["token"], error="Dropped", cause="the cup")
    assert aws.end_of(execution)["redriveStatus"] == "REDRIVABLE"
    aws.sfn.redrive_execution(executionArn=execution)
    aws.sfn.send_task_success(taskToken=aws.received(url)["token"], output="{}")
    assert aws.end_of(execution)["redriveCount"] == 1
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in aws.sfn.get_execution_history(executionArn=execution)["events"]
        if event["type"].endswith("StateEntered")
    ]
    assert entered == ["First", "Ask"]


def test_a_rule_starts_executions_and_hears_how_they_end(aws: Aws) -> None:
    url, arn = aws.queue()
    machine = aws.machine(Done={"Type": "Pass", "Result": {"é": "☕"}, "End": True})
    events = aws.clients.events
    events.put_rule(Name="start", EventPattern=json.dumps({"source": ["a.test"]}))
    events.put_targets(Rule="start", Targets=[{"Id": "1", "Arn": machine, "RoleArn": ROLE}])
    events.put_rule(Name="hear", EventPattern=json.dumps({"source": ["aws.states"]}))
    events.put_targets(Rule="hear", Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(Entries=[{"Source": "a.test", "DetailType": "Now", "Detail": '{"n": 1}'}])
    told = aws.received(url, lambda event: event["detail"]["status"] == "SUCCEEDED")["detail"]
    assert told["stateMachineArn"] == machine
    assert json.loads(told["output"]) == {"é": "☕"}
    assert json.loads(told["input"])["detail"] == {"n": 1}


def test_a_state_is_tried_against_the_services(aws: Aws) -> None:
    url, _ = aws.queue()
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": url, "MessageBody.$": "$.text"},
        "End": True,
    }
    answer = aws.sfn.test_state(definition=json.dumps(send), roleArn=ROLE, input='{"text": "\\"hello\\""}')
    assert answer["status"] == "SUCCEEDED"
    assert "MessageId" in json.loads(answer["output"])


def over(reader: dict[str, Any]) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    processor = {"ProcessorConfig": config, "StartAt": "It", "States": {"It": {"Type": "Pass", "End": True}}}
    return {"Type": "Map", "ItemReader": reader, "ItemProcessor": processor, "End": True}


def test_a_map_reads_and_writes_the_files_of_a_bucket(aws: Aws) -> None:
    s3: Any = aws.session.client("s3", endpoint_url=aws.clients.endpoint)
    bucket = aws.name()
    s3.create_bucket(Bucket=bucket)
    for number in range(3):
        rows = gzip.compress(f'{{"n": {number}}}\n'.encode())
        s3.put_object(Bucket=bucket, Key=f"rows/{number}.jsonl.gz", Body=rows)
    lists = {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Parameters": {"Bucket": bucket, "Prefix": "rows/"},
    }
    ended = aws.end_of(aws.start(aws.machine(Each=over(lists))))
    assert ended["status"] == "SUCCEEDED", ended["cause"]
    found = json.loads(ended["output"])
    assert [item["Key"] for item in found] == [f"rows/{number}.jsonl.gz" for number in range(3)]
    assert {"Etag", "Key", "LastModified", "Size", "StorageClass"} <= found[0].keys()
    assert isinstance(found[0]["LastModified"], int)

    one = {**lists, "Parameters": {"Bucket": bucket, "Prefix": "rows/1"}}
    flat = {**one, "ReaderConfig": {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"}}
    kept = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": bucket, "Prefix": "out"}}
    pause = {"Type": "Wait", "Seconds": 1, "Next": "Each"}  # whichever thread goes on after it
    states = {"Pause": pause, "Each": {**over(flat), "ResultWriter": kept}}
    details = json.loads(aws.end_of(aws.start(aws.machine(**states)))["output"])["ResultWriterDetails"]
    manifest = json.loads(s3.get_object(Bucket=bucket, Key=details["Key"])["Body"].read())
    succeeded = manifest["ResultFiles"]["SUCCEEDED"][0]["Key"]
    results = json.loads(s3.get_object(Bucket=bucket, Key=succeeded)["Body"].read())
    assert [json.loads(result["Output"]) for result in results] == [{"n": 1}]

    missing = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Parameters": {"Bucket": bucket, "Key": "no.json"},
    }
    failed = aws.end_of(aws.start(aws.machine(Each=over(missing))))
    assert failed["error"] == "States.ItemReaderFailed"
    assert "no.json" in failed["cause"]
