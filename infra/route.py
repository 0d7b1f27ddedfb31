"""`EventRoute`: events of a bus that match a pattern go to a function or start a workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.dashboard import Metric  # noqa: TC001 Pulumi evaluates the annotations of a component
from infra.dead_letters import dead_letter_queue
from infra.function import Function
from infra.policies import Statement, allow, policy, trust
from infra.rule import event_rule, rule_metric

if TYPE_CHECKING:
    from infra.place import Place
    from infra.rule import RouteConfig
    from infra.workflow import Workflow

MOST_ATTEMPTS: Final = 185
"""How often EventBridge tries at most (EventBridge API Reference, RetryPolicy)."""


class EventRoute(pulumi.ComponentResource):
    """A rule with one target, to which EventBridge delivers at least once, trying for a day or as configured.

    What cannot be delivered in that time goes to a dead-letter queue that only this rule may write to.
    """

    label: str
    """What it is called here, without the stack's suffix."""
    rule_arn: pulumi.Output[str]
    dead_letters_arn: pulumi.Output[str]
    dead_letters_name: pulumi.Output[str]
    matched: Metric
    """How many events took the route."""

    def __init__(
        self,
        name: str,
        config: RouteConfig,
        target: Function | Workflow,
        *,
        place: Place,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("infra:index:EventRoute", name, opts=opts)
        child = pulumi.ResourceOptions(parent=self)
        rule = event_rule(name, config, place=place, opts=child)
        dead_letters = dead_letter_queue(
            f"{name}-undelivered",
            place=place,
            parent=self,
            retention_seconds=config.dead_letter_retention_seconds,
        )
        queue_policy = aws.sqs.QueuePolicy(
            f"{name}-undelivered",
            queue_url=dead_letters.url,
            policy=policy(
                Statement(
                    actions=("sqs:SendMessage",),
                    resources=(dead_letters.arn,),
                    service="events.amazonaws.com",
                    conditions={"ArnEquals": {"aws:SourceArn": rule.arn}},
                )
            ),
            opts=child,
        )
        role_arn: pulumi.Output[str] | None = None
        permission: aws.lambda_.Permission | aws.iam.RolePolicy
        if isinstance(target, Function):
            permission = aws.lambda_.Permission(
                f"{name}-permission",
                statement_id=place.name(name),
                action="lambda:InvokeFunction",
                function=target.name,
                principal="events.amazonaws.com",
                source_arn=rule.arn,
                opts=child,
            )
        else:
            role = aws.iam.Role(
                f"{name}-route-role",
                name=place.name(f"{name}-route-role"),
                description=f"Lets the rule {place.name(name)} start its workflow",
                assume_role_policy=trust("events.amazonaws.com", place=place, source_arn=rule.arn),
                tags=place.tags,
                opts=child,
            )
            permission = aws.iam.RolePolicy(
                f"{name}-route-policy",
                name="start",
                role=role.name,
                policy=policy(allow("states:StartExecution", on=target.arn)),
                opts=child,
            )
            role_arn = role.arn
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            event_bus_name=config.bus,
            target_id="target",
            arn=target.arn,
            role_arn=role_arn,
            retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                maximum_retry_attempts=MOST_ATTEMPTS,
                maximum_event_age_in_seconds=config.longest_event_age_seconds,
            ),
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=dead_letters.arn),
            # An event that came before the permissions were there would be tried in vain.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission, queue_policy]),
        )
        self.label = name
        self.rule_arn = rule.arn
        self.dead_letters_arn = dead_letters.arn
        self.dead_letters_name = dead_letters.name
        self.matched = rule_metric(config.bus, rule.name, config.description)
        self.register_outputs({"ruleArn": self.rule_arn, "deadLettersArn": self.dead_letters_arn})
