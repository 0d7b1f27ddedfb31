"""What a task answers: from the service's own model, or from what is declared of a function."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from asl.checking.dataflow.tries import items
from asl.checking.dataflow.values import Entry, KnownList, Lazy, Maybe, Object, Scalar, Unknown, Value
from asl.services.integrations import fields, find
from asl.services.resources import CALLBACK, Resource
from asl.services.resources import parse as parse_resource

if TYPE_CHECKING:
    from asl.services.models import ServiceShape

_SDK_METADATA: Final = ("SdkHttpMetadata", "SdkResponseMetadata")
"""What integrations add to the API's answer, documented for the optimised ones alone."""

_HTTP_ANSWER: Final = ("Headers", "ResponseBody", "StatusCode", "StatusText")
"""https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html and .../call-https-apis.html"""

_AS_THE_API: Final = frozenset(
    {"athena", "batch", "dynamodb", "events", "glue", "lambda", "sns", "sqs", "states"}
)
"""The optimised services whose request-response calls are known to answer as the API itself does."""

FUNCTION_SOURCE: Final = "what lambda:invoke answers"

_NUMBERS: Final = frozenset({"double", "float", "integer", "long"})


def result_of(resource: object, parameters: object, answer: Value | None) -> Value:
    """Return the result of a task.

    `answer` is what its function is declared to return: the whole result of a function that is called by its own
    ARN, of an activity or of a callback, and the `Payload` of `lambda:invoke`.
    """
    parsed = parse_resource(resource) if isinstance(resource, str) else None
    if parsed is None:
        return answer or Unknown()
    if parsed.pattern == CALLBACK or not parsed.is_integration:
        return answer or Unknown()
    plain = Lazy(lambda: _answered(parsed), resource)
    if (parsed.kind, parsed.service, parsed.action) == ("optimised", "lambda", "invoke"):
        return _invoked(plain, parameters, answer)
    return answer or plain


def _invoked(plain: Lazy, parameters: object, answer: Value | None) -> Value:
    """Return the result of `lambda:invoke`. A function that is only started, or tried, returns nothing."""
    if isinstance(parameters, dict) and any(
        name in parameters for name in ("InvocationType", "InvocationType.$")
    ):
        return plain
    payload = Unknown() if answer is None else answer

    def make() -> Value:
        whole = plain.force()
        return whole.put("Payload", payload) if isinstance(whole, Object) else whole

    return Lazy(make, FUNCTION_SOURCE, id(answer))


def _answered(resource: Resource) -> Value:
    if resource.kind == "optimised" and resource.service in ("http", "apigateway"):
        return Object({name: Maybe(Unknown()) for name in _HTTP_ANSWER}, source=_source(resource))
    known = resource.kind == "sdk" or resource.service in _AS_THE_API
    try:
        integration = find(resource) if known else None
    except (
        OSError,
        LookupError,
        ValueError,
    ):  # a broken installation of botocore is not this definition's fault
        return Unknown()
    if integration is None or integration.operation is None:
        return Unknown()
    output = integration.operation.output
    if resource.pattern:
        return _synchronous(resource)
    described = _structure(output, resource.kind) if output is not None else Object({})
    if not isinstance(described, Object):
        return described
    extra: dict[str, Entry] = {name: Maybe(Unknown()) for name in _SDK_METADATA}
    return Object({**dict(items(described.fields)), **extra}, described.rest, source=_source(resource))


def _source(resource: Resource) -> str:
    return f"what {resource.call} answers"


def _synchronous(resource: Resource) -> Value:
    """Return the result of `.sync`: known for an execution that is started, which answers as it is described."""
    if (resource.service, resource.action) != ("states", "startExecution"):
        return Unknown()
    described = _answered(Resource("optimised", "states", "describeExecution"))
    if isinstance(described, Unknown):
        integration = find(Resource("sdk", "sfn", "describeExecution"))
        output = integration.operation.output if integration is not None and integration.operation else None
        described = _structure(output, "optimised") if output is not None else Unknown()
    if not isinstance(described, Object):
        return described
    top: dict[str, Entry] = {
        **dict(items(described.fields)),
        **{name: Maybe(Unknown()) for name in _SDK_METADATA},
        # The first version gives the execution's output as text, the second as JSON.
        "Output": Maybe(Scalar("string") if resource.pattern == "sync" else Unknown()),
        "Input": Maybe(Scalar("string") if resource.pattern == "sync" else Unknown()),
    }
    return Object(top, source=f"what {resource.call}.{resource.pattern} answers")


def _value(shape: ServiceShape, style: str) -> Value:
    kind = shape.kind
    if kind in ("structure", "list", "map"):
        return Lazy(lambda: _structure(shape, style), (id(shape), style))
    if kind in ("string", "timestamp"):
        return Scalar("string")
    if kind == "boolean":
        return Scalar("boolean")
    return Scalar("number") if kind in _NUMBERS else Unknown()


@lru_cache(maxsize=4096)
def _structure(shape: ServiceShape, style: str) -> Value:
    if shape.kind == "list":
        return KnownList(None, _value(shape.element, style))
    if shape.kind == "map":
        return Object({}, _value(shape.element, style))
    if shape.kind != "structure":
        return Unknown()
    top: dict[str, Entry] = {}
    for name, member in fields(shape, style).items():
        top[name] = Maybe(_value(member.shape, style))
    if style == "sdk":  # an acronym's other spelling is taken too, since few services document their answers
        for name in shape.members:
            top.setdefault(name, top[shape.members[name].sdk_name])
    return Object(top)
