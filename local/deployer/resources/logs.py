"""Amazon CloudWatch Logs: log groups."""

# ruff: noqa: D102 -- the methods are those of Handler, described there

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from local.deployer.resources.base import Handler, Live, Settings, retag, tags_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties


class LogGroupHandler(Handler):
    """`aws.cloudwatch.LogGroup`."""

    type = "aws:cloudwatch/logGroup:LogGroup"
    applied = frozenset({"name", "retentionInDays", "tags.*"})
    not_applied: ClassVar[Mapping[str, str]] = {
        "kmsKeyId": "the emulator keeps its data in memory",
        "logGroupClass": "it concerns AWS's prices only",
        "skipDestroy": "it concerns deletion on AWS only",
        "deletionProtectionEnabled": "it concerns deletion on AWS only",
    }

    def wanted(self, name: str, inputs: Properties) -> Settings:
        return {
            "name": self.name_of(name, inputs),
            "retentionInDays": inputs.get("retentionInDays") or None,  # 0 is Pulumi's way to say "for ever"
            "tags": tags_of(inputs),
        }

    def read(self, wanted: Settings) -> Live | None:
        client, name = self.clients.logs, wanted["name"]
        listed = client.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        group = next((group for group in listed if group["logGroupName"] == name), None)
        if group is None:
            return None
        # Pulumi's ARN is without the ":*" that CloudWatch Logs appends.
        arn = group["arn"].removesuffix(":*")
        settings = {
            "name": name,
            "retentionInDays": group.get("retentionInDays"),
            "tags": dict(client.list_tags_for_resource(resourceArn=arn)["tags"]),
        }
        return Live(name, settings, {"arn": arn})

    def create(self, wanted: Settings) -> None:
        self.clients.logs.create_log_group(
            logGroupName=wanted["name"], **({"tags": wanted["tags"]} if wanted["tags"] else {})
        )
        if wanted["retentionInDays"]:
            self._retain(wanted)

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        if "retentionInDays" in changed:
            self._retain(wanted)
        retag(
            live,
            wanted,
            lambda gone: self.clients.logs.untag_resource(resourceArn=live.outputs["arn"], tagKeys=gone),
            lambda tags: self.clients.logs.tag_resource(resourceArn=live.outputs["arn"], tags=tags),
        )

    def delete(self, live: Live) -> None:
        self.clients.logs.delete_log_group(logGroupName=live.id)

    def _retain(self, wanted: Settings) -> None:
        name, days = wanted["name"], wanted["retentionInDays"]
        if days is None:
            self.clients.logs.delete_retention_policy(logGroupName=name)
        else:
            self.clients.logs.put_retention_policy(logGroupName=name, retentionInDays=days)
