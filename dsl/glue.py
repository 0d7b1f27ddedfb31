"""Glue: tasks that run a job, and wait for its end.

    glue.start_job_run("Press", "press-the-beans", arguments={"--harvest": harvest.year})

https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
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


TRANSIENT: Final = transient(
    "Glue.InternalServiceException",
    "Glue.OperationTimeoutException",
    "Glue.ConcurrentRunsExceededException",
    "Glue.SdkClientException",
)
"""The transient errors, which tasks retry by default."""


@explained
def start_job_run(
    name: str,
    job: str | Reference,
    *,
    arguments: Mapping[str, Payload] | None = None,
    wait: bool = True,
    parameters: Mapping[str, Payload] | None = None,
    on: Sequence[str] | None = None,
    **options: Unpack[JobOptions],
) -> ServiceTask:
    """Return a task that runs the job of a name and, unless `wait` is False, goes on when it has ended well.

    `arguments` are the run's, as Glue names them (`--key`); `parameters` are further ones of Glue's StartJobRun. A run
    that fails, or is stopped, fails the task with `States.TaskFailed`. The result is the run, or without waiting its
    id.

    Raises:
        DefinitionError: a parameter is unknown or misfit, or the job is known only while it runs and `on` is not given.
    """
    given = {"JobName": job, **(parameters or {}), **present({"Arguments": arguments})}
    action = "glue:startJobRun.sync" if wait else "glue:startJobRun"
    return ServiceTask(name, action, given, on=on, default_retry=TRANSIENT, **options)
