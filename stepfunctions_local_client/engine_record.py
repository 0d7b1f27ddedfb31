"""What is written about an engine in its folder, and how its process is marked."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from stepfunctions_local_client.credentials import Credentials, remember
from stepfunctions_local_client.ports import HOST

if TYPE_CHECKING:
    from pathlib import Path

RECORD: Final = "emulator.json"


@dataclass(frozen=True, slots=True)
class EngineRecord:
    """What is written about an engine in its folder.

    Attributes:
        engine: What it is called.
        port: The port that it listens on.
        identity: The mark on its command line.
        access_key: Its key pair's access key.
        secret_key: The secret of it.
        any_credentials: Whether it takes any key pair.
        pid: Its process, as far as it was written; it is not found by this.
    """

    engine: str
    port: int
    identity: str
    access_key: str
    secret_key: str = field(repr=False)
    any_credentials: bool = False
    pid: int | None = None

    @property
    def credentials(self) -> Credentials:
        """The engine's key pair."""
        return Credentials(self.access_key, self.secret_key)


def read_record(folder: Path) -> EngineRecord | None:
    """Return the record in an engine's folder, and let clients find its key pair; None if there is no whole one."""
    try:
        document: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        record = EngineRecord(**document)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    texts = (document[name] for name in ("engine", "identity", "access_key", "secret_key"))
    if not all(isinstance(text, str) and text for text in texts) or type(document["port"]) is not int:
        return None
    remember(f"http://{HOST}:{record.port}", record.credentials)
    return record


def write_record(folder: Path, record: EngineRecord) -> None:
    """Write the record, which only its owner can read, at once and whole."""
    write_private(folder / RECORD, json.dumps(asdict(record)) + "\n")


def folder_mark(folder: Path) -> str:
    """Return how the processes of a folder are marked: by the numbers that the file system has for it."""
    status = folder.stat()
    return f"emulator-{status.st_dev:x}-{status.st_ino:x}-"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, at once and whole."""
    temporary = path.with_name(f"{path.name}.tmp")
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
