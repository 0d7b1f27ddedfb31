"""`EventCounter`: counts the events of a bus that match a pattern, and does nothing with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.dashboard import Metric

if TYPE_CHECKING:
    from infra.place import Place
    from infra.route import RouteConfig


def rule_metric(
    bus: pulumi.Input[str] | None, rule: pulumi.Input[str], label: str, metric: str = "MatchedEvents"
) -> Metric:
    """A metric of a rule (EventBridge User Guide, "Monitoring Amazon EventBridge").

    Metrics of rules on a bus of one's own have the bus as a second dimension; those on the default bus have not.
    """
    dimensions = {"RuleName": rule} if bus is None else {"EventBusName": bus, "RuleName": rule}
    return Metric(namespace="AWS/Events", name=metric, dimensions=dimensions, label=label)


def event_rule(
    name: str, config: RouteConfig, *, place: Place, opts: pulumi.ResourceOptions
) -> aws.cloudwatch.EventRule:
    """The rule that matches the events of a configuration."""
    return aws.cloudwatch.EventRule(
        name,
        name=place.name(name),
        description=config.description,
        event_bus_name=config.bus,
        event_pattern=pulumi.Output.json_dumps(config.pattern),
        tags=place.tags,
        opts=opts,
    )


class EventCounter(pulumi.ComponentResource):
    """A rule without a target. CloudWatch's `MatchedEvents` of the rule is the count; matching costs nothing."""

    metric: Metric

    def __init__(
        self, name: str, config: RouteConfig, *, place: Place, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("infra:index:EventCounter", name, opts=opts)
        rule = event_rule(name, config, place=place, opts=pulumi.ResourceOptions(parent=self))
        self.metric = rule_metric(config.bus, rule.name, config.description)
        self.register_outputs({})
