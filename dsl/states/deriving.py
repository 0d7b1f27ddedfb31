"""The permissions of a task, from its resource and its parameters alone.

So the language's own tasks, states in JSONata, and definitions that somebody else wrote get the same policy. What a
call needs is in `dsl.states.permissions`; here is which of its parameters say on what. Names become ARNs with
CloudFormation's pseudo parameters (`${AWS::Region}`), which a deployment binds. Where only the data says on what a
task works, or where nothing is surely known, the author has to say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from asl.services.integrations import parse
from asl.services.models import pascal_case, service_model
from dsl.errors import DefinitionError
from dsl.states.permissions import (
    WORKFLOW_ARN,
    Permission,
    api_permissions,
    integration_permissions,
    invoke_permissions,
)
from dsl.values.expressions import Expression

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PLACEHOLDER: Final = re.compile(r"\$\{([^}]+)\}\Z")
_WHOLE: Final = re.compile(r"\s*\{%.*%\}\s*\Z", re.DOTALL)
_PREFIX: Final = re.compile(r"(?:States\.Format\(|\{%)\s*(?:'([^'{]*)|\"([^\"{]*))")

Say: Final = "give permissions=, or on= or resource= where the function takes them"


class UnknownNeedError(DefinitionError):
    """What a task needs cannot be told from its parameters."""


def arn(service: str, resource: str) -> str:
    """Return the ARN of a resource in the account and region of the deployment."""
    return f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"


def named(text: str, service: str, kind: str) -> str:
    """Return the ARN of what is named by its ARN or its name. `${OrderTableName}` stands for `${OrderTableArn}`
    here."""
    placeholder = _PLACEHOLDER.match(text)
    if text.startswith("arn:") or (placeholder and placeholder[1].endswith("Arn")):
        return text
    if placeholder and placeholder[1].endswith("Name"):
        return f"${{{placeholder[1].removesuffix('Name')}Arn}}"
    return arn(service, f"{kind}{text}")


class Given:
    """The parameters of a task: of the language, with expressions, or of a document, with `.$` and `{% %}`."""

    def __init__(self, call: str, parameters: object) -> None:
        self.call = call
        self.parameters: Mapping[str, object] = parameters if isinstance(parameters, Mapping) else {}
        if not isinstance(parameters, Mapping) and parameters is not None:
            raise self.unknown("all of its parameters are")

    def unknown(self, what: str) -> UnknownNeedError:
        """Return the error that something is known only while the workflow runs."""
        return UnknownNeedError(
            f"what {self.call} needs cannot be told, since {what} known only while it runs; {Say}"
        )

    def has(self, name: str) -> bool:
        """Whether the parameter is given in any way."""
        return name in self.parameters or f"{name}.$" in self.parameters

    def text(self, name: str) -> str | None:
        """Return a literal parameter, None where there is none.

        Raises:
            UnknownNeedError: it is computed.
        """
        value = self.parameters.get(name)
        if f"{name}.$" in self.parameters or isinstance(value, Expression):
            raise self.unknown(f"{name} is")
        if isinstance(value, str):
            if _WHOLE.match(value):
                raise self.unknown(f"{name} is")
            return str.__str__(value)
        return None

    def needed(self, name: str) -> str:
        """Return a literal parameter that has to be there."""
        found = self.text(name)
        if found is None:
            raise UnknownNeedError(f"what {self.call} needs cannot be told without {name}; {Say}")
        return found

    def prefix(self, name: str) -> tuple[str, bool]:
        """How a text begins, and whether that is all of it."""
        value = self.parameters.get(name, self.parameters.get(f"{name}.$"))
        if isinstance(value, str) and f"{name}.$" not in self.parameters and not _WHOLE.match(value):
            return str.__str__(value), True
        text = value._asl() if isinstance(value, Expression) else str(value)
        found = _PREFIX.match(text)
        return ((found[1] or found[2] or ""), False) if found else ("", False)

    def inside(self, name: str) -> Given:
        """Return the parameters in a parameter."""
        if f"{name}.$" in self.parameters or isinstance(self.parameters.get(name), Expression | str):
            raise self.unknown(f"{name} is")
        return Given(self.call, self.parameters.get(name))

    def each(self, name: str) -> Iterator[Given]:
        """Yield the objects in a list."""
        value = self.parameters.get(name)
        if not isinstance(value, list | tuple):
            raise self.unknown(f"{name} is")
        for item in value:
            yield Given(self.call, item)


Targets: TypeAlias = "Callable[[Given], Sequence[str]]"


def queue_arn(url: str) -> str:
    """Return the ARN of a queue by its URL. `${OrdersQueueUrl}` stands for `${OrdersQueueArn}`.

    Raises:
        DefinitionError: it is no URL of a queue.
    """
    found = re.match(r"https://sqs\.([^.]+)\.amazonaws\.com(?:\.cn)?/(\d{12})/(.+)\Z", url)
    if found:
        return f"arn:${{AWS::Partition}}:sqs:{found[1]}:{found[2]}:{found[3]}"
    placeholder = _PLACEHOLDER.match(url)
    if placeholder and placeholder[1].endswith("Url"):
        return f"${{{placeholder[1].removesuffix('Url')}Arn}}"
    raise UnknownNeedError(
        f"{url!r} does not tell which queue it is: give its URL, or a placeholder whose name ends in Url; "
        f"otherwise {Say}"
    )


def _by(name: str, service: str, kind: str) -> Targets:
    return lambda given: [named(given.needed(name), service, kind)]


def _object(given: Given) -> list[str]:
    bucket, (key, is_whole) = given.needed("Bucket"), given.prefix("Key")
    return [f"arn:aws:s3:::{bucket}/{key}{'' if is_whole else '*'}"]


def _bucket(given: Given) -> list[str]:
    return [f"arn:aws:s3:::{given.needed('Bucket')}"]


def _buses(given: Given) -> list[str]:
    return sorted(
        {
            named(entry.text("EventBusName") or "default", "events", "event-bus/")
            for entry in given.each("Entries")
        }
    )


def _topic(given: Given) -> list[str]:
    if given.has("PhoneNumber"):
        return ["*"]
    return [given.needed("TopicArn" if given.has("TopicArn") else "TargetArn")]


def _versioned(text: str, service: str, kind: str) -> str:
    """Of a definition without a revision, all of them."""
    found = named(text, service, kind)
    return found if text.startswith(("arn:", "${")) or ":" in text else f"{found}:*"


def _batch(given: Given) -> list[str]:
    definition = _versioned(given.needed("JobDefinition"), "batch", "job-definition/")
    return [named(given.needed("JobQueue"), "batch", "job-queue/"), definition]


def _model(given: Given) -> list[str]:
    model = given.needed("ModelId")
    if model.startswith("arn:") or _PLACEHOLDER.match(model):
        return [model]
    if re.match(r"(us|eu|apac|ap|jp|au|ca|sa|us-gov|global)\.", model):
        raise UnknownNeedError(
            f"{model} is an inference profile, which calls the model in several regions; give on= with its ARN and "
            "those of the model in each"
        )
    return [f"arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}::foundation-model/{model}"]


def _api(given: Given) -> list[str]:
    if (given.text("AuthType") or "NO_AUTH") == "NO_AUTH":
        return []
    endpoint = given.needed("ApiEndpoint")
    api = re.match(r"([^.]+)\.execute-api\.", endpoint)
    if api is None:
        raise UnknownNeedError(f"{endpoint!r} does not tell which API it is; {Say}")
    path, is_whole = given.prefix("Path")
    stage, method = given.text("Stage") or "*", given.needed("Method")
    return [arn("execute-api", f"{api[1]}/{stage}/{method}/{path.lstrip('/')}{'' if is_whole else '*'}")]


TARGETS: Final[Mapping[str, Targets]] = {
    "apigateway:invoke": _api,
    "batch:submitJob": _batch,
    "bedrock:invokeModel": _model,
    "codebuild:startBuild": _by("ProjectName", "codebuild", "project/"),
    "codebuild:startBuildBatch": _by("ProjectName", "codebuild", "project/"),
    "databrew:startJobRun": _by("Name", "databrew", "job/"),
    "dynamodb:deleteItem": _by("TableName", "dynamodb", "table/"),
    "dynamodb:getItem": _by("TableName", "dynamodb", "table/"),
    "dynamodb:putItem": _by("TableName", "dynamodb", "table/"),
    "dynamodb:updateItem": _by("TableName", "dynamodb", "table/"),
    "ecs:runTask": lambda given: [_versioned(given.needed("TaskDefinition"), "ecs", "task-definition/")],
    "eks:call": lambda _: [],
    "events:putEvents": _buses,
    "glue:startJobRun": _by("JobName", "glue", "job/"),
    "http:invoke": lambda _: [],
    "lambda:invoke": _by("FunctionName", "lambda", "function:"),
    "sns:publish": _topic,
    "sqs:sendMessage": lambda given: [queue_arn(given.needed("QueueUrl"))],
    "states:startExecution": lambda given: [given.needed("StateMachineArn")],
}
"""The optimised integrations whose parameters say on what they work, and where."""

_BUCKETS: Final = ("ListObjects", "ListObjectsV2", "HeadBucket", "ListObjectVersions", "DeleteObjects")

SDK_TARGETS: Final[Mapping[str, Targets]] = {
    "dynamodb": _by("TableName", "dynamodb", "table/"),
    "glue": _by("JobName", "glue", "job/"),
    "lambda": _by("FunctionName", "lambda", "function:"),
    "secretsmanager": lambda given: [_secret(given.needed("SecretId"))],
    "sfn": lambda given: [given.needed("StateMachineArn")],
    "sns": lambda given: [given.needed("TopicArn")],
    "sqs": lambda given: [queue_arn(given.needed("QueueUrl"))],
    "ssm": lambda given: [named(given.needed("Name").lstrip("/"), "ssm", "parameter/")],
}
"""Services whose SDK calls name what they work on by one parameter."""


def _secret(text: str) -> str:
    found = named(text, "secretsmanager", "secret:")
    # Six characters of Secrets Manager's own follow a secret's name.
    return found if text.startswith(("arn:", "${")) else f"{found}-??????"


_ROLES: Final[Mapping[str, Sequence[str]]] = {
    "bedrock:createModelCustomizationJob": ("RoleArn",),
    "ecs:runTask": ("Overrides.ExecutionRoleArn", "Overrides.TaskRoleArn"),
    "eks:createCluster": ("RoleArn",),
    "eks:createFargateProfile": ("PodExecutionRoleArn",),
    "eks:createNodegroup": ("NodeRole",),
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
    """Return the roles that the parameters hand to the service."""
    found: list[str] = []
    for path in _ROLES.get(call, ()):
        given = Given(call, parameters)
        *outer, name = path.split(".")
        for step in outer:
            given = given.inside(step)
        role = given.text(name)
        if role is not None:
            found.append(role)
    return tuple(found)


def derived(
    resource: str,
    parameters: object,
    *,
    on: Sequence[str] | None = None,
    passes: Sequence[str] = (),
    reason: str = "",
) -> tuple[Permission, ...]:
    """Return what a task needs, by its resource; `on` says on what it works where the parameters do not.

    Raises:
        DefinitionError: it cannot be told.
    """
    found = parse(resource)
    if found is None:
        raise UnknownNeedError(f"{resource!r} does not say what it calls; give permissions=")
    if found.kind == "activity":
        return ()
    if found.kind == "function":
        return invoke_permissions(resource)
    if found.kind == "sdk":
        return _sdk(found.service, found.action, parameters)
    if found.kind != "optimised":
        raise UnknownNeedError(f"what a task on {resource!r} needs is not known; give permissions=")
    given = Given(found.call, parameters)
    call = found.call
    said = on is not None
    if on is None:
        if call not in TARGETS:
            raise UnknownNeedError(f"on what {call} works, its parameters do not say; {Say}")
        on = TARGETS[call](given)
        if call == "ecs:runTask" and not passes:
            raise UnknownNeedError(
                "ecs:runTask hands the roles of its task definition to ECS, which only you know; name them"
            )
        if on == ["*"]:
            reason = reason or "a phone number is no resource of IAM"
    roles = (*passes, *passed_roles(call, parameters))
    if call == "http:invoke":
        return _http(given)
    if call == "lambda:invoke":
        return tuple(permission for target in on for permission in invoke_permissions(target))
    more = _bedrock(given) if call == "bedrock:invokeModel" else ()
    if not on and not said:
        return more
    action = f"{call}.{found.pattern}" if found.pattern.startswith("sync") else call
    return (*integration_permissions(action, on, passes=roles, reason=reason), *more)


def s3_permissions(resource: str, parameters: object) -> tuple[Permission, ...]:
    """Return what a map's reader or writer needs in S3."""
    given = Given("the map's request of S3", parameters)
    if resource.endswith("s3:listObjectsV2"):
        return (Permission("s3:ListBucket", _bucket(given)[0]),)
    if resource.endswith("s3:getObject"):
        return (Permission("s3:GetObject", _object(given)[0]),)
    if resource.endswith("s3:putObject"):
        prefix, _ = given.prefix("Prefix")
        place = f"arn:aws:s3:::{given.needed('Bucket')}/{prefix}{'/' if prefix else ''}*"
        return tuple(Permission(f"s3:{action}", place) for action in WRITER_ACTIONS)
    raise UnknownNeedError(f"what a map needs for {resource} is not known; {Say}")


