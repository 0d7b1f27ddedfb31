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
        cloudwatch.Dashboard,
        cloudwatch.MetricAlarm,
        dynamodb.Table,
        dynamodb.TableItem,
        events.EventBus,
        events.EventRule,
        events.EventTarget,
        iam.Role,
        iam.RolePolicy,
        lambda_.Function,
        lambda_.FunctionEventInvokeConfig,
        lambda_.Permission,
        logs.LogGroup,
        sfn.StateMachine,
        sqs.Queue,
        sqs.QueuePolicy,
    )
}
