"""On what a task works: which of its parameters name it, and the ARNs that follow."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from dsl.permissions.given import REMEDY, Given, UnknownNeedError, arn, named, placeholder, role_arn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Targets: TypeAlias = "Callable[[Given], Sequence[str]]"


def queue_arn(url: str) -> str:
    """Return the ARN of a queue by its URL. `${OrdersQueueUrl}` stands for `${OrdersQueueArn}`.

    Raises:
        DefinitionError: it is no URL of a queue.
    """
    found = re.match(r"https://sqs\.([^.]+)\.amazonaws\.com(?:\.cn)?/(\d{12})/(.+)\Z", url)
    if found:
        return f"arn:${{AWS::Partition}}:sqs:{found[1]}:{found[2]}:{found[3]}"
    bound = placeholder(url) or ""
    if bound.endswith("Url"):
        return f"${{{bound.removesuffix('Url')}Arn}}"
    raise UnknownNeedError(
        f"{url!r} does not tell which queue it is: give its URL, or a placeholder whose name ends in Url; "
        f"otherwise {REMEDY}"
    )


def model_arns(given: Given, name: str = "ModelId") -> list[str]:
    """Return the ARN of a model of Bedrock.

    Raises:
        UnknownNeedError: it is an inference profile, which stands for several.
    """
    model = given.needed(name)
    if model.startswith("arn:") or placeholder(model):
        return [model]
    if re.match(r"(us|eu|apac|ap|jp|au|ca|sa|us-gov|global)\.", model):
        raise UnknownNeedError(
            f"{model} is an inference profile, which calls the model in several regions; give on= with its ARN and "
            "those of the model in each"
        )
    return [f"arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}::foundation-model/{model}"]


def _by(name: str, service: str, kind: str) -> Targets:
    return lambda given: [named(given.pattern(name), service, kind)]


def _given(name: str) -> Targets:
    return lambda given: [given.arn(name)]


def _here(service: str, *resources: str) -> Targets:
    """Return what no parameter names: all of a kind, as AWS's own page allows it."""
    return lambda _: [arn(service, resource) for resource in resources]


def _everything(_: Given) -> list[str]:
    return ["*"]


def _nothing(_: Given) -> list[str]:
    return []


def s3_object(given: Given) -> list[str]:
    """Return the object that a request of S3 names."""
    key = _or_all(given, "Key") if given.has("Key") else "*"
    return [f"arn:aws:s3:::{given.pattern('Bucket')}/{key}"]


def s3_source(given: Given) -> list[str]:
    """Return the object that a request of S3 copies from: a bucket and a key, with a slash before or not."""
    return [f"arn:aws:s3:::{given.pattern('CopySource').lstrip('/').partition('?')[0]}"]


def s3_bucket(given: Given) -> list[str]:
    """Return the bucket that a request of S3 names."""
    return [f"arn:aws:s3:::{given.pattern('Bucket')}"]


def _or_all(given: Given, name: str) -> str:
    text, is_whole = given.prefix(name)
    return text if is_whole else f"{text}*"


def buses(given: Given) -> list[str]:
    """Return the buses that events are put on."""
    return sorted(
        {
            named(entry.text("EventBusName") or "default", "events", "event-bus/")
            for entry in given.each("Entries")
        }
    )


def _topic(given: Given) -> list[str]:
    if given.has("PhoneNumber"):
        return ["*"]
    return [given.arn("TopicArn" if given.has("TopicArn") else "TargetArn")]


def _versioned(text: str, service: str, kind: str) -> str:
    """Of a definition without a revision, all of them."""
    found = named(text, service, kind)
    return found if text.startswith(("arn:", "${")) or ":" in text else f"{found}:*"


def _machine(given: Given) -> list[str]:
    machine = given.pattern("StateMachineArn")
    if ":stateMachine:" not in machine and "${" not in machine:
        raise UnknownNeedError(
            f"{machine!r} is no ARN of a state machine, nor a placeholder such as ${{ChildArn}}"
        )
    return [machine]


def _batch(given: Given) -> list[str]:
    definition = _versioned(given.pattern("JobDefinition"), "batch", "job-definition/")
    return [named(given.pattern("JobQueue"), "batch", "job-queue/"), definition]


def _api(given: Given) -> list[str]:
    if (given.text("AuthType") or "NO_AUTH") == "NO_AUTH":
        return []
    endpoint = given.needed("ApiEndpoint")
    api = re.match(r"([^.]+)\.execute-api\.", endpoint)
    if api is None:
        raise UnknownNeedError(f"{endpoint!r} does not tell which API it is; {REMEDY}")
    stage, method = given.text("Stage") or "*", given.needed("Method")
    return [arn("execute-api", f"{api[1]}/{stage}/{method}/{_or_all(given, 'Path').lstrip('/')}")]


