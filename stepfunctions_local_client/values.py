"""JSON, and how task tokens are kept out of it.

A task token lets whoever holds it finish somebody else's work, so none leaves this package: what a test, a message
or a report gets to see holds a fingerprint in its place.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from typing import TYPE_CHECKING, Final, TypeAlias, Union

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json: TypeAlias = Union[bool, int, float, str, "list[Json]", "dict[str, Json]", None]
JsonObject: TypeAlias = "dict[str, Json]"
JsonInput: TypeAlias = Union[bool, int, float, str, "Sequence[JsonInput]", "Mapping[str, JsonInput]", None]
"""What may be given where JSON is asked for."""

# AWS's tokens are one run of several hundred base64 characters; nothing else in a history is as long.
_SHORTEST: Final = 120
_LONG: Final = re.compile(rf"[A-Za-z0-9+/=_-]{{{_SHORTEST},}}")
_NO_LETTERS: Final = re.compile(r"[^a-z]")
_IN_TEXT: Final = re.compile(r"""(?i)(token\\?["']?\s*[:=]\s*\\?["']?)(?!\*{4})([^\s"'\\,}\])]{6,})""")


def masked(token: str) -> str:
    """What stands in place of a token: four asterisks and six digits that tell one token from another."""
    return (
        token
        if re.fullmatch(r"\*{4}[0-9a-f]{6}", token)
        else f"****{hashlib.sha256(token.encode()).hexdigest()[:6]}"
    )


def mask(value: Json, *, secret: bool = False) -> Json:
    """A copy without tokens: the texts below a field whose name ends in `token`, and whatever looks like one."""
    if isinstance(value, str):
        return masked(value) if secret else mask_text(value)
    if isinstance(value, dict):
        return {key: mask(item, secret=secret or names_token(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [mask(item, secret=secret) for item in value]
    return value


def mask_text(text: str) -> str:
    """Running text, or JSON as text, without tokens; unchanged where it holds none."""
    if text[:1] in ("{", "["):
        try:
            document: Json = json.loads(text)
        except ValueError:
            pass
        else:
            clean = mask(document)
            return text if clean == document else json.dumps(clean)
    if "token" in text.lower():
        text = _IN_TEXT.sub(lambda found: found[1] + masked(found[2]), text)
    return _LONG.sub(lambda found: masked(found[0]), text) if len(text) >= _SHORTEST else text


@functools.lru_cache(maxsize=4096)  # a history names the same few fields again and again
def names_token(key: str) -> bool:
    """Whether a field of this name holds a token: `TaskToken`, `task_token`, but not `tokenIssuedAt`."""
    return _NO_LETTERS.sub("", key.lower()).endswith("token")


def parsed(text: object) -> Json:
    """JSON from its text; text that is none stays text, and nothing stays None."""
    if not isinstance(text, str):
        return None
    try:
        document: Json = json.loads(text)
    except ValueError:
        return text
    return document


def as_object(value: object) -> JsonObject:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Json]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """The value if it is text, else no text."""
    return value if isinstance(value, str) else ""


def shown(value: Json, limit: int = 2000) -> str:
    """A value for people: indented, without tokens, and not endless."""
    text = json.dumps(mask(value), indent=2, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[:limit]}\n... ({len(text) - limit:,} more characters)"
