"""Whether a mocked result is what the API behind a task could have answered.

`fieldValidationMode` of TestState: STRICT wants each field that the model requires, PRESENT only that what is there has
the right type. https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.execution.faults import RequestError
from asl.execution.values import is_number
from asl.services.integrations import fields as fields_of
from asl.services.integrations import find
from asl.services.resources import parse

if TYPE_CHECKING:
    from asl.services.models import ServiceShape

_TYPES: Final[dict[str, str]] = {
    **dict.fromkeys(("double", "float", "integer", "long"), "a number"),
    **dict.fromkeys(("blob", "string"), "a string"),
    **dict.fromkeys(("map", "structure"), "an object"),
    "boolean": "a boolean",
    "list": "an array",
    "timestamp": "a string or a number",
}


def check_result(resource: str, result: Any, mode: str) -> None:
    """Refuse a result that does not fit the API's model.

    Raises:
        RequestError: `ValidationException`, which names the first field that does not fit.
    """
    parsed = parse(resource)
    if mode == "NONE" or parsed is None or not parsed.is_integration or parsed.pattern:
        return
    integration = find(parsed)
    shape = None if integration is None or integration.operation is None else integration.operation.output
    if shape is None or parsed.service in (
        "lambda",
        "http",
        "apigateway",
    ):  # whose answers are not the API's alone
        return
    fault = _fault(shape, result, "", parsed.kind, strict=mode == "STRICT")
    if fault is not None:
        raise RequestError("ValidationException", f"Mock result schema validation error: {fault}")


def _fault(shape: ServiceShape, value: Any, place: str, kind: str, *, strict: bool) -> str | None:
    if value is None or shape.kind == "any":
        return None
    if not _fits(shape.kind, value):
        where = f"Field '{place}'" if place else "The result"
        return f"{where} must be {_TYPES[shape.kind]}"
    if shape.kind == "structure":
        members = fields_of(shape, kind)
        for name, member in members.items():
            if strict and member.required and name not in value:
                return f"Required field '{_joined(place, name)}' is missing"
        parts = [
            (members[name].shape, value[name], _joined(place, name)) for name in value if name in members
        ]
    elif shape.kind == "list":
        parts = [(shape.element, part, f"{place}[{i}]") for i, part in enumerate(value)]
    elif shape.kind == "map":
        parts = [(shape.element, part, _joined(place, name)) for name, part in value.items()]
    else:
        return None
    faults = (_fault(inner, part, where, kind, strict=strict) for inner, part, where in parts)
    return next((fault for fault in faults if fault is not None), None)


def _fits(kind: str, value: Any) -> bool:
    match kind:
        case "structure" | "map":
            return isinstance(value, dict)
        case "list":
            return isinstance(value, list)
        case "boolean":
            return isinstance(value, bool)
        case "string" | "blob":
            return isinstance(value, str)
        case "timestamp":
            return isinstance(value, str) or is_number(value)
    return is_number(value)


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
