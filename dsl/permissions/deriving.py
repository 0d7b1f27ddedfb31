"""The permissions of a task, from its resource and its parameters alone.

So the language's own tasks, states in JSONata, and definitions that somebody else wrote get the same policy. Names
become ARNs with CloudFormation's pseudo parameters (`${AWS::Region}`), which a deployment binds. Where only the data
says on what a task works, or where nothing is surely known, the author has to say so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from asl.services.models import operation_model
from asl.services.resources import parse
from dsl.permissions.actions import api_permissions
from dsl.permissions.beside import BESIDE, conditions_of, http_permissions
from dsl.permissions.given import REMEDY, Given, MissingNeedError, UnknownNeedError, arn, named, placeholder
from dsl.permissions.jobs import integration_permissions, pass_permission
from dsl.permissions.policy import Permission, invoke_permissions
from dsl.permissions.targets import (
    SDK_TARGETS,
    SDK_UNBOUNDED,
    TARGETS,
    UNBOUNDED,
    buses,
    passed_roles,
    s3_bucket,
    s3_object,
    s3_source,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asl.services.models import Operation


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
        DefinitionError: it does not follow from the resource and its parameters.
    """
    found = parse(resource)
    if found is None and re.search("function|lambda", placeholder(resource) or "", re.IGNORECASE):
        return invoke_permissions(resource)
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
            raise UnknownNeedError(f"on what {call} works, its parameters do not say; {REMEDY}")
        on = TARGETS[call](given)
        if call == "ecs:runTask" and not passes:
            raise UnknownNeedError(
                "ecs:runTask hands the roles of its task definition to ECS, which only you know; name them"
            )
        if on == ["*"]:
            reason = reason or UNBOUNDED[call]
    roles = (*passes, *passed_roles(call, parameters))
    if call == "http:invoke":
        return http_permissions(given)
    if call == "lambda:invoke":
        return tuple(permission for target in on for permission in invoke_permissions(target))
    waits = found.pattern.startswith("sync")
    beside = tuple(BESIDE[call](given, waits)) if call in BESIDE else ()
    if not on and not said and not waits:
        return beside
    action = f"{call}.{found.pattern}" if waits else call
    conditions = conditions_of(given)
    return (
        *integration_permissions(action, on, passes=roles, reason=reason, conditions=conditions),
        *beside,
    )


def operation_permissions(operation: Operation, resource: str, reason: str = "") -> tuple[Permission, ...]:
    """Return what a call of an API needs on a resource."""
    service = operation.service
    return api_permissions(
        service.signing_name,
        operation.name,
        resource,
        reason,
        folder=service.folder,
        method=operation.http_method,
    )


_UNSAID: Final = f"on what {{}} works, its parameters do not surely say; {REMEDY}"

_BUCKETS: Final = ("ListObjects", "ListObjectsV2", "HeadBucket", "ListObjectVersions")


def _sdk(service: str, action: str, parameters: object) -> tuple[Permission, ...]:
    call = f"{service}:{action}"
    given = Given(call, parameters)
    operation = operation_model(service, action)
    reason = ""
    if call in SDK_UNBOUNDED:
        targets: Sequence[str] = ["*"]
        reason = f"IAM lets nobody narrow {call}"
    elif call in ("s3:copyObject", "s3:uploadPartCopy"):
        return (
            Permission("s3:GetObject", s3_source(given)[0]),
            Permission("s3:PutObject", s3_object(given)[0]),
        )
    elif service == "s3" and given.has("Bucket"):
        is_object = operation.name == "DeleteObjects" or given.has("Key")
        targets = s3_object(given) if is_object and operation.name not in _BUCKETS else s3_bucket(given)
    elif service == "scheduler" and given.has("Name"):
        group = given.text("GroupName") or "default"
        name, is_whole = given.prefix("Name")
        targets = [arn("scheduler", f"schedule/{group}/{name}{'' if is_whole else '*'}")]
    elif call in ("events:putEvents", "eventbridge:putEvents"):
        targets = buses(given)
    elif call in ("dynamodb:transactWriteItems", "dynamodb:transactGetItems"):
        return _transaction(given)
    elif (known := SDK_TARGETS.get(call, SDK_TARGETS.get(service))) is not None:
        try:
            targets = known(given)
        except MissingNeedError:
            raise UnknownNeedError(_UNSAID.format(call)) from None
        if service == "dynamodb" and given.has("IndexName"):
            index = given.text("IndexName")
            targets = [f"{target}/index/{index}" for target in targets]
    else:
        raise UnknownNeedError(_UNSAID.format(call))
    return (
        *(p for target in targets for p in operation_permissions(operation, target, reason)),
        *(pass_permission(call, role) for role in passed_roles(call, parameters)),
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
                table = named(item.inside(kind).pattern("TableName"), "dynamodb", "table/")
                found.append(Permission(f"dynamodb:{action}", table))
    return tuple(dict.fromkeys(found))


WRITER_ACTIONS: Final = ("PutObject", "GetObject", "ListMultipartUploadParts", "AbortMultipartUpload")
"""What writing a map's results needs: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html."""


def s3_permissions(request: Mapping[str, object]) -> tuple[Permission, ...]:
    """Return what a map's `ItemReader` or `ResultWriter` needs in S3."""
    resource = str(request["Resource"])
    given = Given("the map's request of S3", request.get("Parameters", request.get("Arguments")))
    config = Given(given.call, request.get("ReaderConfig"))
    if resource.endswith("s3:listObjectsV2"):
        found = [Permission("s3:ListBucket", s3_bucket(given)[0])]
        if config.text("Transformation") == "LOAD_AND_FLATTEN":
            prefix, _ = given.prefix("Prefix")
            found.append(Permission("s3:GetObject", f"{s3_bucket(given)[0]}/{prefix}*"))
        return tuple(found)
    if resource.endswith("s3:getObject"):
        found = [Permission("s3:GetObject", s3_object(given)[0])]
        if config.text("InputType") == "MANIFEST" or config.has("ManifestType"):
            found.append(Permission("s3:GetObject", "*", MANIFEST))
        return tuple(found)
    if resource.endswith("s3:putObject"):
        prefix, _ = given.prefix("Prefix")
        place = f"{s3_bucket(given)[0]}/{prefix}{'/' if prefix else ''}*"
        return tuple(Permission(f"s3:{action}", place) for action in WRITER_ACTIONS)
    raise UnknownNeedError(f"what a map needs for {resource} is not known; {REMEDY}")


MANIFEST: Final = "a manifest lists files in whatever bucket"
"""Why who reads a manifest may read all files."""
