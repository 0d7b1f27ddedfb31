"""What a task needs follows from its resource and its parameters, whoever wrote it."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import pytest

import dsl.options
from dsl import (
    Bool,
    DefinitionError,
    Permission,
    Placeholder,
    Retry,
    Shape,
    StateMachine,
    Str,
    batch,
    bedrock,
    context,
    distributed_map,
    dynamodb,
    ecs,
    end,
    events,
    glue,
    http,
    jobs,
    jsonata,
    lambda_,
    map_,
    parallel,
    s3_objects,
    scheduler,
    sdk,
    slot,
    sns,
    sqs,
    stepfunctions,
    succeed,
    view,
    written,
)
from dsl.arguments import signature_of
from dsl.intrinsics import format_string
from tests.dsl.samples import refused
from workflows import order_processor

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsl import Json, Task

HERE = "${AWS::Region}:${AWS::AccountId}"


class Cup(Shape):
    size: Str


class Answer(Shape):
    ok: Bool


cup = view(Cup)

API: dict[str, str] = {
    "ApiEndpoint": "abc.execute-api.eu-west-1.amazonaws.com",
    "Method": "GET",
    "Stage": "v1",
    "Path": "/cups",
    "AuthType": "IAM_ROLE",
}
API_ARN = f"arn:${{AWS::Partition}}:execute-api:{HERE}:abc"


def needs(task: Task) -> set[tuple[str, str]]:
    return {(permission.action, permission.resource) for permission in task.permissions}


@pytest.mark.parametrize(
    ("task", "needed"),
    [
        (lambda: sns.publish("T", Placeholder("HostTopicArn"), "x"), {("sns:Publish", "${HostTopicArn}")}),
        (
            lambda: sqs.send_message("T", Placeholder("BarQueueUrl"), "x"),
            {("sqs:SendMessage", "${BarQueueArn}")},
        ),
        (
            lambda: sqs.send_message("T", "https://sqs.eu-west-1.amazonaws.com/123456789012/bar", "x"),
            {("sqs:SendMessage", "arn:${AWS::Partition}:sqs:eu-west-1:123456789012:bar")},
        ),
        (
            lambda: glue.start_job_run("T", "press", wait=False),
            {("glue:StartJobRun", f"arn:${{AWS::Partition}}:glue:{HERE}:job/press")},
        ),
        (
            lambda: batch.submit_job("T", "r", queue=Placeholder("QArn"), definition="roast", wait=False),
            {
                ("batch:SubmitJob", "${QArn}"),
                ("batch:SubmitJob", f"arn:${{AWS::Partition}}:batch:{HERE}:job-definition/roast:*"),
            },
        ),
        (
            lambda: bedrock.invoke_model("T", "amazon.nova-lite-v1:0", source="s3://beans/in.json"),
            {
                (
                    "bedrock:InvokeModel",
                    "arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/amazon.nova-lite-v1:0",
                ),
                ("s3:GetObject", "arn:aws:s3:::beans/in.json"),
            },
        ),
        (
            lambda: scheduler.delete_schedule("T", format_string("cup-{}", cup.size)),
            {
                (
                    "scheduler:DeleteSchedule",
                    f"arn:${{AWS::Partition}}:scheduler:{HERE}:schedule/default/cup-*",
                )
            },
        ),
        (
            lambda: sdk.call(
                "T", "s3:getObject", {"Bucket": "beans", "Key": format_string("a/{}", cup.size)}
            ),
            {("s3:GetObject", "arn:aws:s3:::beans/a/*")},
        ),
        (
            lambda: lambda_.invoke("T", lambda_.Function("arn:aws:lambda:eu-west-1:1:function:f:prod"), cup),
            {("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:1:function:f:prod")},
        ),
        (lambda: jobs.run("T", "apigateway:invoke", API), {("execute-api:Invoke", f"{API_ARN}/v1/GET/cups")}),
        (lambda: jobs.run("T", "apigateway:invoke", {**API, "AuthType": "NO_AUTH"}), set()),
    ],
)
def test_a_task_needs_what_its_parameters_name(
    task: Callable[[], Task], needed: set[tuple[str, str]]
) -> None:
    assert needs(task()) == needed


def test_a_container_s_roles_are_handed_on_and_its_end_is_watched() -> None:
    task = ecs.run_task("T", Placeholder("TaskArn"), cluster="c", roles=[Placeholder("RoleArn")])
    found = needs(task)
    assert {("ecs:RunTask", "${TaskArn}"), ("iam:PassRole", "${RoleArn}"), ("ecs:StopTask", "*")} <= found
    assert ("events:PutRule", "${ManagedRulesArn}/StepFunctionsGetEventsForECSTaskRule") in found


def test_an_http_task_may_call_its_endpoint_by_its_method_alone() -> None:
    endpoint = format_string("https://rates.example.com/{}", cup.size)
    task = http.invoke("T", endpoint, connection=Placeholder("RatesConnectionArn"), answer=Answer)
    machine = StateMachine("M", task >> end(task.ResponseBody.ok))
    statements: Any = machine.policy()["Statement"]
    allowed = {statement["Action"][0]: statement for statement in statements}
    assert allowed["states:InvokeHTTPEndpoint"] == {
        "Effect": "Allow",
        "Action": ["states:InvokeHTTPEndpoint"],
        "Resource": ["${WorkflowArn}"],
        "Condition": {
            "StringLike": {"states:HTTPEndpoint": "https://rates.example.com/*"},
            "StringEquals": {"states:HTTPMethod": "GET"},
        },
    }
    assert allowed["events:RetrieveConnectionCredentials"]["Resource"] == ["${RatesConnectionArn}"]
    assert "secretsmanager:DescribeSecret" in allowed


class TestWrittenStates:
    """States in JSONata, states field by field, and definitions that somebody else wrote."""

    def task(self, action: str, arguments: dict[str, Json], **more: Any) -> StateMachine:
        state = jsonata.task("Do it", f"arn:aws:states:::{action}", arguments, **more)
        return StateMachine("M", state >> end, query_language="JSONata")

    def test_a_definition_of_the_language_needs_what_its_machine_needs(self) -> None:
        again = StateMachine.from_asl(order_processor.definition())
        assert again.policy() == order_processor.policy()

    def test_a_state_in_jsonata_needs_what_its_arguments_name(self) -> None:
        machine = self.task("lambda:invoke", {"FunctionName": "${PriceFunctionArn}"})
        assert machine.policy()["Statement"] == [
            {
                "Effect": "Allow",
                "Action": ["lambda:InvokeFunction"],
                "Resource": ["${PriceFunctionArn}", "${PriceFunctionArn}:*"],
            }
        ]

    def test_what_only_the_data_says_is_refused_with_the_state_s_name(self) -> None:
        machine = self.task("lambda:invoke", {"FunctionName": "{% $states.input.f %}"})
        with refused(
            "what lambda:invoke needs cannot be told, since FunctionName is known only while it runs; "
            "give permissions=, or on= or resource= where the function takes them",
            state="Do it",
        ):
            machine.policy()

    def test_permissions_say_it_then(self) -> None:
        said = [Permission("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:1:function:f")]
        machine = self.task("lambda:invoke", {"FunctionName": "{% $states.input.f %}"}, permissions=said)
        assert machine.policy()["Statement"] != []
        document = machine.definition()
        assert StateMachine.from_asl(document, permissions={"Do it": said}).policy() == machine.policy()

    def test_a_function_named_by_the_resource_is_invoked(self) -> None:
        arn = "arn:aws:lambda:eu-west-1:123456789012:function:f"
        machine = StateMachine("M", written("A", "Task", {"Resource": arn}) >> end)
        assert machine.policy()["Statement"] != []

    def test_an_activity_needs_nothing(self) -> None:
        arn = "arn:aws:states:eu-west-1:123456789012:activity:a"
        assert StateMachine("M", written("A", "Task", {"Resource": arn}) >> end).policy()["Statement"] == []

    def test_a_distributed_map_needs_what_it_reads_and_its_own_executions(self) -> None:
        night = distributed_map("Night", succeed("One"), reader=s3_objects("beans", "2026/"))
        machine = StateMachine("Night", night >> end)
        assert StateMachine.from_asl(machine.definition()).policy() == machine.policy()


TASKS = [
    batch.submit_job,
    bedrock.invoke_model,
    dynamodb.delete_item,
    dynamodb.get_item,
    dynamodb.put_item,
    dynamodb.query,
    dynamodb.transact_write,
    dynamodb.update_item,
    ecs.run_task,
    events.put_events,
    glue.start_job_run,
    http.invoke,
    jobs.run,
    lambda_.invoke,
    scheduler.create_schedule,
    sdk.call,
    sns.publish,
    sqs.send_message,
    stepfunctions.start_execution,
]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.__module__}.{task.__name__}")
def test_every_task_names_its_options(task: Callable[..., Task]) -> None:
    options = signature_of(task).parameters
    assert {"timeout", "retry", "credentials", "into", "output", "comment"} <= options.keys()
    assert all(option.kind is not option.VAR_KEYWORD for option in options.values())
    assert task.__doc__
    assert "in `dsl.options` describes the options: retry, into, output, comment, timeout" in task.__doc__


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.__module__}.{task.__name__}")
def test_no_task_takes_an_option_that_it_does_not_name(task: Callable[..., Task]) -> None:
    for option in ("tiemout", "default_retry", "wait_for_token"):
        if option not in signature_of(task).parameters:
            with pytest.raises(
                DefinitionError, match=rf"^state 'Task': {task.__name__}\(\) takes no {option}= \("
            ):
                task("Task", **{option: 1})


def test_without_a_retry_a_task_retries_the_transient_errors_of_its_service() -> None:
    def tried(**options: Any) -> object:
        return sns.publish("Tell", "${TopicArn}", "text", **options).retry

    assert tried() == tried(retry=None) == (sns.TRANSIENT,)
    assert tried(retry=()) == ()
    assert tried(retry=[Retry(("States.ALL",))]) == (Retry(("States.ALL",)),)


@pytest.mark.parametrize("options", [name for name in vars(dsl.options) if name.endswith("Options")])
def test_every_option_is_described(options: str) -> None:
    source = inspect.getsource(dsl.options)
    for option in getattr(dsl.options, options).__annotations__:
        assert re.search(rf'^    {option}: [^\n]+\n    """[A-Z]', source, re.MULTILINE)


