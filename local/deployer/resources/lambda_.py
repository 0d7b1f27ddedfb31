"""AWS Lambda: functions, and who may invoke them."""

# ruff: noqa: D102 -- the methods are those of Handler, described there

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, ClassVar

import pulumi
from botocore.exceptions import ClientError

from local.deployer.archives import pack, sha256
from local.deployer.resources.base import (
    Handler,
    Live,
    Settings,
    Surroundings,
    error_code,
    given,
    is_missing,
    retag,
    tags_of,
    taken,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties

_CONFIGURATION = {
    "name": "FunctionName",
    "role": "Role",
    "runtime": "Runtime",
    "handler": "Handler",
    "description": "Description",
    "memorySize": "MemorySize",
    "timeout": "Timeout",
}
_LOGGING = {
    "logFormat": "LogFormat",
    "applicationLogLevel": "ApplicationLogLevel",
    "systemLogLevel": "SystemLogLevel",
    "logGroup": "LogGroup",
}
_ACTIVE_WITHIN_SECONDS = 30.0


class FunctionHandler(Handler):
    """`aws.lambda_.Function` with its code in a zip file."""

    type = "aws:lambda/function:Function"
    applied = frozenset(
        {
            "name",
            "role",
            "runtime",
            "handler",
            "code",
            "description",
            "memorySize",
            "timeout",
            "architectures",
            "environment.variables.*",
            "loggingConfig.logFormat",
            "loggingConfig.applicationLogLevel",
            "loggingConfig.systemLogLevel",
            "loggingConfig.logGroup",
            "deadLetterConfig.targetArn",
            "reservedConcurrentExecutions",
            "tags.*",
        }
    )
    not_applied: ClassVar[Mapping[str, str]] = {
        "tracingConfig.mode": "the emulator has no X-Ray",
        "sourceCodeHash": "the hash is computed from the code here",
        "packageType": "functions here are always packed as a zip file",
        "publish": "only the unpublished version runs here",
        "skipDestroy": "it concerns deletion on AWS only",
    }
    fixed = frozenset({"architectures"})

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
        environment: Any = inputs.get("environment") or {}
        logging: Any = inputs.get("loggingConfig") or {}
        dead_letters: Any = inputs.get("deadLetterConfig") or {}
        physical = self.name_of(name, inputs)
        return {
            "name": physical,
            "role": inputs.get("role"),
            "runtime": inputs.get("runtime"),
            "handler": inputs.get("handler"),
            "code": digest,
            "description": inputs.get("description") or "",
            "memorySize": inputs.get("memorySize") or 128,
            "timeout": inputs.get("timeout") or 3,
            "architectures": inputs.get("architectures") or ["x86_64"],
            "environment": dict(environment.get("variables") or {}),
            "loggingConfig": {"logFormat": "Text", "logGroup": f"/aws/lambda/{physical}"} | logging,
            "deadLetterConfig": dead_letters.get("targetArn"),
            "reservedConcurrentExecutions": _reserved(inputs.get("reservedConcurrentExecutions")),
            "tags": tags_of(inputs),
        }

    def read(self, wanted: Settings) -> Live | None:
        name = wanted["name"]
        try:
            found = self.clients.lambda_.get_function(FunctionName=name)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        configuration = found["Configuration"]
        concurrency = found.get("Concurrency", {}).get("ReservedConcurrentExecutions")
        settings = {
            "description": "",
            **taken(configuration, _CONFIGURATION),
            "code": configuration["CodeSha256"],
            "architectures": list(configuration.get("Architectures") or ["x86_64"]),
            "environment": dict(configuration.get("Environment", {}).get("Variables", {})),
            "loggingConfig": taken(configuration.get("LoggingConfig", {}), _LOGGING),
            "deadLetterConfig": configuration.get("DeadLetterConfig", {}).get("TargetArn") or None,
            "reservedConcurrentExecutions": concurrency,
            "tags": dict(found.get("Tags", {})),
        }
        arn = configuration["FunctionArn"]
        region = self.account.region
        path = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
        outputs = {
            "arn": arn,
            "invokeArn": path,
            "qualifiedArn": f"{arn}:$LATEST",
            "version": configuration.get("Version", "$LATEST"),
            "lastModified": configuration["LastModified"],
            "sourceCodeSize": configuration["CodeSize"],
        }
        return Live(name, settings, outputs)

    def create(self, wanted: Settings) -> None:
        request: Any = self._configuration(wanted) | {
            "Code": {"ZipFile": self._packed[wanted["code"]]},
            "Architectures": wanted["architectures"],
            "Tags": wanted["tags"],
        }
        self.clients.lambda_.create_function(**request)
        self._wait_active(wanted["name"])
        if wanted["reservedConcurrentExecutions"] is not None:
            self._reserve(wanted)

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        client, name = self.clients.lambda_, wanted["name"]
        if "code" in changed:
            client.update_function_code(FunctionName=name, ZipFile=self._packed[wanted["code"]])
            self._wait_active(name)
        if changed - {"code", "tags", "reservedConcurrentExecutions"}:
            client.update_function_configuration(**self._configuration(wanted))
            self._wait_active(name)
        if "reservedConcurrentExecutions" in changed:
            self._reserve(wanted)
        retag(
            live,
            wanted,
            lambda gone: client.untag_resource(Resource=live.outputs["arn"], TagKeys=gone),
            lambda tags: client.tag_resource(Resource=live.outputs["arn"], Tags=tags),
        )

    def delete(self, live: Live) -> None:
        self.clients.lambda_.delete_function(FunctionName=live.id)

    def _configuration(self, wanted: Settings) -> dict[str, Any]:
        return given(wanted, _CONFIGURATION) | {
            "Environment": {"Variables": wanted["environment"]},
            "LoggingConfig": given(wanted["loggingConfig"], _LOGGING),
            # Empty takes a queue away that an earlier deployment gave.
            "DeadLetterConfig": {"TargetArn": wanted["deadLetterConfig"] or ""},
        }

    def _reserve(self, wanted: Settings) -> None:
        name, reserved = wanted["name"], wanted["reservedConcurrentExecutions"]
        if reserved is None:
            self.clients.lambda_.delete_function_concurrency(FunctionName=name)
        else:
            self.clients.lambda_.put_function_concurrency(
                FunctionName=name, ReservedConcurrentExecutions=reserved
            )

    def _wait_active(self, name: str) -> None:
        """Wait out "Pending" and "InProgress", in which Lambda refuses further changes."""
        end = time.monotonic() + _ACTIVE_WITHIN_SECONDS
        pause = 0.02
        while True:
            state = self.clients.lambda_.get_function_configuration(FunctionName=name)
            if state.get("State") == "Failed" or state.get("LastUpdateStatus") == "Failed":
                raise RuntimeError(
                    state.get("StateReason") or state.get("LastUpdateStatusReason") or "failed"
                )
            if state.get("State", "Active") == "Active" and state.get("LastUpdateStatus") != "InProgress":
                return
            if time.monotonic() > end:
                raise TimeoutError(f"the function was not active after {_ACTIVE_WITHIN_SECONDS:g} s")
            time.sleep(pause)
            pause = min(2 * pause, 0.2)


def _reserved(value: object) -> int | None:
    """-1 is Pulumi's way to say "not reserved"."""
    return value if isinstance(value, int) and value >= 0 else None


class PermissionHandler(Handler):
    """`aws.lambda_.Permission`: a statement in a function's policy."""

    type = "aws:lambda/permission:Permission"
    identity = frozenset({"function", "statementId"})
    applied = frozenset({"statementId", "function", "action", "principal", "sourceArn", "sourceAccount"})

    def wanted(self, name: str, inputs: Properties) -> Settings:
        return {
            "statementId": self.name_of(name, inputs),
            "function": inputs.get("function"),
            "action": inputs.get("action"),
            "principal": inputs.get("principal"),
            "sourceArn": inputs.get("sourceArn"),
            "sourceAccount": inputs.get("sourceAccount"),
        }

    def read(self, wanted: Settings) -> Live | None:
        try:
            policy = json.loads(self.clients.lambda_.get_policy(FunctionName=wanted["function"])["Policy"])
        except ClientError as error:
            if is_missing(error):
                return None
            raise
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

    def create(self, wanted: Settings) -> None:
        members = {
            "statementId": "StatementId",
            "function": "FunctionName",
            "action": "Action",
            "principal": "Principal",
            "sourceArn": "SourceArn",
            "sourceAccount": "SourceAccount",
        }
        try:
            self.clients.lambda_.add_permission(**given(wanted, members))
        except ClientError as error:
            if error_code(error) != "ResourceConflictException":  # it is there since we looked
                raise

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        self.delete(live)  # a statement cannot be changed
        self.create(wanted)

    def delete(self, live: Live) -> None:
        self.clients.lambda_.remove_permission(
            FunctionName=live.settings["function"], StatementId=live.settings["statementId"]
        )

    def settings_of_id(self, id_: str) -> Settings:
        raise NotImplementedError("a permission cannot be looked up by its id alone")


_INVOKE_MEMBERS = {
    "maximumRetryAttempts": "MaximumRetryAttempts",
    "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
}


class FunctionEventInvokeConfigHandler(Handler):
    """`aws.lambda_.FunctionEventInvokeConfig`: retries and destinations of asynchronous invocations."""

    type = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
    identity = frozenset({"functionName"})
    applied = frozenset(
        {
            "functionName",
            *_INVOKE_MEMBERS,
            "destinationConfig.onFailure.destination",
            "destinationConfig.onSuccess.destination",
        }
    )

    def wanted(self, name: str, inputs: Properties) -> Settings:  # noqa: ARG002
        destinations: Any = inputs.get("destinationConfig") or {}
        return {
            "functionName": inputs.get("functionName"),
            # What Lambda takes where nothing is given.
            "maximumRetryAttempts": inputs.get("maximumRetryAttempts", 2),
            "maximumEventAgeInSeconds": inputs.get("maximumEventAgeInSeconds", 21_600),
            "onFailure": (destinations.get("onFailure") or {}).get("destination"),
            "onSuccess": (destinations.get("onSuccess") or {}).get("destination"),
        }

    def read(self, wanted: Settings) -> Live | None:
        name = wanted["functionName"]
        try:
            found = self.clients.lambda_.get_function_event_invoke_config(FunctionName=name)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        destinations = found.get("DestinationConfig", {})
        settings = {
            "functionName": name,
            **taken(found, _INVOKE_MEMBERS),
            "onFailure": destinations.get("OnFailure", {}).get("Destination"),
            "onSuccess": destinations.get("OnSuccess", {}).get("Destination"),
        }
        return Live(name, settings, {})

    def create(self, wanted: Settings) -> None:
        destinations = {
            side: {"Destination": wanted[key]}
            for side, key in (("OnFailure", "onFailure"), ("OnSuccess", "onSuccess"))
            if wanted[key]
        }
        request: Any = {
            "FunctionName": wanted["functionName"],
            "DestinationConfig": destinations,
            **given(wanted, _INVOKE_MEMBERS),
        }
        self.clients.lambda_.put_function_event_invoke_config(**request)

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        self.create(wanted)

    def delete(self, live: Live) -> None:
        self.clients.lambda_.delete_function_event_invoke_config(FunctionName=live.id)

    def settings_of_id(self, id_: str) -> Settings:
        return {"functionName": id_}