def _build(given: Given) -> list[str]:
    """Return the project of a build, by whose name its id begins: `press:0f3c...`."""
    project, is_whole = given.prefix("Id")
    if ":" not in project:
        raise (
            given.unknown("Id is")
            if not is_whole
            else UnknownNeedError(f"{project!r} does not tell of which project it is; {REMEDY}")
        )
    return [arn("codebuild", f"project/{project.partition(':')[0]}")]


def _customization(given: Given) -> list[str]:
    made = _here("bedrock", "custom-model/*", "model-customization-job/*")
    return [*model_arns(given, "BaseModelIdentifier"), *made(given)]


def _sagemaker(*parts: tuple[str, str]) -> Targets:
    """Return what has a name in SageMaker. It writes names in small letters into ARNs, and AWS's page ends them in
    `*`."""

    def targets(given: Given) -> list[str]:
        found = []
        for kind, name in parts:
            text = given.pattern(name).removesuffix("*")
            found.append(arn("sagemaker", f"{kind}/{text if '${' in text else text.lower()}*"))
        return found

    return targets


def _fargate_profile(given: Given) -> list[str]:
    return [
        arn("eks", f"fargateprofile/{given.pattern('ClusterName')}/{given.pattern('FargateProfileName')}/*")
    ]


def node_group(given: Given) -> list[str]:
    """Return a group of nodes of EKS; the last part of its ARN is an id of EKS's own."""
    return [arn("eks", f"nodegroup/{given.pattern('ClusterName')}/{given.pattern('NodegroupName')}/*")]


def _workgroup(given: Given) -> list[str]:
    return [
        named(given.pattern("WorkGroup") if given.has("WorkGroup") else "primary", "athena", "workgroup/")
    ]


_CLUSTER: Final = _by("ClusterId", "elasticmapreduce", "cluster/")
_EKS: Final = _by("ClusterName", "eks", "cluster/")
_VIRTUAL: Final = "/virtualclusters/"
_APPLICATION: Final = _by("ApplicationId", "emr-serverless", "/applications/")

