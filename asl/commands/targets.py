"""Which files a command is about: names, directories and patterns."""

from __future__ import annotations

import glob
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from asl.commands.problems import CommandError
from asl.reading import MOST_BYTES
from asl.reports.findings import STANDARD_INPUT, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ENDINGS: Final = (".asl", ".json", ".template", ".yaml", ".yml")
_SURE_ENDINGS: Final = (".asl", ".asl.json", ".asl.yaml", ".asl.yml")
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "cdk.out", "venv"})


def targets(names: Sequence[str]) -> Iterator[Target]:
    """Every file that the names stand for, each once, in the order of the names.

    A name that is no file may be a pattern (`flows/**/*.json`). In a directory these are looked at: files that end
    in `.asl`, `.json`, `.yaml`, `.yml` or `.template`; hidden folders and installed packages are left out.
    """
    seen: set[str] = set()
    for name in names:
        for target in _expanded(name):
            key = str(target.path.absolute()) if target.path is not None else STANDARD_INPUT
            if key not in seen:
                seen.add(key)
                yield target


def _expanded(name: str) -> Iterator[Target]:
    if name == STANDARD_INPUT:
        yield Target(name, None, certain=True)
        return
    try:
        is_directory = Path(name).is_dir()
        exists = Path(name).exists()
    except (OSError, ValueError):
        is_directory = exists = False
    if is_directory:
        yield from _inside(name)
    elif not exists and glob.has_magic(name):
        found = sorted(glob.glob(name, recursive=True))  # noqa: PTH207  # Path.glob takes no absolute patterns
        for match in found:
            if Path(match).is_file():
                yield Target(match, Path(match), certain=True)
        if not found:
            yield Target(name, Path(name), certain=True)
    else:
        yield Target(name, Path(name), certain=True)


def _inside(directory: str) -> Iterator[Target]:
    for folder, folders, files in os.walk(directory):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _SKIPPED)
        for file in sorted(files):
            if file.lower().endswith(_ENDINGS) and not file.startswith("."):
                path = Path(folder) / file
                yield Target(str(path), path, certain=file.lower().endswith(_SURE_ENDINGS))


def data_of(target: Target) -> bytes:
    """The bytes of a file, or of standard input.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        if target.path is None:
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with target.path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{target.name}: {error.strerror or error}") from None
    except ValueError as error:
        raise CommandError(f"{target.name!r}: {error}") from None
