"""The IAM policy of a workflow's role, from what its tasks call.

An action of IAM mostly has the name of the API that it allows. `RENAMED` lists the calls for which that does not
hold, as the "Actions" tables of https://docs.aws.amazon.com/service-authorization/latest/reference/ have them, and
`JOBS` what Step Functions needs beside the call itself to wait for a job, as the pages below
https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from asl.services.integrations import optimised
from asl.words import closest
from dsl.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dsl.values.expressions import Json, JsonObject

WORKFLOW_ARN: Final = "${WorkflowArn}"
"""The ARN of the state machine itself."""

WORKFLOW_EXECUTIONS: Final = "${WorkflowExecutionsArn}"
"""`arn:...:execution:<name>` of the state machine itself, without what follows."""

MANAGED_RULES: Final = "${ManagedRulesArn}"
"""`arn:...:rule` of the account and region: below it lie the rules that Step Functions makes for itself."""


class Permission(NamedTuple):
    """One action of IAM on one resource; `reason` says why a resource of `*` cannot be narrower.

    `conditions` are those that all have to hold: an operator of IAM, a key and a value each.
    """

    action: str
    resource: str
    reason: str = ""
    conditions: tuple[tuple[str, str, str], ...] = ()


def assume_role_permission(role: str, reason: str = "") -> Permission:
    """Return what a workflow's own role needs for a task that takes on another; all else the other role must allow.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html
    """
    return Permission("sts:AssumeRole", role, reason)


def invoke_permissions(function: str) -> tuple[Permission, ...]:
    """Return what invoking a function needs, by its ARN. Its versions and aliases are resources of their own."""
    is_version = function.startswith("arn:") and function.count(":") > 6 and "${" not in function
    targets = (function,) if is_version else (function, f"{function}:*")
    return tuple(Permission("lambda:InvokeFunction", target) for target in targets)


PREFIXES: Final[Mapping[str, str]] = {
    "bedrockagentcore": "bedrock-agentcore",
    "email": "ses",
    "entitlement.marketplace": "aws-marketplace",
    "iotdata": "iot",
    "monitoring": "cloudwatch",
    "mturk-requester": "mechanicalturk",
    "tagging": "tag",
}
"""IAM's name of a service where it is not that with which requests to it are signed."""

RENAMED: Final[Mapping[str, tuple[str, ...]]] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteBucketCors": ("s3:PutBucketCORS",),
    "s3:DeleteBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:DeleteBucketLifecycle": ("s3:PutLifecycleConfiguration",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:PutBucketCors": ("s3:PutBucketCORS",),
    "s3:PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "s3:PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "s3:PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "s3:SelectObjectContent": ("s3:GetObject",),
    "s3:UploadPart": ("s3:PutObject",),
    "s3:UploadPartCopy": ("s3:GetObject", "s3:PutObject"),
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "lambda:InvokeAsync": ("lambda:InvokeFunction",),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html and
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
    "dynamodb:BatchExecuteStatement": (
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLUpdate",
    ),
    "dynamodb:ExecuteStatement": (
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLUpdate",
    ),
    "dynamodb:ExecuteTransaction": (
        "dynamodb:PartiQLDelete",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLSelect",
        "dynamodb:PartiQLUpdate",
    ),
    "dynamodb:TransactGetItems": ("dynamodb:GetItem",),
    "dynamodb:TransactWriteItems": (
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    ),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html and list_amazonsns.html
    "sns:PublishBatch": ("sns:Publish",),
    "sqs:ChangeMessageVisibilityBatch": ("sqs:ChangeMessageVisibility",),
    "sqs:DeleteMessageBatch": ("sqs:DeleteMessage",),
    "sqs:SendMessageBatch": ("sqs:SendMessage",),
    # The optimised integration has names of its own: https://docs.aws.amazon.com/step-functions/latest/dg/emr-iam.html
    "elasticmapreduce:AddStep": ("elasticmapreduce:AddJobFlowSteps",),
    "elasticmapreduce:CancelStep": ("elasticmapreduce:CancelSteps",),
    "elasticmapreduce:CreateCluster": ("elasticmapreduce:RunJobFlow",),
    "elasticmapreduce:ModifyInstanceFleetByName": (
        "elasticmapreduce:ListInstanceFleets",
        "elasticmapreduce:ModifyInstanceFleet",
    ),
    "elasticmapreduce:ModifyInstanceGroupByName": (
        "elasticmapreduce:ListInstanceGroups",
        "elasticmapreduce:ModifyInstanceGroups",
    ),
    "elasticmapreduce:SetClusterTerminationProtection": ("elasticmapreduce:SetTerminationProtection",),
    "elasticmapreduce:TerminateCluster": ("elasticmapreduce:TerminateJobFlows",),
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
    "apigateway:Invoke": ("execute-api:Invoke",),
    # The Kubernetes API of a cluster asks Kubernetes' own access control, and IAM nothing:
    # https://docs.aws.amazon.com/step-functions/latest/dg/connect-eks.html
    "eks:Call": (),
    "eks:RunJob": (),
    # https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference.html
    "bedrock:Converse": ("bedrock:InvokeModel",),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
    "execute-api:DeleteConnection": ("execute-api:ManageConnections",),
    "execute-api:GetConnection": ("execute-api:ManageConnections",),
    "execute-api:PostToConnection": ("execute-api:ManageConnections",),
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_batch.html
    "secretsmanager:BatchGetSecretValue": (
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
    ),
}
"""The actions of IAM that a call needs, where they are not the one of its own name."""