TARGETS: Final[Mapping[str, Targets]] = {
    "apigateway:invoke": _api,
    # The id of a query does not tell of which work group it is.
    "athena:getQueryExecution": _here("athena", "workgroup/*"),
    "athena:getQueryResults": _here("athena", "workgroup/*"),
    "athena:startQueryExecution": _workgroup,
    "athena:stopQueryExecution": _here("athena", "workgroup/*"),
    "batch:submitJob": _batch,
    "bedrock:createModelCustomizationJob": _customization,
    "bedrock:invokeModel": model_arns,
    "bedrockagentcore:invokeHarness": _given("HarnessArn"),
    "codebuild:deleteBuildBatch": _build,
    "codebuild:retryBuildBatch": _build,
    "codebuild:startBuild": _by("ProjectName", "codebuild", "project/"),
    "codebuild:startBuildBatch": _by("ProjectName", "codebuild", "project/"),
    "codebuild:stopBuild": _build,
    "codebuild:stopBuildBatch": _build,
    "databrew:startJobRun": _by("Name", "databrew", "job/"),
    "dynamodb:deleteItem": _by("TableName", "dynamodb", "table/"),
    "dynamodb:getItem": _by("TableName", "dynamodb", "table/"),
    "dynamodb:putItem": _by("TableName", "dynamodb", "table/"),
    "dynamodb:updateItem": _by("TableName", "dynamodb", "table/"),
    "ecs:runTask": lambda given: [_versioned(given.pattern("TaskDefinition"), "ecs", "task-definition/")],
    "eks:call": _nothing,
    "eks:createCluster": _everything,
    "eks:createFargateProfile": _EKS,
    "eks:createNodegroup": _EKS,
    "eks:deleteCluster": _by("Name", "eks", "cluster/"),
    "eks:deleteFargateProfile": _fargate_profile,
    "eks:deleteNodegroup": node_group,
    "eks:runJob": _nothing,
    "elasticmapreduce:addStep": _CLUSTER,
    "elasticmapreduce:cancelStep": _CLUSTER,
    "elasticmapreduce:createCluster": _everything,
    "elasticmapreduce:modifyInstanceFleetByName": _CLUSTER,
    "elasticmapreduce:modifyInstanceGroupByName": _CLUSTER,
    "elasticmapreduce:setClusterTerminationProtection": _CLUSTER,
    "elasticmapreduce:terminateCluster": _CLUSTER,
    "emr-containers:createVirtualCluster": _everything,
    "emr-containers:deleteVirtualCluster": _by("Id", "emr-containers", _VIRTUAL),
    "emr-containers:startJobRun": _by("VirtualClusterId", "emr-containers", _VIRTUAL),
    "emr-serverless:cancelJobRun": lambda given: [
        f"{_APPLICATION(given)[0]}/jobruns/{given.pattern('JobRunId')}"
    ],
    "emr-serverless:createApplication": _everything,
    "emr-serverless:deleteApplication": _APPLICATION,
    "emr-serverless:startApplication": _APPLICATION,
    "emr-serverless:startJobRun": _APPLICATION,
    "emr-serverless:stopApplication": _APPLICATION,
    "events:putEvents": buses,
    "glue:startJobRun": _by("JobName", "glue", "job/"),
    "http:invoke": _nothing,
    "lambda:invoke": _by("FunctionName", "lambda", "function:"),
    "mediaconvert:createJob": _here("mediaconvert", "queues/*", "jobTemplates/*", "presets/*"),
    "sagemaker:createEndpoint": _sagemaker(
        ("endpoint", "EndpointName"), ("endpoint-config", "EndpointConfigName")
    ),
    "sagemaker:createEndpointConfig": _sagemaker(("endpoint-config", "EndpointConfigName")),
    "sagemaker:createHyperParameterTuningJob": _sagemaker(
        ("hyper-parameter-tuning-job", "HyperParameterTuningJobName")
    ),
    "sagemaker:createLabelingJob": _sagemaker(("labeling-job", "LabelingJobName")),
    "sagemaker:createModel": _sagemaker(("model", "ModelName")),
    "sagemaker:createProcessingJob": _sagemaker(("processing-job", "ProcessingJobName")),
    "sagemaker:createTrainingJob": _sagemaker(("training-job", "TrainingJobName")),
    "sagemaker:createTransformJob": _sagemaker(("transform-job", "TransformJobName")),
    "sagemaker:updateEndpoint": _sagemaker(
        ("endpoint", "EndpointName"), ("endpoint-config", "EndpointConfigName")
    ),
    "sns:publish": _topic,
    "sqs:sendMessage": lambda given: [queue_arn(given.needed("QueueUrl"))],
    "states:startExecution": _machine,
}
"""On what an optimised integration works, where its parameters or AWS's page of it say that.

The pages lie below https://docs.aws.amazon.com/step-functions/latest/dg/: `athena-iam.html` and its like.
"""

UNBOUNDED: Final[Mapping[str, str]] = {
    "eks:createCluster": "eks:CreateCluster takes no resource",
    "elasticmapreduce:createCluster": "elasticmapreduce:RunJobFlow takes no resource",
    "emr-containers:createVirtualCluster": "emr-containers:CreateVirtualCluster takes no resource",
    "emr-serverless:createApplication": "emr-serverless:CreateApplication takes no resource",
    "sns:publish": "a phone number is no resource of IAM",
}
"""Why what is derived for these cannot be narrower than `*`."""


def _secret(given: Given) -> list[str]:
    text = given.pattern("SecretId")
    found = named(text, "secretsmanager", "secret:")
    # Six characters of Secrets Manager's own follow a secret's name.
    return [found if text.startswith(("arn:", "${")) else f"{found}-??????"]


def _one_of(*choices: tuple[str, str, str]) -> Targets:
    """Return what the first of these parameters names that is given."""

    def targets(given: Given) -> Sequence[str]:
        for name, service, kind in choices:
            if given.has(name):
                return [named(given.pattern(name), service, kind)]
        return [given.needed(choices[0][0])]

    return targets


def _tables(given: Given) -> list[str]:
    """Return the tables of a batch, which are the names of its requests."""
    requests = given.inside("RequestItems").parameters
    return [named(str(table), "dynamodb", "table/") for table in sorted(requests) if not table.endswith(".$")]


def _instances(given: Given) -> list[str]:
    ids = given.parameters.get("InstanceIds")
    if not isinstance(ids, list | tuple) or not all(
        isinstance(each, str) and "{%" not in each for each in ids
    ):
        raise given.unknown("InstanceIds are")
    return [arn("ec2", f"instance/{each}") for each in ids]


_GLUE: Final = _one_of(("JobName", "glue", "job/"), ("CrawlerName", "glue", "crawler/"))

