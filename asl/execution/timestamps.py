"""Points in time as definitions and the context object write them: RFC 3339 with an upper-case T and Z.

https://states-language.net/spec.html#timestamps
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_TIMESTAMP: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)


def read_timestamp(text: str) -> float | None:
    """Seconds since 1970, None for a text that is no timestamp."""
    matched = _TIMESTAMP.fullmatch(text)
    if matched is None:
        return None
    year, month, day, hour, minute, second = (int(matched[i]) for i in range(1, 7))
    try:
        offset = timedelta(hours=int(matched[9]), minutes=int(matched[10])) if matched[8] else timedelta()
        zone = timezone(-offset if matched[8] == "-" else offset)
        whole = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
    return whole.timestamp() + (int(matched[7].ljust(9, "0")) / 1e9 if matched[7] else 0.0)


def write_timestamp(seconds: float) -> str:
    """Return a point in time as the context object has it, to the millisecond; a whole second has no fraction.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html#contextobject-format
    """
    at = datetime.fromtimestamp(round(seconds * 1000) / 1000, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{at.microsecond // 1000:03d}Z" if at.microsecond else "Z")
