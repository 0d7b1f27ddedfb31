"""Pulumi components for event-driven workflows: `Table`, `Function`, `Workflow` and `EventRoute`.

Each makes everything that its part needs to be run with care: a role with exactly its permissions, a log
group with a retention, dead letters for what fails. They know nothing of what the workflows are about.
"""

from infra.function import Function, FunctionConfig, python_sources
from infra.place import Place
from infra.policies import Statement, allow
from infra.route import EventRoute, RouteConfig
from infra.table import Table, TableConfig
from infra.workflow import Workflow, WorkflowConfig

__all__ = [
    "EventRoute",
    "Function",
    "FunctionConfig",
    "Place",
    "RouteConfig",
    "Statement",
    "Table",
    "TableConfig",
    "Workflow",
    "WorkflowConfig",
    "allow",
    "python_sources",
]
