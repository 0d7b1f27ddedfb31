"""Reading requests: fields of the right kind, names and ARNs as the service takes them, pages of long lists.

https://docs.aws.amazon.com/step-functions/latest/apireference/Welcome.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from asl.execution.faults import RequestError
from asl.execution.values import is_too_large

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Request: TypeAlias = "Mapping[str, Any]"
Response: TypeAlias = "dict[str, Any]"
_T = TypeVar("_T")

MOST_RESULTS: Final = 1_000
_FORBIDDEN: Final = re.compile(r'[\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\U0010ffff]')


def text(request: Request, field: str, default: str | None = None) -> str:
    """Return a field that is a text.

    Raises:
        RequestError: `ValidationException` if it is missing (and has no default), or none.
    """
    value = request.get(field, default)
    if value is None:
        raise invalid(f"Value null at '{field}' failed to satisfy constraint: Member must not be null")
    if not isinstance(value, str):
        raise RequestError("SerializationException", f"'{field}' is not a string")
    return value


def one_of(request: Request, field: str, allowed: Sequence[str], default: str) -> str:
    """Return a field that is one of some words. Raises RequestError `ValidationException`."""
    value = text(request, field, default)
    if value not in allowed:
        words = ", ".join(allowed)
        raise invalid(
            f"Value '{value}' at '{field}' failed to satisfy constraint: Member must satisfy enum value set: [{words}]"
        )
    return value


def number(request: Request, field: str, default: int, least: int, most: int) -> int:
    """Return a field that is a whole number. Raises RequestError `ValidationException`."""
    value = request.get(field, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise invalid(f"Value '{value}' at '{field}' failed to satisfy constraint: {least} to {most}")
    return value


def invalid(message: str) -> RequestError:
    """Return the error of a request that does not fit its shape."""
    return RequestError("ValidationException", f"1 validation error detected: {message}")


def name_of(request: Request, field: str = "name") -> str:
    """Return a name as machines, executions and activities have them. Raises RequestError `InvalidName`."""
    name = text(request, field)
    if not 0 < len(name) <= 80 or _FORBIDDEN.search(name):
        raise RequestError("InvalidName", f"Invalid Name: '{name}'")
    return name


def arn_of(request: Request, field: str, kind: str) -> str:
    """Return an ARN of Step Functions of this kind, such as `execution`. Raises RequestError `InvalidArn`."""
    arn = text(request, field)
    parts = arn.split(":")
    if len(parts) < 7 or parts[0] != "arn" or parts[2] != "states":
        raise RequestError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    if kind and parts[5] not in kind.split("|"):
        raise RequestError(
            "InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: {parts[5]}'"
        )
    return arn


def payload(request: Request, field: str, code: str, title: str, default: str | None = None) -> Any:
    """Return a field that is JSON in a text. Raises RequestError with this code."""
    written = text(request, field, default)
    if is_too_large(written):
        raise RequestError(code, f"{title}: '{field} exceeds the maximum of 262144 bytes'")
    try:
        return json.loads(written, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RequestError(code, f"{title}: '{error}'") from None


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def page(
    request: Request, items: Sequence[_T], *, most: int = MOST_RESULTS
) -> tuple[Sequence[_T], str | None]:
    """Return the items that a request asks for, and the token for the next ones. Raises RequestError `InvalidToken`."""
    size = number(request, "maxResults", 100, 0, most) or 100
    start = 0
    token = request.get("nextToken")
    if token is not None:
        try:
            start = int(base64.b64decode(str(token), validate=True).decode().removeprefix("after:"))
        except (ValueError, binascii.Error):
            raise RequestError("InvalidToken", "Invalid Token: 'Invalid token'") from None
    end = start + size
    following = base64.b64encode(f"after:{end}".encode()).decode() if end < len(items) else None
    return items[start:end], following


def paged(name: str, items: Sequence[Any], token: str | None) -> Response:
    """Return a response with a page of items."""
    response: Response = {name: list(items)}
    return response if token is None else response | {"nextToken": token}
