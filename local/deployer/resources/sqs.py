"""Amazon SQS: queues and their policies."""

# ruff: noqa: D102 -- the methods are those of Handler, described there

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from botocore.exceptions import ClientError

from local.deployer.resources.base import Handler, Live, Settings, canonical_json, is_missing, retag, tags_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties

# Attribute by property, with the value that AWS takes where none is given.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_NUMBERS: Final[Mapping[str, tuple[str, int]]] = {
    "visibilityTimeoutSeconds": ("VisibilityTimeout", 30),
    "messageRetentionSeconds": ("MessageRetentionPeriod", 345_600),
    "delaySeconds": ("DelaySeconds", 0),
    "receiveWaitTimeSeconds": ("ReceiveMessageWaitTimeSeconds", 0),
}


class QueueHandler(Handler):
    """`aws.sqs.Queue`, standard or FIFO."""

    type = "aws:sqs/queue:Queue"
    applied = frozenset(
        {"name", "fifoQueue", "contentBasedDeduplication", "redrivePolicy", "tags.*", *_NUMBERS}
    )
    not_applied: ClassVar[Mapping[str, str]] = {
        "sqsManagedSseEnabled": "the emulator keeps its data in memory",
        "kmsMasterKeyId": "the emulator keeps its data in memory",
        "kmsDataKeyReusePeriodSeconds": "the emulator keeps its data in memory",
    }
    fixed = frozenset({"fifoQueue"})

    def wanted(self, name: str, inputs: Properties) -> Settings:
        redrive = inputs.get("redrivePolicy")
        settings: Settings = {
            "name": self.name_of(name, inputs),
            "fifoQueue": bool(inputs.get("fifoQueue", False)),
            "contentBasedDeduplication": bool(inputs.get("contentBasedDeduplication", False)),
            "redrivePolicy": canonical_json(redrive, "redrivePolicy") if redrive else None,
            "tags": tags_of(inputs),
        }
        for property_, (_, default) in _NUMBERS.items():
            value = inputs.get(property_)
            settings[property_] = default if value is None else value
        return settings

    def read(self, wanted: Settings) -> Live | None:
        client, name = self.clients.sqs, wanted["name"]
        try:
            url = client.get_queue_url(QueueName=name)["QueueUrl"]
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        attributes: Any = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        redrive = attributes.get("RedrivePolicy")
        settings: Settings = {
            "name": name,
            "fifoQueue": attributes.get("FifoQueue") == "true",
            "contentBasedDeduplication": attributes.get("ContentBasedDeduplication") == "true",
            "redrivePolicy": canonical_json(redrive, "redrivePolicy") if redrive else None,
            "tags": dict(client.list_queue_tags(QueueUrl=url).get("Tags", {})),
        }
        for property_, (attribute, default) in _NUMBERS.items():
            settings[property_] = int(attributes.get(attribute, default))
        return Live(url, settings, {"arn": attributes["QueueArn"], "url": url})

    def create(self, wanted: Settings) -> None:
        attributes = self._attributes(wanted)
        if wanted["fifoQueue"]:
            attributes["FifoQueue"] = "true"
        request: Any = {"QueueName": wanted["name"], "Attributes": attributes, "tags": wanted["tags"]}
        self.clients.sqs.create_queue(**request)

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        client, url = self.clients.sqs, live.id
        if changed - {"tags"}:
            attributes: Any = self._attributes(wanted)
            if wanted["redrivePolicy"] is None:
                attributes["RedrivePolicy"] = ""
            client.set_queue_attributes(QueueUrl=url, Attributes=attributes)
        retag(
            live,
            wanted,
            lambda gone: client.untag_queue(QueueUrl=url, TagKeys=gone),
            lambda tags: client.tag_queue(QueueUrl=url, Tags=tags),
        )

    def delete(self, live: Live) -> None:
        self.clients.sqs.delete_queue(QueueUrl=live.id)

    def settings_of_id(self, id_: str) -> Settings:
        return {"name": id_.rpartition("/")[2]}

    @staticmethod
    def _attributes(wanted: Settings) -> dict[str, str]:
        attributes = {attribute: str(wanted[name]) for name, (attribute, _) in _NUMBERS.items()}
        if wanted["fifoQueue"]:
            attributes["ContentBasedDeduplication"] = str(wanted["contentBasedDeduplication"]).lower()
        if wanted["redrivePolicy"]:
            attributes["RedrivePolicy"] = wanted["redrivePolicy"]
        return attributes


class QueuePolicyHandler(Handler):
    """`aws.sqs.QueuePolicy`: who may send to a queue."""

    type = "aws:sqs/queuePolicy:QueuePolicy"
    identity = frozenset({"queueUrl"})
    applied = frozenset({"queueUrl", "policy"})

    def wanted(self, name: str, inputs: Properties) -> Settings:  # noqa: ARG002
        return {
            "queueUrl": inputs.get("queueUrl"),
            "policy": canonical_json(inputs.get("policy"), "policy"),
        }

    def read(self, wanted: Settings) -> Live | None:
        url = wanted["queueUrl"]
        try:
            found = self.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
        except ClientError as error:
            if is_missing(error):  # the queue
                return None
            raise
        policy = found.get("Attributes", {}).get("Policy")
        if not policy:
            return None
        return Live(url, {"queueUrl": url, "policy": canonical_json(policy, "policy")}, {})

    def create(self, wanted: Settings) -> None:
        self._set(wanted["queueUrl"], wanted["policy"])

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        self._set(live.id, wanted["policy"])

    def delete(self, live: Live) -> None:
        self._set(live.id, "")

    def settings_of_id(self, id_: str) -> Settings:
        return {"queueUrl": id_}

    def _set(self, url: str, policy: str) -> None:
        self.clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
