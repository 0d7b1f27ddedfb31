"""Holds what a service is given to the model of what it takes: names, required ones, JSON types, values.

Only what is written into the definition is looked at. What comes from a path (`.$`), an intrinsic function, a JSONata
expression or a placeholder may be anything.

When a state machine is created, AWS binds what is written out to the request of its Java SDK, and refuses what cannot
be bound: an unknown name, a text that is no number where a number belongs. A name whose value is computed is not bound
then, and fails when the task runs.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from asl.definitions.model import JSONATA
from asl.locations import ROOT, located
from asl.services import integrations
from asl.services.models import pascal_case
from asl.services.resources import parse
from asl.words import closest, describe, listed, number, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

    from asl.definitions.model import State
    from asl.locations import Location, Place
    from asl.services.integrations import Integration
    from asl.services.models import Member, ServiceShape

MOST_PER_REQUEST: Final = 10
"""The most faults of one request that are reported."""

Kind = Literal["absent", "required", "missing", "surplus", "unknown", "bound", "type", "value"]
"""What is wrong. `surplus` is an unknown name whose value is written out, `bound` a value that cannot be bound."""
Given = dict[str, object]
"""Parameters as they are written."""

_NAME_LIKE = re.compile(r"(Arn|Id|Identifier|Name|Type|Uri|Url)$")
"""Fields that name something. Other strings may hold a document, and an object given for one is written as JSON."""
_ADDRESS_LIKE = ("Arn", "Url", "Endpoint")
"""What the names of fields end with of which the form of a text is looked at."""
_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?([eE][+-]?\d+)?\s*")
_WORDS = {
    **dict.fromkeys(("double", "float"), "a number"),
    **dict.fromkeys(("integer", "long"), "a whole number"),
    **dict.fromkeys(("blob", "string"), "a string"),
    **dict.fromkeys(("map", "structure"), "an object"),
    "boolean": "true or false",
    "list": "an array",
    "timestamp": "a timestamp",
}
_TRUTHS = frozenset({"true", "false", "True", "False", "TRUE", "FALSE", ""})
"""The texts that can be bound to a boolean; an empty one to nothing."""
_WHOLE = re.compile(r"\s*[+-]?\d*\s*")
_SMALL_ENUM = 25
"""A longer enumeration grows with the service, so that a value close to a known one may be a newer one."""
_FEW = 3
"""Of so few values all are known to those who use the service, and another one is hardly a newer one."""
_MOST_GUESSES = 50
"""Comparing words is slow; after so many misspelt values of one state nobody needs another suggestion."""


class ParameterFault(NamedTuple):
    """What is wrong with a parameter, and where."""

    kind: Kind
    message: str
    location: Location


def parameter_faults(state: State) -> list[ParameterFault]:
    """Return what is wrong with the parameters of a task, nothing where it calls no service that is known."""
    resource = parse(state.resource)
    if resource is None or not resource.is_integration:
        return []
    field, other = ("Arguments", "Parameters") if state.language == JSONATA else ("Parameters", "Arguments")
    given = state.value.get(field)
    if field in state.value and not isinstance(given, dict | str):
        message = f"{resource.call} takes its parameters as an object, not {describe(given)}."
        return [ParameterFault("type", message, state.location / field)]
    integration = integrations.find(resource)
    if integration is None or integrations.is_excluded(resource):
        return []
    if isinstance(given, dict):
        return ParameterChecker(integration, state.language == JSONATA).check(given, state.location / field)
    if field in state.value or other in state.value:
        return []
    start = f"{field} field is required for resource ARN: {shorten(state.resource)}."
    return [ParameterFault("absent", f"{start} Write an empty object if it takes none.", state.location)]


class ParameterChecker:
    """Holds the parameters of one request to the model of what it calls."""

    def __init__(self, integration: Integration, jsonata: bool) -> None:
        self._integration = integration
        self._jsonata = jsonata
        self._kind = integration.resource.kind
        self._guesses = 0
        self._at = ROOT
        self._found: list[ParameterFault] = []
        # AWS's own examples of the optimised batch:submitJob have nested names in camel case.
        self._forgiving = integration.resource.call == "batch:submitJob"

    def check(self, given: Given, at: Location) -> list[ParameterFault]:
        """Return the first `MOST_PER_REQUEST` faults, those that concern the parameters themselves first."""
        shape = self._integration.input
        if shape is not None and shape.kind == "any":
            return []
        self._at, self._found = at, []
        members = self._integration.members
        self._check_top(members, given)
        self._check_fields(members, given, None)
        return self._found[:MOST_PER_REQUEST]

    def _say(self, kind: Kind, message: str, place: Place) -> None:
        self._found.append(ParameterFault(kind, message, located(self._at, place)))

    def _check_fields(self, members: dict[str, Member], given: Given, place: Place) -> None:
        for name, value in given.items():
            member = members.get(name)
            if member is None or (
                # what most parameters are, and nothing to look at
                type(value) is str and member.shape.is_plain and not name.endswith(_ADDRESS_LIKE)
            ):
                continue
            self._check_value(member.shape, value, (place, name), name)

    def _check_value(self, shape: ServiceShape, value: object, place: Place, name: str) -> None:
        kind = shape.kind
        if kind == "any" or len(self._found) >= MOST_PER_REQUEST:
            return
        if kind == "structure" and isinstance(value, dict):
            inner = integrations.fields(shape, self._kind)
            self._check_names(shape, inner, value, place, name)
            self._check_fields(inner, value, place)
        elif kind == "map" and isinstance(value, dict):
            element = shape.element
            for key, item in value.items():
                if not self._is_dynamic(key):
                    self._check_value(element, item, (place, key), key)
        elif (misfit := self._misfit(shape, value, name)) is not None:
            self._say(*misfit, place)
        elif kind == "list" and isinstance(value, list):
            for i, item in enumerate(value):
                self._check_value(shape.element, item, (place, i), name)

    def _check_top(self, members: dict[str, Member], given: Given) -> None:
        call = self._integration.resource.call
        names = self._names(given)
        shape = self._integration.input
        needed = frozenset[str]() if shape is None else integrations.required(shape, self._kind)
        missing, unknown = self._compare(needed, members, names)
        self._check_either(names | set(unknown.values()))
        self._check_fifo(given, names)
        if not (missing or unknown):
            return
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
            self._say("required", message, (None, self._key(written, given)))
            del unknown[written]
        tokens = [name for name in missing if members[name].idempotency_token]
        required = [name for name in missing if name not in tokens]
        if required:
            fields = listed([f"'{name}'" for name in required])
            subject = f"The field {fields} is" if len(required) == 1 else f"The fields {fields} are"
            was = "was" if len(required) == 1 else "were"
            self._say(
                "required", f"{subject} required but {was} missing: {call} needs {_it(required)}.", None
            )
        if tokens and self._kind == "sdk":
            unique = "{% $uuid() %}" if self._jsonata else "States.UUID()"
            what = f"{call} needs {listed(tokens)}, which other SDKs make up and Step Functions does not"
            message = f"{what}: {unique} makes one."
            self._say("required", message, None)
        self._unknown(unknown, given, None, f"{call} takes no parameter")

    def _check_fifo(self, given: Given, names: Set[str]) -> None:
        """Check that what is sent to a FIFO queue or topic belongs to a group."""
        if "MessageGroupId" in names or "MessageGroupId" not in self._integration.members:
            return
        for name in ("QueueUrl", "TopicArn"):
            value = given.get(name)
            if isinstance(value, str) and value.endswith(".fifo"):
                call = self._integration.resource.call
                self._say(
                    "missing", f"{call} needs MessageGroupId, since {name} ends with .fifo.", (None, name)
                )

    def _check_either(self, names: Set[str | None]) -> None:
        """Check that one of some parameters is there; a misspelt one is reported as such."""
        either = self._integration.either
        if either and names.isdisjoint(either):
            call = self._integration.resource.call
            self._say("missing", f"{call} needs {listed(either, 'or')}, and has none of them.", None)

    def _check_names(
        self, shape: ServiceShape, members: dict[str, Member], given: Given, place: Place, at: str
    ) -> None:
        """Check that a structure has the fields that it needs, and no others."""
        if self._forgiving:
            given = {pascal_case(key): value for key, value in given.items()}
        required = integrations.required(shape, self._kind)
        missing, unknown = self._compare(required, members, self._names(given))
        if not (missing or unknown):
            return
        missing = [name for name in missing if name not in unknown.values()]
        self._unknown(unknown, given, place, f"{at} has no field")
        missing = [name for name in missing if not members[name].idempotency_token]
        if missing:
            self._say("missing", f"{at} lacks {listed(missing)}, which the service requires.", place)

    def _compare(
        self, required: Set[str], members: dict[str, Member], names: Set[str]
    ) -> tuple[list[str], dict[str, str | None]]:
        """Return the required fields that are missing, and the unknown ones with what each was probably meant to be."""
        if required <= names <= members.keys():
            return [], {}
        missing = [name for name in members if name in required and name not in names]
        strangers = [name for name in names if name not in members and "${" not in name]
        unknown: dict[str, str | None] = {}
        if strangers:
            others = {member.name: name for name, member in members.items()}
            free = [name for name in members if name not in names]
            for name in sorted(strangers)[:MOST_PER_REQUEST]:
                unknown[name] = others.get(name) or closest(name, free) or _partly(name, missing)
        return missing, unknown

    def _unknown(self, unknown: dict[str, str | None], given: Given, place: Place, words: str) -> None:
        for written, meant in unknown.items():
            hint = f'; did you mean "{meant}"?' if meant is not None else "."
            key = self._key(written, given)
            # Of integrations without a model the pages tell the parameters, and may leave some out.
            certain = self._is_written(given.get(key), key) and self._integration.operation is not None
            self._say(
                "surplus" if certain else "unknown", f'{words} "{shorten(written)}"{hint}', (place, key)
            )

    def _is_written(self, value: object, key: str) -> bool:
        """Whether a value is what it will be, and no expression, path or placeholder."""
        if self._is_dynamic(key):
            return False
        return not isinstance(value, str) or ("${" not in value and not (self._jsonata and "{%" in value))

    def _misfit(self, shape: ServiceShape, value: object, name: str) -> tuple[Kind, str] | None:
        if value is None or self._is_attribute(shape, value):
            return None
        is_known = self._integration.operation is not None
        if is_known and not self._can_be_bound(shape, value) and self._is_written(value, ""):
            how = ""
            if isinstance(value, str) and not self._jsonata and value.startswith(("$", "States.")):
                how = f", which is not evaluated: write the key as '{name}.$'"
            return (
                "bound",
                f"Cannot deserialize value: {name} takes {self._kind_words(shape)}, not {describe(value)}{how}.",
            )
        if isinstance(value, str) and self._is_computed(value):
            return None
        if not self._fits(shape, value, name):
            return "type", f"{name} takes {_WORDS[shape.kind]}, not {describe(value)}."
        if isinstance(value, list | int | float) and (fault := _bound_fault(shape, value, name)):
            return "value", fault
        if isinstance(value, str) and shape.enum and value not in shape.enum:
            near = self._meant_value(value, shape.enum)
            if near is not None:
                return "value", f'{name} takes no value "{shorten(value)}"; did you mean "{near}"?'
            if len(shape.enum) <= _FEW or shape.is_closed:
                return "value", f'{name} takes {listed(shape.enum, "or")}, not "{shorten(value)}".'
        elif isinstance(value, str):
            fault = self._address_fault(name, value)
            return None if fault is None else ("value", fault)
        return None

    def _is_attribute(self, shape: ServiceShape, value: object) -> bool:
        """Whether a text stands for an attribute value of DynamoDB: the Java SDK v1, on which the optimised
        integration stands, makes one of it, `AttributeValue(String)`."""
        return shape.name == "AttributeValue" and self._kind == "optimised" and isinstance(value, str)

    def _can_be_bound(self, shape: ServiceShape, value: object) -> bool:
        """Whether AWS's Java SDK can take a value that is written out; where that has not been seen, it can."""
        match shape.kind:
            case "boolean":
                return not isinstance(value, dict | list) and (
                    not isinstance(value, str) or value.strip() in _TRUTHS
                )
            case "integer" | "long":
                if isinstance(value, str):
                    return _WHOLE.fullmatch(value) is not None
                return not isinstance(value, bool | dict | list)
            case "double" | "float":
                if isinstance(value, str):
                    return _NUMBER.fullmatch(value) is not None or value.strip() in ("", "NaN", "INF", "-INF")
                return not isinstance(value, bool | dict | list)
            case "structure" | "map":
                return isinstance(value, dict)
            case "blob":
                return not isinstance(value, bool | int | float)
            case _:
                return True

    def _kind_words(self, shape: ServiceShape) -> str:
        if shape.kind == "blob":
            return "a string, an object or an array"
        if shape.name == "AttributeValue":
            return "an attribute value such as " + (
                '{"S": "x"} or a string' if self._kind == "optimised" else '{"S": "x"}'
            )
        return _WORDS[shape.kind]

    def _address_fault(self, name: str, value: str) -> str | None:
        """Return what is wrong with the form of an ARN or a URL."""
        call = self._integration.resource.call
        is_url = value.startswith(("http://", "https://"))
        if name.endswith("Arn") and is_url:
            return f"{name} takes an ARN, arn:..., not the URL {shorten(value)}."
        if name.endswith("Url") and value.startswith("arn:"):
            return f"{name} takes a URL, https://..., not the ARN {shorten(value)}."
        if name == "ApiEndpoint" and call == "http:invoke" and not value.startswith("https://"):
            return f"{name} takes a URL that begins with https://, not {shorten(value)}."
        if name == "ApiEndpoint" and call == "apigateway:invoke" and is_url:
            return f"{name} takes a host name, id.execute-api.region.amazonaws.com, not the URL {shorten(value)}."
        return None

    def _meant_value(self, value: str, known: tuple[str, ...]) -> str | None:
        """Return the value that was probably meant. Of many, only one that differs in nothing but its case."""
        self._guesses += 1
        if len(known) <= _SMALL_ENUM and self._guesses <= _MOST_GUESSES:
            return closest(value, known)
        folded = value.casefold()
        return next((other for other in known if other.casefold() == folded), None)

    def _fits(self, shape: ServiceShape, value: object, name: str) -> bool:
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

    def _names(self, given: Given) -> Set[str]:
        """Return the names that are given, whether or not their values are computed."""
        if self._jsonata:
            return given.keys()
        return {key[:-2] if key[-2:] == ".$" else key for key in given}

    def _key(self, name: str, given: Given) -> str:
        return name if name in given else f"{name}.$"


def _bound_fault(shape: ServiceShape, value: list[object] | float, name: str) -> str | None:
    """Return what is wrong with a number, or with how many items there are."""
    if shape.bounds is None or isinstance(value, bool):
        return None
    size = len(value) if isinstance(value, list) else value
    what = f"{number(size)} items" if isinstance(value, list) else number(size)
    least, most = shape.bounds
    if size < least:
        return f"{name} takes {number(least)} or more, not {what}."
    if size > most:
        return f"{name} takes {number(most)} at most, not {what}."
    return None


def _partly(name: str, missing: Iterable[str]) -> str | None:
    """Return a required name of which this one is a part, or the other way round: `Arn` and `ConnectionArn`."""
    folded = name.casefold()
    for other in missing if len(name) > 2 else ():
        if folded in other.casefold() or other.casefold() in folded:
            return other
    return None


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _it(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"
