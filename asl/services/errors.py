"""What Step Functions calls the errors of services.

An SDK integration names them as AWS's Java SDK v2 does, which makes its names from the services' models
(https://github.com/aws/aws-sdk-java-v2, codegen's DefaultNamingStrategy): `DBInstanceNotFoundFault` of RDS is
`Rds.DbInstanceNotFoundException`. What a model does not list is the service's own exception, `Rds.RdsException`. So
answered TestState for eleven services on 2026-09-24 (https://github.com/iwamot/sfnx, tests/test_sdk_errors.py).

The optimised integrations keep the names of the Java SDK v1: `DynamoDB.ConditionalCheckFailedException`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from asl.services.models import read_service, services

if TYPE_CHECKING:
    from asl.services.models import Operation, ServiceModel

OPTIMISED_PREFIXES: Final = {
    "dynamodb": "DynamoDB",
    "ecs": "ECS",
    "events": "EventBridge",
    "lambda": "Lambda",
    "sns": "SNS",
    "sqs": "SQS",
    "states": "StepFunctions",
}
"""What optimised integrations put before the names of errors, as far as it has been seen on AWS."""

COMMON: Final = frozenset(
    {
        "AWSLambdaException",
        "AccessDeniedException",
        "ClientExecutionTimeoutException",
        "FailedEntry",
        "InternalServerError",
        "InternalServerException",
        "SdkClientException",
        "ServiceException",
        "ServiceUnavailableException",
        "ThrottlingException",
        "TooManyRequestsException",
        "Unknown",
        "ValidationException",
    }
)
"""Errors that are in no action's model, or not in each, and yet are raised."""

SDK_CLIENT: Final = "SdkClientException"
"""What both integrations fail with where the call did not reach the service."""

_PASSING = re.compile(
    r"Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughput|SlowDown|Internal(Server|Service)?(Error|Fault|Ex)"
    r"|ServiceUnavailable|^ServerException"
)
_OVERLOAD = re.compile(r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown")
_RENAMED: Final = {
    "elb": {
        "AccessPointNotFoundException": "LoadBalancerNotFoundException",
        "DuplicateAccessPointNameException": "DuplicateLoadBalancerNameException",
        "InvalidEndPointException": "InvalidInstanceException",
        "TooManyAccessPointsException": "TooManyLoadBalancersException",
    },
    "marketplacecommerceanalytics": {
        "MarketplaceCommerceAnalyticsException": "MarketplaceCommerceAnalyticsServiceException",
    },
}
"""Errors to which the Java SDK gives another name, by botocore's folder of the service."""
_NO_LETTERS = re.compile(r"[^A-Za-z0-9]+")
_VERSION = re.compile(r"([^a-z]{2,})v([0-9]+)|([^A-Z]{2,})V([0-9]+)")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-zA-Z0-9])")
_AFTER_ACRONYM = re.compile(r"([A-Z]+)([A-Z][a-z])")
_AFTER_DIGIT = re.compile(r"([0-9])([a-zA-Z])")


def java_name(name: str) -> str:
    """Return the name as the Java SDK v2 writes a class: `DynamoDB` is `DynamoDb`, `KMSKeyDisabled` is
    `KmsKeyDisabled`."""
    spaced = _NO_LETTERS.sub(" ", name)
    spaced = _VERSION.sub(lambda m: f"{m[1]} v{m[2]} " if m[2] else f"{m[3]} V{m[4]} ", spaced)
    spaced = _HUMP.sub(" ", spaced)
    spaced = _AFTER_ACRONYM.sub(r"\1 \2", spaced)
    spaced = _AFTER_DIGIT.sub(r"\1 \2", spaced)
    return "".join(word.capitalize() for word in spaced.split())


def sdk_prefix(model: ServiceModel) -> str:
    """Return what an SDK integration puts before the names of a service's errors: `DynamoDb`, `CloudWatchLogs`,
    `Sfn`."""
    name = java_name(model.service_id)
    for start in ("Amazon", "Aws"):
        name = name.removeprefix(start)
    return name.removesuffix("Service")


def sdk_error(shape: str, model: ServiceModel) -> str:
    """Return the name of an error's shape, without the service's, as an SDK integration reports it."""
    shape = _RENAMED.get(model.folder, {}).get(shape, shape)
    name = java_name(shape.removesuffix("Fault"))
    name = name if name.endswith("Exception") else f"{name}Exception"
    return f"Default{name}" if name == f"{sdk_prefix(model)}Exception" else name


@cache
def sdk_errors(folder: str) -> frozenset[str]:
    """Return the errors of a service, by botocore's folder, without its name, as an SDK integration reports them."""
    model = read_service(folder)
    return frozenset({*(sdk_error(shape, model) for shape in model.errors), f"{sdk_prefix(model)}Exception"})


@cache
def optimised_errors(folder: str) -> frozenset[str]:
    """Return the same for an optimised integration, in each spelling that may be meant."""
    model = read_service(folder)
    found = set(sdk_errors(folder))
    for shape in model.errors:
        found |= {
            shape,
            f"{shape.removesuffix('Exception')}Exception",
            f"{shape.removesuffix('Fault')}Exception",
        }
    return frozenset(found)


def transient_errors(operation: Operation) -> tuple[str, ...]:
    """Return the errors of an SDK integration that pass by themselves.

    Overload and faults of the service as its model names them, and calls that did not reach it. Where the model knows
    no overload, the service's own exception is what that is reported as.
    """
    model = operation.service
    prefix = sdk_prefix(model)
    passing = sorted({sdk_error(shape, model) for shape in operation.errors if _PASSING.search(shape)})
    if not any(_OVERLOAD.match(name) for name in passing):
        passing.append(f"{prefix}Exception")
    return tuple(f"{prefix}.{name}" for name in (*passing, SDK_CLIENT))


def prefix_of(kind: str, service: str) -> str | None:
    """Return what an integration puts before the names of its errors; None where it is not known."""
    if kind == "optimised":
        return OPTIMISED_PREFIXES.get(service)
    folder = services().get(service)
    return None if folder is None else sdk_prefix(read_service(folder))
