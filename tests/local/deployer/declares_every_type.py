"""A program with at least one resource of each type that the engine knows.

With `every:version` 2 it declares the same resources with every property changed that AWS can change in place.
"""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

version = pulumi.Config().get_int("version") or 1
second = version == 2
tags = {"project": "every", "version": "2"} if second else {"project": "every", "only_in_first": "x"}


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(arn: str, *actions: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": arn, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


bus = aws.cloudwatch.EventBus("bus", name="Every", description=f"version {version}", tags=tags)

table = aws.dynamodb.Table(
    "table",
    name="every-table",
    hash_key="PK",
    range_key="SK",
    attributes=[{"name": "PK", "type": "S"}, {"name": "SK", "type": "S"}],
    billing_mode="PAY_PER_REQUEST",
    ttl={"enabled": True, "attribute_name": "expires"} if second else None,
    point_in_time_recovery={"enabled": not second},
    server_side_encryption={"enabled": True},
    deletion_protection_enabled=second,
    stream_enabled=not second,
    stream_view_type=None if second else "NEW_IMAGE",
    tags=tags,
)
provisioned = aws.dynamodb.Table(
    "provisioned",
    name="every-provisioned-table",
    hash_key="PK",
    attributes=[{"name": "PK", "type": "S"}],
    billing_mode="PROVISIONED",
    read_capacity=version,
    write_capacity=1,
)
item = aws.dynamodb.TableItem(
    "item",
    table_name=table.name,
    hash_key="PK",
    range_key="SK",
    item=json.dumps({"PK": {"S": "counter"}, "SK": {"S": "orders"}, "value": {"N": "0"}}),
)

role = aws.iam.Role(
    "role",
    name="every-role",
    assume_role_policy=trust("states.amazonaws.com" if second else "lambda.amazonaws.com"),
    description=f"version {version}",
    max_session_duration=3600 * version,
    tags=tags,
)
role_policy = aws.iam.RolePolicy(
    "role-policy",
    name="every-policy",
    role=role.id,
    policy=table.arn.apply(lambda arn: allow(arn, "dynamodb:PutItem" if second else "dynamodb:GetItem")),
)

function_log = aws.cloudwatch.LogGroup(
    "function-log", name="/aws/lambda/every", retention_in_days=30 if second else 14, tags=tags
)
machine_log = aws.cloudwatch.LogGroup(
    "machine-log", name="/aws/vendedlogs/states/every", retention_in_days=None if second else 14
)

failures = aws.sqs.Queue(
    "failures",
    name="every-failures",
    message_retention_seconds=600 * version,
    visibility_timeout_seconds=60 * version,
    sqs_managed_sse_enabled=True,
    tags=tags,
)
redriven = aws.sqs.Queue(
    "redriven",
    name="every-redriven",
    redrive_policy=failures.arn.apply(
        lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3 * version})
    ),
)
ordered = aws.sqs.Queue("ordered", name="every.fifo", fifo_queue=True, content_based_deduplication=second)
queue_policy = aws.sqs.QueuePolicy(
    "queue-policy",
    queue_url=failures.url,
    policy=failures.arn.apply(
        lambda arn: allow(
            arn, "sqs:SendMessage", Principal={"Service": "events.amazonaws.com"}, Sid=f"V{version}"
        )
    ),
)

source = f"import os\ndef handler(event, context):\n    return [{version}, os.environ['TABLE']]\n"
function = aws.lambda_.Function(
    "function",
    name="every-function",
    description=f"version {version}",
    role=role.arn,
    runtime="python3.12",
    architectures=["arm64"],
    handler="package.module.handler",
    code=pulumi.AssetArchive(
        {"package/__init__.py": pulumi.StringAsset(""), "package/module.py": pulumi.StringAsset(source)}
    ),
    memory_size=256 * version,
    timeout=5 * version,
    environment={"variables": {"TABLE": table.name, **({"snake_case": "kept"} if second else {})}},
    logging_config={
        "log_format": "JSON",
        "log_group": function_log.name,
        "application_log_level": "DEBUG" if second else "INFO",
        "system_log_level": "WARN",
    },
    tracing_config={"mode": "Active"},
    dead_letter_config={"target_arn": failures.arn} if second else None,
    reserved_concurrent_executions=5 * version,
    tags=tags,
    opts=pulumi.ResourceOptions(depends_on=[role_policy]),
)
invocations = aws.lambda_.FunctionEventInvokeConfig(
    "invocations",
    function_name=function.name,
    maximum_retry_attempts=version - 1,
    maximum_event_age_in_seconds=3600,
    destination_config={"on_failure": {"destination": failures.arn}},
)

