"""Resource providers of AWS resource types, one module a service. A type that is not in `PROVIDERS` is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from local.deployer.resources import cloudwatch, dynamodb, events, iam, lambda_, logs, sfn, sqs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.resources.base import ResourceProvider

PROVIDERS: Final[Mapping[str, type[ResourceProvider]]] = {
    provider.type: provider
    for provider in (
        cloudwatch.DashboardProvider,
        cloudwatch.MetricAlarmProvider,
        dynamodb.TableProvider,
        dynamodb.TableItemProvider,
        events.EventBusProvider,
        events.EventRuleProvider,
        events.EventTargetProvider,
        iam.RoleProvider,
        iam.RolePolicyProvider,
        lambda_.FunctionProvider,
        lambda_.FunctionEventInvokeConfigProvider,
        lambda_.PermissionProvider,
        logs.LogGroupProvider,
        sfn.StateMachineProvider,
        sqs.QueueProvider,
        sqs.QueuePolicyProvider,
    )
}
