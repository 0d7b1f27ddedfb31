"""ECS: tasks that run a container, on Fargate or on instances, and wait for its end.

    ecs.run_task("Grind", Placeholder("GrinderTaskArn"), cluster=Placeholder("ClusterArn"),
                 roles=[Placeholder("GrinderRoleArn")], subnets=[Placeholder("SubnetId")])

https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsl.arguments import explained
from dsl.options import TaskOptions
from dsl.states.integrations import ServiceTask
from dsl.states.retries import transient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from dsl.values.payloads import Payload
    from dsl.values.references import Reference


TRANSIENT: Final = transient("ECS.ServerException", "ECS.SdkClientException")
"""The transient errors, which tasks retry by default."""


@explained
def run_task(
    name: str,
    definition: str | Reference,
    *,
    cluster: str | Reference,
    roles: Sequence[str],
    subnets: Sequence[str] = (),
    security_groups: Sequence[str] = (),
    public_ip: bool = False,
    launch_type: str | None = "FARGATE",
    environment: Mapping[str, Mapping[str, Payload]] | None = None,
    wait: bool = True,
    parameters: Mapping[str, Payload] | None = None,
    on: Sequence[str] | None = None,
    **options: Unpack[TaskOptions],
) -> ServiceTask:
    """Return a task that runs the task of a definition and, unless `wait` is False, goes on when it has stopped well.

    `roles` are the ARNs of the definition's task and execution roles, which Step Functions hands to ECS. `environment`
    are variables by the name of their container. `parameters` are further ones of ECS's RunTask; an `Overrides` among
    them takes no `environment` beside it. A container that ends with another exit code than 0 fails the task with
    `States.TaskFailed`. The result is the task that ran, or without waiting what RunTask answers.

    Raises:
        DefinitionError: a parameter is unknown or misfit; the definition is known only while it runs and `on` is not
            given; or a token or a timeout is missing.
    """
    given: dict[str, Payload] = {"Cluster": cluster, "TaskDefinition": definition, **(parameters or {})}
    if launch_type is not None:
        given["LaunchType"] = launch_type
    if subnets:
        network: dict[str, Payload] = {
            "Subnets": list(subnets),
            "AssignPublicIp": "ENABLED" if public_ip else "DISABLED",
        }
        if security_groups:
            network["SecurityGroups"] = list(security_groups)
        given["NetworkConfiguration"] = {"AwsvpcConfiguration": network}
    if environment is not None:
        given["Overrides"] = {
            "ContainerOverrides": [
                {
                    "Name": container,
                    "Environment": [{"Name": key, "Value": value} for key, value in of.items()],
                }
                for container, of in environment.items()
            ]
        }
    return ServiceTask(
        name,
        "ecs:runTask" if options.get("wait_for_token") or not wait else "ecs:runTask.sync",
        given,
        on=on,
        passes=roles,
        default_retry=TRANSIENT,
        **options,
    )
