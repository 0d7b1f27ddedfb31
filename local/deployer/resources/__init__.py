"""Handlers of AWS resource types, one module a service. A type that is not in `HANDLERS` is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from local.deployer.resources import cloudwatch, dynamodb, events, iam, lambda_, logs, sfn, sqs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.resources.base import Handler

HANDLERS: Final[Mapping[str, type[Handler]]] = {
    handler.type: handler
    for handler in (
        cloudwatch.DashboardHandler,
        cloudwatch.MetricAlarmHandler,
        dynamodb.TableHandler,
        dynamodb.TableItemHandler,
        events.EventBusHandler,
        events.EventRuleHandler,
        events.EventTargetHandler,
        iam.RoleHandler,
        iam.RolePolicyHandler,
        lambda_.FunctionHandler,
        lambda_.FunctionEventInvokeConfigHandler,
        lambda_.PermissionHandler,
        logs.LogGroupHandler,
        sfn.StateMachineHandler,
        sqs.QueueHandler,
        sqs.QueuePolicyHandler,
    )
}
