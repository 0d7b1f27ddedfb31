"""Lambda functions and SDK calls: what they request, checked against AWS's own descriptions of its APIs."""

from __future__ import annotations

from typing import Any

import pytest

from dsl import context, end, sdk
from dsl.lambda_ import Function, invoke
from tests.dsl.samples import Answer, ask, ask_function, body, order, refused, states

ANY = "arn:aws:states:eu-west-1:1:x"


def sdk_call(action: str, parameters: Any, **options: Any) -> sdk.CallAwsService:
    return sdk.call("Call", action, parameters, **{"resource": ANY, **options})


class TestLambda:
    def test_a_function_is_invoked_with_a_payload(self) -> None:
        compiled = body(ask("Ask", id=order.orderId))
        assert compiled["Resource"] == "arn:aws:states:::lambda:invoke"
        assert compiled["Parameters"] == {
            "FunctionName": "${AskFunctionArn}",
            "Payload": {"id.$": "$.orderId"},
        }

    def test_a_function_is_a_name_that_the_deployment_binds(self) -> None:
        assert Function("SanitizeOrder", Answer).arn == "${SanitizeOrderFunctionArn}"

    def test_its_answer_is_in_the_payload(self) -> None:
        assert repr(ask("Ask").Payload.text) == "<Str $.ask.Payload.text>"

    def test_faults_of_the_service_are_tried_again_and_errors_of_the_function_are_not(self) -> None:
        (retry,) = body(ask("Ask"))["Retry"]
        assert "Lambda.TooManyRequestsException" in retry["ErrorEquals"]
        assert "States.TaskFailed" not in retry["ErrorEquals"]

    def test_what_comes_back_with_a_token_is_not_the_function_s_answer(self) -> None:
        task = invoke("Ask", ask_function, {"token": context.task.token}, wait_for_token=True, timeout=60)
        with refused(
            "it waits for a task token, so its result is what comes back with the token, "
            "not what the function returned",
            state="Ask",
        ):
            _ = task.Payload


