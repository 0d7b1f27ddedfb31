"""Executions that a task starts: `states:startExecution` in all its patterns.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asl.execution.faults import RequestError, StateFault, TaskFault
from asl.execution.records import ABORTED, SUCCEEDED
from asl.execution.tasks import LATER
from asl.execution.transitions import end
from asl.execution.values import dump, given
from asl.timestamps import write_timestamp

if TYPE_CHECKING:
    from asl.execution.records import Execution, Runtime
    from asl.execution.tasks import Attempt

_REASONS = {
    "SUCCEEDED": "Execution is SUCCEEDED and cannot be redriven",
    "RUNNING": "Execution is RUNNING and cannot be redriven",
}


def answer_nested(engine: Runtime, attempt: Attempt) -> object:
    """Start the execution that a task asks for; NotImplemented if it asks for something else.

    Raises:
        TaskFault: it cannot be started.
    """
    resource = attempt.resource
    if resource.type != "states" or resource.action != "startExecution":
        return NotImplemented
    arguments = attempt.arguments if isinstance(attempt.arguments, dict) else {}
    arn = str(arguments.get("StateMachineArn"))
    name = arguments.get("Name")
    try:
        machine, via = engine.find_machine(arn)
        child = engine.start(
            machine, _input(arguments), None if name is None else str(name), via=via, parent=attempt.execution
        )
    except RequestError as error:
        raise _refused(error.code, error.message) from None
    attempt.execution.children.append(child)
    started = {"ExecutionArn": child.arn, "StartDate": write_timestamp(child.started_at)}
    if resource.pattern not in ("sync", "sync:2"):
        return started
    attempt.on_cancel = lambda: _abort(child, attempt)
    child.on_end.append(lambda ended: _hand_on(ended, attempt))
    attempt.submitted(started)
    return LATER


def _input(arguments: dict[str, Any]) -> Any:
    """Return the input: an object, or a text of JSON, which is read."""
    given = arguments.get("Input", {})
    if isinstance(given, str):
        try:
            return json.loads(given)
        except ValueError:
            return given
    return given


def _refused(code: str, message: str) -> TaskFault:
    return TaskFault(
        f"StepFunctions.{code}Exception",
        f"{message} (Service: AWSStepFunctions; Status Code: 400; Error Code: {code}; Request ID: "
        "00000000-0000-0000-0000-000000000000; Proxy: null)",
    )


def _abort(child: Execution, attempt: Attempt) -> None:
    child.on_end.clear()
    cause = (
        f"The Task state in AWS Step Functions execution [{attempt.execution.arn}] which was managing this resource "
        "was aborted"
    )
    end(child, ABORTED, StateFault(None, cause))


def _hand_on(child: Execution, attempt: Attempt) -> None:
    attempt.on_cancel = None
    described = _described(child, parsed=attempt.resource.pattern == "sync:2")
    if child.status == SUCCEEDED:
        attempt.succeed(described)
    else:
        attempt.fail("States.TaskFailed", dump(described))


def _described(child: Execution, *, parsed: bool) -> dict[str, Any]:
    """Return what DescribeExecution says of an ended execution."""
    reason = _REASONS.get(child.status)
    return {
        **child.described(parsed=parsed),
        "RedriveCount": child.redrive_count,
        "RedriveStatus": "REDRIVABLE" if reason is None else "NOT_REDRIVABLE",
        **given(RedriveStatusReason=reason),
    }
