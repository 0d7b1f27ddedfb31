"""`Dashboard`: graphs of metrics, two side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.place import Place

# A dashboard is 24 units wide (CloudWatch API Reference, "Dashboard Body Structure and Syntax").
_WIDTH: Final = 12
_HEIGHT: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric of CloudWatch. Where `id` is given, expressions may use it; `hidden` draws only those."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    label: str
    statistic: str = "Sum"
    id: str = ""
    hidden: bool = False

    def line(self) -> list[object]:
        """Return the metric as an entry of a graph."""
        options: dict[str, object] = {"label": self.label, "stat": self.statistic}
        if self.id:
            options["id"] = self.id
        if self.hidden:
            options["visible"] = False
        dimensions = [part for pair in self.dimensions.items() for part in pair]
        return [self.namespace, self.name, *dimensions, options]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphWidget:
    """One graph. `expressions` maps the label of a line to CloudWatch metric math over the metrics' ids."""

    title: str
    metrics: Sequence[Metric]
    expressions: Mapping[str, str] = field(default_factory=dict)
    period_seconds: int = 60
    unit: str = ""

    def widget(self, position: int, region: pulumi.Input[str]) -> dict[str, object]:
        """Return the graph as the widget at a position, counted from 0, left to right and down."""
        computed = [[{"expression": text, "label": label}] for label, text in self.expressions.items()]
        row, column = divmod(position, 2)
        left: dict[str, object] = {"min": 0, "showUnits": False, "label": self.unit}
        return {
            "type": "metric",
            "x": column * _WIDTH,
            "y": row * _HEIGHT,
            "width": _WIDTH,
            "height": _HEIGHT,
            "properties": {
                "title": self.title,
                "region": region,
                "view": "timeSeries",
                "period": self.period_seconds,
                "metrics": [*computed, *(metric.line() for metric in self.metrics)],
                "yAxis": {"left": left},
            },
        }


def dashboard(name: str, graphs: Sequence[GraphWidget], *, place: Place) -> aws.cloudwatch.Dashboard:
    """Declare a dashboard named `name` with the suffix of the stack."""
    widgets = [graph.widget(position, place.region) for position, graph in enumerate(graphs)]
    return aws.cloudwatch.Dashboard(
        name,
        dashboard_name=place.name(name),
        dashboard_body=pulumi.Output.json_dumps({"widgets": widgets}),
    )
