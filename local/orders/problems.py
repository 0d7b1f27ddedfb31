"""The errors of requests, in sentences for people, and waiting."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.orders.executions import WorkflowExecution
    from local.stacks.stack import Stack

T = TypeVar("T")


class OrderError(Exception):
    """What was asked for could not be done; the message says why, in a sentence for people."""


class StackNotFound(OrderError):  # noqa: N818
    """There is no such stack at that place, or nothing answers there."""


class WaitedTooLong(OrderError):  # noqa: N818
    """Something did not happen in time.

    Attributes:
        what: What was waited for.
        seconds: How long.
    """

    def __init__(self, what: str, seconds: float) -> None:
        self.what = what
        self.seconds = seconds
        super().__init__(f"Waited {seconds:g} s for {what}.")


class OrderOver(OrderError):  # noqa: N818
    """An order has come to an end, so that what was waited for can't come any more."""

    def __init__(self, order_id: str, state: str, reason: str) -> None:
        super().__init__(f"Order {order_id} is over: {state}{f' ({reason})' if reason else ''}.")


class ExecutionEnded(OrderError):  # noqa: N818
    """An execution ended in a way that makes waiting pointless. Carries it as `execution`."""

    def __init__(self, execution: WorkflowExecution) -> None:
        self.execution = execution
        why = f" ({execution.failure})" if execution.failure else ""
        super().__init__(f"{execution.machine} ended {execution.status}{why}: {execution.arn}")


def wait_until(
    what: str, probe: Callable[[], T | None], deadline: float, *, pause_seconds: float = 0.05
) -> T:
    """Call a function repeatedly until it returns a value that is not None.

    Args:
        what: What is waited for, to say so if it doesn't come.
        probe: Asks once.
        deadline: How many seconds it may take.
        pause_seconds: How long to rest between two questions; grows up to half a second.

    Raises:
        WaitedTooLong: There was no answer.
    """
    end = time.monotonic() + deadline
    while True:
        answer = probe()
        if answer is not None:
            return answer
        if time.monotonic() >= end:
            raise WaitedTooLong(what, deadline)
        time.sleep(min(pause_seconds, max(0.0, end - time.monotonic())))
        pause_seconds = min(pause_seconds * 1.3, 0.5)


@contextlib.contextmanager
def plain_answers(stack: Stack) -> Iterator[None]:
    """Turn what AWS and the network answer inside it into an OrderError that people can act on."""
    from botocore import exceptions as aws

    from local.masking import mask_text

    try:
        yield
    except (aws.NoCredentialsError, aws.PartialCredentialsError, aws.ProfileNotFound) as error:
        raise OrderError(
            f"There are no AWS credentials to look for the stack {stack.name} with: {error}"
        ) from error
    except (aws.EndpointConnectionError, aws.ConnectTimeoutError, aws.ConnectionClosedError) as error:
        raise StackNotFound(f"Nothing answers at {stack.place}: {error}") from error
    except aws.ClientError as error:
        code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        if code in ("ResourceNotFoundException", "StateMachineDoesNotExist"):
            raise StackNotFound(
                f"There is no stack {stack.name} in {stack.place}, or it isn't complete: {message}"
            ) from error
        said = mask_text(message)
        raise OrderError(f"{stack.place} answered {code} to {error.operation_name}: {said}") from error
    except aws.BotoCoreError as error:
        raise OrderError(f"{stack.place} could not be asked: {error}") from error
