"""The key pair of an engine, and which pair is whose.

An engine that is started here serves only requests that are signed with its own key pair. Clients find the pair by the
engine's address: an engine's pair is remembered when it is started or found again, so that `Client(engine.endpoint)`
is all that anybody writes.
"""

from __future__ import annotations

import os
import secrets
import string
from dataclasses import dataclass, field
from typing import ClassVar, Final, Self

_KEY_ALPHABET: Final = string.ascii_uppercase + "234567"  # the base 32 of AWS's access key ids
_KEY_LENGTH: Final = 16
_SECRET_ALPHABET: Final = string.ascii_letters + string.digits  # nothing that a shell or a URL would change
_SECRET_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key and its secret, which is left out of what is printed."""

    access_key: str
    secret_key: str = field(repr=False)
    token: ClassVar[None] = None
    """That of a session, which botocore's signers look for: an engine's pair belongs to none."""

    @classmethod
    def generate(cls) -> Self:
        """Return a new random pair, with the prefix and the lengths of an IAM user's.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
        """
        key = "".join(secrets.choice(_KEY_ALPHABET) for _ in range(_KEY_LENGTH))
        secret = "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(_SECRET_LENGTH))
        return cls(f"AKIA{key}", secret)

    def environment(self) -> dict[str, str]:
        """Return the variables in which AWS's tools look for the pair."""
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}


GUARD_HEADER: Final = "x-guarded-engine"
"""The header of each answer by which an engine with a guard is known; its value is the engine's name."""

HINT_VARIABLE: Final = "ENGINE_CREDENTIALS_HINT"
"""The variable of an engine's process with the sentence that says where its key pair is found."""

PLACEHOLDER: Final = Credentials("test", "test")
"""For engines that take any pair, such as AWS's own container."""

_known: dict[str, Credentials] = {}


def remember(endpoint: str, credentials: Credentials) -> None:
    """Let clients of this address find the pair, in this process."""
    _known[endpoint.rstrip("/")] = credentials


def forget(endpoint: str) -> None:
    """Forget the pair of an address."""
    _known.pop(endpoint.rstrip("/"), None)


def credentials_for(endpoint: str) -> Credentials:
    """Return the pair with which an engine is asked.

    That of an engine which this process started or found; else that of the environment, if its `AWS_ENDPOINT_URL`
    names this very engine, so that no key pair of an account is ever used here; else a placeholder.
    """
    endpoint = endpoint.rstrip("/")
    if endpoint in _known:
        return _known[endpoint]
    if os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/") == endpoint:
        key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
        if key and secret:
            return Credentials(key, secret)
    return PLACEHOLDER
