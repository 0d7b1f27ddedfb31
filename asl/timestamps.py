"""Points in time as definitions and the context object write them: RFC 3339 with an upper-case T and Z.

https://states-language.net/spec.html#timestamps
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_TIMESTAMP: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def is_timestamp(text: str) -> bool:
    """Whether a text is written as a point in time, though perhaps as one that there is not: the 30th of February."""
    return _TIMESTAMP.fullmatch(text) is not None


def read_timestamp(text: str) -> float | None:
    """Return the seconds since 1970, None for a text that is not a timestamp. A leap second is the next one."""
    matched = _TIMESTAMP.fullmatch(text)
    if matched is None:
        return None
    minute, second, fraction, zone = matched.groups()
    is_leap = second == "60"
    try:
        whole = datetime.fromisoformat(f"{minute}{'59' if is_leap else second}{zone}")
    except ValueError:
        return None
    return whole.timestamp() + is_leap + float(fraction or 0)


def write_timestamp(seconds: float) -> str:
    """Return a point in time as the context object has it, to the millisecond; a whole second has no fraction.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html#contextobject-format
    """
    at = datetime.fromtimestamp(round(seconds * 1000) / 1000, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{at.microsecond // 1000:03d}Z" if at.microsecond else "Z")
