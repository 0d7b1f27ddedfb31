"""Amazon SQS: queues and their policies."""

# ruff: noqa: D102 -- the methods are those of ResourceProvider, described there

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from local.deployer.resources.base import Live, Property, ResourceProvider, Settings, Tagging

if TYPE_CHECKING:
    from collections.abc import Mapping

# Attributes that are numbers. Requests and responses have every attribute as text.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_NUMBERS: Final[Mapping[str, Property]] = {
    "visibilityTimeoutSeconds": Property("VisibilityTimeout", 30),
    "messageRetentionSeconds": Property("MessageRetentionPeriod", 345_600),
    "delaySeconds": Property("DelaySeconds", 0),
    "receiveWaitTimeSeconds": Property("ReceiveMessageWaitTimeSeconds", 0),
}
_FLAGS: Final[Mapping[str, Property]] = {
    "fifoQueue": Property("FifoQueue", default=False),
    "contentBasedDeduplication": Property("ContentBasedDeduplication", default=False),
}
_IN_MEMORY: Final = "the emulator keeps its data in memory"


class QueueProvider(ResourceProvider):
    """`aws.sqs.Queue`, standard or FIFO."""

    type = "aws:sqs/queue:Queue"
    properties: ClassVar[Mapping[str, Property]] = {
        "name": Property(),
        "redrivePolicy": Property("RedrivePolicy", "", json=True),
        **_NUMBERS,
        **_FLAGS,
    }
    not_applied: ClassVar[Mapping[str, str]] = {
        "sqsManagedSseEnabled": _IN_MEMORY,
        "kmsMasterKeyId": _IN_MEMORY,
        "kmsDataKeyReusePeriodSeconds": _IN_MEMORY,
    }
    fixed = frozenset({"fifoQueue"})
    tagging = Tagging(
        "sqs",
        "QueueUrl",
        by_id=True,
        list_tags="list_queue_tags",
        tag="tag_queue",
        untag="untag_queue",
        pair=None,
    )

    def read(self, wanted: Settings) -> Live | None:
        client, name = self.clients.sqs, wanted["name"]
        url = client.get_queue_url(QueueName=name)["QueueUrl"]
        attributes: Any = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        settings = self.settings_in(attributes) | {"name": name}
        settings |= {number: int(settings[number]) for number in _NUMBERS}
        settings |= {flag: settings[flag] == "true" for flag in _FLAGS}
        return Live(url, settings, {"arn": attributes["QueueArn"], "url": url})

    def create(self, wanted: Settings) -> Live | None:
        # An empty policy is what takes one away, and SQS refuses it for a queue that does not exist yet.
        attributes: Any = {name: value for name, value in self.request(wanted).items() if value}
        name, tags = wanted["name"], wanted["tags"]
        url = self.clients.sqs.create_queue(QueueName=name, Attributes=attributes, tags=tags)["QueueUrl"]
        return Live(url, wanted, {"arn": self.arn(name), "url": url})

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        attributes: Any = self.request(wanted)
        attributes.pop("FifoQueue", None)
        self.clients.sqs.set_queue_attributes(QueueUrl=live.id, Attributes=attributes)

    def delete(self, live: Live) -> None:
        self.clients.sqs.delete_queue(QueueUrl=live.id)

    def settings_of_id(self, id_: str) -> Settings:
        return {"name": id_.rpartition("/")[2]}

    def request(self, wanted: Settings) -> dict[str, Any]:
        attributes = super().request(wanted)
        if not wanted["fifoQueue"]:  # both attributes are those of FIFO queues alone
            for property_ in _FLAGS.values():
                del attributes[str(property_.member)]
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in attributes.items()
        }


class QueuePolicyProvider(ResourceProvider):
    """`aws.sqs.QueuePolicy`: who may send to a queue."""

    type = "aws:sqs/queuePolicy:QueuePolicy"
    properties: ClassVar[Mapping[str, Property]] = {
        "queueUrl": Property(),
        "policy": Property("Policy", json=True),
    }
    identity = frozenset({"queueUrl"})

    def owner(self, wanted: Settings) -> tuple[str, str]:
        return QueueProvider.type, wanted["queueUrl"]

    def read(self, wanted: Settings) -> Live | None:
        url = wanted["queueUrl"]
        found = self.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
        settings = self.settings_in(found.get("Attributes", {}))
        return Live(url, {"queueUrl": url, **settings}, {}) if settings["policy"] else None

    def create(self, wanted: Settings) -> Live | None:
        self._set(wanted["queueUrl"], wanted["policy"])
        return Live(wanted["queueUrl"], wanted, {})

    def delete(self, live: Live) -> None:
        self._set(live.id, "")

    def settings_of_id(self, id_: str) -> Settings:
        return {"queueUrl": id_}

    def _set(self, url: str, policy: str) -> None:
        self.clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
