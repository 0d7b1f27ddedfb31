"""The rules about data: every path that a state reads leads somewhere, whatever way the execution came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.checking.rules.registry import DOCUMENTED, Finding, machine_rule
from asl.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View


@machine_rule("PATH_NEVER_THERE", Severity.WARNING, DOCUMENTED)
def what_is_read_exists(view: View) -> Iterator[Finding]:
    """A path exists on at least one route to the state that reads it; otherwise every execution fails there.

    Example::

        {"Read the shop": {"Type": "Pass", "Result": {"open": true}, "ResultPath": "$", "Next": "Open?"},
         "Open?": {"Type": "Choice", "Default": "Closed", "Choices": [
             {"Variable": "$.shop.open", "BooleanEquals": true, "Next": "Closed"}]},
         "Closed": {"Type": "Succeed"}}
    """
    for found in view.flow.findings:
        if found.never:
            yield Finding(found.message, found.location)


@machine_rule("PATH_MISSING_ON_ROUTE", Severity.WARNING, DOCUMENTED)
def what_is_read_exists_on_every_route(view: View) -> Iterator[Finding]:
    """A path exists on every route to the state that reads it.

    Example::

        {"Begin": {"Type": "Pass", "Parameters": {"size.$": "$.size"}, "Next": "Large?"},
         "Large?": {"Type": "Choice", "Default": "Serve", "Choices": [
             {"Variable": "$.size", "NumericGreaterThan": 1, "Next": "Add a lid"}]},
         "Add a lid": {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:lid",
             "ResultPath": "$.lid", "Next": "Serve"},
         "Serve": {"Type": "Pass", "InputPath": "$.lid", "End": true}}
    """
    for found in view.flow.findings:
        if not found.never:
            yield Finding(found.message, found.location)


@machine_rule("WRONG_KIND", Severity.WARNING, DOCUMENTED)
def what_is_read_is_of_use(view: View) -> Iterator[Finding]:
    """The value at a path has the type that its field, comparison or function accepts.

    Example::

        {"Begin": {"Type": "Pass", "Result": {"pause": "5 seconds"}, "Next": "Let it draw"},
         "Let it draw": {"Type": "Wait", "SecondsPath": "$.pause", "Next": "Serve"},
         "Serve": {"Type": "Succeed"}}
    """
    for found in view.flow.misfits:
        yield Finding(found.message, found.location)
