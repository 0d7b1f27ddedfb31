"""SQS: tasks that send a message to a queue.

    sqs.send_message("Ask the kitchen", Placeholder("KitchenQueueUrl"), {"token": context.task.token, "cup": cup.size},
                     wait_for_token=True, timeout=900, into=answer)

https://docs.aws.amazon.com/step-functions/latest/dg/connect-sqs.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsl.arguments import explained
from dsl.options import TaskOptions
from dsl.states.integrations import ServiceTask
from dsl.states.requests import present
from dsl.states.retries import transient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from dsl.values.payloads import Payload
    from dsl.values.references import Reference


TRANSIENT: Final = transient("SQS.RequestThrottled", "SQS.SdkClientException")
"""The transient errors, which tasks retry by default."""


@explained
def send_message(
    name: str,
    queue: str | Reference,
    body: Payload,
    *,
    group: str | Reference | None = None,
    deduplication: Payload = None,
    delay: int | Reference | None = None,
    parameters: Mapping[str, Payload] | None = None,
    on: Sequence[str] | None = None,
    **options: Unpack[TaskOptions],
) -> ServiceTask:
    """Return a task that sends a message, text or an object, to the queue of a URL, and may wait for its token.

    A placeholder `${OrdersQueueUrl}` stands beside `${OrdersQueueArn}`, which the policy names. `group` and
    `deduplication` are the ids that a FIFO queue takes, `delay` seconds; `parameters` are further ones of SQS's
    SendMessage.

    Raises:
        DefinitionError: a parameter is unknown or misfit; the queue does not follow from its URL and `on` is not given;
            or a token or a timeout is missing.
    """
    optional = {
        "MessageGroupId": group,
        "MessageDeduplicationId": deduplication,
        "DelaySeconds": delay,
    }
    given = {"QueueUrl": queue, "MessageBody": body, **(parameters or {}), **present(optional)}
    return ServiceTask(name, "sqs:sendMessage", given, on=on, default_retry=TRANSIENT, **options)
