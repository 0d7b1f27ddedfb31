"""Amazon CloudWatch: alarms and dashboards."""

# ruff: noqa: D102 -- the methods are those of Handler, described there

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from botocore.exceptions import ClientError

from local.deployer.resources.base import (
    Handler,
    Live,
    Settings,
    canonical_json,
    given,
    is_missing,
    key_values,
    pairs,
    retag,
    tags_of,
    taken,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties

_ALARM: Final = {
    "name": "AlarmName",
    "alarmDescription": "AlarmDescription",
    "comparisonOperator": "ComparisonOperator",
    "evaluationPeriods": "EvaluationPeriods",
    "datapointsToAlarm": "DatapointsToAlarm",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "statistic": "Statistic",
    "extendedStatistic": "ExtendedStatistic",
    "period": "Period",
    "threshold": "Threshold",
    "unit": "Unit",
    "treatMissingData": "TreatMissingData",
    "actionsEnabled": "ActionsEnabled",
    "alarmActions": "AlarmActions",
    "okActions": "OKActions",
    "insufficientDataActions": "InsufficientDataActions",
}
_NO_EXPRESSIONS: Final = "the emulator keeps no expressions, so this alarm watches nothing there"


class MetricAlarmHandler(Handler):
    """`aws.cloudwatch.MetricAlarm`, on one metric or on an expression over several."""

    type = "aws:cloudwatch/metricAlarm:MetricAlarm"
    applied = frozenset({*_ALARM, "dimensions.*", "tags.*"})
    not_applied: ClassVar[Mapping[str, str]] = {"metricQueries.*": _NO_EXPRESSIONS}

    def wanted(self, name: str, inputs: Properties) -> Settings:
        dimensions: Any = inputs.get("dimensions") or {}
        settings = {key: inputs[key] for key in _ALARM if inputs.get(key) not in (None, [])}
        return {
            "treatMissingData": "missing",
            "actionsEnabled": True,
            **settings,
            "name": self.name_of(name, inputs),
            "dimensions": dict(dimensions),
            "tags": tags_of(inputs),
        }

    def read(self, wanted: Settings) -> Live | None:
        listed = self.clients.cloudwatch.describe_alarms(AlarmNames=[wanted["name"]])["MetricAlarms"]
        if not listed:
            return None
        alarm = listed[0]
        arn = alarm["AlarmArn"]
        settings = {
            "treatMissingData": "missing",
            "actionsEnabled": True,
            **taken(alarm, _ALARM),
            "dimensions": pairs(alarm.get("Dimensions"), "Name", "Value"),
            "tags": pairs(self.clients.cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]),
        }
        return Live(wanted["name"], settings, {"arn": arn})

    def create(self, wanted: Settings) -> None:
        request = self._request(wanted)
        if wanted["tags"]:
            request["Tags"] = key_values(wanted["tags"])
        self.clients.cloudwatch.put_metric_alarm(**request)

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        client = self.clients.cloudwatch
        if changed - {"tags"}:
            client.put_metric_alarm(**self._request(wanted))
        retag(
            live,
            wanted,
            lambda gone: client.untag_resource(ResourceARN=live.outputs["arn"], TagKeys=gone),
            lambda tags: client.tag_resource(ResourceARN=live.outputs["arn"], Tags=key_values(tags)),
        )

    def delete(self, live: Live) -> None:
        self.clients.cloudwatch.delete_alarms(AlarmNames=[live.id])

    @staticmethod
    def _request(wanted: Settings) -> dict[str, Any]:
        request = given(wanted, _ALARM)
        if wanted["dimensions"]:
            request["Dimensions"] = key_values(wanted["dimensions"], "Name", "Value")
        return request


class DashboardHandler(Handler):
    """`aws.cloudwatch.Dashboard`."""

    type = "aws:cloudwatch/dashboard:Dashboard"
    applied = frozenset({"dashboardName", "dashboardBody"})

    def wanted(self, name: str, inputs: Properties) -> Settings:
        return {
            "dashboardName": self.name_of(name, inputs),
            "dashboardBody": canonical_json(inputs.get("dashboardBody"), "dashboardBody"),
        }

    def read(self, wanted: Settings) -> Live | None:
        name = wanted["dashboardName"]
        try:
            found = self.clients.cloudwatch.get_dashboard(DashboardName=name)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        body = canonical_json(found["DashboardBody"], "dashboardBody")
        return Live(
            name, {"dashboardName": name, "dashboardBody": body}, {"dashboardArn": found["DashboardArn"]}
        )

    def create(self, wanted: Settings) -> None:
        self.clients.cloudwatch.put_dashboard(
            DashboardName=wanted["dashboardName"], DashboardBody=wanted["dashboardBody"]
        )

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        self.create(wanted)

    def delete(self, live: Live) -> None:
        self.clients.cloudwatch.delete_dashboards(DashboardNames=[live.id])
