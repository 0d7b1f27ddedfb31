"""The actions of IAM that calls of APIs need.

An action mostly has the name of the API that it allows. `RENAMED` lists the calls for which that does not hold, as the
"Actions" tables of https://docs.aws.amazon.com/service-authorization/latest/reference/ have them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsl.errors import DefinitionError
from dsl.permissions.policy import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIXES: Final[Mapping[str, str]] = {
    "IoTSecuredTunneling": "iot",
    "bedrockagentcore": "bedrock-agentcore",
    "cloudcontrolapi": "cloudformation",
    "email": "ses",
    "entitlement.marketplace": "aws-marketplace",
    "iot-jobs-data": "iotjobsdata",
    "iotdata": "iot",
    "monitoring": "cloudwatch",
    "mturk-requester": "mechanicalturk",
    "tagging": "tag",
}
"""IAM's name of a service where it is not that with which requests to it are signed."""

_PARTIQL: Final = tuple(f"dynamodb:PartiQL{kind}" for kind in ("Delete", "Insert", "Select", "Update"))

_BUCKET_SETTINGS: Final[Mapping[str, str]] = {
    "BucketAccelerateConfiguration": "AccelerateConfiguration",
    "BucketAnalyticsConfiguration": "AnalyticsConfiguration",
    "BucketCors": "BucketCORS",
    "BucketEncryption": "EncryptionConfiguration",
    "BucketIntelligentTieringConfiguration": "IntelligentTieringConfiguration",
    "BucketInventoryConfiguration": "InventoryConfiguration",
    "BucketLifecycle": "LifecycleConfiguration",
    "BucketLifecycleConfiguration": "LifecycleConfiguration",
    "BucketMetricsConfiguration": "MetricsConfiguration",
    "BucketNotificationConfiguration": "BucketNotification",
    "BucketReplication": "ReplicationConfiguration",
    "ObjectLockConfiguration": "BucketObjectLockConfiguration",
    "PublicAccessBlock": "BucketPublicAccessBlock",
}
"""S3's settings of a bucket, and what their actions are called."""

_BUCKET_ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    f"s3:{verb}{setting}": (f"s3:{'Put' if verb == 'Delete' else verb}{action}",)
    for setting, action in (
        *_BUCKET_SETTINGS.items(),
        ("BucketOwnershipControls", "BucketOwnershipControls"),
        ("BucketTagging", "BucketTagging"),
    )
    # To take a setting away is to put another.
    for verb in ("Delete", "Get", "Put")
    if verb == "Delete" or setting != action
}

_BUDGETS: Final[Mapping[str, tuple[str, ...]]] = {
    f"budgets:{name}": (f"budgets:{'ViewBudget' if name.startswith('Describe') else 'ModifyBudget'}",)
    for name in (
        *(f"{verb}{noun}" for verb in ("Create", "Delete", "Update") for noun in ("Budget", "Notification")),
        *("CreateSubscriber", "DeleteSubscriber", "UpdateSubscriber", "DescribeBudget", "DescribeBudgets"),
        *("DescribeBudgetNotificationsForAccount", "DescribeBudgetPerformanceHistory"),
        *("DescribeNotificationsForBudget", "DescribeSubscribersForNotification"),
    )
}

_KEYSPACES: Final[Mapping[str, tuple[str, ...]]] = {
    f"cassandra:{verb}{noun}": (f"cassandra:{action}",)
    for verb, action in (("Create", "Create"), ("Delete", "Drop"), ("Get", "Select"), ("Update", "Alter"))
    for noun in ("Keyspace", "Table", "Type")
}

