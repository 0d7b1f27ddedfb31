"""What an HTTP task sends and gets, as TestState's inspection level TRACE shows it.

https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html. What a connection adds to a request is not
known here, and so never shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from asl.execution.values import dump

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.execution.faults import StateFault

_STATUS: Final = "States.Http.StatusCode."


def sent(arguments: Mapping[str, Any], region: str) -> dict[str, str]:
    """Return the request that a task with these arguments makes."""
    url = str(arguments.get("ApiEndpoint", ""))
    query = arguments.get("QueryParameters")
    if query:
        url += ("&" if urlsplit(url).query else "?") + urlencode(query, doseq=True)
    # The service adds these two to each request.
    own = {"User-Agent": f"Amazon|StepFunctions|HttpInvoke|{region}", "Range": "bytes=0-262144"}
    request = {
        "protocol": urlsplit(url).scheme or "https",
        "method": str(arguments.get("Method", "")),
        "url": url,
        "headers": _headers({**(arguments.get("Headers") or {}), **own}),
    }
    body = arguments.get("RequestBody")
    if body is None:
        return request
    encoding = (arguments.get("Transform") or {}).get("RequestBodyEncoding")
    return request | {"body": urlencode(body, doseq=True) if encoding == "URL_ENCODED" else _text(body)}


def received(answer: Any) -> dict[str, str]:
    """Return the response that made this result of a task, or this fault of it."""
    response = {"protocol": "https"}
    if not isinstance(answer, dict):
        return response
    for key, field in (
        ("StatusCode", "statusCode"),
        ("StatusText", "statusMessage"),
        ("ResponseBody", "body"),
    ):
        if answer.get(key) is not None:
            response[field] = _text(answer[key])
    return response | {"headers": _headers(answer.get("Headers") or {})}


def refused(fault: StateFault) -> dict[str, str]:
    """Return the response that let a task fail, as far as its error tells."""
    code = (fault.error or "").removeprefix(_STATUS)
    response = {"protocol": "https", "body": fault.cause or ""}
    return response | ({"statusCode": code} if code.isdigit() else {})


def _headers(headers: Mapping[str, Any]) -> str:
    values = {name: ",".join(v) if isinstance(v, list) else v for name, v in headers.items()}
    return "[" + ", ".join(f"{name}: {value}" for name, value in values.items()) + "]"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dump(value)
