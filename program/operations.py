"""What a person sees of the running shop: one dashboard, with the counts of its orders.

Counts come from rules without targets, one for each kind of event; EventBridge counts what they match. The order
queue itself is a set in a DynamoDB item, of which AWS keeps no metric. Its length is drawn as the running sum of
orders that came in less those that ended, which is off only by the orders that were under way when the graph
begins: at most those of the last half hour, the two timers together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from infra import EventCounter, GraphWidget, Metric, RouteConfig, dashboard
from workflows.events import SOURCE

if TYPE_CHECKING:
    import pulumi_aws as aws

    from infra import Place, Workflow
    from program.functions import Functions
    from program.routes import Routes
    from program.storage import Storage

COUNTED: Final = {
    "OrdersFinished": ("OrderProcessor.OrderFinished", "finished"),
    "OrdersTimedOut": ("OrderProcessor.OrderTimeOut", "timed out"),
    "OrdersCancelled": ("OrderProcessor.OrderCancelled", "cancelled"),
    "OrdersTurnedAway": ("OrderProcessor.ShopUnavailable", "refused: closed or full"),
    "RequestsRefused": ("OrderManager.OrderRejected", "requests refused"),
}
"""The rules that count, each with its detail-type and what it counts."""


def counters(storage: Storage, place: Place) -> dict[str, Metric]:
    """Declare the counting rules. Return their metrics by the names of the rules."""
    return {
        name: EventCounter(
            name,
            RouteConfig(
                description=label,
                bus=storage.bus.name,
                pattern={"source": [SOURCE], "detail-type": [detail_type]},
            ),
            place=place,
        ).metric
        for name, (detail_type, label) in COUNTED.items()
    }


def orders_dashboard(
    storage: Storage,
    place: Place,
    processor: Workflow,
    manager: Workflow,
    routes: Routes,
    functions: Functions,
) -> aws.cloudwatch.Dashboard:
    """Declare the stack's dashboard, and the rules that count for it."""
    counts = counters(storage, place)
    # Each order that got a place takes this route.
    came = replace(routes.workflow_started.matched, label="started")
    ends = [counts[name] for name in ("OrdersFinished", "OrdersTimedOut", "OrdersCancelled")]
    queues = [(route.dead_letters_name, f"{route.label} undelivered") for route in routes.all()]
    queues += [(f.failures_name, f"{f.label} failed") for f in functions.all() if f.failures_name is not None]
    graphs = [
        GraphWidget(title="Orders a minute", metrics=[came, *counts.values()], unit="orders"),
        GraphWidget(
            title="Orders in the queue, from the left edge on",
            metrics=[
                replace(metric, id=f"m{index}", hidden=True) for index, metric in enumerate([came, *ends])
            ],
            expressions={
                "in the queue": "RUNNING_SUM(FILL(m0, 0) - FILL(m1, 0) - FILL(m2, 0) - FILL(m3, 0))"
            },
            unit="orders",
        ),
        GraphWidget(
            title="Age of an order when it leaves",
            metrics=[
                _of_workflow("ExecutionTime", processor, label, statistic)
                for label, statistic in (("median", "p50"), ("95 of 100", "p95"), ("longest", "Maximum"))
            ],
            unit="ms",
        ),
        GraphWidget(
            title="Executions that were not well",
            metrics=[
                _of_workflow(metric, workflow, f"{who} {what}")
                for who, workflow in (("processor", processor), ("manager", manager))
                for metric, what in (
                    ("ExecutionsFailed", "failed"),
                    ("ExecutionsTimedOut", "timed out"),
                    ("ExecutionsAborted", "aborted"),
                    ("ExecutionThrottled", "throttled"),
                )
            ],
            unit="executions",
        ),
        GraphWidget(
            title="Functions",
            metrics=[
                Metric(
                    namespace="AWS/Lambda",
                    name=metric,
                    dimensions={"FunctionName": function.name},
                    label=f"{function.label} {metric.lower()}",
                )
                for function in functions.all()
                for metric in ("Errors", "Throttles")
            ],
            unit="invocations",
        ),
        GraphWidget(
            title="Dead letters",
            metrics=[
                Metric(
                    namespace="AWS/SQS",
                    name="ApproximateNumberOfMessagesVisible",
                    dimensions={"QueueName": name},
                    label=label,
                    statistic="Maximum",
                )
                for name, label in queues
            ],
            unit="messages",
        ),
    ]
    return dashboard("Serverlesspresso", graphs, place=place)


def _of_workflow(metric: str, workflow: Workflow, label: str, statistic: str = "Sum") -> Metric:
    return Metric(
        namespace="AWS/States",
        name=metric,
        dimensions={"StateMachineArn": workflow.arn},
        label=label,
        statistic=statistic,
    )
