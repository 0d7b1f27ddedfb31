"""Optimised integrations with what their roles need, also for waiting until a job has ended.

    nightly = jobs.run(
        "Bake", "batch:submitJob.sync", {"JobName": "bake", ...}, on=[queue_arn, definition_arn]
    )
    child = jobs.start_execution("Roast", Placeholder("RoasterArn"), {"beans": order.beans}, wait=True)

Without `.sync` a task goes on as soon as the service has taken the call:
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.errors import building
from dsl.states.permissions import integration_permissions
from dsl.states.tasks import Task, TaskOptions
from dsl.values.context import context

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Unpack

    from dsl.values.payloads import Payload
    from dsl.values.references import Shape


class Options(TaskOptions, total=False):
    """What a task takes besides the call and its parameters."""

    into: Shape | None


def run(
    name: str,
    action: str,
    parameters: Mapping[str, Payload],
    *,
    on: Sequence[str],
    passes: Sequence[str] = (),
    reason: str = "",
    **options: Unpack[Options],
) -> Task:
    """A task that calls an optimised integration, such as `glue:startJobRun.sync`, on these ARNs.

    `passes` are the roles that the call hands to the service.

    Raises:
        DefinitionError: what waiting for the job needs is not known, or `on` is `*` without a `reason`.
    """
    with building(name):
        permissions = integration_permissions(action, on, passes=passes, reason=reason)
    return Task(name, f"arn:aws:states:::{action}", parameters, permissions=permissions, **options)


def start_execution(
    name: str,
    machine: str,
    data: Mapping[str, Payload],
    *,
    wait: bool = False,
    **options: Unpack[Options],
) -> Task:
    """A task that starts an execution of another state machine, and with `wait` goes on with its output.

    The child is told who started it, so that the console shows the two together. A deployment binds
    `${ChildArn}` and, for waiting, `${ChildExecutionsArn}`.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html

    Raises:
        DefinitionError: `machine` is no ARN of a state machine, nor a placeholder that ends in `Arn`.
    """
    payload = {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": context.execution.id, **data}
    action = "states:startExecution" + (".sync:2" if wait else "")
    return run(name, action, {"StateMachineArn": machine, "Input": payload}, on=[machine], **options)
