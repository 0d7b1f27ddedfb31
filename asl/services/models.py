"""AWS's own descriptions of its APIs, as botocore carries them, read without importing botocore.

botocore's import costs a tenth of a second, its model files a few milliseconds each; so the files are read directly,
each when something first asks for that service, and of a file only the shapes that are looked at are resolved.

Step Functions names services as AWS's Java SDK does
(https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html). That name is the service's id
(`CloudWatch Logs`) in small letters without blanks and without a final `Service`. botocore's folders mostly have the
same name with hyphens; `EXCEPTIONS` lists the others, and a test holds it to the installed botocore.
"""

from __future__ import annotations

import json
import math
import os
import zlib
from functools import cache, cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast

from asl.errors import UnknownActionError, UnknownServiceError
from asl.words import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

EXCEPTIONS: Final = {
    "applicationdiscovery": "discovery",
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "costandusagereport": "cur",
    "costexplorer": "ce",
    "databasemigration": "dms",
    "directory": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearch": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuilding": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimev2": "lexv2-runtime",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "sms-voice",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}
"""Step Functions' name of a service and botocore's folder, where the second does not give the first."""

Kind = Literal[
    "any", "blob", "boolean", "double", "float", "integer", "list", "long", "map", "string", "structure", "timestamp"
]  # fmt: skip

_RawShape = dict[str, object]


class Member(NamedTuple):
    """A field of a structure.

    `name` is the API's own name in Pascal case, which optimised integrations take; `sdk_name` is the one that the
    Java SDK makes of it, which SDK integrations take and answer with: `DBInstanceArn` becomes `DbInstanceArn`.
    """

    name: str
    sdk_name: str
    shape: ServiceShape
    required: bool
    idempotency_token: bool
    """A required one that SDKs fill in by themselves, and Step Functions' SDK integrations do not."""


class ServiceShape:
    """A type of a service's model. Its parts are resolved when they are asked for, so it may contain itself."""

    def __init__(self, name: str, raw: _RawShape, home: ServiceModel | None) -> None:
        self.name = name
        self._raw = raw
        self._home = home

    @cached_property
    def kind(self) -> Kind:
        """What JSON it is; `any` for documents and streams, whose content no model describes."""
        if self._raw.get("document") or self._raw.get("eventstream") or self._raw.get("streaming"):
            return "any"
        kind = self._raw["type"]
        return "string" if kind == "character" else cast("Kind", kind)

    @property
    def streams_events(self) -> bool:
        """Whether it is a stream of events, which no integration can carry."""
        return bool(self._raw.get("eventstream"))

    @cached_property
    def enum(self) -> tuple[str, ...]:
        """The values that a string may have; empty where the model names none."""
        return tuple(cast("list[str]", self._raw.get("enum", ())))

    @cached_property
    def bounds(self) -> tuple[float, float] | None:
        """The least and the greatest number, or the fewest and the most items of a list; None without any limit."""
        least, most = self._raw.get("min"), self._raw.get("max")
        if least is None and most is None:
            return None
        return (
            cast("float", -math.inf if least is None else least),
            cast("float", math.inf if most is None else most),
        )

    @cached_property
    def is_plain(self) -> bool:
        """Whether it is a string that may be any text."""
        return self.kind == "string" and not self.enum

    @property
    def is_closed(self) -> bool:
        """Whether no other values will ever be added to `enum`."""
        return bool(self._raw.get("closed"))

    @cached_property
    def members(self) -> dict[str, Member]:
        """The fields of a structure by `name`."""
        raw = cast("dict[str, dict[str, object]]", self._raw.get("members", {}))
        required = frozenset(cast("list[str]", self._raw.get("required", ())))
        found: dict[str, Member] = {}
        for name, reference in raw.items():
            pascal = pascal_case(name)
            shape = self._refer(cast("str", reference["shape"]))
            if reference.get("jsonvalue"):
                shape = ANYTHING
            is_token = bool(reference.get("idempotencyToken"))
            found[pascal] = Member(pascal, sdk_name(name), shape, name in required, is_token)
        return found

    @cached_property
    def sdk_members(self) -> dict[str, Member]:
        """The fields of a structure by `sdk_name`."""
        return {member.sdk_name: member for member in self.members.values()}

    @cached_property
    def required(self) -> frozenset[str]:
        """The fields that a structure has to have, by `name`."""
        return frozenset(name for name, member in self.members.items() if member.required)

    @cached_property
    def sdk_required(self) -> frozenset[str]:
        """The fields that a structure has to have, by `sdk_name`."""
        return frozenset(name for name, member in self.sdk_members.items() if member.required)

    @cached_property
    def element(self) -> ServiceShape:
        """What a list consists of, or a map leads to."""
        reference = self._raw["member" if self.kind == "list" else "value"]
        return self._refer(cast("dict[str, str]", reference)["shape"])

    def changed(self, members: dict[str, Member], without: frozenset[str] = frozenset()) -> ServiceShape:
        """Return the same structure with some more fields, or other ones of the same name, and without some."""
        copy = ServiceShape(self.name, self._raw, self._home)
        kept = {name: member for name, member in self.members.items() if name not in without}
        copy.members = kept | members
        return copy

    def _refer(self, name: str) -> ServiceShape:
        assert self._home is not None  # noqa: S101  # a shape without a home refers to none
        return self._home.shape(name)

    def __repr__(self) -> str:
        return f"Shape({self.name!r}, {self.kind})"


ANYTHING: Final = ServiceShape("Anything", {"type": "structure", "document": True}, None)
"""Any JSON value."""


class Operation(NamedTuple):
    """An action of a service. `action` is its name in camel case, as a resource has it."""

    name: str
    action: str
    service: ServiceModel
    input: ServiceShape | None
    output: ServiceShape | None
    errors: tuple[str, ...] = ()
    """The names of the exceptions that it is documented to fail with, without the service's name before them."""
    http_method: str = ""

    @property
    def streams(self) -> bool:
        """Whether the request or the answer is a stream of events."""
        shapes = (shape for shape in (self.input, self.output) if shape is not None)
        return any(member.shape.streams_events for shape in shapes for member in shape.members.values())


class ServiceModel:
    """One service, in the newest version that botocore has. `folder` is botocore's name of it."""

    def __init__(self, folder: str, raw: dict[str, dict[str, object]]) -> None:
        self.folder = folder
        self._metadata = cast("dict[str, str]", raw["metadata"])
        self._operations = cast("dict[str, dict[str, object]]", raw["operations"])
        self._raw_shapes = cast("dict[str, _RawShape]", raw["shapes"])
        self._shapes: dict[str, ServiceShape] = {}
        self._known: dict[str, Operation] = {}

    @property
    def service_id(self) -> str:
        """The service's id, from which SDKs make their names of it: `CloudWatch Logs`."""
        return self._metadata["serviceId"]

    @property
    def signing_name(self) -> str:
        """The name that requests are signed for; IAM mostly uses it too."""
        return self._metadata.get("signingName", self._metadata["endpointPrefix"])

    @cached_property
    def actions(self) -> dict[str, str]:
        """The API's names of all operations, by action."""
        return {camel_case(name): name for name in self._operations}

    @cached_property
    def errors(self) -> frozenset[str]:
        """The names of the exceptions that any of the operations is documented to fail with."""
        lists = (cast("list[dict[str, str]]", raw.get("errors", ())) for raw in self._operations.values())
        return frozenset(error["shape"] for errors in lists for error in errors)

    def operation(self, action: str) -> Operation | None:
        """Return the operation of an action in camel case, None if there is none."""
        known = self._known.get(action)
        name = self.actions.get(action)
        if known is None and name is not None:
            raw = self._operations[name]
            taken, given = self._side(raw, "input"), self._side(raw, "output")
            errors = tuple(error["shape"] for error in cast("list[dict[str, str]]", raw.get("errors", ())))
            method = cast("dict[str, str]", raw.get("http", {})).get("method", "")
            known = self._known[action] = Operation(name, action, self, taken, given, errors, method)
        return known

    def _side(self, raw: dict[str, object], side: str) -> ServiceShape | None:
        reference = cast("dict[str, str] | None", raw.get(side))
        return None if reference is None else self.shape(reference["shape"])

    def shape(self, name: str) -> ServiceShape:
        """Return a shape by the name that the model gives it; `folder:name` is one of another service."""
        if name not in self._shapes:
            folder, _, other = name.rpartition(":")
            self._shapes[name] = (
                read_service(folder).shape(other)
                if folder
                else ServiceShape(name, self._raw_shapes[name], self)
            )
        return self._shapes[name]


@cache
def data_folder() -> Path:
    """Return where the installed botocore keeps its models.

    Raises:
        ModuleNotFoundError: botocore is not installed.
    """
    spec = find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("botocore is not installed; the models of AWS's services come from it")
    from pathlib import Path  # only who asks waits for it

    return Path(spec.submodule_search_locations[0]) / "data"


@cache
def services() -> dict[str, str]:
    """Return botocore's folder of every service, by Step Functions' name of it."""
    renamed = frozenset(EXCEPTIONS.values())
    with os.scandir(data_folder()) as entries:
        folders = [entry.name for entry in entries if entry.is_dir()]
    return {name.replace("-", ""): name for name in folders if name not in renamed} | EXCEPTIONS


@cache
def step_functions_name(folder: str) -> str | None:
    """Step Functions' name of the service that botocore, or the AWS command line, calls `folder`."""
    by_folder = {known.replace("-", ""): name for name, known in reversed(services().items())}
    return by_folder.get(folder.replace("-", "").casefold())


@cache
def read_service(folder: str) -> ServiceModel:
    """Read one service's model: some milliseconds for most, 60 for EC2's."""
    versions = sorted((data_folder() / folder).glob("*/service-2.json.gz"))
    return ServiceModel(folder, json.loads(zlib.decompress(versions[-1].read_bytes(), wbits=31)))


@cache
def service_model(service: str) -> ServiceModel:
    """Return the model of a service, named as Step Functions names it.

    Raises:
        UnknownServiceError: there is no such service.
    """
    known = services()
    if service not in known:
        meant = step_functions_name(service)
        if meant is not None:
            raise UnknownServiceError(
                f"Step Functions calls the service {service!r} by the name {meant!r}", service
            )
        raise UnknownServiceError(
            f"AWS has no service {service!r} for SDK calls{did_you_mean(service, known)}", service
        )
    return read_service(known[service])


@cache
def operation_model(service: str, action: str) -> Operation:
    """Return the model of an action in camel case.

    Raises:
        UnknownServiceError: the service does not exist.
        UnknownActionError: the action does not exist.
    """
    model = service_model(service)
    operation = model.operation(action)
    if operation is None:
        hint = did_you_mean(action, model.actions)
        raise UnknownActionError(f"{service} has no action {action!r}{hint}", service, action)
    return operation


def pascal_case(name: str) -> str:
    """Return the name with a capital first letter."""
    return name[:1].upper() + name[1:]


def camel_case(name: str) -> str:
    """Return the name as the Java SDK begins a method: `DBInstance` becomes `dbInstance`, `ETag` becomes `eTag`."""
    end = 1
    while end < len(name) and name[end].isupper() and not name[end + 1 : end + 2].islower():
        end += 1
    return name[:end].lower() + name[end:]


def sdk_name(name: str) -> str:
    """Return what the Java SDK, and so an SDK integration, makes of a field's name.

    Since `equals` is a method of every Java object, a field of that name is called `EqualsValue`.
    """
    if name in ("Equals", "equals"):
        return "EqualsValue"
    return pascal_case(camel_case(name))
