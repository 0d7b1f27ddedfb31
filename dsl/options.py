"""The options that functions of the language share: each is described here, and only here.

A function that passes them on takes them as it is given them, and a type checker knows their names and types:

    from typing import Unpack

    from dsl import Task, context, sqs
    from dsl.options import TaskOptions

    def ask(name: str, question: str, **options: Unpack[TaskOptions]) -> Task:
        return sqs.send_message(name, QUEUE, {"question": question, "token": context.task.token}, **options)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsl.states.retries import Retry
    from dsl.values.expressions import Json
    from dsl.values.payloads import Payload
    from dsl.values.placeholders import Placeholder
    from dsl.values.references import Anything, Integer, Reference, Shape

Seconds: TypeAlias = "int | Placeholder | Integer | Anything | None"
"""A number of seconds: itself, a placeholder, or a reference to a number in the data."""

Role: TypeAlias = "str | Reference | None"
"""The ARN of a role that a task takes on: a text, a placeholder, or a reference to a text in the data."""

Retries: TypeAlias = "Retry | Sequence[Retry]"
"""What a state tries again, and how often; `()` for nothing."""

Output: TypeAlias = "Mapping[str, Payload] | Reference | None"
"""What an execution ends with: a reference, or an object made of the state's result."""


class RetryableOptions(TypedDict, total=False):
    """The options of every state that can be retried: a task, a parallel, a map."""

    retry: Retries | None
    """What is tried again, and how often: a `Retry`, several in a list, or `()` for nothing. Without it a task of a
    service retries the service's transient errors, and any other state nothing."""

    into: Shape | None
    """The place in the data that keeps the result, made by `slot()`. Without it the state's own `result` reads it."""

    output: Output
    """What the execution ends with, if it ends with this state: a reference, or an object made of the result."""

    comment: str | None
    """A remark for the readers of the definition."""


class RequestOptions(RetryableOptions, total=False):
    """The options of a task that goes on with the response to its request."""

    timeout: Seconds
    """The seconds after which the task fails with `States.Timeout`: 1 to 99,999,999, a placeholder, or a reference to
    a number in the data."""

    credentials: Role
    """The ARN of a role that the task assumes, of this account or another: a text, a placeholder, or a reference to a
    text in the data. That role must allow the call; the machine's own needs only to assume it."""


class JobOptions(RequestOptions, total=False):
    """The options of a task that runs a job and may wait for its end (`.sync`)."""

    heartbeat: Seconds
    """The seconds between two heartbeats after which the task fails with `States.HeartbeatTimeout`; less than the
    timeout."""


class TaskOptions(JobOptions, total=False):
    """The options of a task that may wait for a callback with its token (`.waitForTaskToken`)."""

    wait_for_token: bool
    """Whether the task pauses until somebody returns `context.task.token`, which it must send; `timeout` or
    `heartbeat` must limit the wait. Its result is what comes back with the token."""


class JsonataOptions(TypedDict, total=False):
    """The options of a state in JSONata."""

    output: Json
    """What the state passes on, in place of its result or its input."""

    assign: Mapping[str, Json] | None
    """The variables that the state assigns, by name."""

    comment: str | None
    """A remark for the readers of the definition."""


class RetryableJsonataOptions(JsonataOptions, total=False):
    """The options of a task, a parallel or a map in JSONata."""

    retry: Retries
    """What is tried again, and how often: a `Retry`, several in a list, or `()` for nothing."""
