"""TestState: one state by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from asl.execution import Engine, TaskFault
from tests.asl.execution.services import PASS, ROLE, Service

CALLBACK: dict[str, Any] = {
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
TASK: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "InputPath": "$.order",
    "Parameters": {"FunctionName": "price", "Payload.$": "$.drink"},
    "ResultSelector": {"price.$": "$.Payload"},
    "ResultPath": "$.costs",
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
    "Next": "Pay",
}


@pytest.fixture
def service() -> Service:
    return Service()


def tried(service: Service, state: Any, **request: Any) -> dict[str, Any]:
    return service("TestState", definition=json.dumps(state), roleArn=ROLE, **request)


def test_each_step_of_the_data_is_told(service: Service) -> None:
    answer = tried(
        service,
        TASK,
        input='{"order": {"drink": "tea"}}',
        mock={"result": '{"Payload": 3}'},
        inspectionLevel="DEBUG",
    )
    assert (answer["status"], answer["nextState"]) == ("SUCCEEDED", "Pay")
    assert json.loads(answer["output"]) == {"order": {"drink": "tea"}, "costs": {"price": 3}}
    assert {key: json.loads(value) for key, value in answer["inspectionData"].items()} == {
        "input": {"order": {"drink": "tea"}},
        "afterInputPath": {"drink": "tea"},
        "afterParameters": {"FunctionName": "price", "Payload": "tea"},
        "result": {"Payload": 3},
        "afterResultSelector": {"price": 3},
        "afterResultPath": {"order": {"drink": "tea"}, "costs": {"price": 3}},
    }


@pytest.mark.parametrize(("used", "status", "details"), [
    (0, "RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 3}),
    (1, "RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 6}),
    (2, "CAUGHT_ERROR", {"catchIndex": 0}),
])  # fmt: skip
def test_a_mocked_error_meets_retriers_and_catchers(
    service: Service, used: int, status: str, details: dict[str, int]
) -> None:
    answer = tried(
        service,
        TASK,
        input='{"order": {"drink": "tea"}}',
        mock={"errorOutput": {"error": "Busy", "cause": "not now"}},
        stateConfiguration={"retrierRetryCount": used},
        inspectionLevel="DEBUG",
    )
    assert answer["status"] == status
    assert answer["inspectionData"]["errorDetails"] == details
    assert (answer["error"], answer["cause"]) == ("Busy", "not now")


def test_a_choice_names_its_next_state(service: Service) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericGreaterThan": 1, "Next": "Many"}],
        "Default": "Few",
    }
    assert tried(service, choice, input='{"n": 5}')["nextState"] == "Many"
    assert tried(service, choice, input='{"n": 0}')["nextState"] == "Few"
    failed = tried(service, choice, input="{}")
    assert (failed["status"], failed["error"]) == ("FAILED", "States.Runtime")


def test_variables_and_context_are_given(service: Service) -> None:
    task = {
        "QueryLanguage": "JSONata",
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": {"QueueUrl": "q", "MessageBody": "{% $states.context.Task.Token & $who %}"},
        "Assign": {"last": "{% $states.result.n %}"},
        "End": True,
    }
    answer = tried(
        service,
        task,
        mock={"result": '{"n": 7}'},
        variables='{"who": "me"}',
        context='{"Task": {"Token": "T-"}}',
        inspectionLevel="DEBUG",
    )
    data = answer["inspectionData"]
    assert json.loads(data["afterArguments"])["MessageBody"] == "T-me"
    assert json.loads(data["variables"]) == {"who": "me", "last": 7}


@pytest.mark.parametrize(("failures", "status"), [(1, "SUCCEEDED"), (2, "FAILED")])
def test_a_map_weighs_the_failures_it_is_told_of(service: Service, failures: int, status: str) -> None:
    each = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"v.$": "$$.Map.Item.Value"},
        "ToleratedFailureCount": 1,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **PASS,
        },
        "End": True,
    }
    answer = tried(
        service,
        each,
        input='{"items": [1, 2]}',
        mock={"result": "[1, 2]"},
        stateConfiguration={"mapIterationFailureCount": failures},
        inspectionLevel="DEBUG",
    )
    assert answer["status"] == status
    assert json.loads(answer["inspectionData"]["afterItemSelector"]) == [{"v": 1}, {"v": 2}]
    assert answer["inspectionData"]["toleratedFailureCount"] == 1


def test_one_state_of_a_machine_is_tried_where_it_stands(service: Service) -> None:
    first = {"Type": "Pass", "Output": "{% 1 + 1 %}", "Next": "B"}
    states = {"A": first, "B": {"Type": "Succeed"}}
    machine = {"QueryLanguage": "JSONata", "StartAt": "A", "States": states}
    answer = tried(service, machine, stateName="A")
    assert (answer["output"], answer["nextState"]) == ("2", "B")


@pytest.mark.parametrize(
    ("state", "request_"),
    [
        ({"Type": "Pass", "End": True}, {"mock": {"result": "{}"}}),
        (TASK, {"mock": {"result": "{}", "errorOutput": {}}}),
        (TASK, {"mock": {"result": "{"}}),
        (TASK, {"context": "{}"}),
        (CALLBACK["States"]["Ask"], {}),
        (CALLBACK, {}),
        (CALLBACK, {"stateName": "Nobody"}),
        (TASK, {"mock": {"errorOutput": {}}, "stateConfiguration": {"errorCausedByState": "X"}}),
        (TASK, {"inspectionLevel": "LOUD"}),
    ],
)
def test_what_makes_no_sense_is_refused(service: Service, state: Any, request_: dict[str, Any]) -> None:
    request = {"definition": json.dumps(state), "roleArn": ROLE, **request_}
    assert service.refusal("TestState", **request) == "ValidationException"


def test_a_mocked_result_is_held_to_the_apis_model(service: Service) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:getItem",
        "Parameters": {"TableName": "t", "Key": {}},
        "End": True,
    }
    wrong = {"mock": {"result": '{"Item": 3}'}, "definition": json.dumps(task), "roleArn": ROLE}
    assert service.refusal("TestState", **wrong) == "ValidationException"
    free = {"mock": {"result": '{"Item": 3}', "fieldValidationMode": "NONE"}}
    assert tried(service, task, **free)["status"] == "SUCCEEDED"


def test_a_task_without_a_mock_is_answered_as_the_engine_answers() -> None:
    def answer(attempt: Any) -> object:
        raise TaskFault("Busy", "not now")

    task = {key: value for key, value in TASK.items() if key not in ("Retry", "Catch", "InputPath")}
    answer_ = tried(Service(Engine(answer)), task, input='{"drink": "tea"}')
    assert (answer_["status"], answer_["error"]) == ("FAILED", "Busy")


CALL: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::http:invoke",
    "Parameters": {
        "ApiEndpoint": "https://menu.test/drinks",
        "Method": "POST",
        "Authentication": {"ConnectionArn": "arn:aws:events:us-east-1:123456789012:connection/menu/1"},
        "Headers": {"Accept": "application/json"},
        "QueryParameters": {"size": "large"},
        "RequestBody": {"drink.$": "$.drink"},
    },
    "End": True,
}
REQUEST = {
    "protocol": "https",
    "method": "POST",
    "url": "https://menu.test/drinks?size=large",
    "headers": "[Accept: application/json, User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, "
    "Range: bytes=0-262144]",
    "body": '{"drink":"tea"}',
}


@pytest.mark.parametrize(
    ("mock", "response"),
    [
        (
            {
                "result": json.dumps(
                    {
                        "StatusCode": 200,
                        "StatusText": "OK",
                        "Headers": {"date": ["today"]},
                        "ResponseBody": {"ok": True},
                    }
                )
            },
            {
                "protocol": "https",
                "statusCode": "200",
                "statusMessage": "OK",
                "headers": "[date: today]",
                "body": '{"ok":true}',
            },
        ),
        (
            {"errorOutput": {"error": "States.Http.StatusCode.404", "cause": "no such drink"}},
            {"protocol": "https", "statusCode": "404", "body": "no such drink"},
        ),
    ],
)
def test_a_trace_tells_what_an_http_task_sent_and_got(
    service: Service, mock: dict[str, Any], response: dict[str, str]
) -> None:
    answer = tried(service, CALL, input='{"drink": "tea"}', mock=mock, inspectionLevel="TRACE")
    assert answer["inspectionData"]["request"] == REQUEST
    assert answer["inspectionData"]["response"] == response
    less = tried(service, CALL, input='{"drink": "tea"}', mock=mock, inspectionLevel="DEBUG")
    assert "request" not in less["inspectionData"]


def test_a_form_is_sent_as_one(service: Service) -> None:
    form = {**CALL["Parameters"], "Transform": {"RequestBodyEncoding": "URL_ENCODED"}}
    answer = tried(
        service,
        {**CALL, "Parameters": form},
        input='{"drink": "tea"}',
        mock={"errorOutput": {"error": "Down"}},
        inspectionLevel="TRACE",
    )
    assert answer["inspectionData"]["request"]["body"] == "drink=tea"
