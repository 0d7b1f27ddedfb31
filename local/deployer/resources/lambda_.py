"""AWS Lambda: functions, and who may invoke them."""

# ruff: noqa: D102 -- the methods are those of ResourceProvider, described there

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, ClassVar

import pulumi
from botocore.exceptions import ClientError

from local.deployer.archives import pack, sha256
from local.deployer.resources.base import (
    Live,
    Property,
    ResourceProvider,
    Settings,
    Surroundings,
    Tagging,
    error_code,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from mypy_boto3_lambda.type_defs import (
        FunctionConfigurationResponseTypeDef,
        FunctionConfigurationTypeDef,
    )

    from local.deployer.values import Properties

    FunctionConfiguration: TypeAlias = FunctionConfigurationResponseTypeDef | FunctionConfigurationTypeDef

_ACTIVE_WITHIN_SECONDS = 30.0


class FunctionProvider(ResourceProvider):
    """`aws.lambda_.Function` with its code in a zip file."""

    type = "aws:lambda/function:Function"
    properties: ClassVar[Mapping[str, Property]] = {
        "name": Property("FunctionName"),
        "role": Property("Role"),
        "runtime": Property("Runtime"),
        "handler": Property("Handler"),
        "code": Property(),
        "description": Property("Description", ""),
        "memorySize": Property("MemorySize", 128),
        "timeout": Property("Timeout", 3),
        "architectures": Property(default=["x86_64"]),
        "environment.variables": Property("Environment.Variables", {}),
        "loggingConfig.logFormat": Property("LoggingConfig.LogFormat", "Text"),
        "loggingConfig.applicationLogLevel": Property("LoggingConfig.ApplicationLogLevel"),
        "loggingConfig.systemLogLevel": Property("LoggingConfig.SystemLogLevel"),
        "loggingConfig.logGroup": Property("LoggingConfig.LogGroup"),
        # Empty takes a queue away that an earlier deployment gave.
        "deadLetterConfig.targetArn": Property("DeadLetterConfig.TargetArn", ""),
        "reservedConcurrentExecutions": Property(),
    }
    applied = frozenset({"environment.variables.*"})
    not_applied: ClassVar[Mapping[str, str]] = {
        "tracingConfig.mode": "the emulator has no X-Ray",
        "sourceCodeHash": "the hash is computed from the code here",
        "packageType": "functions here are always packed as a zip file",
        "publish": "only the unpublished version runs here",
        "skipDestroy": "it concerns deletion on AWS only",
    }
    fixed = frozenset({"architectures"})
    tagging = Tagging("lambda", "Resource", list_tags="list_tags", pair=None)

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._packed: dict[str, bytes] = {}

    def wanted(self, name: str, inputs: Properties) -> Settings:
        if inputs.get("packageType", "Zip") != "Zip":
            raise ValueError("functions from container images are not supported on the emulator")
        code = inputs.get("code")
        if not isinstance(code, pulumi.AssetArchive | pulumi.FileArchive | pulumi.RemoteArchive):
            raise ValueError("code is not an archive")
        zipped = pack(code, self.folder)
        digest = sha256(zipped)
        self._packed[digest] = zipped
        settings = super().wanted(name, inputs) | {"code": digest}
        settings["loggingConfig.logGroup"] = (
            settings["loggingConfig.logGroup"] or f"/aws/lambda/{settings['name']}"
        )
        reserved = settings["reservedConcurrentExecutions"]
        if reserved is not None and reserved < 0:  # -1 is Pulumi's way to say "not reserved"
            settings["reservedConcurrentExecutions"] = None
        return settings

    def read(self, wanted: Settings) -> Live | None:
        found = self.clients.lambda_.get_function(FunctionName=wanted["name"])
        configuration = found["Configuration"]
        concurrency = found.get("Concurrency", {}).get("ReservedConcurrentExecutions")
        settings = self.settings_in(configuration) | {
            "code": configuration["CodeSha256"],
            "architectures": list(configuration.get("Architectures") or ["x86_64"]),
            "reservedConcurrentExecutions": concurrency,
            "tags": dict(found.get("Tags", {})),
        }
        return self._live(settings, configuration)

    def _live(self, settings: Settings, configuration: FunctionConfiguration) -> Live:
        arn, region = configuration["FunctionArn"], self.account.region
        outputs = {
            "arn": arn,
            "invokeArn": f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations",
            "qualifiedArn": f"{arn}:$LATEST",
            "version": configuration.get("Version", "$LATEST"),
            "lastModified": configuration["LastModified"],
            "sourceCodeSize": configuration["CodeSize"],
        }
        return Live(settings["name"], settings, outputs)

    def create(self, wanted: Settings) -> Live | None:
        self.clients.lambda_.create_function(
            **self.request(wanted),
            Code={"ZipFile": self._packed[wanted["code"]]},
            Architectures=wanted["architectures"],
            **self.tags(wanted),
        )
        configuration = self._wait_active(wanted["name"])
        if wanted["reservedConcurrentExecutions"] is not None:
            self._reserve(wanted)
        return self._live(wanted, configuration)

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        client, name = self.clients.lambda_, wanted["name"]
        if "code" in changed:
            client.update_function_code(FunctionName=name, ZipFile=self._packed[wanted["code"]])
            self._wait_active(name)
        if changed - {"code", "reservedConcurrentExecutions"}:
            client.update_function_configuration(**self.request(wanted))
            self._wait_active(name)
        if "reservedConcurrentExecutions" in changed:
            self._reserve(wanted)

    def delete(self, live: Live) -> None:
        self.clients.lambda_.delete_function(FunctionName=live.id)

    def _reserve(self, wanted: Settings) -> None:
        name, reserved = wanted["name"], wanted["reservedConcurrentExecutions"]
        if reserved is None:
            self.clients.lambda_.delete_function_concurrency(FunctionName=name)
        else:
            self.clients.lambda_.put_function_concurrency(
                FunctionName=name, ReservedConcurrentExecutions=reserved
            )

    def _wait_active(self, name: str) -> FunctionConfiguration:
        """Wait out "Pending" and "InProgress", in which Lambda refuses further changes. Return what it is then."""
        end = time.monotonic() + _ACTIVE_WITHIN_SECONDS
        pause = 0.1
        while True:
            state = self.clients.lambda_.get_function_configuration(FunctionName=name)
            if state.get("State") == "Failed" or state.get("LastUpdateStatus") == "Failed":
                raise RuntimeError(
                    state.get("StateReason") or state.get("LastUpdateStatusReason") or "failed"
                )
            if state.get("State", "Active") == "Active" and state.get("LastUpdateStatus") != "InProgress":
                return state
            if time.monotonic() > end:
                raise TimeoutError(f"the function was not active after {_ACTIVE_WITHIN_SECONDS:g} s")
            time.sleep(pause)
            pause = min(2 * pause, 0.2)


class PermissionProvider(ResourceProvider):
    """`aws.lambda_.Permission`: a statement in a function's policy."""

    type = "aws:lambda/permission:Permission"
    properties: ClassVar[Mapping[str, Property]] = {
        "statementId": Property("StatementId"),
        "function": Property("FunctionName"),
        "action": Property("Action"),
        "principal": Property("Principal"),
        "sourceArn": Property("SourceArn"),
        "sourceAccount": Property("SourceAccount"),
    }
    identity = frozenset({"function", "statementId"})

    def owner(self, wanted: Settings) -> tuple[str, str]:
        return FunctionProvider.type, wanted["function"]

    def read(self, wanted: Settings) -> Live | None:
        policy = json.loads(self.clients.lambda_.get_policy(FunctionName=wanted["function"])["Policy"])
        statements = (s for s in policy["Statement"] if s.get("Sid") == wanted["statementId"])
        statement = next(statements, None)
        if statement is None:
            return None
        principal = statement["Principal"]
        conditions = {
            key.lower(): value
            for operator in statement.get("Condition", {}).values()
            for key, value in operator.items()
        }
        settings = {
            "statementId": wanted["statementId"],
            "function": wanted["function"],
            "action": statement["Action"],
            "principal": next(iter(principal.values())) if isinstance(principal, dict) else principal,
            "sourceArn": conditions.get("aws:sourcearn"),
            "sourceAccount": conditions.get("aws:sourceaccount"),
        }
        return Live(wanted["statementId"], settings, {})

    def create(self, wanted: Settings) -> Live | None:
        try:
            self.clients.lambda_.add_permission(**self.request(wanted))
        except ClientError as error:
            if error_code(error) != "ResourceConflictException":  # it was created since it was read
                raise
        return Live(wanted["statementId"], wanted, {})

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        self.delete(live)  # a statement cannot be changed
        self.create(wanted)

    def delete(self, live: Live) -> None:
        self.clients.lambda_.remove_permission(
            FunctionName=live.settings["function"], StatementId=live.settings["statementId"]
        )


class FunctionEventInvokeConfigProvider(ResourceProvider):
    """`aws.lambda_.FunctionEventInvokeConfig`: retries and destinations of asynchronous invocations."""

    type = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    properties: ClassVar[Mapping[str, Property]] = {
        "functionName": Property("FunctionName"),
        "maximumRetryAttempts": Property("MaximumRetryAttempts", 2),
        "maximumEventAgeInSeconds": Property("MaximumEventAgeInSeconds", 21_600),
        "destinationConfig.onFailure.destination": Property("DestinationConfig.OnFailure.Destination"),
        "destinationConfig.onSuccess.destination": Property("DestinationConfig.OnSuccess.Destination"),
    }
    identity = frozenset({"functionName"})

    def owner(self, wanted: Settings) -> tuple[str, str]:
        return FunctionProvider.type, wanted["functionName"]

    def read(self, wanted: Settings) -> Live | None:
        name = wanted["functionName"]
        found = self.clients.lambda_.get_function_event_invoke_config(FunctionName=name)
        return Live(name, self.settings_in(found) | {"functionName": name}, {})

    def create(self, wanted: Settings) -> Live | None:
        request = {"DestinationConfig": {}, **self.request(wanted)}
        self.clients.lambda_.put_function_event_invoke_config(**request)
        return Live(wanted["functionName"], wanted, {})

    def delete(self, live: Live) -> None:
        self.clients.lambda_.delete_function_event_invoke_config(FunctionName=live.id)

    def settings_of_id(self, id_: str) -> Settings:
        return {"functionName": id_}
