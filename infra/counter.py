"""`EventCounter`: counts the events of a bus that match a pattern, and does nothing with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from infra.dashboard import Metric  # noqa: TC001 Pulumi evaluates the annotations of a component
from infra.rule import event_rule, rule_metric

if TYPE_CHECKING:
    from infra.place import Place
    from infra.rule import RouteConfig


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
