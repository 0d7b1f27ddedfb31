"""Amazon EventBridge: buses, rules and their targets."""

# ruff: noqa: D102 -- the methods are those of Handler, described there

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from local.deployer.resources.base import (
    Handler,
    Live,
    Settings,
    canonical_json,
    given,
    is_missing,
    key_values,
    pairs,
    retag,
    tags_of,
    taken,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties


class _Tagged(Handler):
    """Buses and rules are tagged alike."""

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a living resource."""
        return pairs(self.clients.events.list_tags_for_resource(ResourceARN=arn)["Tags"])

    def update_tags(self, wanted: Settings, live: Live) -> None:
        """Make a living resource's tags those that are wanted."""
        events, arn = self.clients.events, live.outputs["arn"]
        retag(
            live,
            wanted,
            lambda gone: events.untag_resource(ResourceARN=arn, TagKeys=gone),
            lambda tags: events.tag_resource(ResourceARN=arn, Tags=key_values(tags)),
        )


class EventBusHandler(_Tagged):
    """`aws.cloudwatch.EventBus`."""

    type = "aws:cloudwatch/eventBus:EventBus"
    applied = frozenset({"name", "description", "tags.*"})

    def wanted(self, name: str, inputs: Properties) -> Settings:
        return {
            "name": self.name_of(name, inputs),
            "description": inputs.get("description") or "",
            "tags": tags_of(inputs),
        }

    def read(self, wanted: Settings) -> Live | None:
        try:
            bus = self.clients.events.describe_event_bus(Name=wanted["name"])
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        settings = {
            "name": bus["Name"],
            "description": bus.get("Description", ""),
            "tags": self.tags(bus["Arn"]),
        }
        return Live(bus["Name"], settings, {"arn": bus["Arn"]})

    def create(self, wanted: Settings) -> None:
        self.clients.events.create_event_bus(
            Name=wanted["name"], Description=wanted["description"], Tags=key_values(wanted["tags"])
        )

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        if "description" in changed:
            self.clients.events.update_event_bus(Name=live.id, Description=wanted["description"])
        self.update_tags(wanted, live)

    def delete(self, live: Live) -> None:
        self.clients.events.delete_event_bus(Name=live.id)


class EventRuleHandler(_Tagged):
    """`aws.cloudwatch.EventRule`."""

    type = "aws:cloudwatch/eventRule:EventRule"
    identity = frozenset({"name", "eventBusName"})
    applied = frozenset(
        {
            "name",
            "eventBusName",
            "eventPattern",
            "scheduleExpression",
            "description",
            "roleArn",
            "state",
            "isEnabled",
            "tags.*",
        }
    )
    not_applied: ClassVar[Mapping[str, str]] = {"forceDestroy": "it concerns deletion on AWS only"}

    def wanted(self, name: str, inputs: Properties) -> Settings:
        pattern = inputs.get("eventPattern")
        enabled = "DISABLED" if inputs.get("isEnabled") is False else "ENABLED"
        return {
            "name": self.name_of(name, inputs),
            "eventBusName": inputs.get("eventBusName") or "default",
            "eventPattern": canonical_json(pattern, "eventPattern") if pattern else None,
            "scheduleExpression": inputs.get("scheduleExpression"),
            "description": inputs.get("description"),
            "roleArn": inputs.get("roleArn"),
            "state": inputs.get("state") or enabled,
            "tags": tags_of(inputs),
        }

    def read(self, wanted: Settings) -> Live | None:
        name, bus = wanted["name"], wanted["eventBusName"]
        try:
            rule = self.clients.events.describe_rule(Name=name, EventBusName=bus)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        pattern = rule.get("EventPattern")
        settings = {
            "name": name,
            "eventBusName": bus,
            "eventPattern": canonical_json(pattern, "eventPattern") if pattern else None,
            "scheduleExpression": rule.get("ScheduleExpression") or None,
            "description": rule.get("Description") or None,
            "roleArn": rule.get("RoleArn") or None,
            "state": rule["State"],
            "tags": self.tags(rule["Arn"]),
        }
        return Live(name if bus == "default" else f"{bus}/{name}", settings, {"arn": rule["Arn"]})

    def create(self, wanted: Settings) -> None:
        # AWS refuses tags for a rule that exists, so they are only given here.
        self.clients.events.put_rule(**self._request(wanted), Tags=key_values(wanted["tags"]))

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        if changed - {"tags"}:
            self.clients.events.put_rule(**self._request(wanted))
        self.update_tags(wanted, live)

    def delete(self, live: Live) -> None:
        name, bus = live.settings["name"], live.settings["eventBusName"]
        # AWS refuses to delete a rule that has targets.
        targets = self.clients.events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
        if targets:
            ids = [target["Id"] for target in targets]
            self.clients.events.remove_targets(Rule=name, EventBusName=bus, Ids=ids)
        self.clients.events.delete_rule(Name=name, EventBusName=bus)

    def settings_of_id(self, id_: str) -> Settings:
        bus, _, name = id_.rpartition("/")
        return {"name": name, "eventBusName": bus or "default"}

    @staticmethod
    def _request(wanted: Settings) -> dict[str, Any]:
        members = {
            "name": "Name",
            "eventBusName": "EventBusName",
            "eventPattern": "EventPattern",
            "scheduleExpression": "ScheduleExpression",
            "description": "Description",
            "roleArn": "RoleArn",
            "state": "State",
        }
        return given(wanted, members)


_NO_RETRY = "the emulator delivers an event once, without retry or dead-letter queue"

_TARGET_MEMBERS = {
    "targetId": "Id",
    "arn": "Arn",
    "roleArn": "RoleArn",
    "input": "Input",
    "inputPath": "InputPath",
}
_TRANSFORMER_MEMBERS = {"inputPaths": "InputPathsMap", "inputTemplate": "InputTemplate"}
_RETRY_MEMBERS = {
    "maximumEventAgeInSeconds": "MaximumEventAgeInSeconds",
    "maximumRetryAttempts": "MaximumRetryAttempts",
}


class EventTargetHandler(Handler):
    """`aws.cloudwatch.EventTarget`: a Lambda function, a state machine or a queue."""

    type = "aws:cloudwatch/eventTarget:EventTarget"
    identity = frozenset({"rule", "eventBusName", "targetId"})
    applied = frozenset(
        {
            "rule",
            "eventBusName",
            "targetId",
            "arn",
            "roleArn",
            "input",
            "inputPath",
            "inputTransformer.inputPaths.*",
            "inputTransformer.inputTemplate",
            "sqsTarget.messageGroupId",
        }
    )
    # Stored, so that a client sees them, but nothing follows from them.
    not_applied: ClassVar[Mapping[str, str]] = {
        "retryPolicy.maximumEventAgeInSeconds": _NO_RETRY,
        "retryPolicy.maximumRetryAttempts": _NO_RETRY,
        "deadLetterConfig.arn": _NO_RETRY,
        "forceDestroy": "it concerns deletion on AWS only",
    }

    def wanted(self, name: str, inputs: Properties) -> Settings:
        return {
            "rule": inputs.get("rule"),
            "eventBusName": inputs.get("eventBusName") or "default",
            "targetId": self.name_of(name, inputs),
            "arn": inputs.get("arn"),
            "roleArn": inputs.get("roleArn"),
            "input": inputs.get("input"),
            "inputPath": inputs.get("inputPath"),
            "inputTransformer": inputs.get("inputTransformer"),
            "retryPolicy": inputs.get("retryPolicy"),
            "deadLetterConfig": inputs.get("deadLetterConfig"),
            "sqsTarget": inputs.get("sqsTarget"),
        }

    def read(self, wanted: Settings) -> Live | None:
        rule, bus = wanted["rule"], wanted["eventBusName"]
        try:
            listed = self.clients.events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]
        except ClientError as error:
            if is_missing(error):  # the rule or the bus
                return None
            raise
        target: Any = next((t for t in listed if t["Id"] == wanted["targetId"]), None)
        if target is None:
            return None
        absent = dict.fromkeys(("roleArn", "input", "inputPath"))
        settings = {
            "rule": rule,
            "eventBusName": bus,
            **absent,
            **taken(target, _TARGET_MEMBERS),
            "inputTransformer": taken(target.get("InputTransformer", {}), _TRANSFORMER_MEMBERS) or None,
            "retryPolicy": taken(target.get("RetryPolicy", {}), _RETRY_MEMBERS) or None,
            "deadLetterConfig": taken(target.get("DeadLetterConfig", {}), {"arn": "Arn"}) or None,
            "sqsTarget": taken(target.get("SqsParameters", {}), {"messageGroupId": "MessageGroupId"}) or None,
        }
        return Live(f"{rule}-{target['Id']}", settings, {})

    def create(self, wanted: Settings) -> None:
        target = given(wanted, _TARGET_MEMBERS)
        if transformer := wanted["inputTransformer"]:
            target["InputTransformer"] = given(transformer, _TRANSFORMER_MEMBERS)
        if policy := wanted["retryPolicy"]:
            target["RetryPolicy"] = given(policy, _RETRY_MEMBERS)
        if queue := wanted["deadLetterConfig"]:
            target["DeadLetterConfig"] = given(queue, {"arn": "Arn"})
        if queue := wanted["sqsTarget"]:
            target["SqsParameters"] = given(queue, {"messageGroupId": "MessageGroupId"})
        request: Any = {"Rule": wanted["rule"], "EventBusName": wanted["eventBusName"], "Targets": [target]}
        response = self.clients.events.put_targets(**request)
        if response["FailedEntryCount"]:
            failed = response["FailedEntries"][0]
            raise RuntimeError(f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}")

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        self.create(wanted)  # put_targets replaces a target of the same id

    def delete(self, live: Live) -> None:
        self.clients.events.remove_targets(
            Rule=live.settings["rule"],
            EventBusName=live.settings["eventBusName"],
            Ids=[live.settings["targetId"]],
        )

    def settings_of_id(self, id_: str) -> Settings:
        raise NotImplementedError("a target cannot be looked up by its id alone")
