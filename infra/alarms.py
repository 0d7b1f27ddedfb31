"""CloudWatch alarms that fire on the first sign of a fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.place import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm that fires as soon as a metric that should stay at zero has not, within one `period_seconds`.

    Silence is good news: these metrics have no data while nothing happens.
    """

    description: str
    namespace: str
    metric: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str = "Sum"
    period_seconds: int = 60

    def build(self, name: str, *, place: Place, parent: pulumi.Resource) -> None:
        """Declare the alarm as `name` with the suffix of the stack, where the place wants alarms at all.

        It tells the place's alarm topic. One alarm over several metrics would not be cheaper: CloudWatch counts the
        metrics of an alarm, not the alarms (Amazon CloudWatch pricing, "Alarms").
        """
        if not place.alarms:
            return
        topic = place.alarm_topic_arn
        aws.cloudwatch.MetricAlarm(
            name,
            name=place.name(name),
            alarm_description=self.description,
            namespace=self.namespace,
            metric_name=self.metric,
            dimensions=self.dimensions,
            statistic=self.statistic,
            period=self.period_seconds,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            treat_missing_data="notBreaching",
            alarm_actions=[topic] if topic else None,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )
