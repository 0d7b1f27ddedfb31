"""What single integrations need beside the call itself, whatever they work on: data in S3, catalogs, secrets, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from dsl.permissions.given import Given, arn, named
from dsl.permissions.policy import WORKFLOW_ARN, Permission
from dsl.permissions.targets import node_group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Beside: TypeAlias = "Callable[[Given, bool], Iterable[Permission]]"
"""From the parameters, and whether the task waits for the end of a job."""


def http_permissions(given: Given) -> tuple[Permission, ...]:
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
    connection = given.inside(name).arn("ConnectionArn")
    return (
        Permission("states:InvokeHTTPEndpoint", WORKFLOW_ARN, conditions=tuple(conditions)),
        Permission("events:RetrieveConnectionCredentials", connection),
        # EventBridge keeps a connection's credentials in a secret of its own, under this name.
        *(
            Permission(f"secretsmanager:{action}", arn("secretsmanager", "secret:events!connection/*"))
            for action in ("DescribeSecret", "GetSecretValue")
        ),
    )


_QUERIED: Final = "what a query reads, only the query says"

_CATALOG_ACTIONS: Final = tuple(
    f"glue:{name}"
    for name in (
        *(f"{verb}Database" for verb in ("Create", "Delete", "Get", "Update")),
        *(f"{verb}Partition" for verb in ("BatchCreate", "BatchDelete", "BatchGet", "Create", "Delete")),
        *(f"{verb}Partition" for verb in ("Get", "Update")),
        *(f"{verb}Table" for verb in ("BatchDelete", "Create", "Delete", "Get", "Update")),
        *("GetDatabases", "GetPartitions", "GetTables"),
    )
)


def _athena(given: Given, _: bool) -> Iterator[Permission]:
    """Yield what a query reads and writes: its catalog in Glue, its data and its results in S3.

    https://docs.aws.amazon.com/step-functions/latest/dg/athena-iam.html allows all of S3. Here results go only where
    the task says so; where it does not, the work group says it, which is not known here.
    """
    context = given.inside("QueryExecutionContext")
    catalog, database = context.text("Catalog") or "*", context.text("Database") or "*"
    yield Permission("athena:GetDataCatalog", arn("athena", f"datacatalog/{catalog}"))
    for resource in (
        "catalog",
        *(f"{kind}/{database}" for kind in ("database", "table", "userDefinedFunction")),
    ):
        within = resource if resource.partition("/")[0] in ("catalog", "database") else f"{resource}/*"
        for action in _CATALOG_ACTIONS:
            yield Permission(action, arn("glue", within))
    location, _ = given.inside("ResultConfiguration").prefix("OutputLocation")
    written = f"{location.removeprefix('s3://').rstrip('/')}/*" if location else "*"
    for action in ("GetBucketLocation", "GetObject", "ListBucket"):
        yield Permission(f"s3:{action}", "arn:aws:s3:::*", _QUERIED)
    for action in ("AbortMultipartUpload", "ListMultipartUploadParts", "PutObject"):
        yield Permission(f"s3:{action}", f"arn:aws:s3:::{written}")
    bucket = written.partition("/")[0]
    for action in ("CreateBucket", "ListBucketMultipartUploads"):
        yield Permission(f"s3:{action}", f"arn:aws:s3:::{bucket}")
    yield Permission("lakeformation:GetDataAccess", "*", "lakeformation:GetDataAccess takes no resource")


def _query_results(_: Given, __: bool) -> Iterator[Permission]:
    yield Permission("s3:GetObject", "arn:aws:s3:::*", "where a query's results are, its id does not say")


def _bedrock(given: Given, _: bool) -> Iterator[Permission]:
    """Yield what a model's input and output in S3 need, and its guardrail."""
    for name, action in (("Input", "s3:GetObject"), ("Output", "s3:PutObject")):
        if given.has(name):
            uri, is_whole = given.inside(name).prefix("S3Uri")
            place = uri.removeprefix("s3://")
            if not place:
                raise given.unknown(f"{name}.S3Uri is")
            yield Permission(action, f"arn:aws:s3:::{place}{'' if is_whole else '*'}")
    guardrail = given.text("GuardrailIdentifier")
    if guardrail is not None:
        yield Permission("bedrock:ApplyGuardrail", named(guardrail, "bedrock", "guardrail/"))