@pytest.mark.parametrize("state", [map_, parallel, distributed_map, jsonata.map_, jsonata.parallel])
def test_what_runs_other_states_retries_too(state: Callable[..., Any]) -> None:
    assert "retry" in signature_of(state).parameters


def test_what_a_person_answered_is_read_from_its_slot() -> None:
    answer = slot(Answer, "answer")
    ask = sqs.send_message(
        "Ask",
        Placeholder("BarQueueUrl"),
        {"t": context.task.token},
        wait_for_token=True,
        timeout=9,
        into=answer,
    )
    compiled: Any = StateMachine("M", ask >> succeed("Out", output=answer.ok)).definition()["States"]
    assert compiled["Ask"]["ResultPath"] == "$.answer"
    assert compiled["Out"]["OutputPath"] == "$.answer.ok"


def test_another_workflow_s_output_is_typed() -> None:
    roast = stepfunctions.start_execution("Roast", Placeholder("RoasterArn"), cup, wait=True, answer=Answer)
    compiled: Any = StateMachine("M", roast >> end(roast.Output.ok)).definition()
    state = compiled["States"]["Roast"]
    assert state["OutputPath"] == "$.Output.ok"
    assert state["Parameters"]["Input"]["size.$"] == "$.size"
    with pytest.raises(DefinitionError, match="give wait=True to read its output"):
        _ = stepfunctions.start_execution("Start", Placeholder("RoasterArn"), {}).Output