SDK_TARGETS: Final[Mapping[str, Targets]] = {
    "bedrockruntime": model_arns,
    "dynamodb": _by("TableName", "dynamodb", "table/"),
    "firehose": _by("DeliveryStreamName", "firehose", "deliverystream/"),
    "glue": _GLUE,
    "kinesis": _one_of(("StreamARN", "kinesis", ""), ("StreamName", "kinesis", "stream/")),
    "lambda": _by("FunctionName", "lambda", "function:"),
    "sagemakerruntime": _by("EndpointName", "sagemaker", "endpoint/"),
    "secretsmanager": _secret,
    "sfn": _machine,
    "sns": _topic,
    "sqs": lambda given: [queue_arn(given.needed("QueueUrl"))],
    "ssm": lambda given: [named(given.pattern("Name").lstrip("/"), "ssm", "parameter/")],
    **{f"glue:{verb}Crawler": _by("Name", "glue", "crawler/") for verb in ("get", "start", "stop", "update")},
    **{f"ec2:{verb}Instances": _instances for verb in ("reboot", "start", "stop", "terminate")},
    "bedrockagentruntime:retrieve": _by("KnowledgeBaseId", "bedrock", "knowledge-base/"),
    "dynamodb:batchGetItem": _tables,
    "dynamodb:batchWriteItem": _tables,
    "transcribe:deleteTranscriptionJob": _by("TranscriptionJobName", "transcribe", "transcription-job/"),
    "transcribe:getTranscriptionJob": _by("TranscriptionJobName", "transcribe", "transcription-job/"),
}
"""Services, and single calls, of which one parameter names what an SDK call works on."""

SDK_UNBOUNDED: Final = frozenset(
    {
        "cloudwatch:getMetricData",
        "cloudwatch:putMetricData",
        "comprehend:batchDetectEntities",
        "comprehend:batchDetectKeyPhrases",
        "comprehend:batchDetectSentiment",
        "comprehend:detectDominantLanguage",
        "comprehend:detectKeyPhrases",
        "comprehend:detectPiiEntities",
        "comprehend:detectSentiment",
        "ec2:describeAvailabilityZones",
        "ec2:describeImages",
        "ec2:describeInstances",
        "ec2:describeInstanceStatus",
        "ec2:describeSnapshots",
        "ec2:describeSubnets",
        "ec2:describeVolumes",
        "lambda:listFunctions",
        "organizations:listAccounts",
        "rekognition:compareFaces",
        "rekognition:detectFaces",
        "rekognition:detectLabels",
        "rekognition:detectText",
        "rekognition:recognizeCelebrities",
        "s3:listBuckets",
        "sts:getCallerIdentity",
        "textract:analyzeDocument",
        "textract:analyzeExpense",
        "textract:detectDocumentText",
        "textract:getDocumentAnalysis",
        "textract:getDocumentTextDetection",
        "textract:startDocumentAnalysis",
        "textract:startDocumentTextDetection",
        "transcribe:startTranscriptionJob",
        "translate:listLanguages",
    }
)
"""Calls that IAM lets nobody narrow, as the services' pages below
https://docs.aws.amazon.com/service-authorization/latest/reference/ have no resource beside them."""

_ROLES: Final[Mapping[str, Sequence[str]]] = {
    "bedrock:createModelCustomizationJob": ("RoleArn",),
    "ecs:runTask": ("Overrides.ExecutionRoleArn", "Overrides.TaskRoleArn"),
    "eks:createCluster": ("RoleArn",),
    "eks:createFargateProfile": ("PodExecutionRoleArn",),
    "eks:createNodegroup": ("NodeRole",),
    # Of the instances EMR is told the profile, which mostly has the name of its role.
    "elasticmapreduce:createCluster": ("AutoScalingRole", "JobFlowRole", "ServiceRole"),
    "emr-serverless:startJobRun": ("ExecutionRoleArn",),
    "mediaconvert:createJob": ("Role",),
    "sagemaker:createHyperParameterTuningJob": ("TrainingJobDefinition.RoleArn",),
    "sagemaker:createLabelingJob": ("RoleArn",),
    "sagemaker:createModel": ("ExecutionRoleArn",),
    "sagemaker:createProcessingJob": ("RoleArn",),
    "sagemaker:createTrainingJob": ("RoleArn",),
    "scheduler:createSchedule": ("Target.RoleArn",),
    "scheduler:updateSchedule": ("Target.RoleArn",),
}
"""The parameters by which a call hands a role to its service."""


def passed_roles(call: str, parameters: object) -> tuple[str, ...]:
    """Return the ARNs of the roles that the parameters hand to the service."""
    found: list[str] = []
    for path in _ROLES.get(call, ()):
        given = Given(call, parameters)
        *outer, name = path.split(".")
        for step in outer:
            given = given.inside(step)
        role = given.text(name)
        if role is not None:
            found.append(role_arn(role) if call.startswith("elasticmapreduce:") else role)
    return tuple(found)
