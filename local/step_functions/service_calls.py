"""What the engine's tasks call: MiniStack's services, each call in a thread of a pool."""

from __future__ import annotations

import contextvars
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from asl.execution import LATER, TaskFault

if TYPE_CHECKING:
    from types import ModuleType

    from asl.execution import Attempt
    from asl.execution.api import StepFunctions

_LOG = logging.getLogger("states")
_SERVICES: Final = {
    "dynamodb": "DynamoDB",
    "events": "EventBridge",
    "lambda": "Lambda",
    "sns": "SNS",
    "sqs": "SQS",
}
"""What AWS puts before the errors of an optimised integration, by the service's part of the resource."""
AT_ONCE: Final = 64
"""Calls that are carried out at the same time; the others wait for their turn."""


class ServiceCalls:
    """Answers tasks by calling services; the handler of an engine."""

    def __init__(self, ministack: ModuleType) -> None:
        self._ministack = ministack
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="step-functions-task")
        self.service: StepFunctions | None = None
        """The service that the engine speaks, for tasks that call Step Functions itself."""

    def __call__(self, attempt: Attempt) -> object:
        """Have a task's call carried out; the engine answers for activities and nested executions itself."""
        resource = attempt.resource
        if resource.kind == "activity" or (resource.type, resource.action) == ("states", "startExecution"):
            return NotImplemented
        # The account and the region of the request that started the execution go with the call.
        context = contextvars.copy_context()
        self._pool.submit(context.run, self._carry_out, attempt)
        return LATER

    def _carry_out(self, attempt: Attempt) -> None:
        try:
            answer = self.call(attempt)
        except TaskFault as fault:
            attempt.fail(fault.error, fault.cause)
        except Exception as error:  # noqa: BLE001 - a fault of the emulator must leave nobody waiting
            _LOG.exception("the call of %s failed", attempt.resource.arn)
            attempt.fail("States.Runtime", f"{type(error).__name__}: {error}")
        else:
            if attempt.resource.pattern == "waitForTaskToken":
                attempt.submitted(answer)
            else:
                attempt.succeed(answer)

    def call(self, attempt: Attempt) -> Any:
        """Carry out the call of a task, and return the service's answer.

        Raises:
            TaskFault: the service refuses it.
        """
        if self.service is not None:
            answer = self.service.answer(attempt)
            if answer is not NotImplemented:
                return answer
        arn = attempt.resource.arn.removesuffix(".waitForTaskToken")
        try:
            return self._ministack._invoke_resource(arn, attempt.arguments)
        except self._ministack._ExecutionError as error:
            raise TaskFault(_full_name(error.error, attempt.resource.type), error.cause) from None

    def close(self) -> None:
        """Start no more calls."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _full_name(error: str, service: str) -> str:
    """Return an error with its service's name, which MiniStack leaves out here and there."""
    if "." in error or service not in _SERVICES:
        return error
    return f"{_SERVICES[service]}.{error}"
