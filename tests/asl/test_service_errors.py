"""The names that Step Functions gives the errors of services."""

from __future__ import annotations

import pytest

from asl.services.errors import (
    COMMON,
    OPTIMISED_PREFIXES,
    optimised_errors,
    prefix_of,
    sdk_error,
    sdk_errors,
    sdk_prefix,
    transient_errors,
)
from asl.services.models import operation_model, read_service, services
from dsl import Retry, dynamodb, events, lambda_


@pytest.mark.parametrize(
    ("service", "prefix"),
    [
        ("apigateway", "ApiGateway"),
        ("cloudformation", "CloudFormation"),
        ("cloudwatchlogs", "CloudWatchLogs"),
        ("databasemigration", "DatabaseMigration"),
        ("docdb", "DocDb"),
        ("dynamodb", "DynamoDb"),
        ("ec2", "Ec2"),
        ("elasticache", "ElastiCache"),
        ("elasticloadbalancingv2", "ElasticLoadBalancingV2"),
        ("eventbridge", "EventBridge"),
        ("health", "Health"),
        ("kms", "Kms"),
        ("lambda", "Lambda"),
        ("lexmodelsv2", "LexModelsV2"),
        ("neptune", "Neptune"),
        ("rds", "Rds"),
        ("redshift", "Redshift"),
        ("s3", "S3"),
        ("secretsmanager", "SecretsManager"),
        ("sfn", "Sfn"),
        ("sqs", "Sqs"),
    ],
)
def test_an_sdk_integration_puts_the_java_sdks_name_of_the_service_before(service: str, prefix: str) -> None:
    assert prefix_of("sdk", service) == prefix
    assert f"{prefix}Exception" in sdk_errors(services()[service])


@pytest.mark.parametrize(
    ("service", "shape", "name"),
    [
        ("rds", "DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
        ("rds", "DBClusterAlreadyExistsFault", "DbClusterAlreadyExistsException"),
        ("redshift", "ClusterNotFoundFault", "ClusterNotFoundException"),
        ("elasticache", "CacheClusterNotFoundFault", "CacheClusterNotFoundException"),
        ("docdb", "DBClusterNotFoundFault", "DbClusterNotFoundException"),
        ("neptune", "DBClusterNotFoundFault", "DbClusterNotFoundException"),
        ("databasemigration", "ResourceNotFoundFault", "ResourceNotFoundException"),
        ("dax", "ClusterNotFoundFault", "ClusterNotFoundException"),
        ("sqs", "QueueDoesNotExist", "QueueDoesNotExistException"),
        ("s3", "NoSuchKey", "NoSuchKeyException"),
        ("lambda", "EC2AccessDeniedException", "Ec2AccessDeniedException"),
        ("lambda", "KMSDisabledException", "KmsDisabledException"),
        ("organizations", "AWSOrganizationsNotInUseException", "AwsOrganizationsNotInUseException"),
        ("dynamodb", "ConditionalCheckFailedException", "ConditionalCheckFailedException"),
        ("dynamodb", "InternalServerError", "InternalServerErrorException"),
        ("elasticloadbalancing", "AccessPointNotFoundException", "LoadBalancerNotFoundException"),
    ],
)
def test_a_fault_becomes_an_exception_with_acronyms_as_words(service: str, shape: str, name: str) -> None:
    assert sdk_error(shape, read_service(services()[service])) == name


def test_every_service_has_a_prefix_and_its_own_exception() -> None:
    for folder in set(services().values()):
        model = read_service(folder)
        prefix = sdk_prefix(model)
        assert prefix[:1].isupper() or prefix[:1].isdigit(), folder
        assert prefix.isalnum(), folder
        assert all(name.endswith("Exception") and name.isalnum() for name in sdk_errors(folder)), folder
        read_service.cache_clear()  # four hundred of them would slow down every test that comes after


@pytest.mark.parametrize(
    ("service", "retry"),
    [("dynamodb", dynamodb.TRANSIENT), ("events", events.TRANSIENT), ("lambda", lambda_.TRANSIENT)],
)
def test_the_default_retries_of_the_language_name_errors_that_are_raised(service: str, retry: Retry) -> None:
    folder = {"events": "events"}.get(service, service)
    for error in retry.errors:
        prefix, _, name = error.partition(".")
        assert prefix == OPTIMISED_PREFIXES[service]
        assert name in optimised_errors(folder) | COMMON


def test_those_of_its_sdk_calls_come_from_the_service_s_model() -> None:
    assert transient_errors(operation_model("dynamodb", "getItem")) == (
        "DynamoDb.InternalServerErrorException",
        "DynamoDb.ProvisionedThroughputExceededException",
        "DynamoDb.RequestLimitExceededException",
        "DynamoDb.ThrottlingException",
        "DynamoDb.SdkClientException",
    )
    assert transient_errors(operation_model("ec2", "describeRegions")) == (
        "Ec2.Ec2Exception",
        "Ec2.SdkClientException",
    )
    assert transient_errors(operation_model("sfn", "sendTaskSuccess")) == (
        "Sfn.KmsThrottlingException",
        "Sfn.SfnException",
        "Sfn.SdkClientException",
    )
