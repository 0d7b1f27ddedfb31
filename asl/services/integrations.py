"""What is known of the service integrations: what each takes, and which patterns it offers.

The optimised integrations, which botocore knows nothing of, are listed in `data/integrations.json` as
https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html and the pages below it describe them:
the patterns that each offers besides request-response, the API that takes its parameters, or where there is none
its own parameters in botocore's notation. The file also lists the API actions that
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html excludes from SDK integrations.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import NamedTuple, TypedDict, cast

from asl.services.models import (
    ANYTHING,
    Member,
    Operation,
    ServiceModel,
    ServiceShape,
    read_service,
    services,
)
from asl.services.resources import CALLBACK, Resource


class _IntegrationData(TypedDict, total=False):
    """One optimised integration of the data file."""

    patterns: list[str]
    api: str
    """The API operation that takes its parameters and gives its answer, `folder:Operation`."""
    input: str
    """Where there is no such operation: the shape of its parameters, in the same file."""
    add: str
    """A shape whose members it takes besides those of the operation, or instead of those of the same name."""
    without: list[str]
    """Parameters of the operation that it does not take."""
    generated: list[str]
    """Parameters that the operation requires and Step Functions makes up where they are missing."""
    either: list[str]
    """Parameters of which one at least is needed, although the model requires none of them."""


class Integration(NamedTuple):
    """A service integration: what it takes, and which patterns it offers besides request-response."""

    resource: Resource
    patterns: frozenset[str]
    input: ServiceShape | None
    """None where it takes no parameters, a shape of the kind `any` where they are not known here."""
    operation: Operation | None
    """The API operation behind it, None where there is none of the same parameters."""
    either: tuple[str, ...] = ()
    """Parameters of which one at least is needed."""

    @property
    def members(self) -> dict[str, Member]:
        """Its parameters, by the name that they have in a definition."""
        if self.input is None:
            return {}
        return fields(self.input, self.resource.kind)


def fields(shape: ServiceShape, kind: str) -> dict[str, Member]:
    """Return the fields of a structure as an integration of this kind names them."""
    return shape.sdk_members if kind == "sdk" else shape.members


def required(shape: ServiceShape, kind: str) -> frozenset[str]:
    """Return the fields that a structure has to have, named likewise."""
    return shape.sdk_required if kind == "sdk" else shape.required


@lru_cache(maxsize=4096)
def find(resource: Resource) -> Integration | None:
    """Return what a service integration is, None where there is none of this service and action."""
    if resource.kind == "sdk":
        folder = services().get(resource.service)
        operation = read_service(folder).operation(resource.action) if folder is not None else None
        if operation is None:
            return None
        return Integration(resource, frozenset({CALLBACK}), operation.input, operation)
    entry = optimised().get(resource.service, {}).get(resource.action)
    return None if entry is None else _build(resource, entry)


@cache
def map_request(action: str) -> Integration | None:
    """Return what a map's reader or writer takes, by the action of its resource: `s3:getObject`."""
    entry = cast("dict[str, _IntegrationData]", _data()["maps"]).get(action)
    service, _, name = action.partition(":")
    return None if entry is None else _build(Resource("optimised", service, name), entry)


@cache
def optimised() -> dict[str, dict[str, _IntegrationData]]:
    """Return the optimised integrations by service and action."""
    return cast("dict[str, dict[str, _IntegrationData]]", _data()["services"])


@cache
def patterns_of(service: str) -> frozenset[str]:
    """Return the patterns that some action of an optimised service offers besides request-response."""
    return frozenset(p for entry in optimised()[service].values() for p in entry.get("patterns", ()))


@cache
def optimised_name(service: str) -> str | None:
    """Return what an optimised service is called whose API has another name: `emr` is `elasticmapreduce` here."""
    folder = services().get(service, service)
    return next(
        (n for n, known in optimised().items() if any(_uses(e, folder) for e in known.values())), None
    )


def _uses(entry: _IntegrationData, folder: str) -> bool:
    return entry.get("api", "").startswith(f"{folder}:")


def is_excluded(resource: Resource) -> bool:
    """Whether AWS documents that SDK integrations cannot call the action."""
    excluded = cast("dict[str, list[str]]", _data()["unsupported"])
    return resource.kind == "sdk" and resource.action in excluded.get(resource.service, ())


def is_retired(service: str) -> bool:
    """Whether botocore had a service in some version from 1.21 to 1.38, and AWS has retired it since."""
    return service in cast("list[str]", _data()["retired"])


def _build(resource: Resource, entry: _IntegrationData) -> Integration:
    patterns = frozenset(entry.get("patterns", ()))
    either = tuple(entry.get("either", ()))
    if "input" in entry:
        return Integration(resource, patterns, _own().shape(entry["input"]), None, either)
    folder, _, name = entry["api"].partition(":")
    model = read_service(folder)
    operation = model.operation(name[:1].lower() + name[1:])
    if operation is None or operation.input is None:  # the installed botocore is older than the data file
        return Integration(resource, patterns, ANYTHING, None)
    changed = dict(_own().shape(entry["add"]).members) if "add" in entry else {}
    for generated in entry.get("generated", ()):
        member = operation.input.members.get(generated)
        if member is None:
            continue
        changed[generated] = Member(
            member.name, member.sdk_name, member.shape, False, member.idempotency_token
        )
    without = frozenset(entry.get("without", ()))
    taken = operation.input.changed(changed, without) if changed or without else operation.input
    return Integration(resource, patterns, taken, operation, either)


@cache
def _own() -> ServiceModel:
    """Return the shapes of the data file."""
    shapes = cast("dict[str, object]", _data()["shapes"])
    return ServiceModel("", {"metadata": {}, "operations": {}, "shapes": shapes})


@cache
def _data() -> dict[str, object]:
    from pathlib import Path  # only who asks waits for it

    path = Path(__file__).parent / "data" / "integrations.json"
    found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return found