def _customization(given: Given, waits: bool) -> Iterator[Permission]:
    job = arn("bedrock", "model-customization-job/*")
    if waits:
        yield Permission("bedrock:GetModelCustomizationJob", job)
        yield Permission("bedrock:StopModelCustomizationJob", job)
    if given.has("JobTags"):
        yield Permission("bedrock:TagResource", job)
    if given.has("CustomModelTags"):
        yield Permission("bedrock:TagResource", arn("bedrock", "custom-model/*"))


def _eks_cluster(given: Given, waits: bool) -> Iterator[Permission]:
    if waits:
        for action in ("DeleteCluster", "DescribeCluster"):
            yield Permission(f"eks:{action}", arn("eks", f"cluster/{given.pattern('Name')}"))


def _node_group(given: Given, waits: bool) -> Iterator[Permission]:
    yield Permission("ec2:DescribeSubnets", "*", "ec2:DescribeSubnets takes no resource")
    for action in ("GetRole", "ListAttachedRolePolicies"):
        yield Permission(f"iam:{action}", given.needed("NodeRole"))
    if waits:
        for action in ("DeleteNodegroup", "DescribeNodegroup"):
            yield Permission(f"eks:{action}", node_group(given)[0])


def _emr_cluster(given: Given, _: bool) -> Iterator[Permission]:
    if given.has("Tags"):
        yield Permission("elasticmapreduce:AddTags", arn("elasticmapreduce", "cluster/*"))


def _service_role(principal: str, role: str) -> Beside:
    """Return what creates the role of a service that is linked to it, where the account has none yet."""

    def needs(_: Given, __: bool) -> Iterator[Permission]:
        path = f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/aws-service-role/{principal}/{role}*"
        conditions = (("StringLike", "iam:AWSServiceName", principal),)
        yield Permission("iam:CreateServiceLinkedRole", path, conditions=conditions)

    return needs


_linked_emr_serverless: Final = _service_role(
    "ops.emr-serverless.amazonaws.com", "AWSServiceRoleForAmazonEMRServerless"
)


def _application(given: Given, waits: bool) -> Iterator[Permission]:
    yield from _linked_emr_serverless(given, waits)
    if waits:
        for action in ("DeleteApplication", "GetApplication"):
            yield Permission(f"emr-serverless:{action}", arn("emr-serverless", "/applications/*"))


def _mediaconvert(_: Given, waits: bool) -> Iterator[Permission]:
    """Yield what asks about jobs, but only about those that Step Functions started."""
    if waits:
        tagged = (("StringEquals", "aws:ResourceTag/ManagedByService", "AWSStepFunctions"),)
        for action in ("CancelJob", "GetJob"):
            yield Permission(f"mediaconvert:{action}", arn("mediaconvert", "jobs/*"), conditions=tagged)


def _sagemaker_tags(_: Given, __: bool) -> Iterator[Permission]:
    yield Permission("sagemaker:ListTags", "*", "AWS's page of SageMaker's policies lets nobody narrow it")


BESIDE: Final[Mapping[str, Beside]] = {
    "athena:getQueryResults": _query_results,
    "athena:startQueryExecution": _athena,
    "bedrock:createModelCustomizationJob": _customization,
    "bedrock:invokeModel": _bedrock,
    "eks:createCluster": _eks_cluster,
    "eks:createNodegroup": _node_group,
    "elasticmapreduce:createCluster": _emr_cluster,
    "emr-containers:createVirtualCluster": _service_role(
        "emr-containers.amazonaws.com", "AWSServiceRoleForAmazonEMRContainers"
    ),
    "emr-serverless:createApplication": _application,
    "mediaconvert:createJob": _mediaconvert,
    "sagemaker:createEndpoint": _sagemaker_tags,
    "sagemaker:createEndpointConfig": _sagemaker_tags,
    "sagemaker:createHyperParameterTuningJob": _sagemaker_tags,
    "sagemaker:createModel": _sagemaker_tags,
    "sagemaker:createProcessingJob": _sagemaker_tags,
    "sagemaker:createTrainingJob": _sagemaker_tags,
    "sagemaker:createTransformJob": _sagemaker_tags,
}
"""What these need as well; the pages are those below https://docs.aws.amazon.com/step-functions/latest/dg/:
`athena-iam.html` and its like."""


def conditions_of(given: Given) -> tuple[tuple[str, str, str], ...]:
    """Return the conditions that AWS's page puts on the call itself."""
    if given.call == "emr-containers:startJobRun" and given.has("ExecutionRoleArn"):
        role, is_whole = given.prefix("ExecutionRoleArn")
        if is_whole:
            return (("StringEquals", "emr-containers:ExecutionRoleArn", role),)
    return ()
