"""Amazon CloudWatch: alarms and dashboards."""

# ruff: noqa: D102 -- the methods are those of ResourceProvider, described there

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from local.deployer.resources.base import (
    Live,
    Property,
    ResourceProvider,
    Settings,
    Tagging,
    key_values,
    pairs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties


class MetricAlarmProvider(ResourceProvider):
    """`aws.cloudwatch.MetricAlarm`, on one metric or on an expression over several."""

    type = "aws:cloudwatch/metricAlarm:MetricAlarm"
    properties: ClassVar[Mapping[str, Property]] = {
        "name": Property("AlarmName"),
        "alarmDescription": Property("AlarmDescription"),
        "comparisonOperator": Property("ComparisonOperator"),
        "evaluationPeriods": Property("EvaluationPeriods"),
        "datapointsToAlarm": Property("DatapointsToAlarm"),
        "metricName": Property("MetricName"),
        "namespace": Property("Namespace"),
        "statistic": Property("Statistic"),
        "extendedStatistic": Property("ExtendedStatistic"),
        "period": Property("Period"),
        "threshold": Property("Threshold"),
        "unit": Property("Unit"),
        "treatMissingData": Property("TreatMissingData", "missing"),
        "actionsEnabled": Property("ActionsEnabled", default=True),
        "alarmActions": Property("AlarmActions"),
        "okActions": Property("OKActions"),
        "insufficientDataActions": Property("InsufficientDataActions"),
    }
    applied = frozenset({"dimensions.*"})
    not_applied: ClassVar[Mapping[str, str]] = {
        "metricQueries.*": "the emulator keeps no expressions, so this alarm watches nothing there"
    }
    tagging = Tagging("cloudwatch")

    def wanted(self, name: str, inputs: Properties) -> Settings:
        dimensions: Any = inputs.get("dimensions") or {}
        # What the program leaves out is not compared: the emulator fills in a statistic and a period.
        given = {key: value for key, value in super().wanted(name, inputs).items() if value is not None}
        return given | {"dimensions": dict(dimensions)}

    def read(self, wanted: Settings) -> Live | None:
        listed = self.clients.cloudwatch.describe_alarms(AlarmNames=[wanted["name"]])["MetricAlarms"]
        if not listed:
            return None
        [alarm] = listed
        settings = self.settings_in(alarm) | {"dimensions": pairs(alarm.get("Dimensions"), "Name", "Value")}
        return Live(wanted["name"], settings, {"arn": alarm["AlarmArn"]})

    def create(self, wanted: Settings) -> Live | None:
        dimensions = key_values(wanted["dimensions"], "Name", "Value")
        request = self.request(wanted) | ({"Dimensions": dimensions} if dimensions else {})
        self.clients.cloudwatch.put_metric_alarm(**request, **self.tags(wanted))
        return None

    def delete(self, live: Live) -> None:
        self.clients.cloudwatch.delete_alarms(AlarmNames=[live.id])


class DashboardProvider(ResourceProvider):
    """`aws.cloudwatch.Dashboard`."""

    type = "aws:cloudwatch/dashboard:Dashboard"
    properties: ClassVar[Mapping[str, Property]] = {
        "dashboardName": Property("DashboardName"),
        "dashboardBody": Property("DashboardBody", json=True),
    }

    def read(self, wanted: Settings) -> Live | None:
        name = wanted["dashboardName"]
        found = self.clients.cloudwatch.get_dashboard(DashboardName=name)
        return Live(name, self.settings_in(found), {"dashboardArn": found["DashboardArn"]})

    def create(self, wanted: Settings) -> Live | None:
        self.clients.cloudwatch.put_dashboard(**self.request(wanted))
        return None

    def delete(self, live: Live) -> None:
        self.clients.cloudwatch.delete_dashboards(DashboardNames=[live.id])
