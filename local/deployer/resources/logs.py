"""Amazon CloudWatch Logs: log groups."""

# ruff: noqa: D102 -- the methods are those of ResourceProvider, described there

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from local.deployer.resources.base import Live, Property, ResourceProvider, Settings, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties


class LogGroupProvider(ResourceProvider):
    """`aws.cloudwatch.LogGroup`."""

    type = "aws:cloudwatch/logGroup:LogGroup"
    properties: ClassVar[Mapping[str, Property]] = {
        "name": Property("logGroupName"),
        "retentionInDays": Property("retentionInDays"),
    }
    not_applied: ClassVar[Mapping[str, str]] = {
        "kmsKeyId": "the emulator keeps its data in memory",
        "logGroupClass": "it concerns AWS's prices only",
        "skipDestroy": "it concerns deletion on AWS only",
        "deletionProtectionEnabled": "it concerns deletion on AWS only",
    }
    tagging = Tagging("logs", "resourceArn", tags="tags", pair=None)

    def wanted(self, name: str, inputs: Properties) -> Settings:
        settings = super().wanted(name, inputs)
        # 0 is Pulumi's way to say "forever".
        settings["retentionInDays"] = settings["retentionInDays"] or None
        return settings

    def read(self, wanted: Settings) -> Live | None:
        name = wanted["name"]
        for group in self.clients.logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
            if group["logGroupName"] == name:
                # Pulumi's ARN is without the ":*" that CloudWatch Logs appends.
                return Live(name, self.settings_in(group), {"arn": group["arn"].removesuffix(":*")})
        return None

    def create(self, wanted: Settings) -> Live | None:
        self.clients.logs.create_log_group(logGroupName=wanted["name"], **self.tags(wanted))
        if wanted["retentionInDays"]:
            self._retain(wanted)
        return Live(wanted["name"], wanted, {"arn": self.arn(wanted["name"])})

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        self._retain(wanted)

    def delete(self, live: Live) -> None:
        self.clients.logs.delete_log_group(logGroupName=live.id)

    def _retain(self, wanted: Settings) -> None:
        if wanted["retentionInDays"] is None:
            self.clients.logs.delete_retention_policy(logGroupName=wanted["name"])
        else:
            self.clients.logs.put_retention_policy(**self.request(wanted))
