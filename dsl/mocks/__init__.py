"""Test cases for Step Functions Local, written beside the workflow: what each task answers, checked against both."""

from __future__ import annotations

from asl.execution.mocks import Reply
from dsl.mocks.cases import Case, CaseBook, Where, mock_config, render
from dsl.mocks.replies import Response, returns, throws, unmocked

__all__ = [
    "Case",
    "CaseBook",
    "Reply",
    "Response",
    "Where",
    "mock_config",
    "render",
    "returns",
    "throws",
    "unmocked",
]
