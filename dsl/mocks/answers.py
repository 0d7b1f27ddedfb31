"""Whether a value can be what a task's service answers, by botocore's model of the service.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-supported-services.html: an optimized integration answers
what the API does, with `SdkHttpMetadata` and `SdkResponseMetadata` beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, cast

from asl.services.errors import OPTIMISED_PREFIXES, prefix_of, sdk_error
from asl.services.integrations import fields as members_of
from asl.services.integrations import find
from asl.services.resources import parse
from asl.words import did_you_mean
from dsl.values.payloads import is_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.services.integrations import Integration
    from asl.services.models import ServiceShape
    from dsl.states.tasks import Task
    from dsl.values.expressions import Json, JsonObject

_BESIDE: Final = ("SdkHttpMetadata", "SdkResponseMetadata")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "timestamp": (str, int, float),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
}
# Faults that any action of a service may have, as Step Functions names them: they are in no action's model.
_COMMON: Final = re.compile(
    r"((Amazon|AWS)\w+|SdkClient|Throttling|Validation|Service|ServiceUnavailable|TooManyRequests|Internal"
    r"|InternalServerError|AccessDenied|ResourceNotReady|Unknown)(Exception)?|FailedEntry"
)


def answering(task: Task) -> Integration | None:
    """Return the integration whose answer the task's result is; None where it is something else, or is not known
    here."""
    resource = parse(task.resource)
    if resource is None or resource.pattern:
        return None
    return find(resource)


def answer_fault(task: Task, value: Json, document: JsonObject) -> str | None:
    """Return what keeps the value from being an answer to this task, in words that follow its name; None for nothing.

    What comes back with a token is anybody's, and so is the answer of a service that botocore has no model of.
    `document` is the task as it is compiled.
    """
    found = answering(task)
    if found is None or found.operation is None:
        return None
    if not isinstance(value, Mapping):
        return f"answers an object, not {value!r}"
    shape = found.operation.output
    given = {name: item for name, item in value.items() if name not in _BESIDE}
    if shape is None:
        return f"answers nothing, not {', '.join(given)}" if given else None
    fault = next(_misfits(shape, given, "", found.resource.kind), None)
    return fault or task.response_fault(value, document)


def _misfits(shape: ServiceShape, value: Json, at: str, kind: str) -> Iterator[str]:
    where = f" as {at!r}" if at else ""
    if shape.kind == "structure":
        if isinstance(value, Mapping):
            yield from _structure(shape, value, at, kind)
        else:
            yield f"answers an object{where}, not {value!r}"
    elif shape.kind == "list":
        if is_list(value):
            for index, item in enumerate(value):
                yield from _misfits(shape.element, cast("Json", item), f"{at}[{index}]", kind)
        else:
            yield f"answers a list{where}, not {value!r}"
    elif shape.kind == "map":
        if isinstance(value, Mapping):
            for key, item in value.items():
                yield from _misfits(shape.element, item, f"{at}.{key}", kind)
        else:
            yield f"answers an object{where}, not {value!r}"
    elif shape.kind in _TYPES:
        fits = isinstance(value, _TYPES[shape.kind]) and (
            shape.kind == "boolean" or not isinstance(value, bool)
        )
        if not fits:
            yield f"answers a {shape.kind}{where}, not {value!r}"


def _structure(shape: ServiceShape, value: Mapping[str, Json], at: str, kind: str) -> Iterator[str]:
    members = members_of(shape, kind)
    prefix = f"{at}." if at else ""
    if shape.name == "AttributeValue" and len(value) != 1:
        yield f"answers one of DynamoDB's types as {at!r}, not {', '.join(value) or 'none'}"
        return
    for name, item in value.items():
        if name not in members:
            yield f"has no {prefix + name!r} in its answer{did_you_mean(name, members)}"
            return
        yield from _misfits(members[name].shape, item, prefix + name, kind)
    if shape.name == "AttributeValue" and "N" in value and not _NUMBER.fullmatch(str(value["N"])):
        yield f"answers a number's digits as {prefix + 'N'!r}, not {value['N']!r}"
    missing = [prefix + name for name, member in members.items() if member.required and name not in value]
    if missing:
        yield f"always has {', '.join(missing)} in its answer"


def error_fault(task: Task, error: str) -> str | None:
    """Return what keeps the task from failing with this error; None for nothing.

    A name that does not begin as some service's errors do is anybody's, and so is one that the task itself names.
    """
    prefix, _, name = error.partition(".")
    resource = parse(task.resource)
    found = find(resource) if resource is not None else None
    if resource is None or found is None or found.operation is None or not name or task.names_error(error):
        return None
    own = prefix_of(resource.kind, resource.service)
    if own is None or prefix not in {own, *OPTIMISED_PREFIXES.values()}:
        return None
    if prefix != own:
        return f"calls {own}, so it cannot fail with {error}"
    if _COMMON.fullmatch(name):
        return None
    model = found.operation.service
    if resource.kind == "sdk":
        names = [*(sdk_error(fault, model) for fault in found.operation.errors), f"{own}Exception"]
    else:
        names = [
            *found.operation.errors,
            *(f"{fault.removesuffix('Exception')}Exception" for fault in found.operation.errors),
        ]
    known = [f"{own}.{fault}" for fault in names]
    return f"never fails with {error}{did_you_mean(error, known)}" if known and error not in known else None
