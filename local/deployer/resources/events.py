"""Amazon EventBridge: buses, rules and their targets."""

# ruff: noqa: D102 -- the methods are those of ResourceProvider, described there

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from local.deployer.resources.base import Live, Property, ResourceProvider, Settings, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties

_TAGGING = Tagging("events")
_NO_RETRY = "the emulator delivers an event once, without retry or dead-letter queue"


class EventBusProvider(ResourceProvider):
    """`aws.cloudwatch.EventBus`."""

    type = "aws:cloudwatch/eventBus:EventBus"
    properties: ClassVar[Mapping[str, Property]] = {
        "name": Property("Name"),
        "description": Property("Description", ""),
    }
    tagging = _TAGGING

    def read(self, wanted: Settings) -> Live | None:
        bus = self.clients.events.describe_event_bus(Name=wanted["name"])
        return Live(bus["Name"], self.settings_in(bus), {"arn": bus["Arn"]})

    def create(self, wanted: Settings) -> Live | None:
        made = self.clients.events.create_event_bus(**self.request(wanted), **self.tags(wanted))
        return Live(wanted["name"], wanted, {"arn": made["EventBusArn"]})

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        self.clients.events.update_event_bus(**self.request(wanted))

    def delete(self, live: Live) -> None:
        self.clients.events.delete_event_bus(Name=live.id)


class EventRuleProvider(ResourceProvider):
    """`aws.cloudwatch.EventRule`."""

    type = "aws:cloudwatch/eventRule:EventRule"
    properties: ClassVar[Mapping[str, Property]] = {
        "name": Property("Name"),
        "eventBusName": Property("EventBusName", "default"),
        "eventPattern": Property("EventPattern", json=True),
        "scheduleExpression": Property("ScheduleExpression"),
        "description": Property("Description"),
        "roleArn": Property("RoleArn"),
        "state": Property("State", "ENABLED"),
    }
    applied = frozenset({"isEnabled"})
    not_applied: ClassVar[Mapping[str, str]] = {"forceDestroy": "it concerns deletion on AWS only"}
    identity = frozenset({"name", "eventBusName"})
    tagging = _TAGGING

    def wanted(self, name: str, inputs: Properties) -> Settings:
        settings = super().wanted(name, inputs)
        if inputs.get("isEnabled") is False and not inputs.get("state"):
            settings["state"] = "DISABLED"
        return settings

    def read(self, wanted: Settings) -> Live | None:
        name, bus = wanted["name"], wanted["eventBusName"]
        rule = self.clients.events.describe_rule(Name=name, EventBusName=bus)
        return self._live(self.settings_in(rule) | {"eventBusName": bus}, rule["Arn"])

    def create(self, wanted: Settings) -> Live | None:
        # AWS refuses tags here for a rule that exists.
        made = self.clients.events.put_rule(**self.request(wanted), **self.tags(wanted))
        return self._live(wanted, made["RuleArn"])

    @staticmethod
    def _live(settings: Settings, arn: str) -> Live:
        name, bus = settings["name"], settings["eventBusName"]
        return Live(_rule_id(bus, name), settings, {"arn": arn})

    def delete(self, live: Live) -> None:
        name, bus = live.settings["name"], live.settings["eventBusName"]
        # AWS refuses to delete a rule that has targets.
        if targets := self.clients.events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]:
            ids = [target["Id"] for target in targets]
            self.clients.events.remove_targets(Rule=name, EventBusName=bus, Ids=ids)
        self.clients.events.delete_rule(Name=name, EventBusName=bus)

    def settings_of_id(self, id_: str) -> Settings:
        bus, _, name = id_.rpartition("/")
        return {"name": name, "eventBusName": bus or "default"}


class EventTargetProvider(ResourceProvider):
    """`aws.cloudwatch.EventTarget`: a Lambda function, a state machine or a queue."""

    type = "aws:cloudwatch/eventTarget:EventTarget"
    properties: ClassVar[Mapping[str, Property]] = {
        "targetId": Property("Id"),
        "rule": Property(),
        "eventBusName": Property(default="default"),
        "arn": Property("Arn"),
        "roleArn": Property("RoleArn"),
        "input": Property("Input"),
        "inputPath": Property("InputPath"),
        "inputTransformer.inputPaths": Property("InputTransformer.InputPathsMap"),
        "inputTransformer.inputTemplate": Property("InputTransformer.InputTemplate"),
        "sqsTarget.messageGroupId": Property("SqsParameters.MessageGroupId"),
        "retryPolicy.maximumEventAgeInSeconds": Property("RetryPolicy.MaximumEventAgeInSeconds"),
        "retryPolicy.maximumRetryAttempts": Property("RetryPolicy.MaximumRetryAttempts"),
        "deadLetterConfig.arn": Property("DeadLetterConfig.Arn"),
    }
    applied = frozenset({"inputTransformer.inputPaths.*"})
    # The first three are stored, so that a client sees them, but nothing follows from them.
    not_applied: ClassVar[Mapping[str, str]] = {
        "retryPolicy.maximumEventAgeInSeconds": _NO_RETRY,
        "retryPolicy.maximumRetryAttempts": _NO_RETRY,
        "deadLetterConfig.arn": _NO_RETRY,
        "forceDestroy": "it concerns deletion on AWS only",
    }
    identity = frozenset({"rule", "eventBusName", "targetId"})

    def owner(self, wanted: Settings) -> tuple[str, str]:
        return EventRuleProvider.type, _rule_id(wanted["eventBusName"], wanted["rule"])

    def read(self, wanted: Settings) -> Live | None:
        rule, bus = wanted["rule"], wanted["eventBusName"]
        for target in self.clients.events.list_targets_by_rule(Rule=rule, EventBusName=bus)["Targets"]:
            if target["Id"] == wanted["targetId"]:
                settings = self.settings_in(target) | {"rule": rule, "eventBusName": bus}
                return Live(f"{rule}-{target['Id']}", settings, {})
        return None

    def create(self, wanted: Settings) -> Live | None:
        rule, targets = wanted["rule"], [self.request(wanted)]
        bus: Any = wanted["eventBusName"]
        response = self.clients.events.put_targets(Rule=rule, EventBusName=bus, Targets=targets)  # type: ignore[arg-type]
        if response["FailedEntryCount"]:
            failed = response["FailedEntries"][0]
            raise RuntimeError(f"{failed.get('ErrorCode')}: {failed.get('ErrorMessage')}")
        return Live(f"{rule}-{wanted['targetId']}", wanted, {})

    def delete(self, live: Live) -> None:
        rule, bus = live.settings["rule"], live.settings["eventBusName"]
        self.clients.events.remove_targets(Rule=rule, EventBusName=bus, Ids=[live.settings["targetId"]])


def _rule_id(bus: str, name: str) -> str:
    return name if bus == "default" else f"{bus}/{name}"