class Job(NamedTuple):
    """What a job needs beside the call that starts it: `starting` always, the rest where a task waits for it (`.sync`).

    `starting` and `on_target` are actions on what the task names, `on_runs` on the job runs below that,
    `on_executions` on the executions of the state machine that it names; `unbounded` are those that AWS lets nobody
    narrow, for the reason given. `rule` is the EventBridge rule by which Step Functions learns of the end; where
    there is none it asks again and again.
    """

    on_target: tuple[str, ...] = ()
    starting: tuple[str, ...] = ()
    on_runs: tuple[str, ...] = ()
    on_executions: tuple[str, ...] = ()
    unbounded: tuple[str, ...] = ()
    reason: str = ""
    rule: str = ""


def _sagemaker(kind: str, rule: str) -> Job:
    """Return a job of SageMaker. Step Functions reads its tags, by which it knows the jobs that it started."""
    return Job(
        (f"sagemaker:Describe{kind}Job", f"sagemaker:Stop{kind}Job"),
        starting=("sagemaker:ListTags",),
        rule=f"StepFunctionsGetEventsForSageMaker{rule}JobsRule",
    )


def _application(*more: str) -> Job:
    return Job(
        ("emr-serverless:GetApplication", *more), rule="StepFunctionsGetEventsForEMRServerlessApplicationRule"
    )


