"""What a service integration is given: each parameter exists, the required ones are there, their types fit.

Only what is written into the definition is looked at. What comes from a path (`.$`), an intrinsic function, a JSONata
expression or a placeholder may be anything.

AWS refuses a definition that lacks a required parameter, or all of them. A name that the service does not take it
mostly finds when the task runs ("The field ... is not supported by Step Functions"), and botocore may be older than
the service, so that is a warning; unless the name is a misspelt required one, which is then missing.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal, NamedTuple
from weakref import WeakKeyDictionary

from dsl import integrations
from dsl.service_models import pascal_case
from dsl.validation.diagnostics import Severity
from dsl.validation.rules.registry import Finding, state_rule
from dsl.validation.view import JSONATA, State, View
from dsl.validation.words import closest, describe, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsl.integrations import Integration
    from dsl.service_models import Member, Shape
    from dsl.validation.locations import Location

MOST_PER_STATE = 10
"""Of what is wrong with one state's parameters, no more is told."""

_Kind = Literal["absent", "required", "missing", "unknown", "type", "value"]
_Given = dict[object, object]
"""Parameters as they are written. YAML has keys that are no strings."""

_NAME_LIKE = re.compile(r"(Arn|Id|Identifier|Name|Type|Uri|Url)$")
"""Fields that name something. Other strings may hold a document, and an object given for one is written as JSON."""
_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*")
_WORDS = {
    "blob": "a string",
    "boolean": "true or false",
    "double": "a number",
    "float": "a number",
    "integer": "a whole number",
    "list": "an array",
    "long": "a whole number",
    "map": "an object",
    "string": "a string",
    "structure": "an object",
    "timestamp": "a timestamp",
}
_SMALL_ENUM = 25
"""A longer enumeration grows with the service, so that a value close to a known one may be a newer one."""


_MOST_GUESSES = 50
"""Comparing words is slow; after so many misspelt values of one state nobody needs another suggestion."""


class _Fault(NamedTuple):
    kind: _Kind
    message: str
    location: Location


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, "Task")
def parameters_are_given(state: State, view: View) -> Iterator[Finding]:
    """A service integration has Parameters, or Arguments in JSONata, be they empty.

    Example::

        {"Call out": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true}}
    """
    yield from _found(state, view, "absent")


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, "Task")
def required_parameters_are_given(state: State, view: View) -> Iterator[Finding]:
    """What the service requires is among the parameters, in just this spelling.

    Example::

        {"Call out": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                      "Parameters": {"queueUrl": "https://example.com/bar", "MessageBody": "ready"}, "End": true}}
    """
    yield from _found(state, view, "required")


@state_rule("MISSING_PARAMETER", Severity.WARNING, "Task")
def required_parts_are_given(state: State, view: View) -> Iterator[Finding]:
    """Inside a parameter, what the service requires is there; AWS finds that only when the task runs.

    An idempotency token is required too where an SDK integration leaves it to the workflow to make one.

    Example::

        {"Tell": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sns:tagResource", "End": true,
                  "Parameters": {"ResourceArn.$": "$.topic", "Tags": [{"Key": "bar"}]}}}
    """
    yield from _found(state, view, "missing")


@state_rule("UNKNOWN_PARAMETER", Severity.WARNING, "Task")
def parameters_exist(state: State, view: View) -> Iterator[Finding]:
    """The service takes every parameter by this name. Names are in Pascal case, even where the API's are not.

    Example::

        {"Brew": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": true,
                  "Parameters": {"FunctionName": "brew", "Payloads": {"drink": "latte"}}}}
    """
    yield from _found(state, view, "unknown")


@state_rule("PARAMETER_TYPE", Severity.WARNING, "Task")
def parameters_have_fitting_types(state: State, view: View) -> Iterator[Finding]:
    """A value that is written out is of the type that the service takes.

    Example::

        {"Count": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:getItem", "End": true,
                   "Parameters": {"TableName": "counting", "Key": {"PK": {"N": 7}}}}}
    """
    yield from _found(state, view, "type")


@state_rule("PARAMETER_VALUE", Severity.WARNING, "Task")
def parameters_have_known_values(state: State, view: View) -> Iterator[Finding]:
    """Where the service takes one of a few values, a value is spelt like one of them.

    Example::

        {"Run": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": true,
                 "Parameters": {"TaskDefinition": "roast", "LaunchType": "Fargate"}}}
    """
    yield from _found(state, view, "value")


_FAULTS: WeakKeyDictionary[View, dict[State, tuple[_Fault, ...]]] = WeakKeyDictionary()
"""What was found in the states of the definitions at hand, since every rule here looks at one kind of it."""