class TestSdkCalls:
    def test_a_call_is_named_as_step_functions_names_it(self) -> None:
        task = sdk_call("sfn:sendTaskSuccess", {"TaskToken": order.orderId, "Output": "{}"})
        compiled = body(task)
        assert compiled["Resource"] == "arn:aws:states:::aws-sdk:sfn:sendTaskSuccess"
        assert compiled["Parameters"] == {"TaskToken.$": "$.orderId", "Output": "{}"}

    @pytest.mark.parametrize(
        ("action", "parameters", "permission"),
        [
            ("sfn:stopExecution", {"ExecutionArn": "x"}, "states:StopExecution"),
            ("dynamodb:deleteItem", {"TableName": "x", "Key": {}}, "dynamodb:DeleteItem"),
            ("cloudwatch:deleteAlarms", {"AlarmNames": ["x"]}, "cloudwatch:DeleteAlarms"),
            ("eventbridge:deleteRule", {"Name": "x"}, "events:DeleteRule"),
            ("sqs:deleteQueue", {"QueueUrl": "x"}, "sqs:DeleteQueue"),
        ],
    )
    def test_a_call_needs_the_permission_of_its_action(
        self, action: str, parameters: dict[str, Any], permission: str
    ) -> None:
        assert [(found.action, found.resource) for found in sdk_call(action, parameters).permissions] == [
            (permission, ANY)
        ]

    @pytest.mark.parametrize(
        ("action", "parameters", "fault"),
        [
            ("dynamdb:query", {}, "AWS has no service 'dynamdb' for SDK calls (did you mean 'dynamodb'?)"),
            (
                "stepfunctions:stopExecution",
                {},
                "Step Functions calls the service 'stepfunctions' by the name 'sfn'",
            ),
            ("sfn:stopExecutoin", {}, "sfn has no action 'stopExecutoin' (did you mean 'stopExecution'?)"),
            ("sfn:StopExecution", {}, "sfn has no action 'StopExecution' (did you mean 'stopExecution'?)"),
            (
                "sfn:stopExecution",
                {"executionArn": "x"},
                "sfn:stopExecution takes no parameter 'executionArn' (did you mean 'ExecutionArn'?)",
            ),
            ("sfn:sendTaskSuccess", {}, "sfn:sendTaskSuccess needs TaskToken, Output"),
            (
                "sfn:stopExecution",
                {"ExecutionArn": 3},
                "sfn:stopExecution takes a string as 'ExecutionArn', not 3",
            ),
            (
                "sqs:receiveMessage",
                {"QueueUrl": "x", "AttributeNames": "All"},
                "sqs:receiveMessage takes a list as 'AttributeNames', not 'All'",
            ),
            (
                "sqs:sendMessageBatch",
                {
                    "QueueUrl": "x",
                    "Entries": [{"Id": "1", "MessageBody": "x"}, {"Id": "2", "MesageBody": "x"}],
                },
                "sqs:sendMessageBatch takes no parameter 'Entries[1].MesageBody' (did you mean 'MessageBody'?)",
            ),
            (
                "lambda:createFunction",
                {"FunctionName": "x", "Role": "x", "Code": {"Zip": "x"}},
                "lambda:createFunction takes no parameter 'Code.Zip' (did you mean 'ZipFile'?)",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) and " " not in value else "",
    )
    def test_a_mistake_in_a_call_is_answered_with_what_aws_knows(
        self, action: str, parameters: dict[str, Any], fault: str
    ) -> None:
        with refused(fault, state="Call"):
            sdk_call(action, parameters)

    def test_a_call_on_every_resource_gives_its_reason(self) -> None:
        with refused(
            "sfn:listStateMachines on every resource: name the narrowest one, or give reason= why there is none",
            state="Call",
        ):
            sdk_call("sfn:listStateMachines", {}, resource="*")
        task = sdk_call("sfn:listStateMachines", {}, resource="*", reason="It lists them all.")
        assert task.permissions[0].reason == "It lists them all."


class TestSdkAnswers:
    def test_an_answer_is_read_by_the_names_of_the_api(self) -> None:
        described = sdk_call("sfn:describeExecution", {"ExecutionArn": "x"})
        assert repr(described.result.Status) == "<Str $.call.Status>"
        assert repr(described.result.StartDate) == "<Timestamp $.call.StartDate>"

    def test_a_misspelt_field_of_an_answer_suggests_the_right_one(self) -> None:
        described = sdk_call("sfn:describeExecution", {"ExecutionArn": "x"})
        with refused("$.call has no field 'Statsu' (did you mean 'Status'?)"):
            _ = described.result.Statsu

    def test_lists_and_maps_of_an_answer_go_deeper(self) -> None:
        listed = sdk_call("sfn:listExecutions", {})
        assert repr(listed.result.Executions[0].Name) == "<Str $.call.Executions[0].Name>"
        got = sdk_call("dynamodb:getItem", {"TableName": "x", "Key": {}})
        assert repr(got.result.Item["name"].S) == "<Str $.call.Item.name.S>"

    def test_an_object_of_an_answer_has_no_elements(self) -> None:
        described = sdk_call("sfn:describeExecution", {"ExecutionArn": "x"})
        with refused("$.call is no list but a structure; it has no element 0"):
            _ = described.result[0]

    def test_what_an_answer_always_has_is_read_without_a_test(self) -> None:
        described = sdk_call("sfn:describeExecution", {"ExecutionArn": "x"})
        assert states(described >> ask("Read", status=described.result.Status) >> end)

    def test_what_an_answer_may_lack_needs_a_test(self) -> None:
        described = sdk_call("sfn:describeExecution", {"ExecutionArn": "x"})
        with refused(
            "it reads $.call.Output, which may not be there. On the route 'Call' → 'Read' nothing makes sure of it; "
            "it is optional, so test it with is_present() on the way, or take it for granted with required()",
            state="Read",
        ):
            states(described >> ask("Read", output=described.result.Output) >> end)

    def test_a_call_that_answers_nothing_has_no_result(self) -> None:
        with refused("DeleteQueue answers nothing", state="Call"):
            _ = sdk_call("sqs:deleteQueue", {"QueueUrl": "x"}).result

    def test_what_comes_back_with_a_token_is_not_the_api_s_answer(self) -> None:
        task = sdk_call(
            "sqs:sendMessage",
            {"QueueUrl": "x", "MessageBody": context.task.token},
            wait_for_token=True,
            timeout=60,
        )
        with refused(
            "it waits for a task token, so its result is what comes back with the token, not the API's answer",
            state="Call",
        ):
            _ = task.result
