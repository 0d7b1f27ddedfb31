"""Keeps task tokens out of everything that is shown.

With a task token, anybody can complete somebody else's order, so it is never shown. A short fingerprint (six hex
digits of its SHA-256) is shown instead, which tells whether a token has changed and cannot be used as one.

A token is recognised by what it is, never by its looks: by the field that holds it, and by having been seen in such a
field. An order's id may look like anything.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from stepfunctions_local_client.masking import Tokens
from stepfunctions_local_client.masking import masked as mask_token
from stepfunctions_local_client.values import parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

_TOKEN_FIELDS = frozenset({"token", "tasktoken"})
# The field in running text, such as the cause of a failure: `TaskToken": "...`, `taskToken=...`.
_NAMED_IN_TEXT = re.compile(
    r"""(?i)(task[_-]?token(?:\.\$)?\\*["']?\s*[:=]\s*\\*["']?)(?!task[_-]?token\b|\*{4})([^\s"'\\,}\])]+)"""
)

__all__ = ["JSON", "SeenTokens", "holds_token", "mask", "mask_text", "mask_token"]


class SeenTokens(Tokens):
    """The task tokens that were seen, so that none is shown where no field names it."""

    def learn(self, document: JSON) -> None:
        """Remember the tokens in a document: all texts below a field that holds one, also in JSON inside a text."""
        if isinstance(document, str):
            inside = _inside(document)
            if inside is not None:
                self.learn(inside)
        elif _is_mapping(document):
            for key, item in document.items():
                if holds_token(key):
                    for text in _texts(item):
                        self.add(text)
                else:
                    self.learn(item)
        elif _is_sequence(document):
            for item in document:
                self.learn(item)


def holds_token(key: str) -> bool:
    """Return whether a field of this name holds a task token: `TaskToken`, `taskToken.$`, but not `NextToken`."""
    return re.sub(r"[^a-z]", "", key.lower()) in _TOKEN_FIELDS


def mask(value: JSON, known: Tokens | None = None) -> JSON:
    """Return a copy of a JSON value for people: no field holds a token, no text a known one; JSON in texts likewise."""
    if isinstance(value, str):
        inside = _inside(value)
        if inside is not None:
            hidden = mask(inside, known)
            return value if hidden == inside else json.dumps(hidden, separators=(",", ":"))
        text = value if known is None else known.hide(value)
        # A document that was cut off, or is too deep to be read, is searched as text.
        return _in_text(text) if text[:1] in ("{", "[") else text
    if _is_mapping(value):
        return {
            key if known is None else known.hide(key): _mask_whole(item)
            if holds_token(key)
            else mask(item, known)
            for key, item in value.items()
        }
    if _is_sequence(value):
        return [mask(item, known) for item in value]
    return value


def mask_text(text: str, known: Tokens | None = None) -> str:
    """Return text for people, such as an error's cause or JSON as text, without tokens."""
    return _in_text(str(mask(text, known)))


def _in_text(text: str) -> str:
    return _NAMED_IN_TEXT.sub(lambda found: found[1] + mask_token(found[2]), text)


def _inside(text: str) -> JSON:
    """Return the document that a text is, if it is an object or a list; else None."""
    if text[:1] not in ("{", "["):
        return None
    try:
        return parse(text)
    except ValueError:
        return None


def _mask_whole(value: JSON) -> JSON:
    """Mask all text below a field that holds a token, such as DynamoDB's `{"S": token}`."""
    if isinstance(value, str):
        return mask_token(value)
    if _is_mapping(value):
        return {key: _mask_whole(item) for key, item in value.items()}
    if _is_sequence(value):
        return [_mask_whole(item) for item in value]
    return value


def _texts(value: JSON) -> list[str]:
    if isinstance(value, str):
        return [value]
    if _is_mapping(value):
        value = list(value.values())
    return [text for item in value for text in _texts(item)] if _is_sequence(value) else []


def _is_mapping(value: JSON) -> TypeGuard[Mapping[str, JSON]]:
    return isinstance(value, dict)


def _is_sequence(value: JSON) -> TypeGuard[Sequence[JSON]]:
    return isinstance(value, list | tuple)
