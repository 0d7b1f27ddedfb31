"""AWS clients for the emulator, untouched by the caller's profiles, credentials, proxies and endpoints."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from botocore.config import Config

from local.stacks.emulator import REGION
from stepfunctions_local_client.credentials import credentials_for
from stepfunctions_local_client.sessions import local_session

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

    from stepfunctions_local_client.credentials import Credentials

    # The project installs no stubs for these two.
    CloudWatchClient: TypeAlias = Any
    STSClient: TypeAlias = Any

_CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 2},
    proxies={},  # not those of the environment
    max_pool_connections=32,
    disable_request_compression=True,
    user_agent="serverlesspresso",  # botocore would put a long one together for each request
)


_building = threading.Lock()


class Clients:
    """Clients of one emulator, built when first asked for and once a process; safe to use from several threads."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.region = REGION
        # An emulator that is started anew may have the port of an earlier one, but not its key pair.
        self._credentials = credentials_for(endpoint)

    @property
    def cloudwatch(self) -> CloudWatchClient:
        """Amazon CloudWatch: alarms and dashboards."""
        return cast("CloudWatchClient", self.client("cloudwatch"))

    @property
    def dynamodb(self) -> DynamoDBClient:
        """Amazon DynamoDB."""
        return cast("DynamoDBClient", self.client("dynamodb"))

    @property
    def events(self) -> EventBridgeClient:
        """Amazon EventBridge."""
        return cast("EventBridgeClient", self.client("events"))

    @property
    def iam(self) -> IAMClient:
        """AWS Identity and Access Management."""
        return cast("IAMClient", self.client("iam"))

    @property
    def lambda_(self) -> LambdaClient:
        """AWS Lambda."""
        return cast("LambdaClient", self.client("lambda"))

    @property
    def logs(self) -> CloudWatchLogsClient:
        """Amazon CloudWatch Logs."""
        return cast("CloudWatchLogsClient", self.client("logs"))

    @property
    def sfn(self) -> SFNClient:
        """AWS Step Functions."""
        return cast("SFNClient", self.client("stepfunctions"))

    @property
    def sqs(self) -> SQSClient:
        """Amazon SQS."""
        return cast("SQSClient", self.client("sqs"))

    @property
    def sts(self) -> STSClient:
        """AWS Security Token Service."""
        return cast("STSClient", self.client("sts"))

    def client(self, service: str) -> object:
        """Return the client of a service, by boto3's name of it."""
        with _building:
            return _client(self.endpoint, self._credentials, service)


@lru_cache(maxsize=64)
def _client(endpoint: str, credentials: Credentials, service: str) -> object:
    build: Callable[..., object] = _session(endpoint, credentials).client
    return build(service, endpoint_url=endpoint, config=_CONFIG)


@lru_cache(maxsize=4)
def _session(endpoint: str, credentials: Credentials) -> boto3.session.Session:  # noqa: ARG001 - which pair it has
    return local_session(endpoint, REGION)
