"""Which files a command is about: names, directories and patterns."""

from __future__ import annotations

import fnmatch
import glob
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from asl.commands.problems import CommandError
from asl.reading import MOST_BYTES, read_bytes
from asl.reports.findings import STANDARD_INPUT, Target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ENDINGS: Final = (".asl", ".json", ".template", ".yaml", ".yml")
_SURE_ENDINGS: Final = (".asl", ".asl.json", ".asl.yaml", ".asl.yml")
_OWN_STREAMS: Final = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
"""What a shell's `<(command)` becomes: a stream that somebody holds open and closes."""
_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "cdk.out", "venv"})


def targets(names: Sequence[str], root: Path | None = None) -> Iterator[Target]:
    """Yield every file that the names stand for, each once, in the order of the names.

    A name that is no file may be a pattern (`flows/**/*.json`). In a directory these are looked at: files that end
    in `.asl`, `.json`, `.yaml`, `.yml` or `.template`; hidden folders and installed packages are left out, and so is
    whatever is not a regular file. `root` is the folder in which files that a template names have to lie: without it,
    the directory that was given, or the folder of the template.
    """
    seen: set[str] = set()
    for name in names:
        for target in _expanded(name, root):
            key = str(target.path.absolute()) if target.path is not None else STANDARD_INPUT
            if key not in seen:
                seen.add(key)
                yield target


def _expanded(name: str, root: Path | None) -> Iterator[Target]:
    if name == STANDARD_INPUT:
        yield Target(name, None, certain=True, root=root)
        return
    try:
        is_directory = Path(name).is_dir()
        exists = Path(name).exists()
    except (OSError, ValueError):
        is_directory = exists = False
    if is_directory:
        yield from _inside(name, root)
    elif not exists and glob.has_magic(name):
        found = matches(name)
        for match in found:
            if match.is_file():
                yield Target(str(match), match, certain=True, root=root)
        if not found:
            yield Target(name, Path(name), certain=True, root=root)
    else:
        yield Target(name, Path(name), certain=True, root=root)


def matches(pattern: str) -> list[Path]:
    """Return what a pattern stands for, sorted. `**` goes through no links, and no folder is gone through twice.

    So links that lead back to where they are end nowhere but here, which those of `glob` do not.
    """
    steps = Path(pattern).parts
    found = [Path()]
    for i, step in enumerate(steps):
        if step == "**":
            below = [folder for base in found for folder in _folders(base)]
            found = below if i < len(steps) - 1 else [path for base in below for path in _listed(base, "*")]
        elif glob.has_magic(step):
            found = [path for base in found for path in _listed(base, step)]
        else:
            found = [base / step for base in found if (base / step).exists()]
        if i < len(steps) - 1:
            found = list({os.path.realpath(path): path for path in reversed(found)}.values())
    return sorted(found)


def _listed(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield the entries of a folder that a pattern stands for; hidden ones only if it begins with a dot itself."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        is_hidden = entry.name.startswith(".") and not pattern.startswith(".")
        if fnmatch.fnmatchcase(entry.name, pattern) and not is_hidden:
            yield entry


def _folders(base: Path) -> Iterator[Path]:
    """Yield a folder and all below it, but for hidden ones."""
    for folder, folders, _ in os.walk(base):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield Path(folder)


def _inside(directory: str, root: Path | None) -> Iterator[Target]:
    for folder, folders, files in os.walk(directory):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _SKIPPED)
        for file in sorted(files):
            path = Path(folder) / file
            if file.lower().endswith(_ENDINGS) and not file.startswith(".") and path.is_file():
                sure = file.lower().endswith(_SURE_ENDINGS)
                yield Target(str(path), path, certain=sure, root=root or Path(directory))


def data_of(target: Target) -> bytes:
    """Return the bytes of a file, or of standard input.

    Raises:
        CommandError: it cannot be read.
    """
    try:
        if target.path is None:
            if sys.stdin is None:
                raise CommandError("Standard input is closed, so there is nothing to read.")
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        return read_bytes(target.path, is_stream=target.name.startswith(_OWN_STREAMS))
    except OSError as error:
        raise CommandError(f"{target.name}: {error.strerror or error}") from None
    except ValueError as error:
        raise CommandError(f"{target.name!r}: {error}") from None
