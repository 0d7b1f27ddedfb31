"""Task tokens: secret, random, and signed.

A token carries a signature, so a token of this engine whose task is over (`TaskTimedOut`) is distinguished from a text
that never was one (`InvalidToken`), without keeping those that are spent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from asl.execution.faults import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable


class Waiting(Protocol):
    """What waits for a token."""

    is_open: bool


_T = TypeVar("_T", bound=Waiting)

_MARK: Final = b"\x01\x00sfn"
_RANDOM: Final = 96
_SIGNED: Final = 32


class Tokens(Generic[_T]):
    """The tokens of one engine, and the attempts that wait for those that live."""

    __slots__ = ("_random_bytes", "_waiting", "signing_key")

    def __init__(self, random_bytes: Callable[[int], bytes] | None = None) -> None:
        self._random_bytes = random_bytes or secrets.token_bytes
        self.signing_key = secrets.token_bytes(32)
        """Tells tokens of this engine from other texts. It opens nothing: only a token that is waited on counts."""
        self._waiting: dict[str, _T] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def new(self) -> str:
        """Return a token that nobody can guess."""
        body = _MARK + self._random_bytes(_RANDOM)
        return base64.b64encode(body + self._signature(body)).decode("ascii")

    def _signature(self, body: bytes) -> bytes:
        return hmac.new(self.signing_key, body, hashlib.sha256).digest()

    def keep(self, token: str, attempt: _T) -> None:
        """Let an attempt wait for a token."""
        self._waiting[token] = attempt

    def forget(self, token: str) -> None:
        """Let a token be worth nothing more."""
        self._waiting.pop(token, None)

    def is_ours(self, token: str) -> bool:
        """Whether a text is a token of this engine, living or spent."""
        try:
            whole = base64.b64decode(token, validate=True)
        except ValueError:
            return False
        body = whole[:-_SIGNED]
        return body.startswith(_MARK) and hmac.compare_digest(self._signature(body), whole[-_SIGNED:])

    def attempt(self, token: str) -> _T:
        """Return the attempt that waits for a token.

        Raises:
            RequestError: `TaskTimedOut` for a token whose task is over, `InvalidToken` for a text that is none.
        """
        found = self._waiting.get(token)
        if found is not None and found.is_open:
            return found
        if self.is_ours(token):
            raise RequestError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        raise RequestError("InvalidToken", "Invalid Token: 'Invalid token'")