RENAMED: Final[Mapping[str, tuple[str, ...]]] = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    **_BUCKET_ACTIONS,
    "s3:CompleteMultipartUpload": ("s3:PutObject",),
    "s3:CopyObject": ("s3:GetObject", "s3:PutObject"),
    "s3:CreateMultipartUpload": ("s3:PutObject",),
    "s3:DeleteObjects": ("s3:DeleteObject",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBucketAnalyticsConfigurations": ("s3:GetAnalyticsConfiguration",),
    "s3:ListBucketIntelligentTieringConfigurations": ("s3:GetIntelligentTieringConfiguration",),
    "s3:ListBucketInventoryConfigurations": ("s3:GetInventoryConfiguration",),
    "s3:ListBucketMetricsConfigurations": ("s3:GetMetricsConfiguration",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListDirectoryBuckets": ("s3express:ListAllMyDirectoryBuckets",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:SelectObjectContent": ("s3:GetObject",),
    "s3:UploadPart": ("s3:PutObject",),
    "s3:UploadPartCopy": ("s3:GetObject", "s3:PutObject"),
    "s3control:DeletePublicAccessBlock": ("s3:PutAccountPublicAccessBlock",),
    "s3control:GetPublicAccessBlock": ("s3:GetAccountPublicAccessBlock",),
    "s3control:PutPublicAccessBlock": ("s3:PutAccountPublicAccessBlock",),
    # https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    "lambda:GetLayerVersionByArn": ("lambda:GetLayerVersion",),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "lambda:InvokeAsync": ("lambda:InvokeFunction",),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html and
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
    "dynamodb:BatchExecuteStatement": _PARTIQL,
    "dynamodb:ExecuteStatement": _PARTIQL,
    "dynamodb:ExecuteTransaction": _PARTIQL,
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
    "bedrock:StartAsyncInvoke": ("bedrock:InvokeModel",),
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
    "execute-api:DeleteConnection": ("execute-api:ManageConnections",),
    "execute-api:GetConnection": ("execute-api:ManageConnections",),
    "execute-api:PostToConnection": ("execute-api:ManageConnections",),
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieving-secrets_batch.html
    "secretsmanager:BatchGetSecretValue": (
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
    ),
    # The services' own pages below https://docs.aws.amazon.com/service-authorization/latest/reference/.
    **_BUDGETS,
    **_KEYSPACES,
    "cassandra:ListKeyspaces": ("cassandra:Select",),
    "cassandra:ListTables": ("cassandra:Select",),
    "cassandra:ListTagsForResource": ("cassandra:Select",),
    "cassandra:ListTypes": ("cassandra:Select",),
    "cassandra:RestoreTable": ("cassandra:Restore",),
    "cloudfront:CreateDistributionWithTags": ("cloudfront:CreateDistribution", "cloudfront:TagResource"),
    "kms:ReEncrypt": ("kms:ReEncryptFrom", "kms:ReEncryptTo"),
    "timestream:Query": ("timestream:Select",),
}
"""The actions of IAM that a call needs, where they are not the one of its own name."""

_UNLIKE: Final = frozenset({"neptune-db"})
"""Services whose actions of IAM are named otherwise than their APIs, and are not listed here."""


def api_permissions(
    service: str,
    operation: str,
    resource: str,
    reason: str = "",
    conditions: tuple[tuple[str, str, str], ...] = (),
    *,
    folder: str = "",
    method: str = "",
) -> tuple[Permission, ...]:
    """Return what a call of an API needs on a resource; `service` is what signs it, `operation` as in `ListObjectsV2`.

    `folder` is botocore's name of the service, where two are signed alike, and `method` that of HTTP, after which the
    actions of API Gateway's own API are called.

    Raises:
        DefinitionError: which actions of IAM allow it is not known here.
    """
    prefix = PREFIXES.get(service, service)
    if prefix in _UNLIKE:
        raise DefinitionError(
            f"which actions of IAM {prefix}:{operation} needs is not known here; give permissions="
        )
    own = f"{prefix}:{operation}"
    if method and service == "apigateway":
        own = f"{prefix}:{method}"
    names = RENAMED.get(f"{folder}:{operation}") or RENAMED.get(own, (own,))
    return tuple(Permission(name, resource, reason, conditions) for name in names)
