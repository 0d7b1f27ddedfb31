"""`Workflow`: a state machine of `dsl` on AWS Step Functions, with its role and its log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import pulumi
import pulumi_aws as aws

from infra.alarms import Alarm
from infra.policies import allow_log_delivery, allow_tracing, policy, trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsl import StateMachine
    from infra.place import Place


# Step Functions Developer Guide, "Monitoring Step Functions metrics using Amazon CloudWatch".
_FAULTS: Final = {
    "ExecutionsFailed": "failed",
    "ExecutionsTimedOut": "ran longer than the workflow allows",
    "ExecutionThrottled": "were slowed down, since the account's quota of state transitions is used up",
}

_STRUCTURE: Final = {"States", "Branches", "ItemProcessor", "Iterator"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowConfig:
    """What a workflow is like. `log_retention_days` must be a number that CloudWatch Logs knows."""

    type: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    log_retention_days: int = 14


class Workflow(pulumi.ComponentResource):
    """A traced state machine whose log holds errors, and never what an execution was given or returned."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    executions_arn: pulumi.Output[str]
    """The ARN of its executions, up to their names: for the policies of those who read or stop them."""

    def __init__(
        self,
        name: str,
        machine: StateMachine,
        config: WorkflowConfig,
        *,
        place: Place,
        bindings: Mapping[str, pulumi.Input[str | int]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Deploy `machine` with its placeholders bound; bindings that it does not use are left out.

        States that the program may still use for another machine are checked at its end, before the state machine is
        created.

        Raises:
            ValueError: A placeholder has no binding; an EXPRESS workflow waits for a token or a job, which only
                STANDARD workflows can; states were built for the machine but do not belong to it, since nothing leads
                to them; or the permissions of a state are not known. Nothing was created.
        """
        # A module that is still being run may make a machine of them yet; then its end is waited for.
        undecided = getattr(machine, "undecided", False)
        if not undecided:
            _refuse_forgotten(machine)
        physical = place.name(name)
        # What the policy of a workflow that starts executions of its own or waits for jobs has to name.
        bindings = {
            "WorkflowArn": place.arn("states", f"stateMachine:{physical}"),
            "WorkflowExecutionsArn": place.arn("states", f"execution:{physical}"),
            "ManagedRulesArn": place.arn("events", "rule"),
            **place.pseudo_parameters,
            **bindings,
        }
        missing = machine.placeholders - bindings.keys()
        if missing:
            raise ValueError(f"nothing is bound to {', '.join(sorted(missing))} of the workflow {name}")
        if config.type == "EXPRESS" and (waiting := _waiting_states(machine)):
            raise ValueError(
                f"the workflow {name} cannot be EXPRESS: {', '.join(waiting)} waits for a token or a job"
            )
        super().__init__("infra:index:Workflow", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        # Of no Outputs, `all` makes an empty list.
        bound = pulumi.Output.all(**{key: bindings[key] for key in sorted(machine.placeholders)}).apply(dict)
        if undecided:
            bound = pulumi.Output.all(bound, _at_the_end(machine)).apply(lambda both: both[0])

        log_group = aws.cloudwatch.LogGroup(
            f"{name}-log",
            # Names with this prefix keep the account's log resource policy from growing past its limit
            # (Step Functions Developer Guide, "Using CloudWatch Logs to log execution history").
            name=f"/aws/vendedlogs/states/{physical}",
            retention_in_days=config.log_retention_days,
            tags=place.tags,
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-role",
            name=place.name(f"{name}-role"),
            description=f"What the workflow {physical} may do",
            # The condition in the form that AWS documents (Step Functions Developer Guide, "Creating an IAM
            # role for your state machine"): state machines of this account and region.
            assume_role_policy=trust(
                "states.amazonaws.com", place=place, source_arn=place.arn("states", "stateMachine:*")
            ),
            tags=place.tags,
            opts=child,
        )
        policies = [
            aws.iam.RolePolicy(
                f"{name}-tasks",
                name="tasks",
                role=role.name,
                policy=bound.apply(lambda values: json.dumps(machine.policy(values))),
                opts=child,
            ),
            aws.iam.RolePolicy(
                f"{name}-observability",
                name="observability",
                role=role.name,
                policy=policy(allow_log_delivery(), allow_tracing()),
                opts=child,
            ),
        ]
        state_machine = aws.sfn.StateMachine(
            name,
            name=physical,
            type=config.type,
            role_arn=role.arn,
            definition=bound.apply(machine.to_json),
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level="ERROR",
                # Execution data would carry task tokens into the log.
                include_execution_data=False,
                log_destination=pulumi.Output.concat(log_group.arn, ":*"),
            ),
            tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(enabled=True),
            tags=place.tags,
            # Step Functions refuses a state machine whose role may not yet deliver its log.
            opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
        )
        for metric, what in _FAULTS.items():
            Alarm(
                description=f"Executions of the workflow {physical} {what}",
                namespace="AWS/States",
                metric=metric,
                dimensions={"StateMachineArn": state_machine.arn},
            ).build(f"{name}-{metric.removeprefix('Execution').removeprefix('s')}", place=place, parent=self)
        self.name = state_machine.name
        self.arn = state_machine.arn
        self.executions_arn = place.arn("states", f"execution:{physical}")
        self.register_outputs({"name": self.name, "arn": self.arn})


def _refuse_forgotten(machine: StateMachine) -> None:
    # Other machines than the language's have no such states.
    if forgotten := getattr(machine, "forgotten", ()):
        raise ValueError("\n".join(forgotten))


async def _at_the_end(machine: StateMachine) -> None:
    """Refuse forgotten states once the program has said all: Pulumi awaits what it waits for after that."""
    _refuse_forgotten(machine)


def _waiting_states(machine: StateMachine) -> list[str]:
    """Return the states that wait for something outside; Express workflows have no such integration patterns."""
    found: list[str] = []

    def look(value: object, name: str) -> None:
        if isinstance(value, dict):
            resource = value.get("Resource")
            if isinstance(resource, str) and resource.partition(":::")[2].count("."):
                found.append(name)
            for key, item in value.items():
                look(item, key if key not in _STRUCTURE else name)
        elif isinstance(value, list):
            for item in value:
                look(item, name)

    look(json.loads(machine.to_json()), machine.name)
    return found
