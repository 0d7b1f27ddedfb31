"""Task tokens, and how what is shown does without them.

A task token lets its holder finish the work of others. What an execution did comes back as the engine reports
it, unchanged, since tests compare it; but a token that is known to be one is left out of every message, report and
repr, and a fingerprint stands in its place. What merely looks like a token is never touched.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stepfunctions_local_client.values import Json

_FINGERPRINT: Final = re.compile(r"\*{4}[0-9a-f]{6}")
# Where a token can stand in a text. AWS's are base64, an emulator's UUIDs.
_SHORTEST: Final = 16
_MOST_LINES: Final = 40
_START: Final = 8
_FEW: Final = 8
_Key = TypeVar("_Key", int, str)
_RUN: Final = re.compile(rf"[\w+/=.~-]{{{_SHORTEST},}}", re.ASCII)


def masked(token: str) -> str:
    """Return what stands in place of a token: four asterisks and six digits that tell one token from another."""
    if _FINGERPRINT.fullmatch(token):
        return token
    return f"****{hashlib.sha256(token.encode(errors='surrogatepass')).hexdigest()[:6]}"


class Secret:
    """A task token that no repr, no message and no comparison shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the token, for the call that returns it."""
        return self._value

    def __repr__(self) -> str:
        return f"<token {masked(self._value)}>"


class Tokens:
    """The task tokens that are known: a bounded set of texts that no shown text may hold.

    Args:
        tokens: The first of them.
        most: How many are remembered; the oldest are forgotten.
    """

    def __init__(self, tokens: Iterable[str] = (), *, most: int = 20_000) -> None:
        self._most = most
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lengths: Counter[int] = Counter()
        self._starts: Counter[str] = Counter()
        for token in tokens:
            self.add(token)

    def add(self, token: str) -> None:
        """Remember a token.

        One of less than 16 characters is not looked for, since it would hide words that are no token. Neither is
        one with characters that tokens don't have.
        """
        if token in self._known or not _RUN.fullmatch(token):
            return
        self._known[token] = None
        self._lengths[len(token)] += 1
        self._starts[token[:_START]] += 1
        if len(self._known) > self._most:
            oldest, _ = self._known.popitem(last=False)
            _count_down(self._lengths, len(oldest))
            _count_down(self._starts, oldest[:_START])

    def hide(self, text: str) -> str:
        """Return a text with a fingerprint in place of each known token; the same text where it holds none."""
        if not self._known or len(text) < _SHORTEST:
            return text
        # The tokens of an engine begin alike, and hardly any text has that in it.
        if len(self._starts) <= _FEW and not any(start in text for start in self._starts):
            return text
        return _RUN.sub(lambda run: self._without(run[0]), text)

    def _without(self, run: str) -> str:
        if run in self._known:
            return masked(run)
        for token in set(self._inside(run)):
            run = run.replace(token, masked(token))
        return run

    def _inside(self, run: str) -> Iterator[str]:
        """Yield the known tokens that are part of a longer run of their characters, such as `TaskToken=...`."""
        for length in list(self._lengths):
            for start in range(len(run) - length + 1):
                if (part := run[start : start + length]) in self._known:
                    yield part

    def guard(self, value: Json) -> Json:
        """Return the value; in it, each text that holds a known token equals itself but has a masked repr."""
        if not self._known:
            return value
        if isinstance(value, str):
            hidden = self.hide(value)
            return value if hidden == value else _GuardedText(value, hidden)
        if isinstance(value, dict):
            return {key: self.guard(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.guard(item) for item in value]
        return value

    def __len__(self) -> int:
        return len(self._known)

    def __repr__(self) -> str:
        return f"<Tokens: {len(self._known)} known>"


def _count_down(counter: Counter[_Key], key: _Key) -> None:
    counter[key] -= 1
    if not counter[key]:
        del counter[key]


class _GuardedText(str):
    """A text that holds a token: it compares and is sent as it is, and is shown without it."""

    __slots__ = ("_hidden",)
    _hidden: str

    def __new__(cls, text: str, hidden: str) -> _GuardedText:
        guarded = super().__new__(cls, text)
        guarded._hidden = hidden
        return guarded

    def __repr__(self) -> str:
        return repr(self._hidden)

    def __reduce__(self) -> tuple[type[_GuardedText], tuple[str, str]]:
        return (_GuardedText, (str(self), self._hidden))


def shown(value: Json, *, without: Tokens | None = None, limit: int = 2000) -> str:
    """Return a value for people: indented, without the known tokens, and not endless."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    text = text if without is None else without.hide(text)
    lines = text.splitlines()
    if len(lines) > _MOST_LINES:
        text = "\n".join([*lines[:_MOST_LINES], f"... ({len(lines) - _MOST_LINES:,} more lines)"])
    return text if len(text) <= limit else f"{text[:limit]}\n... ({len(text) - limit:,} more characters)"