WRITER_ACTIONS: Final = ("PutObject", "GetObject", "ListMultipartUploadParts", "AbortMultipartUpload")
"""What writing a map's results needs: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html."""


def _http(given: Given) -> tuple[Permission, ...]:
    """Return what an HTTP task needs: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html."""
    endpoint, is_whole = given.prefix("ApiEndpoint")
    if not endpoint:
        raise given.unknown("ApiEndpoint is")
    operator = "StringEquals" if is_whole else "StringLike"
    conditions = [(operator, "states:HTTPEndpoint", endpoint if is_whole else f"{endpoint}*")]
    method, whole_method = given.prefix("Method")
    if whole_method and method:
        conditions.append(("StringEquals", "states:HTTPMethod", method))
    name = "Authentication" if given.has("Authentication") else "InvocationConfig"
    connection = given.inside(name).needed("ConnectionArn")
    return (
        Permission("states:InvokeHTTPEndpoint", WORKFLOW_ARN, conditions=tuple(conditions)),
        Permission("events:RetrieveConnectionCredentials", connection),
        # EventBridge keeps a connection's credentials in a secret of its own, under this name.
        *(
            Permission(f"secretsmanager:{action}", arn("secretsmanager", "secret:events!connection/*"))
            for action in ("DescribeSecret", "GetSecretValue")
        ),
    )


