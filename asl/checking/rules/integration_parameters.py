"""What a service integration is given: each parameter exists, the required ones are there, their types fit.

Only what is written into the definition is looked at. What comes from a path (`.$`), an intrinsic function, a JSONata
expression or a placeholder may be anything.

AWS refuses a definition that lacks a required parameter, or all of them, an idempotency token of an SDK integration
among them. What is written out it binds to the service's request, and refuses an unknown name or a value that cannot be
bound. A name whose value is only known when the task runs it finds then, so that is a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.checking.rules.registry import INFERRED, RECORDED, Finding, state_rule
from asl.definitions.model import JSONATA, State
from asl.diagnostics import Severity
from asl.services import integrations
from asl.words import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.parameter_checks import Kind
    from asl.checking.view import View
    from asl.locations import Location


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Task")
def parameters_are_given(state: State, view: View) -> Iterator[Finding]:
    """A service integration has Parameters, or Arguments in JSONata, be they empty.

    Example::

        {"Call out": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}}
    """
    yield from _found(state, view, "absent")


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Task")
def required_parameters_are_given(state: State, view: View) -> Iterator[Finding]:
    """What the service requires is among the parameters, in just this spelling.

    Example::

        {"Call out": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                      "Parameters": {"queueUrl": "https://example.com/bar", "MessageBody": "ready"}, "End": true}}
    """
    yield from _found(state, view, "required")


@state_rule("MISSING_PARAMETER", Severity.WARNING, INFERRED, "Task")
def required_parts_are_given(state: State, view: View) -> Iterator[Finding]:
    """Inside a parameter, what the service requires is there; AWS finds that only when the task runs.

    Example::

        {"Tell": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sns:tagResource", "End": true,
                  "Parameters": {"ResourceArn.$": "$.topic", "Tags": [{"Key": "bar"}]}}}
    """
    yield from _found(state, view, "missing")


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Task")
def written_parameters_exist(state: State, view: View) -> Iterator[Finding]:
    """The service takes every parameter by this name. Names are in Pascal case, even where the API's are not.

    An SDK integration names fields as the Java SDK does: DynamoDB's `BOOL` is `Bool` there.

    Example::

        {"Brew": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                  "Parameters": {"FunctionName": "brew", "Payloads": {"drink": "latte"}}}}
    """
    yield from _found(state, view, "surplus")


@state_rule("UNKNOWN_PARAMETER", Severity.WARNING, RECORDED, "Task")
def parameters_exist(state: State, view: View) -> Iterator[Finding]:
    """The service takes every parameter by this name; of one whose value is computed AWS finds that when the task runs.

    Example::

        {"Brew": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                  "Parameters": {"FunctionName": "brew", "Payloads.$": "$.order"}}}
    """
    yield from _found(state, view, "unknown")


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Task")
def written_values_can_be_bound(state: State, view: View) -> Iterator[Finding]:
    """A value that is written out can be made what the service takes: no text is where a number or an object belongs.

    Example::

        {"Count": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "End": true,
                   "Parameters": {"TableName": "menu", "Item": {"PK": {"S": "latte"}, "hot": {"BOOL": "$.hot"}}}}}
    """
    yield from _found(state, view, "bound")


@state_rule("PARAMETER_TYPE", Severity.WARNING, INFERRED, "Task")
def parameters_have_fitting_types(state: State, view: View) -> Iterator[Finding]:
    """A value that is written out is of the type that the service takes.

    Example::

        {"Count": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "End": true,
                   "Parameters": {"TableName": "counting", "Key": {"PK": {"N": 7}}}}}
    """
    yield from _found(state, view, "type")
    field = "Arguments" if state.language == JSONATA else "Parameters"
    given, resource = state.value.get(field), integrations.parse(state.resource)
    if resource is None or resource.kind not in ("sdk", "optimised") or field not in state.value:
        return
    if not isinstance(given, dict | str):
        yield Finding(
            f"{resource.call} takes its parameters as an object, not {describe(given)}.",
            state.location / field,
        )


@state_rule("PARAMETER_VALUE", Severity.WARNING, INFERRED, "Task")
def parameters_have_known_values(state: State, view: View) -> Iterator[Finding]:
    """Where the service takes one of a few values, a value is spelt like one of them.

    Example::

        {"Run": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true,
                 "Parameters": {"TaskDefinition": "roast", "LaunchType": "Fargate"}}}
    """
    yield from _found(state, view, "value")


def is_refused(state: State, place: Location, view: View) -> bool:
    """Whether what stands there is refused as no value of its kind, so that nothing more is to be said of it."""
    refused = [str(fault.location) for fault in view.parameter_faults(state) if fault.kind == "bound"]
    return bool(refused) and str(place) in refused


def _found(state: State, view: View, kind: Kind) -> Iterator[Finding]:
    for fault in view.parameter_faults(state):  # mostly there is none
        if fault.kind == kind:
            yield Finding(fault.message, fault.location)
