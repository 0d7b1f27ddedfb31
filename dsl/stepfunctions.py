"""Nested workflows: tasks that start an execution of another state machine, and wait for its end.

    roasted = stepfunctions.start_execution("Roast", Placeholder("RoasterArn"), {"beans": order.beans}, wait=True,
                                            answer=Roasted)
    roasted.Output.grams

https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsl.arguments import explained
from dsl.options import TaskOptions
from dsl.states.integrations import DeclaredServiceTask
from dsl.states.retries import transient
from dsl.values.context import context
from dsl.values.payloads import declared_fields
from dsl.values.references import Anything, R, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from dsl.values.payloads import Payload
    from dsl.values.references import Shape


TRANSIENT: Final = transient(
    "StepFunctions.ExecutionLimitExceeded",
    "StepFunctions.ThrottlingException",
    "StepFunctions.SdkClientException",
)
"""The transient errors, which tasks retry by default."""


class StartExecution(DeclaredServiceTask[R]):
    """Starts an execution; of one that was waited for, what it ended with is in `Output`."""

    @property
    def Output(self) -> R:  # noqa: N802
        """What the other execution ended with.

        Raises:
            DefinitionError: the task does not wait for that.
        """
        if not self.pattern.startswith("sync"):
            raise self.mistake(
                "it does not wait for the execution that it starts; give wait=True to read its output"
            )
        return self._declared("Output")


@explained
def start_execution(
    name: str,
    machine: str | Reference,
    data: Mapping[str, Payload] | Shape | Anything,
    *,
    execution_name: Payload = None,
    wait: bool = False,
    on: Sequence[str] | None = None,
    answer: type[R] | None = None,
    **options: Unpack[TaskOptions],
) -> StartExecution[R]:
    """Return a task that starts an execution of another state machine, and with `wait` goes on with its output.

    The other execution learns which one started it, so that the console links the two. A deployment binds
    `${ChildArn}` and, for waiting, `${ChildExecutionsArn}`. `execution_name` makes starting it twice harmless.

    Raises:
        DefinitionError: `machine` is no ARN of a state machine, nor a placeholder that ends in `Arn`; or it is known
            only while it runs and `on` is not given.
    """
    payload: Payload = data if isinstance(data, Reference) else {STARTED_BY: context.execution.id, **data}
    if isinstance(data, Reference) and (fields := declared_fields(data)) is not None:
        payload = {STARTED_BY: context.execution.id, **fields}
    given: dict[str, Payload] = {"StateMachineArn": machine, "Input": payload}
    if execution_name is not None:
        given["Name"] = execution_name
    return StartExecution(
        name,
        "states:startExecution.sync:2" if wait else "states:startExecution",
        given,
        answer,
        on=on,
        default_retry=TRANSIENT,
        **options,
    )


STARTED_BY: Final = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
"""The field of an input by which the console links an execution with the one that started it."""
