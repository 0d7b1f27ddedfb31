"""Rules that hold for every stack that the program deploys, whatever its name and configuration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.policy.conftest import CONFIG
from tests.policy.schema import faults

if TYPE_CHECKING:
    from local.deployer import RecordedResource, Recording

QUEUES = "AWS/SQS", "ApproximateNumberOfMessagesVisible"
WIDE = {
    # Each of these takes no resource at all, says the Service Authorization Reference.
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
# Mismatches that the linter sees, but AWS does not.
MISTAKEN = {
    # Its list has no resource for them, like the Service Authorization Reference and IAM's own simulator. They are
    # nevertheless judged by the state machine that issued the token: the refusal in NOAA-OWP/hydrovis#837 names that
    # machine, aws/aws-cdk#8486 tested both, and the CDK's `grantTaskResponse` grants just that since 2020.
    ("states:SendTaskFailure", "*"),
    ("states:SendTaskSuccess", "*"),
    # It asks for an ARN of each kind that there is; the processor's executions are all of the standard kind.
    ("states:DescribeExecution", "arn:*:states:*:*:express:*:*:*"),
}
UNTAGGABLE = {
    "Dashboard",
    "EventTarget",
    "FunctionEventInvokeConfig",
    "Permission",
    "QueuePolicy",
    "RolePolicy",
    "TableItem",
}
TOKEN_ROUTES = ("WorkflowStarted", "WaitingCompletion")


def kind(resource: RecordedResource) -> str:
    return resource.type.rpartition(":")[2]


def judged(finding: Any) -> list[str]:
    """Return what a finding of the linter says, without what is known to be its own mistake."""
    if finding.issue != "RESOURCE_MISMATCH":
        return [f"{finding.issue}: {finding.detail}"]
    return [
        f"{finding.issue}: {detail}"
        for detail in finding.detail
        if (detail["action"], detail["required_format"]) not in MISTAKEN
    ]


def custom(recording: Recording, name: str) -> list[RecordedResource]:
    return [resource for resource in recording.of_type(name) if resource.custom]


def documents(recording: Recording) -> dict[str, Any]:
    """Every IAM document: policies of roles and queues, and who may assume a role."""
    found = {f"{r.name}.policy": r.inputs["policy"] for r in recording.of_type("RolePolicy")}
    found |= {f"{r.name}.queue": r.inputs["policy"] for r in recording.of_type("QueuePolicy")}
    found |= {f"{r.name}.trust": r.inputs["assumeRolePolicy"] for r in recording.of_type("Role")}
    return {name: json.loads(str(document)) for name, document in found.items()}


def alarmed(recording: Recording, namespace: str, metric: str, dimension: str) -> set[object]:
    """Return what the alarms on a metric watch."""
    alarms: list[Any] = [alarm.inputs for alarm in recording.of_type("MetricAlarm")]
    return {
        alarm["dimensions"][dimension]
        for alarm in alarms
        if (alarm["namespace"], alarm["metricName"]) == (namespace, metric)
    }


def test_every_property_is_one_that_the_aws_plugin_takes(recording: Recording) -> None:
    found = [fault for r in recording.resources if r.custom for fault in faults(r.type, r.inputs)]
    assert found == []


@pytest.mark.parametrize(
    ("token", "inputs", "fault"),
    [
        ("aws:sqs/queue:Queue", {"nam": "q"}, "nam does not exist"),
        ("aws:sqs/queue:Queue", {"delaySeconds": "1"}, "delaySeconds is no integer"),
        ("aws:sqs/queue:Queue", {"tags": {"a": 1}}, "tags.a is int, not str"),
        ("aws:sqs/queuePolicy:QueuePolicy", {"policy": "{}"}, "queueUrl is required"),
        (
            "aws:dynamodb/table:Table",
            {"attributes": [{"name": "PK"}]},
            "attributes[0].type is required",
        ),
        ("aws:dynamodb/table:Table", {"attributes": {"name": "PK"}}, "attributes is no list"),
    ],
)
def test_a_property_that_the_aws_plugin_would_refuse_is_found(
    token: str, inputs: dict[str, Any], fault: str
) -> None:
    assert f"{token}.{fault}" in faults(token, inputs)


def test_everything_is_tagged_with_project_stack_and_owner(recording: Recording) -> None:
    expected = {"project": "serverlesspresso", "stack": recording.stack}
    if owner := CONFIG[recording.stack].get("ownerEmail"):
        expected["owner"] = owner
    for resource in recording.resources:
        if resource.custom and kind(resource) not in UNTAGGABLE:
            assert resource.inputs["tags"] == expected, resource.urn


def test_every_route_has_a_dead_letter_queue_and_tries_within_what_aws_allows(recording: Recording) -> None:
    queues = {queue.outputs["arn"] for queue in recording.of_type("Queue")}
    targets = recording.of_type("EventTarget")
    assert len(targets) == 4
    for target in targets:
        inputs: Any = target.inputs
        assert inputs["deadLetterConfig"]["arn"] in queues, target.urn
        assert 0 < inputs["retryPolicy"]["maximumRetryAttempts"] <= 185
        assert 60 <= inputs["retryPolicy"]["maximumEventAgeInSeconds"] <= 86_400


def test_every_function_that_events_invoke_has_a_dead_letter_queue(recording: Recording) -> None:
    invoked = {permission.inputs["function"] for permission in recording.of_type("Permission")}
    assert invoked
    for function in custom(recording, "Function"):
        if function.physical_name in invoked:
            assert function.inputs["deadLetterConfig"], function.urn


def test_every_queue_is_encrypted(recording: Recording) -> None:
    queues = recording.of_type("Queue")
    assert len(queues) == 7
    assert all(queue.inputs["sqsManagedSseEnabled"] is True for queue in queues)


def test_a_shared_stack_has_an_alarm_on_every_queue(shared: Recording) -> None:
    queues = {queue.physical_name for queue in shared.of_type("Queue")}
    assert alarmed(shared, *QUEUES, "QueueName") == queues


def test_a_shared_stack_has_alarms_on_the_faults_of_every_state_machine_and_function(
    shared: Recording,
) -> None:
    machines = {machine.outputs["arn"] for machine in shared.of_type("StateMachine")}
    for metric in ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled"):
        assert alarmed(shared, "AWS/States", metric, "StateMachineArn") == machines
    functions = {function.physical_name for function in custom(shared, "Function")}
    for metric in ("Errors", "Throttles"):
        assert alarmed(shared, "AWS/Lambda", metric, "FunctionName") == functions


def test_a_shared_stack_has_one_dashboard_that_the_free_tier_covers(shared: Recording) -> None:
    """The three free dashboards of an account may have 50 metrics each."""
    (dashboard,) = shared.of_type("Dashboard")
    widgets = json.loads(str(dashboard.inputs["dashboardBody"]))["widgets"]
    metrics = {
        json.dumps(line[:-1])
        for widget in widgets
        for line in widget["properties"]["metrics"]
        if len(line) > 1
    }
    assert 0 < len(metrics) <= 50


def test_a_stack_of_one_s_own_declares_nothing_that_costs_while_it_is_idle(recording: Recording) -> None:
    watching = [r.name for name in ("MetricAlarm", "Dashboard") for r in recording.of_type(name)]
    assert bool(watching) is (recording.stack == "prod"), watching


def test_alarms_tell_the_topic_where_there_is_one(recording: Recording) -> None:
    topic = CONFIG[recording.stack].get("alarmTopicArn")
    for alarm in recording.of_type("MetricAlarm"):
        assert alarm.inputs.get("alarmActions") == ([topic] if topic else None)


def test_nothing_logs_execution_data_and_everything_is_traced(recording: Recording) -> None:
    for machine in recording.of_type("StateMachine"):
        logging: Any = machine.inputs["loggingConfiguration"]
        assert logging["includeExecutionData"] is False
        assert machine.inputs["tracingConfiguration"] == {"enabled": True}
    for function in custom(recording, "Function"):
        assert function.inputs["tracingConfig"] == {"mode": "Active"}


def test_every_log_ends_some_day(recording: Recording) -> None:
    expected = int(CONFIG[recording.stack].get("logRetentionDays", "14"))
    assert {group.inputs["retentionInDays"] for group in recording.of_type("LogGroup")} == {expected}
    groups = {group.physical_name for group in recording.of_type("LogGroup")}
    for function in custom(recording, "Function"):
        logging: Any = function.inputs["loggingConfig"]
        assert logging["logGroup"] in groups


def test_the_shop_s_data_is_protected_in_shared_stacks_and_nothing_else_anywhere(
    recording: Recording,
) -> None:
    protected = {(r.type.rpartition(":")[2], r.name) for r in recording.resources if r.options.protect}
    tables = {f"serverlesspresso-{which}-table" for which in ("order", "config", "counting")}
    rows = {
        "config-table-config",
        "config-table-menu",
        "counting-table-orderID",
    }
    data = {("Table", table) for table in tables} | {("TableItem", f"serverlesspresso-{row}") for row in rows}
    assert protected == (data if recording.stack == "prod" else set())


def test_tables_are_protected_in_shared_stacks_and_nowhere_else(recording: Recording) -> None:
    shared = recording.stack == "prod"
    tables = custom(recording, "Table")
    assert len(tables) == 3
    for table in tables:
        assert table.inputs["deletionProtectionEnabled"] is shared
        assert table.inputs["pointInTimeRecovery"] == {"enabled": shared}
        assert bool(table.options.protect) is shared
        # Tables are encrypted with a key of DynamoDB's own unless a program says otherwise.
        assert "serverSideEncryption" not in table.inputs


def test_first_values_are_ignored_later(recording: Recording) -> None:
    for item in recording.of_type("TableItem"):
        assert item.options.ignore_changes == ("item",)


def test_dead_letters_with_task_tokens_are_kept_for_a_day_at_most(recording: Recording) -> None:
    for name in TOKEN_ROUTES:
        for queue in (f"{name}-undelivered", f"{name}-failures"):
            seconds: Any = recording.get("Queue", queue).inputs["messageRetentionSeconds"]
            assert seconds <= 86_400


def test_no_statement_is_wider_than_aws_makes_it(recording: Recording) -> None:
    for name, document in documents(recording).items():
        for statement in document["Statement"]:
            assert statement["Effect"] == "Allow"
            assert not any("*" in action for action in statement["Action"]), name
            if "*" in statement.get("Resource", []):
                assert set(statement["Action"]) <= WIDE, name


def test_only_aws_services_may_assume_a_role_and_only_for_this_account(recording: Recording) -> None:
    for role in recording.of_type("Role"):
        (statement,) = json.loads(str(role.inputs["assumeRolePolicy"]))["Statement"]
        (service,) = statement["Principal"].values()
        assert service.endswith(".amazonaws.com")
        # Lambda says nothing of the function when it assumes its role.
        assert "Condition" in statement or service == "lambda.amazonaws.com", role.urn


def test_the_policy_linter_finds_nothing(recording: Recording, lint: Any) -> None:
    found = {}
    for name, document in documents(recording).items():
        if name.endswith(".policy"):  # parliament reads identity policies, which have no Principal
            findings = lint(json.dumps(document)).findings
            found[name] = [fault for finding in findings for fault in judged(finding)]
    assert {name: issues for name, issues in found.items() if issues} == {}


def test_the_policy_linter_is_awake(lint: Any) -> None:
    statement = {"Effect": "Allow", "Action": ["dynamodb:FetchItem"], "Resource": ["*"]}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    assert [finding.issue for finding in lint(json.dumps(document)).findings] == ["UNKNOWN_ACTION"]


def test_no_resource_is_deployed_of_which_no_rule_here_knows(recording: Recording) -> None:
    kinds = {kind(resource) for resource in recording.resources if resource.custom}
    watching = {"Dashboard", "MetricAlarm"}
    assert kinds - watching == UNTAGGABLE - watching | {
        "EventBus",
        "EventRule",
        "Function",
        "LogGroup",
        "Queue",
        "Role",
        "StateMachine",
        "Table",
    }
    assert kinds & watching == (watching if recording.stack == "prod" else set())
