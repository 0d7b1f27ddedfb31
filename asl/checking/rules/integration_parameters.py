"""What a service integration is given: each parameter exists, the required ones are there, their types fit.

Only what is written into the definition is looked at. What comes from a path (`.$`), an intrinsic function, a JSONata
expression or a placeholder may be anything.

AWS refuses a definition that lacks a required parameter, or all of them, an idempotency token of an SDK integration
among them. What is written out it binds to the service's request, and refuses an unknown name or a value that cannot be
bound. A name whose value is only known when the task runs it finds then, so that is a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.checking.rules.registry import INFERRED, RECORDED, Finding, machine_rule
from asl.diagnostics import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.parameter_checks import Kind
    from asl.checking.view import View


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED)
def parameters_are_given(view: View) -> Iterator[Finding]:
    """A service integration has Parameters, or Arguments in JSONata, be they empty.

    Example::

        {"Call out": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}}
    """
    yield from _found(view, "absent")


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED)
def required_parameters_are_given(view: View) -> Iterator[Finding]:
    """What the service requires is among the parameters, in just this spelling.

    Example::

        {"Call out": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                      "Parameters": {"queueUrl": "https://example.com/bar", "MessageBody": "ready"}, "End": true}}
    """
    yield from _found(view, "required")


@machine_rule("MISSING_PARAMETER", Severity.WARNING, INFERRED)
def required_parts_are_given(view: View) -> Iterator[Finding]:
    """Required members inside a parameter are present; AWS checks them only when the task runs.

    Example::

        {"Tell": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sns:tagResource", "End": true,
                  "Parameters": {"ResourceArn.$": "$.topic", "Tags": [{"Key": "bar"}]}}}
    """
    yield from _found(view, "missing")


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED)
def written_parameters_exist(view: View) -> Iterator[Finding]:
    """The service takes every parameter by this name. Names are in Pascal case, even where the API's are not.

    An SDK integration names fields as the Java SDK does: DynamoDB's `BOOL` is `Bool` there.

    Example::

        {"Brew": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                  "Parameters": {"FunctionName": "brew", "Payloads": {"drink": "latte"}}}}
    """
    yield from _found(view, "surplus")


@machine_rule("UNKNOWN_PARAMETER", Severity.WARNING, RECORDED)
def parameters_exist(view: View) -> Iterator[Finding]:
    """The service has a parameter of each name; AWS checks computed parameters only when the task runs.

    Example::

        {"Brew": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                  "Parameters": {"FunctionName": "brew", "Payloads.$": "$.order"}}}
    """
    yield from _found(view, "unknown")


@machine_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED)
def written_values_can_be_bound(view: View) -> Iterator[Finding]:
    """A value that is written out can be made what the service takes: no text is where a number or an object belongs.

    Example::

        {"Count": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "End": true,
                   "Parameters": {"TableName": "menu", "Item": {"PK": {"S": "latte"}, "hot": {"BOOL": "$.hot"}}}}}
    """
    yield from _found(view, "bound")


@machine_rule("PARAMETER_TYPE", Severity.WARNING, INFERRED)
def parameters_have_fitting_types(view: View) -> Iterator[Finding]:
    """A constant value has the type that the service accepts.

    Example::

        {"Count": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "End": true,
                   "Parameters": {"TableName": "counting", "Key": {"PK": {"N": 7}}}}}
    """
    yield from _found(view, "type")


@machine_rule("PARAMETER_VALUE", Severity.WARNING, INFERRED)
def parameters_have_known_values(view: View) -> Iterator[Finding]:
    """A constant value of an enumeration is one of the values that the service accepts.

    Example::

        {"Run": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true,
                 "Parameters": {"TaskDefinition": "roast", "LaunchType": "Fargate"}}}
    """
    yield from _found(view, "value")


def _found(view: View, kind: Kind) -> Iterator[Finding]:
    for fault in view.parameter_faults:  # mostly there is none
        if fault.kind == kind:
            yield Finding(fault.message, fault.location)