def _bedrock(given: Given) -> tuple[Permission, ...]:
    """Return what a model's input and output in S3 need, and its guardrail."""
    found: list[Permission] = []
    for name, action in (("Input", "s3:GetObject"), ("Output", "s3:PutObject")):
        if given.has(name):
            uri, is_whole = given.inside(name).prefix("S3Uri")
            place = uri.removeprefix("s3://")
            if not place:
                raise given.unknown(f"{name}.S3Uri is")
            found.append(Permission(action, f"arn:aws:s3:::{place}{'' if is_whole else '*'}"))
    guardrail = given.text("GuardrailIdentifier")
    if guardrail is not None:
        found.append(Permission("bedrock:ApplyGuardrail", named(guardrail, "bedrock", "guardrail/")))
    return tuple(found)


def _sdk(service: str, action: str, parameters: object) -> tuple[Permission, ...]:
    operation = pascal_case(action)
    call = f"{service}:{action}"
    given = Given(call, parameters)
    model = service_model(service)
    roles = tuple(Permission("iam:PassRole", role) for role in passed_roles(call, parameters))
    if service == "s3" and given.has("Bucket"):
        in_bucket = operation in _BUCKETS or not given.has("Key")
        targets = _bucket(given) if in_bucket and operation != "DeleteObjects" else _object(given)
    elif service == "scheduler" and given.has("Name"):
        group = given.text("GroupName") or "default"
        name, is_whole = given.prefix("Name")
        targets = [arn("scheduler", f"schedule/{group}/{name}{'' if is_whole else '*'}")]
    elif call == "events:putEvents" or (service, action) == ("eventbridge", "putEvents"):
        targets = _buses(given)
    elif call in ("dynamodb:transactWriteItems", "dynamodb:transactGetItems"):
        return _transaction(given)
    elif service in SDK_TARGETS:
        targets = list(SDK_TARGETS[service](given))
        if service == "dynamodb" and given.has("IndexName"):
            index = given.text("IndexName")
            targets = [f"{target}/index/{index}" for target in targets]
    else:
        raise UnknownNeedError(f"on what {call} works, its parameters do not surely say; {Say}")
    return (
        *(p for target in targets for p in api_permissions(model.signing_name, operation, target)),
        *roles,
    )


_KINDS: Final = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def _transaction(given: Given) -> tuple[Permission, ...]:
    found: list[Permission] = []
    for item in given.each("TransactItems"):
        for kind, action in _KINDS.items():
            if item.has(kind):
                table = named(item.inside(kind).needed("TableName"), "dynamodb", "table/")
                found.append(Permission(f"dynamodb:{action}", table))
    return tuple(dict.fromkeys(found))
