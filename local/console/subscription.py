"""A subscription to the bus: a rule and a queue that the console creates at its start and removes at its end.

And the events that arrived through it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
import uuid
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from stepfunctions_local_client.processes import is_alive
from stepfunctions_local_client.values import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.console.connection import StackConnection

_NAME = "espresso-console"
_MOST_HEARD = 500
_MOST_CHARACTERS = 8_000_000
_LEFT_BEHIND = re.compile(rf"{_NAME}-(?P<pid>\d+)-[0-9a-f]+")


class Subscription:
    """Receives every event of a stack's bus. `open` creates the rule and the queue, `close` removes them.

    Args:
        connection: The stack.
        skipped: Called with what can't be read, and why.
    """

    def __init__(self, connection: StackConnection, skipped: Callable[[str, Exception], None]) -> None:
        self._connection = connection
        self._skipped = skipped
        self._name = f"{_NAME}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._url = ""

    def open(self) -> None:
        """Create the rule and the queue, and remove those of local consoles that were killed."""
        connection, name = self._connection, self._name
        if connection.stack.endpoint is not None:
            self._remove_left_behind()
        # A queue that nobody reads any more keeps nothing.
        self._url = connection.queues.create_queue(
            QueueName=name, Attributes={"MessageRetentionPeriod": "60"}
        )["QueueUrl"]
        answer = connection.queues.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = answer["Attributes"]["QueueArn"]
        rule = connection.events.put_rule(
            Name=name,
            EventBusName=connection.stack.bus,
            EventPattern=json.dumps({"source": [{"prefix": ""}]}),
            Description="The console's tap; removed when the console stops.",
        )["RuleArn"]
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
                }
            ],
        }
        connection.queues.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": json.dumps(policy)})
        connection.events.put_targets(
            Rule=name, EventBusName=connection.stack.bus, Targets=[{"Id": "console", "Arn": arn}]
        )

    def receive(self, *, seconds: int = 1) -> list[dict[str, Any]]:
        """Return the events that have come, raw: they hold task tokens. Waits for the first up to `seconds`."""
        queues = self._connection.queues
        answer = queues.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=seconds)
        messages = answer.get("Messages", [])
        if messages:
            queues.delete_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]}
                    for at, message in enumerate(messages)
                ],
            )
        events = []
        for message in messages:
            try:
                event = parse(message["Body"])
            except ValueError as error:
                self._skipped("an event of the bus", error)
                continue
            if isinstance(event, dict):
                events.append(event)
        return events

    def close(self) -> None:
        """Remove the rule and the queue, if they still exist."""
        self._remove(self._name)

    def _remove(self, name: str) -> None:
        connection = self._connection
        with contextlib.suppress(BotoCoreError, ClientError):
            connection.events.remove_targets(Rule=name, EventBusName=connection.stack.bus, Ids=["console"])
        with contextlib.suppress(BotoCoreError, ClientError):
            connection.events.delete_rule(Name=name, EventBusName=connection.stack.bus)
        with contextlib.suppress(BotoCoreError, ClientError):
            url = connection.queues.get_queue_url(QueueName=name)["QueueUrl"]
            connection.queues.delete_queue(QueueUrl=url)

    def _remove_left_behind(self) -> None:
        rules = self._connection.events.list_rules(EventBusName=self._connection.stack.bus, NamePrefix=_NAME)[
            "Rules"
        ]
        for rule in rules:
            found = _LEFT_BEHIND.fullmatch(rule["Name"])
            if found is not None and not is_alive(int(found["pid"])):
                self._remove(rule["Name"])


class HeardEvents:
    """The last events as the bus carried them, task tokens included, to send one again. In memory only, and bounded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: OrderedDict[int, str] = OrderedDict()
        self._size = 0

    def add(self, number: int, event: dict[str, Any]) -> None:
        """Keep an event, and forget the oldest if they are too many or too long."""
        text = json.dumps(event)
        with self._lock:
            self._texts[number] = text
            self._size += len(text)
            while len(self._texts) > _MOST_HEARD or self._size > _MOST_CHARACTERS:
                self._size -= len(self._texts.popitem(last=False)[1])

    def event(self, number: int) -> dict[str, Any] | None:
        """Return the event of that number; None if it was forgotten."""
        with self._lock:
            text = self._texts.get(number)
        return json.loads(text) if text is not None else None

    def forget(self) -> None:
        """Forget all events."""
        with self._lock:
            self._texts.clear()
            self._size = 0
