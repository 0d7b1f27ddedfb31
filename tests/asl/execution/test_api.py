"""The service's API: what it takes, refuses and answers."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from asl.execution import Engine, RequestError
from asl.execution.api import StepFunctions
from asl.execution.driving import Driver
from asl.limits import DEEPEST
from tests.asl.execution.services import PASS, ROLE, Service

if TYPE_CHECKING:
    from asl.execution import Attempt

WAIT = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 600, "End": True}}}
CALLBACK = {
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": "q", "MessageBody": {"t.$": "$$.Task.Token"}},
            "TimeoutSeconds": 60,
            "End": True,
        }
    },
}


@pytest.fixture
def service() -> Service:
    return Service()


class TestMachines:
    def test_every_operation_of_the_service_is_there(self, service: Service) -> None:
        from asl.services.models import read_service

        missing = [
            action
            for action in read_service("stepfunctions").actions
            if action[:1].upper() + action[1:] not in service.api.operations
        ]
        assert missing == []

    def test_what_the_checker_calls_an_error_is_not_created(self, service: Service) -> None:
        dangling = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nowhere"}}}
        with pytest.raises(RequestError, match="MISSING_TRANSITION_TARGET") as caught:
            service.machine(dangling)
        assert caught.value.code == "InvalidDefinition"
        assert service("ListStateMachines")["stateMachines"] == []
        answer = service("ValidateStateMachineDefinition", definition=json.dumps(dangling))
        assert answer["result"] == "FAIL"
        assert answer["diagnostics"][0]["code"] == "MISSING_TRANSITION_TARGET"

    def test_creating_it_again_is_the_same_unless_it_differs(self, service: Service) -> None:
        assert service.machine() == service.machine()
        with pytest.raises(RequestError, match="StateMachineAlreadyExists"):
            service.machine(WAIT)

    @pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 81, "a*"])
    def test_a_bad_name_is_refused(self, service: Service, name: str) -> None:
        request = {"name": name, "definition": json.dumps(PASS), "roleArn": ROLE}
        assert service.refusal("CreateStateMachine", **request) == "InvalidName"

    def test_a_running_execution_keeps_its_revision(self) -> None:
        service = Service(Engine(lambda _: {}))
        arn = service.machine(CALLBACK)
        execution = service.start(arn)
        service("UpdateStateMachine", stateMachineArn=arn, definition=json.dumps(PASS))
        assert json.loads(service("DescribeStateMachine", stateMachineArn=arn)["definition"]) == PASS
        kept = service("DescribeStateMachineForExecution", executionArn=execution)["definition"]
        assert json.loads(kept) == CALLBACK

    def test_versions_and_aliases_lead_to_what_they_published(self, service: Service) -> None:
        arn = service.machine()
        version = service("PublishStateMachineVersion", stateMachineArn=arn)["stateMachineVersionArn"]
        assert version == f"{arn}:1"
        route = [{"stateMachineVersionArn": version, "weight": 100}]
        alias = service("CreateStateMachineAlias", name="live", routingConfiguration=route)[
            "stateMachineAliasArn"
        ]
        service("UpdateStateMachine", stateMachineArn=arn, definition=json.dumps(WAIT))
        execution = service.start(alias)
        described = service("DescribeExecution", executionArn=execution)
        assert described["stateMachineAliasArn"] == alias
        assert (
            service.refusal("DeleteStateMachineVersion", stateMachineVersionArn=version)
            == "ConflictException"
        )

    def test_tags_come_and_go(self, service: Service) -> None:
        arn = service.machine(tags=[{"key": "a", "value": "1"}])
        service("TagResource", resourceArn=arn, tags=[{"key": "b", "value": "2"}])
        service("UntagResource", resourceArn=arn, tagKeys=["a"])
        assert service("ListTagsForResource", resourceArn=arn) == {"tags": [{"key": "b", "value": "2"}]}


class TestExecutions:
    def test_a_name_starts_once(self) -> None:
        service = Service(Engine(lambda _: {}))
        arn = service.machine(CALLBACK)
        first = service.start(arn, name="one", input='{"a": 1}')
        assert service.start(arn, name="one", input='{"a":1}') == first
        again = {"stateMachineArn": arn, "name": "one", "input": "{}"}
        assert service.refusal("StartExecution", **again) == "ExecutionAlreadyExists"

    def test_what_is_asked_of_nothing_is_refused_with_the_services_codes(self, service: Service) -> None:
        gone = "arn:aws:states:us-east-1:123456789012:stateMachine:Gone"
        execution = "arn:aws:states:us-east-1:123456789012:execution:M:gone"
        assert service.refusal("StartExecution", stateMachineArn=gone) == "StateMachineDoesNotExist"
        assert service.refusal("StartExecution", stateMachineArn="M") == "InvalidArn"
        assert service.refusal("StartExecution") == "ValidationException"
        assert service.refusal("DescribeExecution", executionArn=execution) == "ExecutionDoesNotExist"
        assert service.refusal("SendTaskSuccess", taskToken="x", output="{}") == "InvalidToken"
        arn = service.machine()
        assert service.refusal("StartExecution", stateMachineArn=arn, input="{") == "InvalidExecutionInput"

    def test_the_history_comes_in_pages_and_backwards(self, service: Service) -> None:
        execution = service.start(service.machine())
        first = service("GetExecutionHistory", executionArn=execution, maxResults=2)
        rest = service("GetExecutionHistory", executionArn=execution, nextToken=first["nextToken"])
        assert [event["id"] for event in first["events"] + rest["events"]] == [1, 2, 3, 4]
        back = service("GetExecutionHistory", executionArn=execution, reverseOrder=True)
        assert [event["id"] for event in back["events"]] == [4, 3, 2, 1]
        bare = service("GetExecutionHistory", executionArn=execution, includeExecutionData=False)
        assert "input" not in bare["events"][0]["executionStartedEventDetails"]

    def test_executions_are_listed_by_status_the_newest_first(self) -> None:
        service = Service(Engine(lambda _: {}))
        arn = service.machine(CALLBACK)
        first, second = service.start(arn), service.start(arn)
        service("StopExecution", executionArn=first, error="E", cause="C")
        running = service("ListExecutions", stateMachineArn=arn, statusFilter="RUNNING")["executions"]
        assert [one["executionArn"] for one in running] == [second]
        described = service("DescribeExecution", executionArn=first)
        assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "E", "C")
        assert described["redriveStatus"] == "REDRIVABLE"

    def test_an_express_machine_answers_synchronously_and_is_described_by_nobody(
        self, service: Service
    ) -> None:
        arn = service.machine(WAIT, type="EXPRESS")
        answer = service("StartSyncExecution", stateMachineArn=arn, input='{"a":1}')
        assert (answer["status"], answer["output"]) == ("SUCCEEDED", '{"a":1}')
        assert service.refusal("DescribeExecution", executionArn=answer["executionArn"]) == "InvalidArn"
        standard = service.machine(name="S")
        assert (
            service.refusal("StartSyncExecution", stateMachineArn=standard) == "StateMachineTypeNotSupported"
        )

    def test_a_worker_takes_the_task_of_an_activity(self, service: Service) -> None:
        activity = service("CreateActivity", name="Brew")["activityArn"]
        task = {"Type": "Task", "Resource": activity, "TimeoutSeconds": 60, "End": True}
        execution = service.start(service.machine({"StartAt": "B", "States": {"B": task}}), input='"tea"')
        assert service("DescribeExecution", executionArn=execution)["status"] == "RUNNING"
        given = service("GetActivityTask", activityArn=activity, workerName="me")
        assert given["input"] == '"tea"'
        service("SendTaskSuccess", taskToken=given["taskToken"], output='"done"')
        assert service("DescribeExecution", executionArn=execution)["output"] == '"done"'
        assert service("GetActivityTask", activityArn=activity) == {}

    def test_a_task_that_calls_step_functions_is_answered_with_its_errors(self) -> None:
        engine = Engine()
        engine.handler = StepFunctions(engine).answer
        task = {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess",
            "Parameters": {"TaskToken": "none", "Output": "{}"},
            "End": True,
        }
        execution = engine.run({"StartAt": "S", "States": {"S": task}})
        assert execution.error == "Sfn.InvalidTokenException"
        assert str(execution.cause).startswith(
            "Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400"
        )


def test_the_protocol_names_the_error_in_body_and_header(service: Service) -> None:
    response = service.api.respond("AWSStepFunctions.StartExecution", b'{"stateMachineArn": "M"}')
    assert response.status == 400
    assert response.headers["x-amzn-ErrorType"] == "InvalidArn"
    assert json.loads(response.body)["__type"] == "InvalidArn"
    assert service.api.respond("AWSStepFunctions.Nothing", b"{}").status == 400
    assert service.api.respond("AWSStepFunctions.ListStateMachines", b"not JSON").status == 400


def test_in_real_time_one_thread_does_what_is_due() -> None:
    engine = Engine(virtual=False)
    before = threading.active_count()
    quick = {
        "StartAt": "A",
        "States": {"A": {"Type": "Wait", "Seconds": 0, "Next": "B"}, "B": {"Type": "Succeed"}},
    }
    with Driver(engine):
        ended = threading.Event()
        machine = engine.create(quick)
        with engine.lock:
            executions = [engine.start(machine, {"n": n}) for n in range(20)]
            executions[-1].on_end.append(lambda _: ended.set())
        engine.outside(lambda: None)
        assert ended.wait(10), "the executions did not end within 10 s"
        assert threading.active_count() == before + 1
    assert {one.status for one in executions} == {"SUCCEEDED"}


def test_in_real_time_a_fault_of_a_handler_ends_its_execution_and_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def answer(attempt: Attempt) -> object:
        if attempt.arguments == "bad":
            raise KeyError("a fault of the handler")
        return attempt.arguments

    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
    engine = Engine(answer, virtual=False)
    with Driver(engine):
        machine = engine.create({"StartAt": "A", "States": {"A": task}})
        ended = threading.Event()
        with engine.lock:
            bad, good = engine.start(machine, "bad"), engine.start(machine, "good")
            good.on_end.append(lambda _: ended.set())
        engine.outside(lambda: None)
        assert ended.wait(10), "the execution did not end within 10 s"
    assert (bad.status, bad.error) == ("FAILED", "States.Runtime")
    assert good.status == "SUCCEEDED"
    assert "could not be run" in caplog.text


def test_what_is_nested_too_deep_is_refused(service: Service) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    arn = service.machine()
    assert service.refusal("StartExecution", stateMachineArn=arn, input=deep) == "InvalidExecutionInput"
    deep = "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)
    assert service.refusal("StartExecution", stateMachineArn=arn, input=deep) == "InvalidExecutionInput"
    assert service("StartExecution", stateMachineArn=arn, input=deep[1:-1])["executionArn"]


def test_a_definition_that_is_nested_too_deep_is_refused() -> None:
    parameters: dict[str, object] = {}
    for _ in range(DEEPEST):
        parameters = {"inside": parameters}
    with pytest.raises(ValueError, match=f"nested more than {DEEPEST} levels deep"):
        Engine().create(
            {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": parameters, "End": True}}}
        )