JOBS: Final[Mapping[str, Job]] = {
    # athena-iam.html. What a query reads and writes (S3, Glue, Lake Formation) depends on the query.
    "athena:startQueryExecution": Job(
        ("athena:GetQueryExecution", "athena:StopQueryExecution"), starting=("athena:GetDataCatalog",)
    ),
    # batch-iam.html
    "batch:submitJob": Job(
        unbounded=("batch:DescribeJobs", "batch:TerminateJob"),
        reason="a job has no ARN before it is submitted, and DescribeJobs takes no resource at all",
        rule="StepFunctionsGetEventsForBatchJobsRule",
    ),
    # codebuild-iam.html
    "codebuild:startBuild": Job(
        ("codebuild:BatchGetBuilds", "codebuild:StopBuild"),
        rule="StepFunctionsGetEventForCodeBuildStartBuildRule",
    ),
    "codebuild:startBuildBatch": Job(
        ("codebuild:BatchGetBuildBatches", "codebuild:StopBuildBatch"),
        rule="StepFunctionsGetEventForCodeBuildStartBuildBatchRule",
    ),
    # databrew-iam.html
    "databrew:startJobRun": Job(("databrew:ListJobRuns", "databrew:StopJobRun")),
    # ecs-iam.html
    "ecs:runTask": Job(
        unbounded=("ecs:DescribeTasks", "ecs:StopTask"),
        reason="a task has no ARN before it runs",
        rule="StepFunctionsGetEventsForECSTaskRule",
    ),
    # eks-iam.html
    "eks:createCluster": Job(("eks:DeleteCluster", "eks:DescribeCluster")),
    "eks:deleteCluster": Job(("eks:DescribeCluster",)),
    "eks:deleteNodegroup": Job(("eks:DescribeNodegroup",)),
    # emr-iam.html
    "elasticmapreduce:addStep": Job(
        ("elasticmapreduce:CancelSteps", "elasticmapreduce:DescribeStep"),
        rule="StepFunctionsGetEventForEMRAddJobFlowStepsRule",
    ),
    "elasticmapreduce:createCluster": Job(
        unbounded=("elasticmapreduce:DescribeCluster", "elasticmapreduce:TerminateJobFlows"),
        reason="a cluster has no ARN before it is created",
        rule="StepFunctionsGetEventForEMRRunJobFlowRule",
    ),
    "elasticmapreduce:terminateCluster": Job(
        ("elasticmapreduce:DescribeCluster",), rule="StepFunctionsGetEventForEMRTerminateJobFlowsRule"
    ),
    # emr-eks-iam.html
    "emr-containers:deleteVirtualCluster": Job(("emr-containers:DescribeVirtualCluster",)),
    "emr-containers:startJobRun": Job(
        on_runs=("emr-containers:CancelJobRun", "emr-containers:DescribeJobRun")
    ),
    # emr-serverless-iam.html
    "emr-serverless:cancelJobRun": Job(
        ("emr-serverless:GetJobRun",), rule="StepFunctionsGetEventsForEMRServerlessJobRule"
    ),
    "emr-serverless:createApplication": _application("emr-serverless:DeleteApplication"),
    "emr-serverless:deleteApplication": _application(),
    "emr-serverless:startApplication": _application("emr-serverless:StopApplication"),
    "emr-serverless:startJobRun": Job(
        on_runs=("emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"),
        rule="StepFunctionsGetEventsForEMRServerlessJobRule",
    ),
    "emr-serverless:stopApplication": _application(),
    # glue-iam.html
    "glue:startJobRun": Job(("glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns")),
    # mediaconvert-iam.html, which narrows them by a tag of Step Functions' own instead
    "mediaconvert:createJob": Job(
        unbounded=("mediaconvert:CancelJob", "mediaconvert:GetJob"),
        reason="a job has no ARN before it is created",
        rule="StepFunctionsGetEventsForMediaConvertJobRule",
    ),
    # sagemaker-iam.html
    "sagemaker:createHyperParameterTuningJob": _sagemaker("HyperParameterTuning", "Tuning"),
    "sagemaker:createProcessingJob": _sagemaker("Processing", "Processing"),
    "sagemaker:createTrainingJob": _sagemaker("Training", "Training"),
    "sagemaker:createTransformJob": _sagemaker("Transform", "Transform"),
    # stepfunctions-iam.html
    "states:startExecution": Job(
        on_executions=("states:DescribeExecution", "states:StopExecution"),
        rule="StepFunctionsGetEventsForStepFunctionsExecutionRule",
    ),
}
"""The optimised integrations whose jobs can be waited for and whose needs are known here.

They are those of the pages named above, all below https://docs.aws.amazon.com/step-functions/latest/dg/, read on
2026-11-22. Where Step Functions offers `.sync` for more, AWS shows no policy of its own, or one that names resources
which the task does not.
"""


def api_permissions(service: str, operation: str, resource: str, reason: str = "") -> tuple[Permission, ...]:
    """Return what a call of an API needs on a resource; `service` is what signs it, `operation` as in
    `ListObjectsV2`."""
    action = f"{PREFIXES.get(service, service)}:{operation}"
    return tuple(Permission(name, resource, reason) for name in RENAMED.get(action, (action,)))


def integration_permissions(
    action: str, on: Sequence[str], *, passes: Sequence[str] = (), reason: str = ""
) -> tuple[Permission, ...]:
    """Return what an optimised integration needs: `states:startExecution.sync:2` on these ARNs, passing on these roles.

    Raises:
        DefinitionError: it is no optimised integration; it waits for a job, and what that needs is not known here; or
            it may be called on nothing, or on `*` without a reason.
    """
    call, _, pattern = action.partition(".")
    service, _, name = call.partition(":")
    known = optimised()
    if name not in known.get(service, ()):
        names = [f"{known_service}:{known_name}" for known_service, of in known.items() for known_name in of]
        near = closest(call, names)
        meant = f" (did you mean {near!r}?)" if near else ""
        raise DefinitionError(
            f"{call!r} is no optimised integration{meant}; any other API is called by sdk.call()"
        )
    if call == "http:invoke":
        raise DefinitionError(
            "what http:invoke needs depends on its endpoint and its connection; use dsl.http.invoke()"
        )
    if not on and call not in ("eks:call", "eks:runJob"):
        raise DefinitionError(
            f"on= names nothing, so {action} would be allowed nowhere; name what it works on"
        )
    if "*" in on and not reason:
        raise DefinitionError(
            f"{action} on every resource: name the narrowest one, or give reason= why there is none"
        )
    found = [
        permission
        for target in on
        for permission in api_permissions(service, name[:1].upper() + name[1:], target, reason)
    ]
    starting = JOBS[call].starting if call in JOBS else ()
    found += [Permission(action, target, reason) for target in on for action in starting]
    found += [Permission("iam:PassRole", role) for role in passes]
    if pattern.startswith("sync"):
        found += _waiting(call, on, reason)
    return tuple(found)


