"""Where a waiting task's token comes from when the engine's history does not hold it.

AWS, its container and LocalStack write what a task was called with, and so its token, into the history; MiniStack
does not. There, the receiver of the token has it: `EventQueue` listens on an event bus.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from stepfunctions_local_client.errors import TokenUnavailable
from stepfunctions_local_client.handing_on import token_path
from stepfunctions_local_client.masking import Secret
from stepfunctions_local_client.values import as_list, as_object, as_text, follow, parsed

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

    from stepfunctions_local_client.definitions import StateView
    from stepfunctions_local_client.values import Json


def untold(state: StateView) -> str:
    """Say why the token of a state cannot be had on an engine whose history does not hold it."""
    resource = as_text(state.document.get("Resource"))
    if ":events:putEvents" not in resource:
        return (
            f"this engine's history does not tell the token of {state.name!r}, which goes to {resource}: run it on the "
            "embedded engine, LocalStack or AWS, whose histories do"
        )
    if token_path(state) is None:
        return (
            f"{state.name!r} hands its token on inside of a text, where EventQueue does not find it: give it a field "
            "of its own, or run it on the embedded engine, LocalStack or AWS"
        )
    return (
        f"this engine's history does not tell the token of {state.name!r}; "
        "give the client a source of tokens, such as EventQueue: Client(..., tokens=...)"
    )


@dataclass(frozen=True, slots=True)
class Pause:
    """A task that waits: in which execution, and in which state."""

    execution_arn: str
    state: StateView


class TokenSource(Protocol):
    """Finds the token of a pause; None if it has not come by yet."""

    def find(self, pause: Pause) -> Secret | None:
        """Return the newest token of this pause."""


class EventQueue:
    """Listens on an event bus, through a queue of its own, for the tokens that `events:putEvents` tasks hand out.

    An event belongs to a pause if its detail names the execution's ARN (`$$.Execution.Id`) and its type is the
    state's. It works on every engine that also speaks EventBridge and SQS.
    """

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url
        self._seen: list[Json] = []

    @classmethod
    def listen(
        cls, events: EventBridgeClient, sqs: SQSClient, *, bus: str, name: str = "task-tokens"
    ) -> Self:
        """Make the bus if it is not there, and a queue that gets all of its events.

        Args:
            events: A boto3 client of EventBridge.
            sqs: A boto3 client of SQS.
            bus: The name of the bus.
            name: What the queue and the rule are to be called.
        """
        buses = events.list_event_buses()["EventBuses"]
        if bus not in [found["Name"] for found in buses]:
            events.create_event_bus(Name=bus)
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps({"source": [{"prefix": ""}]}))
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": name, "Arn": arn}])
        return cls(sqs, url)

    def find(self, pause: Pause) -> Secret | None:
        """Return the newest token of this pause.

        Raises:
            TokenUnavailable: It never comes by here, since the state hands it on otherwise.
        """
        path = token_path(pause.state)
        if path is None or path[:1] != ("Entries",) or "Detail" not in path:
            raise TokenUnavailable(untold(pause.state))
        self._receive()
        entry = as_object(follow(pause.state.document.get("Parameters"), path[:2]))
        inside = path[path.index("Detail") + 1 :]
        for event in reversed(self._seen):
            detail = as_object(event).get("detail")
            if as_object(event).get("detail-type") == entry.get("DetailType") and _names(
                detail, pause.execution_arn
            ):
                token = follow(detail, inside)
                if isinstance(token, str):
                    return Secret(token)
        return None

    def _receive(self) -> None:
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
            messages = as_list(answer.get("Messages"))
            if not messages:
                return
            for message in map(as_object, messages):
                self._seen.append(parsed(as_text(message.get("Body"))))
                self._sqs.delete_message(
                    QueueUrl=self._url, ReceiptHandle=as_text(message.get("ReceiptHandle"))
                )

    def __repr__(self) -> str:
        return f"<EventQueue with {len(self._seen)} events>"


def _names(value: Json, arn: str) -> bool:
    if isinstance(value, dict):
        return any(_names(item, arn) for item in value.values())
    if isinstance(value, list):
        return any(_names(item, arn) for item in value)
    return value == arn
