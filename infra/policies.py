"""IAM policy documents, put together from typed statements once all ARNs are known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One Allow of a policy. `resources` is empty in a trust policy, `service` in a role's own policy."""

    actions: tuple[str, ...]
    resources: tuple[pulumi.Input[str], ...] = ()
    service: str = ""
    conditions: Mapping[str, Mapping[str, pulumi.Input[str]]] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return the statement as IAM's JSON has it; ARNs may still be Pulumi outputs."""
        statement: dict[str, object] = {"Effect": "Allow", "Action": list(self.actions)}
        if self.service:
            statement["Principal"] = {"Service": self.service}
        if self.resources:
            statement["Resource"] = list(self.resources)
        if self.conditions:
            statement["Condition"] = {test: dict(values) for test, values in self.conditions.items()}
        return statement


def allow(*actions: str, on: pulumi.Input[str] | tuple[pulumi.Input[str], ...]) -> Statement:
    """Allow `actions` on the resources with these ARNs."""
    return Statement(actions=actions, resources=on if isinstance(on, tuple) else (on,))


def policy(*statements: Statement) -> pulumi.Output[str]:
    """Return the JSON of a policy document."""
    return pulumi.Output.json_dumps(
        {"Version": "2012-10-17", "Statement": [statement.document() for statement in statements]}
    )


def trust(
    service: str, *, place: Place | None = None, source_arn: pulumi.Input[str] | None = None
) -> pulumi.Output[str]:
    """Return a trust policy: `service` may assume the role, for resources of this account or with this ARN only."""
    conditions: dict[str, Mapping[str, pulumi.Input[str]]] = {}
    if place is not None:
        conditions["StringEquals"] = {"aws:SourceAccount": place.account}
    if source_arn is not None:
        conditions["ArnLike"] = {"aws:SourceArn": source_arn}
    return policy(Statement(actions=("sts:AssumeRole",), service=service, conditions=conditions))


def allow_tracing() -> Statement:
    """Return what a role needs to write X-Ray traces."""
    # None of these X-Ray actions can be limited to a resource (Service Authorization Reference, "Actions,
    # resources, and condition keys for AWS X-Ray").
    return allow(
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
        on="*",
    )


def allow_log_delivery() -> Statement:
    """Return what a state machine's role needs to have its log delivered to a log group."""
    # CloudWatch Logs does not let these actions be limited to a resource (Step Functions Developer Guide,
    # "Using CloudWatch Logs to log execution history", "IAM policies for logging to CloudWatch Logs").
    return allow(
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
        on="*",
    )
