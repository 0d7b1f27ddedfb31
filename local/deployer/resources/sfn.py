"""AWS Step Functions: state machines."""

# ruff: noqa: D102 -- the methods are those of ResourceProvider, described there

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from local.deployer.resources.base import Live, Property, ResourceProvider, Settings, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

_DESTINATION = "loggingConfiguration.logDestination"


class StateMachineProvider(ResourceProvider):
    """`aws.sfn.StateMachine`."""

    type = "aws:sfn/stateMachine:StateMachine"
    properties: ClassVar[Mapping[str, Property]] = {
        "name": Property("name"),
        "definition": Property("definition", json=True),
        "roleArn": Property("roleArn"),
        "type": Property("type", "STANDARD"),
        "loggingConfiguration.level": Property("loggingConfiguration.level", "OFF"),
        "loggingConfiguration.includeExecutionData": Property(
            "loggingConfiguration.includeExecutionData", default=False
        ),
        _DESTINATION: Property(),
    }
    not_applied: ClassVar[Mapping[str, str]] = {
        "tracingConfiguration.enabled": "the emulator has no X-Ray",
        "publish": "only the unpublished version runs here",
        "encryptionConfiguration.*": "the emulator keeps its data in memory",
    }
    fixed = frozenset({"type"})
    tagging = Tagging("stepfunctions", "resourceArn", tags="tags", pair=("key", "value"))

    def read(self, wanted: Settings) -> Live | None:
        machine = self.clients.sfn.describe_state_machine(stateMachineArn=self.arn(wanted["name"]))
        logging = machine.get("loggingConfiguration", {})
        destination: Any = next(iter(logging.get("destinations") or ()), {})
        log_group = destination.get("cloudWatchLogsLogGroup", {}).get("logGroupArn")
        outputs = {
            "arn": machine["stateMachineArn"],
            "status": machine.get("status", "ACTIVE"),
            "creationDate": machine["creationDate"].isoformat(),
        }
        return Live(outputs["arn"], self.settings_in(machine) | {_DESTINATION: log_group}, outputs)

    def create(self, wanted: Settings) -> Live | None:
        made = self.clients.sfn.create_state_machine(**self.request(wanted), **self.tags(wanted))
        arn_, created = made["stateMachineArn"], made["creationDate"].isoformat()
        return Live(arn_, wanted, {"arn": arn_, "status": "ACTIVE", "creationDate": created})

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        request = {
            member: value for member, value in self.request(wanted).items() if member not in {"name", "type"}
        }
        self.clients.sfn.update_state_machine(stateMachineArn=live.id, **request)

    def delete(self, live: Live) -> None:
        self.clients.sfn.delete_state_machine(stateMachineArn=live.id)

    def settings_of_id(self, id_: str) -> Settings:
        return {"name": id_.rpartition(":")[2]}

    def request(self, wanted: Settings) -> dict[str, Any]:
        request = super().request(wanted)
        if log_group := wanted[_DESTINATION]:
            destination = {"cloudWatchLogsLogGroup": {"logGroupArn": log_group}}
            request["loggingConfiguration"]["destinations"] = [destination]
        return request
