"""What AWS's own service models say of a value: how long it may be and of which characters.

botocore, which sends the requests, checks only that a value is not too short; the services refuse the rest. So the
pattern and the length are taken from the model of the request that the AWS plugin makes for a resource.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.deployer import RecordedResource

# Pulumi type and property: service, operation, member of the request.
REQUESTS = {
    ("aws:cloudwatch/dashboard:Dashboard", "dashboardName"): ("cloudwatch", "PutDashboard", "DashboardName"),
    ("aws:cloudwatch/eventBus:EventBus", "name"): ("events", "CreateEventBus", "Name"),
    ("aws:cloudwatch/eventRule:EventRule", "name"): ("events", "PutRule", "Name"),
    ("aws:cloudwatch/eventRule:EventRule", "description"): ("events", "PutRule", "Description"),
    ("aws:cloudwatch/eventRule:EventRule", "eventPattern"): ("events", "PutRule", "EventPattern"),
    ("aws:cloudwatch/eventTarget:EventTarget", "targetId"): ("events", "RemoveTargets", "Ids"),
    ("aws:cloudwatch/logGroup:LogGroup", "name"): ("logs", "CreateLogGroup", "logGroupName"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "name"): ("cloudwatch", "PutMetricAlarm", "AlarmName"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "alarmDescription"): (
        "cloudwatch",
        "PutMetricAlarm",
        "AlarmDescription",
    ),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "metricName"): ("cloudwatch", "PutMetricAlarm", "MetricName"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "namespace"): ("cloudwatch", "PutMetricAlarm", "Namespace"),
    ("aws:dynamodb/table:Table", "name"): ("dynamodb", "DescribeTimeToLive", "TableName"),
    ("aws:iam/role:Role", "name"): ("iam", "CreateRole", "RoleName"),
    ("aws:iam/role:Role", "description"): ("iam", "CreateRole", "Description"),
    ("aws:iam/role:Role", "assumeRolePolicy"): ("iam", "CreateRole", "AssumeRolePolicyDocument"),
    ("aws:iam/rolePolicy:RolePolicy", "name"): ("iam", "PutRolePolicy", "PolicyName"),
    ("aws:iam/rolePolicy:RolePolicy", "policy"): ("iam", "PutRolePolicy", "PolicyDocument"),
    ("aws:lambda/function:Function", "name"): ("lambda", "CreateFunction", "FunctionName"),
    ("aws:lambda/function:Function", "description"): ("lambda", "CreateFunction", "Description"),
    ("aws:lambda/function:Function", "handler"): ("lambda", "CreateFunction", "Handler"),
    ("aws:lambda/function:Function", "role"): ("lambda", "CreateFunction", "Role"),
    ("aws:lambda/permission:Permission", "statementId"): ("lambda", "AddPermission", "StatementId"),
    ("aws:lambda/permission:Permission", "principal"): ("lambda", "AddPermission", "Principal"),
    ("aws:lambda/permission:Permission", "sourceArn"): ("lambda", "AddPermission", "SourceArn"),
    ("aws:sfn/stateMachine:StateMachine", "name"): ("stepfunctions", "CreateStateMachine", "name"),
    ("aws:sfn/stateMachine:StateMachine", "definition"): (
        "stepfunctions",
        "CreateStateMachine",
        "definition",
    ),
}
ENUMS = {
    ("aws:lambda/function:Function", "runtime"): ("lambda", "CreateFunction", "Runtime"),
    ("aws:sfn/stateMachine:StateMachine", "type"): ("stepfunctions", "CreateStateMachine", "type"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "comparisonOperator"): (
        "cloudwatch",
        "PutMetricAlarm",
        "ComparisonOperator",
    ),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "statistic"): ("cloudwatch", "PutMetricAlarm", "Statistic"),
    ("aws:dynamodb/table:Table", "billingMode"): ("dynamodb", "CreateTable", "BillingMode"),
}
# What the models leave out: SQS Developer Guide, "Message quotas"; Step Functions Developer Guide, "Service quotas".
WRITTEN = {
    ("aws:sqs/queue:Queue", "name"): (1, 80, r"[A-Za-z0-9_-]+"),
    ("aws:sfn/stateMachine:StateMachine", "name"): (1, 80, r"[A-Za-z0-9_-]+"),
    ("aws:dynamodb/table:Table", "name"): (3, 255, r"[A-Za-z0-9_.-]+"),
    ("aws:lambda/function:Function", "name"): (1, 64, r"[A-Za-z0-9_-]+"),
}
INLINE_POLICIES = 10_240
"""Characters, white space not counted, of all inline policies of a role (IAM User Guide, "IAM and STS quotas")."""


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def _shape(service: str, operation: str, member: str) -> Any:
    request: Any = _model(service).operation_model(operation).input_shape
    shape = request.members[member]
    return shape.member if shape.type_name == "list" else shape


def refused(resource: RecordedResource) -> Iterator[str]:
    """Yield what AWS would not take of a resource's strings."""
    inputs: dict[str, Any] = {**resource.inputs}
    for (type_, name), request in REQUESTS.items():
        if resource.type == type_ and name in inputs:
            limits = _shape(*request).metadata
            least, most = limits.get("min", 0), limits.get("max")
            yield from _faults(resource, name, inputs[name], least, most, limits.get("pattern"))
    for (type_, name), (least, most, pattern) in WRITTEN.items():
        if resource.type == type_:
            yield from _faults(resource, name, inputs[name], least, most, pattern)
    for (type_, name), request in ENUMS.items():
        if resource.type == type_ and inputs[name] not in _shape(*request).enum:
            yield f"{resource.name}.{name} is {inputs[name]!r}, which AWS does not know"


def _faults(
    resource: RecordedResource, name: str, value: str, least: int, most: int | None, pattern: str | None
) -> Iterator[str]:
    if not least <= len(value) <= (most or len(value)):
        yield f"{resource.name}.{name} has {len(value)} characters, not {least} to {most}: {value[:80]}"
    # Java's character classes are Python's but for these two.
    if pattern and re.fullmatch(pattern.replace(r"\p{L}", "A-Za-z").replace(r"\p{N}", "0-9"), value) is None:
        yield f"{resource.name}.{name} does not match {pattern}: {value[:80]}"


def inline_size(documents: list[str]) -> int:
    """How much of a role's quota its inline policies take, in characters."""
    return sum(len(json.dumps(json.loads(document), separators=(",", ":"))) for document in documents)
