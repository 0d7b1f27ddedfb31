"""Masks task tokens in whatever people get to see.

A task token lets whoever holds it finish somebody else's order, so it is shown nowhere. What is shown in its
place is a short fingerprint (six hex digits of its SHA-256): enough to see that a token changed, useless to
answer with.

A token is recognised in two ways, and either is enough: by the name of the field that holds it, and by its
looks. AWS's tokens are one long run of base64; the emulator's are UUIDs.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

# No identifier of ours is a run of a hundred base64 characters; a task token on AWS has several hundred.
_LONG_BASE64 = re.compile(r"[A-Za-z0-9+/=_-]{100,}")
# A UUID is an execution's name when it ends an ARN or follows another UUID; on its own it may be a token.
_UUID = re.compile(
    r"(?<![0-9A-Za-z:_/-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9A-Za-z_-])",
    re.IGNORECASE,
)
# `TaskToken": "...`, `taskToken=...` and the like in running text, such as the cause of a failure.
_NAMED_IN_TEXT = re.compile(
    r"""(?i)(token(?:\.\$)?\\?["']?\s*[:=]\s*\\?["']?)(?!\w*token\b)([^\s"'\\,}\])]+)"""
)


def mask_token(token: str) -> str:
    """The fingerprint shown in place of a token: four asterisks and six hex digits."""
    return f"****{hashlib.sha256(token.encode()).hexdigest()[:6]}"


def holds_token(key: str) -> bool:
    """Whether a field of this name holds a token: `TaskToken`, `taskToken.$`, but not `tokenIssuedAt`."""
    return re.sub(r"[^a-z]", "", key.lower()).endswith("token")


def mask(value: JSON) -> JSON:
    """A copy of a JSON value in which no token is left; JSON inside strings is masked too."""
    if isinstance(value, str):
        return mask_text(value)
    if _is_mapping(value):
        return {key: _mask_whole(item) if holds_token(key) else mask(item) for key, item in value.items()}
    if _is_sequence(value):
        return [mask(item) for item in value]
    return value


def mask_text(text: str) -> str:
    """Running text, or JSON as text, without tokens. Text that holds none comes back as it was."""
    if text[:1] in ("{", "["):
        try:
            document: JSON = json.loads(text)
        except ValueError:
            pass
        else:
            masked = mask(document)
            return text if masked == document else json.dumps(masked, separators=(",", ":"))
    text = _NAMED_IN_TEXT.sub(lambda found: found[1] + _mask_once(found[2]), text)
    text = _LONG_BASE64.sub(lambda found: mask_token(found[0]), text)
    return _UUID.sub(lambda found: mask_token(found[0]), text)


def _mask_whole(value: JSON) -> JSON:
    """Everything below a field that holds a token, such as DynamoDB's `{"S": token}`."""
    if isinstance(value, str):
        return _mask_once(value)
    if _is_mapping(value):
        return {key: _mask_whole(item) for key, item in value.items()}
    if _is_sequence(value):
        return [_mask_whole(item) for item in value]
    return value


def _mask_once(value: str) -> str:
    return value if re.fullmatch(r"\*{4}[0-9a-f]{6}", value) else mask_token(value)


def _is_mapping(value: JSON) -> TypeGuard[Mapping[str, JSON]]:
    return isinstance(value, dict)


def _is_sequence(value: JSON) -> TypeGuard[Sequence[JSON]]:
    return isinstance(value, list | tuple)
