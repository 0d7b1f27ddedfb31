"""Optimised integrations by their names, with what their roles need, also for waiting until a job has ended.

    nightly = jobs.run("Bake", "batch:submitJob.sync", {"JobName": "bake", "JobQueue": ..., "JobDefinition": ...})

The services that people use most have modules of their own: `dsl.sns`, `dsl.sqs`, `dsl.ecs`, `dsl.glue`, `dsl.batch`,
`dsl.bedrock`, `dsl.http`, `dsl.stepfunctions`. Without `.sync` a task goes on as soon as the service has taken the
call: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsl.arguments import explained
from dsl.options import TaskOptions
from dsl.states.integrations import ServiceTask
from dsl.stepfunctions import start_execution

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from dsl.permissions.policy import Permission
    from dsl.values.payloads import Payload


__all__ = ["run", "start_execution"]


@explained
def run(
    name: str,
    action: str,
    parameters: Mapping[str, Payload],
    *,
    on: Sequence[str] | None = None,
    passes: Sequence[str] = (),
    reason: str = "",
    permissions: Sequence[Permission] | None = None,
    **options: Unpack[TaskOptions],
) -> ServiceTask:
    """Return a task that calls an optimised integration, such as `glue:startJobRun.sync`.

    `on` are the ARNs that it may be called on, where its parameters do not say that; `passes` are the roles that the
    call hands to the service; `permissions` stand in place of all that is derived.

    Raises:
        DefinitionError: there is no such integration, pattern or parameter; what it needs does not follow; or `on` is
            empty, or `*` without a `reason`.
    """
    return ServiceTask(
        name,
        action,
        parameters,
        on=on,
        passes=passes,
        reason=reason,
        permissions=permissions,
        **options,
    )
