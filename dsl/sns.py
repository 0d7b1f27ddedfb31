"""SNS: tasks that publish a message.

    sns.publish("Tell the guests", Placeholder("GuestsTopicArn"), {"order": order.orderId}, subject="Your coffee")

https://docs.aws.amazon.com/step-functions/latest/dg/connect-sns.html
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


TRANSIENT: Final = transient("SNS.InternalErrorException", "SNS.ThrottledException", "SNS.SdkClientException")
"""The transient errors, which tasks retry by default."""


@explained
def publish(
    name: str,
    topic: str | Reference | None,
    message: Payload,
    *,
    subject: str | Reference | None = None,
    parameters: Mapping[str, Payload] | None = None,
    on: Sequence[str] | None = None,
    **options: Unpack[TaskOptions],
) -> ServiceTask:
    """Return a task that publishes a message, text or an object, to the topic of an ARN, and may wait for its token.

    `parameters` are further ones of SNS's Publish, such as `MessageAttributes` or, with no topic, `PhoneNumber`.

    Raises:
        DefinitionError: a parameter is unknown or misfit; the topic is known only while it runs and `on` is not given;
            or a token or a timeout is missing.
    """
    given = {"Message": message, **(parameters or {}), **present({"TopicArn": topic, "Subject": subject})}
    return ServiceTask(name, "sns:publish", given, on=on, default_retry=TRANSIENT, **options)
