"""Batch: tasks that run a job, and wait for its end.

    batch.submit_job("Roast", "roast", queue=Placeholder("RoastQueueArn"), definition="roaster")

https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsl.arguments import explained
from dsl.options import JobOptions
from dsl.states.integrations import ServiceTask
from dsl.states.requests import present
from dsl.states.retries import transient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from dsl.values.payloads import Payload
    from dsl.values.references import Reference


TRANSIENT: Final = transient("Batch.ServerException", "Batch.SdkClientException")
"""The transient errors, which tasks retry by default."""


@explained
def submit_job(
    name: str,
    job: str | Reference,
    *,
    queue: str | Reference,
    definition: str | Reference,
    arguments: Mapping[str, Payload] | None = None,
    container: Mapping[str, Payload] | None = None,
    wait: bool = True,
    parameters: Mapping[str, Payload] | None = None,
    on: Sequence[str] | None = None,
    **options: Unpack[JobOptions],
) -> ServiceTask:
    """Return a task that submits a job of a name and, unless `wait` is False, goes on when it has succeeded.

    `arguments` are the job's own parameters, which its definition refers to; `container` its `ContainerOverrides`;
    `parameters` are further ones of Batch's SubmitJob. A job that fails fails the task with `States.TaskFailed`. The
    result is the job, or without waiting its id.

    Raises:
        DefinitionError: a parameter is unknown or misfit, or the queue or the definition is known only while it runs
            and `on` is not given.
    """
    given: dict[str, Payload] = {"JobName": job, "JobQueue": queue, "JobDefinition": definition}
    given |= {**(parameters or {}), **present({"Parameters": arguments, "ContainerOverrides": container})}
    action = "batch:submitJob.sync" if wait else "batch:submitJob"
    return ServiceTask(name, action, given, on=on, default_retry=TRANSIENT, **options)