def _waiting(call: str, on: Sequence[str], reason: str) -> list[Permission]:
    job = JOBS.get(call)
    if job is None:
        raise DefinitionError(
            f"what it needs to wait for {call} is not known here (known: {', '.join(sorted(JOBS))}); "
            "build a Task and give its permissions="
        )
    found = [Permission(action, target, reason) for target in on for action in job.on_target]
    found += [Permission(action, f"{target}/jobruns/*") for target in on for action in job.on_runs]
    found += [Permission(action, f"{executions(target)}:*") for target in on for action in job.on_executions]
    found += [Permission(action, "*", job.reason) for action in job.unbounded]
    if job.rule:
        found += [
            Permission(action, f"{MANAGED_RULES}/{job.rule}")
            for action in ("events:DescribeRule", "events:PutRule", "events:PutTargets")
        ]
    return found


def executions(machine: str) -> str:
    """Return the ARN of a state machine's executions, up to their names. `${ChildArn}` gives `${ChildExecutionsArn}`.

    Raises:
        DefinitionError: it is neither the ARN of a state machine nor a placeholder that ends in `Arn`.
    """
    if ":stateMachine:" in machine:
        return machine.replace(":stateMachine:", ":execution:", 1)
    if machine.startswith("${") and machine.endswith("Arn}"):
        return f"{machine.removesuffix('Arn}')}ExecutionsArn}}"
    raise DefinitionError(
        f"{machine!r} is no ARN of a state machine, nor a placeholder such as ${{ChildArn}}"
    )


def distributed_map_permissions() -> tuple[Permission, ...]:
    """Return what a distributed map needs: its runs are executions of the state machine itself.

    https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
    """
    return (
        Permission("states:StartExecution", WORKFLOW_ARN),
        Permission("states:DescribeExecution", f"{WORKFLOW_EXECUTIONS}:*"),
        Permission("states:StopExecution", f"{WORKFLOW_EXECUTIONS}:*"),
        Permission("states:RedriveExecution", f"{WORKFLOW_EXECUTIONS}/*:*"),
    )


def unbounded(permissions: Iterable[Permission]) -> dict[str, str]:
    """Return the actions that are allowed on everything, each with the reason."""
    return {found.action: found.reason for found in permissions if found.resource == "*"}


def policy_document(permissions: Iterable[Permission]) -> JsonObject:
    """One statement for each set of actions on the same resources, merged and sorted, nothing twice."""
    resources: dict[tuple[str, tuple[tuple[str, str, str], ...]], set[str]] = {}
    for permission in permissions:
        resources.setdefault((permission.action, permission.conditions), set()).add(permission.resource)
    actions: dict[tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]], set[str]] = {}
    for (action, conditions), targets in resources.items():
        # Beside a star, a narrower resource would say nothing.
        kept = {"*"} if "*" in targets else targets
        actions.setdefault((tuple(sorted(kept)), conditions), set()).add(action)
    statements: list[Json] = []
    for (on, conditions), names in sorted(actions.items(), key=lambda item: (sorted(item[1]), item[0])):
        statement: JsonObject = {"Effect": "Allow", "Action": [*sorted(names)], "Resource": [*on]}
        if conditions:
            statement["Condition"] = _condition(conditions)
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def _condition(conditions: Sequence[tuple[str, str, str]]) -> JsonObject:
    """Return the `Condition` of a statement."""
    found: dict[str, JsonObject] = {}
    for operator, key, value in conditions:
        found.setdefault(operator, {})[key] = value
    return {**found}
