"""AWS Step Functions: state machines."""

# ruff: noqa: D102 -- the methods are those of Handler, described there

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from local.deployer.resources.base import (
    Handler,
    Live,
    Settings,
    canonical_json,
    is_missing,
    key_values,
    pairs,
    retag,
    tags_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties


class StateMachineHandler(Handler):
    """`aws.sfn.StateMachine`."""

    type = "aws:sfn/stateMachine:StateMachine"
    applied = frozenset(
        {
            "name",
            "definition",
            "roleArn",
            "type",
            "loggingConfiguration.level",
            "loggingConfiguration.includeExecutionData",
            "loggingConfiguration.logDestination",
            "tags.*",
        }
    )
    not_applied: ClassVar[Mapping[str, str]] = {
        "tracingConfiguration.enabled": "the emulator has no X-Ray",
        "publish": "only the unpublished version runs here",
        "encryptionConfiguration.*": "the emulator keeps its data in memory",
    }
    fixed = frozenset({"type"})

    def wanted(self, name: str, inputs: Properties) -> Settings:
        logging: Any = inputs.get("loggingConfiguration") or {}
        return {
            "name": self.name_of(name, inputs),
            "definition": canonical_json(inputs.get("definition"), "definition"),
            "roleArn": inputs.get("roleArn"),
            "type": inputs.get("type") or "STANDARD",
            "loggingConfiguration": {
                "level": logging.get("level") or "OFF",
                "includeExecutionData": bool(logging.get("includeExecutionData", False)),
                "logDestination": logging.get("logDestination"),
            },
            "tags": tags_of(inputs),
        }

    def read(self, wanted: Settings) -> Live | None:
        client = self.clients.sfn
        try:
            machine = client.describe_state_machine(stateMachineArn=self.arn_of(wanted["name"]))
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        arn = machine["stateMachineArn"]
        logging = machine.get("loggingConfiguration", {})
        destinations = logging.get("destinations") or [{}]
        settings = {
            "name": machine["name"],
            "definition": canonical_json(machine["definition"], "definition"),
            "roleArn": machine["roleArn"],
            "type": machine["type"],
            "loggingConfiguration": {
                "level": logging.get("level") or "OFF",
                "includeExecutionData": bool(logging.get("includeExecutionData", False)),
                "logDestination": destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn"),
            },
            "tags": pairs(client.list_tags_for_resource(resourceArn=arn)["tags"], "key", "value"),
        }
        outputs = {
            "arn": arn,
            "status": machine.get("status", "ACTIVE"),
            "creationDate": machine["creationDate"].isoformat(),
        }
        return Live(arn, settings, outputs)

    def create(self, wanted: Settings) -> None:
        request: Any = self._request(wanted) | {
            "name": wanted["name"],
            "type": wanted["type"],
            "tags": key_values(wanted["tags"], "key", "value"),
        }
        self.clients.sfn.create_state_machine(**request)

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        client = self.clients.sfn
        if changed - {"tags"}:
            client.update_state_machine(stateMachineArn=live.id, **self._request(wanted))
        retag(
            live,
            wanted,
            lambda gone: client.untag_resource(resourceArn=live.id, tagKeys=gone),
            lambda tags: client.tag_resource(resourceArn=live.id, tags=key_values(tags, "key", "value")),
        )

    def delete(self, live: Live) -> None:
        self.clients.sfn.delete_state_machine(stateMachineArn=live.id)

    def settings_of_id(self, id_: str) -> Settings:
        return {"name": id_.rpartition(":")[2]}

    @staticmethod
    def _request(wanted: Settings) -> dict[str, Any]:
        logging = wanted["loggingConfiguration"]
        configuration: dict[str, Any] = {
            "level": logging["level"],
            "includeExecutionData": logging["includeExecutionData"],
        }
        if destination := logging["logDestination"]:
            configuration["destinations"] = [{"cloudWatchLogsLogGroup": {"logGroupArn": destination}}]
        return {
            "definition": wanted["definition"],
            "roleArn": wanted["roleArn"],
            "loggingConfiguration": configuration,
        }
