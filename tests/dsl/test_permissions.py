"""Permissions: what a call, a job or a map needs, and that the workflows' policies are enough and no more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.services.integrations import optimised
from dsl import (
    Anything,
    DefinitionError,
    Placeholder,
    StateMachine,
    distributed_map,
    end,
    jobs,
    pass_,
    s3_objects,
    sdk,
)
from dsl.permissions.actions import RENAMED
from dsl.permissions.jobs import JOBS, integration_permissions
from dsl.permissions.policy import Permission, policy_document
from dsl.values.expressions import ReferencePath
from local.deployer.clients import Clients
from tests.dsl.samples import unbounded
from workflows import order_manager, order_processor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stacks.emulator import Emulator

HERE = "us-east-1:123456789012"
BUCKET = "arn:aws:s3:::beans"
RULES = "${ManagedRulesArn}"


def allowed(*permissions: Permission) -> set[tuple[str, str]]:
    return {(permission.action, permission.resource) for permission in permissions}


class TestCalls:
    """A call of any API."""

    @pytest.mark.parametrize(
        ("action", "parameters", "expected"),
        [
            ("s3:listObjectsV2", {"Bucket": "beans"}, {"s3:ListBucket"}),
            ("s3:headObject", {"Bucket": "beans", "Key": "k"}, {"s3:GetObject"}),
            (
                "s3:copyObject",
                {"Bucket": "b", "Key": "k", "CopySource": "c"},
                {"s3:GetObject", "s3:PutObject"},
            ),
            ("lambda:invoke", {"FunctionName": "roast"}, {"lambda:InvokeFunction"}),
            ("cloudwatch:listMetrics", {}, {"cloudwatch:ListMetrics"}),
            ("sfn:stopExecution", {"ExecutionArn": "arn"}, {"states:StopExecution"}),
            (
                "dynamodb:transactWriteItems",
                {"TransactItems": []},
                {
                    "dynamodb:ConditionCheckItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                },
            ),
        ],
    )
    def test_needs_the_action_by_iam_s_name(
        self, action: str, parameters: dict[str, Any], expected: set[str]
    ) -> None:
        task = sdk.call("Call", action, parameters, resource=BUCKET)
        assert allowed(*task.permissions) == {(name, BUCKET) for name in expected}

    def test_on_everything_keeps_its_reason(self) -> None:
        task = sdk.call(
            "Buckets", "s3:listBuckets", {}, resource="*", reason="a list of all cannot be narrowed"
        )
        assert unbounded(task.permissions) == {"s3:ListAllMyBuckets": "a list of all cannot be narrowed"}


class TestJobs:
    """Optimised integrations, with and without waiting for the job."""

    @pytest.mark.parametrize("pattern", ["", ".waitForTaskToken"])
    def test_starting_an_execution_needs_no_more_than_that(self, pattern: str) -> None:
        assert allowed(*integration_permissions(f"states:startExecution{pattern}", ["${ChildArn}"])) == {
            ("states:StartExecution", "${ChildArn}")
        }

    def test_waiting_for_an_execution_needs_its_state_its_end_and_a_rule(self) -> None:
        task = jobs.start_execution("Roast", Placeholder("ChildArn"), {"beans": "arabica"}, wait=True)
        rule = f"{RULES}/StepFunctionsGetEventsForStepFunctionsExecutionRule"
        assert allowed(*task.permissions) == {
            ("states:StartExecution", "${ChildArn}"),
            ("states:DescribeExecution", "${ChildExecutionsArn}:*"),
            ("states:StopExecution", "${ChildExecutionsArn}:*"),
            ("events:DescribeRule", rule),
            ("events:PutRule", rule),
            ("events:PutTargets", rule),
        }

    def test_a_written_arn_gives_its_executions_arn(self) -> None:
        machine = f"arn:aws:states:{HERE}:stateMachine:Roast"
        found = allowed(*integration_permissions("states:startExecution.sync:2", [machine]))
        assert ("states:StopExecution", f"arn:aws:states:{HERE}:execution:Roast:*") in found

    def test_what_cannot_be_narrowed_is_said(self) -> None:
        found = integration_permissions("batch:submitJob.sync", ["${QueueArn}", "${DefinitionArn}"])
        assert unbounded(found) == dict.fromkeys(
            ("batch:DescribeJobs", "batch:TerminateJob"), JOBS["batch:submitJob"].reason
        )

    def test_a_role_that_is_handed_on_is_named(self) -> None:
        found = integration_permissions("ecs:runTask.sync", ["${TaskArn}"], passes=["${TaskRoleArn}"])
        assert ("iam:PassRole", "${TaskRoleArn}") in allowed(*found)

    @pytest.mark.parametrize(
        ("action", "on", "expected", "rule"),
        [
            (
                "athena:startQueryExecution",
                ["${GroupArn}"],
                {"StartQueryExecution", "StopQueryExecution", "GetQueryExecution"},
                "",
            ),
            (
                "codebuild:startBuildBatch",
                ["${ProjectArn}"],
                {"StartBuildBatch", "StopBuildBatch", "BatchGetBuildBatches"},
                "StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
            ),
            ("databrew:startJobRun", ["${JobArn}"], {"StartJobRun", "ListJobRuns", "StopJobRun"}, ""),
            ("eks:deleteCluster", ["${ClusterArn}"], {"DeleteCluster", "DescribeCluster"}, ""),
            (
                "elasticmapreduce:addStep",
                ["${ClusterArn}"],
                {"AddJobFlowSteps", "DescribeStep", "CancelSteps"},
                "StepFunctionsGetEventForEMRAddJobFlowStepsRule",
            ),
            (
                "glue:startJobRun",
                ["${JobArn}"],
                {"StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun"},
                "",
            ),
            (
                "sagemaker:createTrainingJob",
                ["${JobArn}"],
                {"CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "AddTags"},
                "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
            ),
        ],
    )
    def test_waiting_for_a_job_needs_what_aws_s_page_of_it_shows(
        self, action: str, on: list[str], expected: set[str], rule: str
    ) -> None:
        service = action.partition(":")[0]
        wanted = {(f"{service}:{name}", target) for name in expected for target in on}
        if rule:
            names = ("DescribeRule", "PutRule", "PutTargets")
            wanted |= {(f"events:{name}", f"{RULES}/{rule}") for name in names}
        assert allowed(*integration_permissions(f"{action}.sync", on)) == wanted

    def test_runs_of_a_job_are_watched_below_the_application_that_runs_them(self) -> None:
        found = allowed(*integration_permissions("emr-serverless:startJobRun.sync", ["${AppArn}"]))
        assert {(action, on) for action, on in found if action.startswith("emr")} == {
            ("emr-serverless:StartJobRun", "${AppArn}"),
            ("emr-serverless:GetJobRun", "${AppArn}/jobruns/*"),
            ("emr-serverless:CancelJobRun", "${AppArn}/jobruns/*"),
        }

    @pytest.mark.parametrize("call", JOBS)
    def test_every_job_that_is_known_can_be_waited_for_by_actions_that_iam_knows(self, call: str) -> None:
        service, _, action = call.partition(":")
        patterns = optimised()[service][action]["patterns"]
        pattern = "sync:2" if "sync:2" in patterns else "sync"
        assert pattern in patterns
        machine = f"arn:aws:states:{HERE}:stateMachine:Child"
        found = integration_permissions(f"{call}.{pattern}", [machine])
        statement = {"Effect": "Allow", "Action": sorted({p.action for p in found}), "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        linter = pytest.importorskip("parliament", reason="parliament is not installed")
        findings = linter.analyze_policy_string(json.dumps(policy)).findings
        assert [f.detail for f in findings if f.issue.startswith(("UNKNOWN", "INVALID"))] == []

    def test_a_job_whose_needs_are_not_known_is_refused(self) -> None:
        with pytest.raises(DefinitionError, match="'Count': what it needs to wait for eks:runJob"):
            jobs.run("Count", "eks:runJob.sync", {}, on=["${ClusterArn}"])

    def test_a_star_without_a_reason_is_refused(self) -> None:
        with pytest.raises(DefinitionError, match="name the narrowest one"):
            jobs.run("Bake", "batch:submitJob", {}, on=["*"])

    def test_a_machine_that_is_none_is_refused(self) -> None:
        with pytest.raises(DefinitionError, match="is no ARN of a state machine"):
            jobs.start_execution("Roast", "Roaster", {}, wait=True)


def test_a_distributed_map_may_start_and_end_runs_of_its_own_workflow_and_read_its_items() -> None:
    night = distributed_map(
        "Night", pass_("Count", output={"n": 1}) >> end, reader=s3_objects("beans", "2026/")
    )
    machine = StateMachine("Night", night >> end)
    assert machine.policy()["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [BUCKET]},
        {
            "Effect": "Allow",
            "Action": ["states:DescribeExecution", "states:StopExecution"],
            "Resource": ["${WorkflowExecutionsArn}:*"],
        },
        {
            "Effect": "Allow",
            "Action": ["states:RedriveExecution"],
            "Resource": ["${WorkflowExecutionsArn}/*:*"],
        },
        {"Effect": "Allow", "Action": ["states:StartExecution"], "Resource": ["${WorkflowArn}"]},
    ]


def test_a_bucket_that_only_the_data_knows_is_every_bucket_with_the_reason() -> None:
    bucket = Anything(ReferencePath("$").child("bucket"))
    night = distributed_map("Night", pass_("Count", output={"n": 1}) >> end, reader=s3_objects(bucket))
    assert "known only while the workflow runs" in unbounded(night.permissions)["s3:ListBucket"]


def test_beside_a_star_narrower_resources_are_left_out() -> None:
    policy = policy_document([Permission("s3:GetObject", BUCKET), Permission("s3:GetObject", "*", "why")])
    assert policy["Statement"] == [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}]


def test_renamed_calls_are_those_whose_action_really_differs() -> None:
    assert [call for call, actions in RENAMED.items() if actions == (call,)] == []


# What the workflows' names stand for.
NAMES = ("OrderTable", "ConfigTable", "CountingTable")
BINDINGS: dict[str, str | int] = {
    **{f"{name}Name": name for name in NAMES},
    **{f"{name}Arn": f"arn:aws:dynamodb:{HERE}:table/{name}" for name in NAMES},
    "EventBusName": "Bus",
    "EventBusArn": f"arn:aws:events:{HERE}:event-bus/Bus",
    "SanitizeOrderFunctionArn": f"arn:aws:lambda:{HERE}:function:SanitizeOrder",
    "OrderProcessorArn": f"arn:aws:states:{HERE}:stateMachine:OrderProcessorWorkflow",
    "CustomerTimeoutSeconds": 900,
    "BaristaTimeoutSeconds": 900,
}


def calls(document: object) -> Iterator[tuple[str, str]]:
    """Yield what the tasks of a definition call, and on what: read from the definition, not from the language."""
    if isinstance(document, dict):
        resource, parameters = document.get("Resource"), document.get("Parameters", {})
        if isinstance(resource, str):
            name = resource.removeprefix("arn:aws:states:::").removesuffix(".waitForTaskToken")
            service, _, action = name.removeprefix("aws-sdk:").partition(":")
            match service:
                case "dynamodb":
                    table = f"arn:aws:dynamodb:{HERE}:table/{parameters['TableName']}"
                    yield f"dynamodb:{action[0].upper()}{action[1:]}", table
                case "events":
                    for entry in parameters["Entries"]:
                        yield "events:PutEvents", f"arn:aws:events:{HERE}:event-bus/{entry['EventBusName']}"
                case "lambda":
                    yield "lambda:InvokeFunction", parameters["FunctionName"]
                case "sfn":
                    yield f"states:{action[0].upper()}{action[1:]}", str(BINDINGS["OrderProcessorArn"])
                case _:
                    raise AssertionError(f"a call of {resource}, of which this test knows nothing")
        for item in document.values():
            yield from calls(item)
    elif isinstance(document, list):
        for item in document:
            yield from calls(item)


@pytest.mark.parametrize("machine", [order_processor, order_manager], ids=lambda machine: machine.name)
class TestTheWorkflows:
    """The policies of both workflows, judged by the emulator's policy simulator."""

    def denied(self, emulator: Emulator, policy: Any, wanted: set[tuple[str, str]]) -> set[tuple[str, str]]:
        iam = Clients(emulator.endpoint).iam
        found = set()
        for action, resource in wanted:
            answer = iam.simulate_custom_policy(
                PolicyInputList=[json.dumps(policy)], ActionNames=[action], ResourceArns=[resource]
            )
            if answer["EvaluationResults"][0]["EvalDecision"] != "allowed":
                found.add((action, resource))
        return found

    def test_may_do_all_that_their_tasks_do(self, shared_emulator: Emulator, machine: StateMachine) -> None:
        wanted = set(calls(machine.definition(BINDINGS)))
        assert len(wanted) > 3
        assert self.denied(shared_emulator, machine.policy(BINDINGS), wanted) == set()

    def test_need_every_statement_that_they_have(
        self, shared_emulator: Emulator, machine: StateMachine
    ) -> None:
        policy: Any = machine.policy(BINDINGS)
        wanted = set(calls(machine.definition(BINDINGS)))
        for index, statement in enumerate(policy["Statement"]):
            others = [other for at, other in enumerate(policy["Statement"]) if at != index]
            without = {**policy, "Statement": others}
            assert self.denied(shared_emulator, without, wanted), f"nobody needs {statement}"

    def test_are_allowed_no_action_on_no_resource_that_no_task_calls(
        self, shared_emulator: Emulator, machine: StateMachine
    ) -> None:
        policy: Any = machine.policy(BINDINGS)
        pairs = {
            # A function's versions and aliases go with it.
            (action, resource.removesuffix(":*"))
            for statement in policy["Statement"]
            for action in statement["Action"]
            for resource in statement["Resource"]
        }
        assert pairs == set(calls(machine.definition(BINDINGS)))

    def test_may_not_do_it_to_another_stack(self, shared_emulator: Emulator, machine: StateMachine) -> None:
        wanted = {(action, f"{resource}-bob") for action, resource in calls(machine.definition(BINDINGS))}
        assert self.denied(shared_emulator, machine.policy(BINDINGS), wanted) == wanted
