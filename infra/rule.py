"""Rules of EventBridge: which events they match, and how many they have matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from infra.dashboard import Metric
from infra.dead_letters import RETENTION_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.place import Place

LONGEST_AGE_SECONDS: Final = 24 * 60 * 60
"""For how long EventBridge tries at most (EventBridge API Reference, RetryPolicy)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteConfig:
    """Which events take a route.

    `pattern` is an EventBridge event pattern. `bus` is the name of the bus; None means the account's default
    one, on which AWS's own services speak. `longest_event_age_seconds`, 60 to 86,400, is for how long delivery
    is tried; it is best as short as the event's worth.
    """

    description: str
    pattern: Mapping[str, pulumi.Input[object] | Sequence[pulumi.Input[object]]]
    bus: pulumi.Input[str] | None = None
    longest_event_age_seconds: int = LONGEST_AGE_SECONDS
    dead_letter_retention_seconds: int = RETENTION_SECONDS


def rule_metric(
    bus: pulumi.Input[str] | None, rule: pulumi.Input[str], label: str, metric: str = "MatchedEvents"
) -> Metric:
    """Return a metric of a rule (EventBridge User Guide, "Monitoring Amazon EventBridge").

    Metrics of rules on a bus of one's own have the bus as a second dimension; those on the default bus have not.
    """
    dimensions = {"RuleName": rule} if bus is None else {"EventBusName": bus, "RuleName": rule}
    return Metric(namespace="AWS/Events", name=metric, dimensions=dimensions, label=label)


def event_rule(
    name: str, config: RouteConfig, *, place: Place, opts: pulumi.ResourceOptions
) -> aws.cloudwatch.EventRule:
    """Return the rule that matches the events of a configuration."""
    return aws.cloudwatch.EventRule(
        name,
        name=place.name(name),
        description=config.description,
        event_bus_name=config.bus,
        event_pattern=pulumi.Output.json_dumps(config.pattern),
        tags=place.tags,
        opts=opts,
    )
