"""`Function`: a Python function on AWS Lambda, with its role, its log and a queue for what it failed at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.alarms import Alarm
from infra.dead_letters import RETENTION_SECONDS, dead_letter_queue
from infra.policies import Statement, allow, allow_tracing, policy, trust

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from infra.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionConfig:
    """What a function is like.

    `statements` is all that its role may do beside writing its log, its traces and its dead letters.
    `asynchronous` says that events invoke it: Lambda then tries three times within six hours, and an event
    that failed each time goes to a dead-letter queue (Lambda Developer Guide, "How Lambda handles errors and
    retries with asynchronous invocation"). `longest_event_age_seconds`, 60 to 21,600, makes the six hours
    shorter where an event loses its worth sooner. `log_retention_days` must be a number that CloudWatch Logs knows.
    """

    description: str
    handler: str
    code: pulumi.Archive
    statements: tuple[Statement, ...] = ()
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    memory_mb: int = 256
    timeout_seconds: int = 10
    asynchronous: bool = True
    longest_event_age_seconds: int | None = None
    dead_letter_retention_seconds: int = RETENTION_SECONDS
    reserved_concurrency: int | None = None
    log_retention_days: int = 14


class Function(pulumi.ComponentResource):
    """A function on arm64, traced, that logs JSON."""

    label: str
    """What it is called here, without the stack's suffix."""
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    failures_name: pulumi.Output[str] | None = None
    """The queue of events that it failed at, where events invoke it."""

    def __init__(
        self, name: str, config: FunctionConfig, *, place: Place, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("infra:index:Function", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        physical = place.name(name)
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/lambda/{physical}",
            retention_in_days=config.log_retention_days,
            tags=place.tags,
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-role",
            name=place.name(f"{name}-role"),
            description=f"What the function {physical} may do",
            # Lambda assumes a function's role without saying for which function, so nothing narrower works.
            assume_role_policy=trust("lambda.amazonaws.com"),
            tags=place.tags,
            opts=child,
        )
        # Log streams are named by Lambda as it goes, so only their group can be given.
        statements = [
            *config.statements,
            allow("logs:CreateLogStream", "logs:PutLogEvents", on=pulumi.Output.concat(log_group.arn, ":*")),
            allow_tracing(),
        ]
        failures: aws.lambda_.FunctionDeadLetterConfigArgs | None = None
        if config.asynchronous:
            queue = dead_letter_queue(
                f"{name}-failures",
                place=place,
                parent=self,
                retention_seconds=config.dead_letter_retention_seconds,
            )
            self.failures_name = queue.name
            statements.append(allow("sqs:SendMessage", on=queue.arn))
            failures = aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=queue.arn)
        role_policy = aws.iam.RolePolicy(
            f"{name}-policy",
            name="function",
            role=role.name,
            policy=policy(*statements),
            opts=child,
        )
        function = aws.lambda_.Function(
            name,
            name=physical,
            description=config.description,
            role=role.arn,
            runtime=aws.lambda_.Runtime.PYTHON3D12,
            architectures=["arm64"],
            handler=config.handler,
            code=config.code,
            memory_size=config.memory_mb,
            timeout=config.timeout_seconds,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables=config.environment),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(
                log_format="JSON",
                log_group=log_group.name,
                application_log_level="INFO",
                system_log_level="WARN",
            ),
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
            dead_letter_config=failures,
            reserved_concurrent_executions=config.reserved_concurrency,
            tags=place.tags,
            # Lambda checks the role when the function is made.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role_policy]),
        )
        if config.asynchronous and config.longest_event_age_seconds is not None:
            aws.lambda_.FunctionEventInvokeConfig(
                f"{name}-invocations",
                function_name=function.name,
                maximum_event_age_in_seconds=config.longest_event_age_seconds,
                maximum_retry_attempts=2,
                opts=child,
            )
        for metric, what in (("Errors", "failed"), ("Throttles", "was throttled")):
            Alarm(
                description=f"The function {physical} {what}",
                namespace="AWS/Lambda",
                metric=metric,
                dimensions={"FunctionName": function.name},
            ).build(f"{name}-{metric.lower()}", place=place, parent=self)
        self.label = name
        self.name = function.name
        self.arn = function.arn
        self.register_outputs({"name": self.name, "arn": self.arn})


def python_sources(folder: Path) -> pulumi.AssetArchive:
    """Return the Python sources of a package, as an archive in which the package can be imported.

    Nothing else gets in: byte code would change the archive, and so deploy it, whenever a test has run.
    """
    files = sorted(file for file in folder.rglob("*.py") if "__pycache__" not in file.parts)
    if not files:
        raise ValueError(f"{folder} holds no Python sources")
    return pulumi.AssetArchive(
        {file.relative_to(folder.parent).as_posix(): pulumi.FileAsset(str(file)) for file in files}
    )
