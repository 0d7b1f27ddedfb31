"""What the functions share that needs no AWS client: reading an event's fields and writing a log line.

Task tokens pass through the functions. Nothing here prints a value that an event carried, except an order
id and what is said about it, both shortened.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

LONGEST_KEY: Final = 1024
"""The bytes of UTF-8 that a DynamoDB sort key may have (DynamoDB Developer Guide, "Constraints")."""

LONGEST_TOKEN: Final = 2048
"""The characters that a task token may have (Step Functions API Reference, SendTaskSuccess)."""

LARGEST_NUMBER: Final = 2**53 - 1
"""The greatest whole number that every reader of JSON takes for the same one (RFC 8259, section 6)."""

CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""How far a token may seem to come from the future, since two clocks never agree."""

NOT_YET: Final = "the token claims to be issued in the future"
"""Why a token that `from_the_future` finds is not stored."""

_LONGEST_LOGGED: Final = 120
# A retry count of two digits would sort before one of a single digit, so only one digit is read.
_ISSUED_AT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z/(\d)", re.ASCII)


class MalformedEventError(ValueError):
    """An event that doesn't carry what its function needs.

    `field` is the path of the field at fault. The message says what is wrong with it, never its value,
    since that may be a task token.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field} {problem}")
        self.field = field


def section(event: Mapping[str, object], field: str) -> dict[str, object]:
    """Return the object at `field`, for example an EventBridge event's `detail`."""
    value = event.get(field)
    if not isinstance(value, dict):
        raise MalformedEventError(field, "is missing" if value is None else "is not an object")
    return value


def text(detail: Mapping[str, object], field: str, *, longest: int = LONGEST_KEY) -> str:
    """Return the string at `detail.field`, of 1 to `longest` bytes of UTF-8."""
    value = detail.get(field)
    name = f"detail.{field}"
    if value is None:
        raise MalformedEventError(name, "is missing")
    if not isinstance(value, str):
        raise MalformedEventError(name, "is not a string")
    if not value:
        raise MalformedEventError(name, "is empty")
    size = utf8_size(value)
    if size is None:
        raise MalformedEventError(name, "is not valid Unicode")
    if size > longest:
        raise MalformedEventError(name, f"is longer than {longest} bytes")
    return value


def count(detail: Mapping[str, object], field: str) -> int:
    """Return the whole number at `detail.field`, from 0 to `LARGEST_NUMBER`."""
    value = detail.get(field)
    name = f"detail.{field}"
    if value is None:
        raise MalformedEventError(name, "is missing")
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedEventError(name, "is not a whole number of 0 or more")
    if value > LARGEST_NUMBER:
        raise MalformedEventError(name, f"is greater than {LARGEST_NUMBER}")
    return value


def issued_at(detail: Mapping[str, object]) -> str:
    """When the event's token was issued, in a form whose string order is the order of time.

    `detail.tokenIssuedAt` is `<$$.State.EnteredTime>/<$$.State.RetryCount>`, e.g.
    `2026-11-22T07:18:12.123Z/0`. Java, which Step Functions is written in, prints no fraction for a whole
    second, and `...:12Z` would then sort after `...:12.123Z`; so the fraction always gets three digits, and no
    more.
    """
    match = _ISSUED_AT.fullmatch(text(detail, "tokenIssuedAt", longest=64))
    if match is None:
        raise MalformedEventError("detail.tokenIssuedAt", "is not a UTC time, a slash and a digit")
    second, fraction, retry = match.groups()
    issued = f"{second}.{(fraction or '').ljust(3, '0')[:3]}Z/{retry}"
    try:
        moment(issued)
    except ValueError:
        raise MalformedEventError("detail.tokenIssuedAt", "is no moment of any calendar") from None
    return issued


def moment(issued: str) -> datetime:
    """Return the moment in a text such as `2026-11-22T07:18:12.123Z`, or with a retry as `issued_at` returns it.

    Raises:
        ValueError: The text is not a timestamp.
    """
    found = datetime.fromisoformat(issued.partition("/")[0])
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def from_the_future(issued: str) -> bool:
    """Return whether a token claims to be issued more than `CLOCKS_DIFFER` from now: the event is forged.

    Stored, it would keep every real token out: the row keeps the newest.
    """
    return moment(issued) > datetime.now(UTC) + CLOCKS_DIFFER


def utf8_size(value: str) -> int | None:
    """Return the bytes of `value` in UTF-8, or None if it has none: JSON can carry half a surrogate pair."""
    try:
        return len(value.encode())
    except UnicodeEncodeError:
        return None


def log(decision: str, *, order_id: str = "", level: str = "INFO", **facts: str | int | bool) -> None:
    """Write one line of JSON that says what was decided for which order.

    Lambda's JSON logging passes such a line on as it is and filters it by `level` (Lambda Developer Guide,
    "Using structured JSON logs with Python").
    """
    said: dict[str, str | int | bool] = {"decision": decision}
    if order_id:
        said["orderId"] = order_id
    line: dict[str, str | int | bool] = {"timestamp": now(), "level": level}
    for name, value in (said | facts).items():
        line[name] = value[:_LONGEST_LOGGED] if isinstance(value, str) else value
    print(json.dumps(line), flush=True)


def now() -> str:
    """Return this moment in UTC, to the millisecond, e.g. `2026-11-22T07:18:12.123Z`."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
