"""Pulumi components for event-driven workflows: `Table`, `Function`, `Workflow`, `EventRoute`, `EventCounter`.

Each makes everything that its part needs to be run with care: a role with exactly its permissions, a log
group with a retention, dead letters for what fails, and alarms on them. They know nothing of what
the workflows are about.
"""

from infra.alarms import Alarm
from infra.configuration import configuration
from infra.counter import EventCounter
from infra.dashboard import GraphWidget, Metric, dashboard
from infra.function import Function, FunctionConfig, python_sources
from infra.place import Place
from infra.policies import Statement, allow
from infra.route import EventRoute
from infra.rule import RouteConfig
from infra.table import Table, TableConfig
from infra.workflow import Workflow, WorkflowConfig

__all__ = [
    "Alarm",
    "EventCounter",
    "EventRoute",
    "Function",
    "FunctionConfig",
    "GraphWidget",
    "Metric",
    "Place",
    "RouteConfig",
    "Statement",
    "Table",
    "TableConfig",
    "Workflow",
    "WorkflowConfig",
    "allow",
    "configuration",
    "dashboard",
    "python_sources",
]