def _found(state: State, view: View, kind: _Kind) -> Iterator[Finding]:
    known = _FAULTS.setdefault(view, {})
    if state not in known:
        known[state] = tuple(_faults(state))
    for fault in known[state]:
        if fault.kind == kind:
            yield Finding(fault.message, fault.location)


def _faults(state: State) -> Iterator[_Fault]:
    resource = integrations.parse(state.resource)
    if resource is None or resource.kind not in ("sdk", "optimised"):
        return
    integration = integrations.find(resource)
    if integration is None:
        return
    field, other = ("Arguments", "Parameters") if state.language == JSONATA else ("Parameters", "Arguments")
    if field not in state.value:
        if other not in state.value:
            start = f"{field} field is required for resource ARN: {shorten(state.resource)}."
            message = f"{start} Write an empty object if it takes none."
            yield _Fault("absent", message, state.location)
        return
    given = state.value[field]
    if isinstance(given, dict):
        checker = _Checker(integration, state.language == JSONATA)
        for count, fault in enumerate(checker.check(given, state.location / field), 1):
            yield fault
            if count == MOST_PER_STATE:
                return


class _Checker:
    """Holds the parameters of one task to the model of what it calls. Takes no recursion, however deep they are."""

    def __init__(self, integration: Integration, jsonata: bool) -> None:
        self._integration = integration
        self._jsonata = jsonata
        self._kind = integration.resource.kind
        self._guesses = 0
        # AWS's own examples of the optimised batch:submitJob have nested names in camel case.
        self._forgiving = integration.resource.call == "batch:submitJob"

    def check(self, given: _Given, place: Location) -> Iterator[_Fault]:
        shape = self._integration.input
        if shape is not None and shape.kind == "any":
            return
        members = self._integration.members
        yield from self._check_top(members, given, place)
        waiting: list[tuple[Shape, object, Location, str]] = []
        self._enter(members, given, place, waiting)
        while waiting:
            shape, value, place, name = waiting.pop()
            misfit = self._misfit(shape, value, name)
            if misfit is not None:
                yield _Fault(*misfit, place)
            elif isinstance(value, dict) and shape.kind == "structure":
                inner = integrations.fields(shape, self._kind)
                yield from self._check_inner(inner, value, place, name)
                self._enter(inner, value, place, waiting)
            elif isinstance(value, dict) and shape.kind == "map":
                waiting.extend(
                    (shape.element, item, place / key, key)
                    for key, item in reversed(value.items())
                    if isinstance(key, str) and not self._is_dynamic(key)
                )
            elif isinstance(value, list) and shape.kind == "list":
                waiting.extend(
                    (shape.element, value[i], place / i, name) for i in range(len(value) - 1, -1, -1)
                )

    def _enter(
        self,
        members: dict[str, Member],
        given: _Given,
        place: Location,
        waiting: list[tuple[Shape, object, Location, str]],
    ) -> None:
        for name, value in reversed(given.items()):
            if not isinstance(name, str):
                continue
            member = members.get(name)
            if member is not None and member.shape.kind != "any":
                waiting.append((member.shape, value, place / name, name))

    def _check_top(self, members: dict[str, Member], given: _Given, place: Location) -> Iterator[_Fault]:
        call = self._integration.resource.call
        missing, unknown = self._compare(members, given)
        for name in list(missing):
            written = next((key for key, meant in unknown.items() if meant == name), None)
            if written is None:
                continue
            missing.remove(name)
            if written == members[name].name:  # the API's own spelling, which AWS may take too
                continue
            message = (
                f"The field '{name}' is required but was missing: it is spelt \"{shorten(written)}\" here."
            )
            yield _Fault("required", message, place / self._key(written, given))
            del unknown[written]
        tokens = [name for name in missing if members[name].idempotency_token]
        required = [name for name in missing if name not in tokens]
        if required:
            fields = listed([f"'{name}'" for name in required])
            subject = f"The field {fields} is" if len(required) == 1 else f"The fields {fields} are"
            was = "was" if len(required) == 1 else "were"
            yield _Fault(
                "required", f"{subject} required but {was} missing: {call} needs {_it(required)}.", place
            )
        if tokens and self._kind == "sdk":
            unique = "{% $uuid() %}" if self._jsonata else "States.UUID()"
            what = f"{call} needs {listed(tokens)}, which other SDKs make up and Step Functions does not"
            message = f"{what}: {unique} makes one."
            yield _Fault("missing", message, place)
        yield from self._unknown(unknown, given, place, f"{call} takes no parameter", members)
        bare = {self._bare(key) for key in given if isinstance(key, str)}
        if call == "http:invoke" and not bare & {"Authentication", "InvocationConfig"}:
            message = "http:invoke needs Authentication, or InvocationConfig for a private API, with a ConnectionArn."
            yield _Fault("missing", message, place)

    def _check_inner(
        self, members: dict[str, Member], given: _Given, place: Location, at: str
    ) -> Iterator[_Fault]:
        if self._forgiving:
            given = {pascal_case(key) if isinstance(key, str) else key: value for key, value in given.items()}
        missing, unknown = self._compare(members, given)
        missing = [name for name in missing if name not in unknown.values()]
        yield from self._unknown(unknown, given, place, f"{at} has no field", members)
        missing = [name for name in missing if not members[name].idempotency_token]
        if missing:
            yield _Fault("missing", f"{at} lacks {listed(missing)}, which the service requires.", place)

    def _compare(self, members: dict[str, Member], given: _Given) -> tuple[list[str], dict[str, str | None]]:
        """The required fields that are missing, and the unknown ones with what each was probably meant to be."""
        bare = {self._bare(key) for key in given if isinstance(key, str)}
        missing = [name for name, member in members.items() if member.required and name not in bare]
        strangers = [name for name in bare if name not in members and "${" not in name]
        unknown: dict[str, str | None] = {}
        if strangers:
            others = {member.name: name for name, member in members.items()}
            free = [name for name in members if name not in bare]
            for name in sorted(strangers)[:MOST_PER_STATE]:
                unknown[name] = others.get(name) or closest(name, free)
        return missing, unknown

    def _unknown(
        self,
        unknown: dict[str, str | None],
        given: _Given,
        place: Location,
        words: str,
        members: dict[str, Member],
    ) -> Iterator[_Fault]:
        for written, meant in unknown.items():
            if meant is not None and members[meant].name == written and self._is_dynamo():
                continue
            hint = f'; did you mean "{meant}"?' if meant is not None else "."
            yield _Fault("unknown", f'{words} "{shorten(written)}"{hint}', place / self._key(written, given))

    def _is_dynamo(self) -> bool:
        """DynamoDB's attribute types BOOL, NULL, SS, ... are written in capitals by everybody."""
        return self._integration.resource.service == "dynamodb"

    def _misfit(self, shape: Shape, value: object, name: str) -> tuple[_Kind, str] | None:
        if value is None or (isinstance(value, str) and self._is_computed(value)):
            return None
        if not self._fits(shape, value, name):
            return "type", f"{name} takes {_WORDS[shape.kind]}, not {describe(value)}."
        if isinstance(value, str) and shape.enum and value not in shape.enum:
            near = self._meant_value(value, shape.enum)
            if near is not None:
                return "value", f'{name} takes no value "{shorten(value)}"; did you mean "{near}"?'
        return None

    def _meant_value(self, value: str, known: tuple[str, ...]) -> str | None:
        """The value that was probably meant. Of many, only one that differs in nothing but its case."""
        self._guesses += 1
        if len(known) <= _SMALL_ENUM and self._guesses <= _MOST_GUESSES:
            return closest(value, known)
        folded = value.casefold()
        return next((other for other in known if other.casefold() == folded), None)

    def _fits(self, shape: Shape, value: object, name: str) -> bool:
        match shape.kind:
            case "structure" | "map":
                return isinstance(value, dict)
            case "list":
                return isinstance(value, list)
            case "boolean":
                return isinstance(value, bool) or (
                    isinstance(value, str) and value.casefold() in ("true", "false")
                )
            case "integer" | "long" | "double" | "float":
                if isinstance(value, str):
                    return _NUMBER.fullmatch(value) is not None
                whole = shape.kind in ("integer", "long")
                return _is_number(value) and not (
                    whole and isinstance(value, float) and not value.is_integer()
                )
            case "timestamp":
                return isinstance(value, str) or _is_number(value)
            case "string":
                if isinstance(value, dict | list):
                    return not shape.enum and not _NAME_LIKE.search(name)
                return isinstance(value, str)
            case _:
                return True

    def _is_computed(self, value: str) -> bool:
        """Whether a string stands for something else, or was surely meant to, which other rules tell."""
        if "${" in value:
            return True
        return "{%" in value if self._jsonata else value.startswith(("$", "States."))

    def _is_dynamic(self, key: str) -> bool:
        return not self._jsonata and key.endswith(".$")

    def _bare(self, key: str) -> str:
        return key[:-2] if self._is_dynamic(key) else key

    def _key(self, name: str, given: _Given) -> str:
        return name if name in given else f"{name}.$"


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _it(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"
