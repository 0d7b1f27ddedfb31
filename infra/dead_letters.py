"""Queues that keep what could not be delivered or handled, until a person has looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.alarms import Alarm

if TYPE_CHECKING:
    from infra.place import Place

RETENTION_SECONDS: Final = 14 * 24 * 60 * 60
"""Fourteen days, the longest that SQS keeps a message (SQS Developer Guide, "Message quotas")."""


def dead_letter_queue(
    base: str, *, place: Place, parent: pulumi.Resource, retention_seconds: int = RETENTION_SECONDS
) -> aws.sqs.Queue:
    """Return a queue named `base` with the suffix of the stack, encrypted with a key of SQS's own.

    Where the place wants alarms, one of the same name fires as soon as a message is in it.
    """
    queue = aws.sqs.Queue(
        base,
        name=place.name(base),
        message_retention_seconds=retention_seconds,
        sqs_managed_sse_enabled=True,
        tags=place.tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    Alarm(
        description=f"{place.name(base)} holds what could not be delivered or handled",
        namespace="AWS/SQS",
        metric="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": queue.name},
        statistic="Maximum",
    ).build(base, place=place, parent=parent)
    return queue
