"""Test cases of the two workflows: what each task answers on every way that an order, or a request, can take.

`python -m dsl mocks workflows.cases:books` writes them as a mock configuration for Step Functions Local.
"""

from workflows.cases.faults import falters, stays_broken
from workflows.cases.manager import manager_cases
from workflows.cases.processor import processor_cases

books = (processor_cases, manager_cases)
"""The cases of both workflows."""

__all__ = ["books", "falters", "manager_cases", "processor_cases", "stays_broken"]