machine = aws.sfn.StateMachine(
    "machine",
    name="Every",
    role_arn=role.arn,
    type="STANDARD",
    definition=function.arn.apply(
        lambda arn: json.dumps(
            {
                "Comment": f"{version}",
                "StartAt": "A",
                "States": {"A": {"Type": "Task", "Resource": arn, "End": True}},
            }
        )
    ),
    logging_configuration={
        "level": "ERROR" if second else "ALL",
        "include_execution_data": second,
        "log_destination": pulumi.Output.concat(machine_log.arn, ":*"),
    },
    tracing_configuration={"enabled": True},
    tags=tags,
)

rule = aws.cloudwatch.EventRule(
    "rule",
    name="every-rule",
    event_bus_name=bus.name,
    description=f"version {version}",
    event_pattern=json.dumps({"source": ["test"], "detail-type": [f"Version{version}"]}),
    state="DISABLED" if second else "ENABLED",
    tags=tags,
)
on_default_bus = aws.cloudwatch.EventRule(
    "on-default-bus",
    name="every-default-rule",
    schedule_expression=f"rate({version + 1} minutes)",
    state="DISABLED",
)
to_function = aws.cloudwatch.EventTarget(
    "to-function",
    rule=rule.name,
    event_bus_name=bus.name,
    target_id="function",
    arn=function.arn,
    retry_policy={"maximum_event_age_in_seconds": 3600 * version, "maximum_retry_attempts": 3},
    dead_letter_config={"arn": failures.arn},
)
to_machine = aws.cloudwatch.EventTarget(
    "to-machine",
    rule=rule.name,
    event_bus_name=bus.name,
    target_id="machine",
    arn=machine.arn,
    role_arn=role.arn,
    input_transformer={
        "input_paths": {"order_id": "$.detail.orderId"},
        "input_template": f'{{"orderId": <order_id>, "version": {version}}}',
    },
)
to_queue = aws.cloudwatch.EventTarget(
    "to-queue",
    rule=on_default_bus.name,
    target_id="queue",
    arn=ordered.arn,
    input=json.dumps({"version": version}),
    sqs_target={"message_group_id": f"version-{version}"},
)
permission = aws.lambda_.Permission(
    "permission",
    statement_id="AllowRule",
    function=function.name,
    action="lambda:InvokeFunction",
    principal="events.amazonaws.com",
    source_arn=on_default_bus.arn if second else rule.arn,
)

alarm = aws.cloudwatch.MetricAlarm(
    "alarm",
    name="every-failed",
    alarm_description=f"version {version}",
    namespace="AWS/States",
    metric_name="ExecutionsFailed",
    dimensions={"StateMachineArn": machine.arn},
    statistic="Sum",
    period=60,
    evaluation_periods=version,
    comparison_operator="GreaterThanThreshold",
    threshold=0.5 * version,
    treat_missing_data="notBreaching",
    tags=tags,
)
on_expression = aws.cloudwatch.MetricAlarm(
    "on-expression",
    name="every-expression",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    threshold=version,
    metric_queries=[{"id": "e1", "expression": "TIME_SERIES(1)", "return_data": True}],
)
widget = {"type": "text", "x": 0, "y": 0, "width": version, "height": 1, "properties": {"markdown": "hi"}}
dashboard = aws.cloudwatch.Dashboard(
    "dashboard", dashboard_name="Every", dashboard_body=json.dumps({"widgets": [widget]})
)

pulumi.export("tableArn", table.arn)
pulumi.export("ruleArn", rule.arn)
pulumi.export("machineArn", machine.arn)
pulumi.export("names", {"function": function.name, "queueUrl": failures.url})
