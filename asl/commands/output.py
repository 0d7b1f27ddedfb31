"""Where a command writes what it makes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from asl.commands.problems import CommandError

if TYPE_CHECKING:
    import argparse


def add_output(described: argparse.ArgumentParser) -> None:
    """Describe `--output`."""
    described.add_argument("--output", "-o", metavar="FILE", help="write there, not to standard output")


def write(text: str, file: str | None) -> None:
    """Write a text to a file, or to standard output if there is none (or it is `-`).

    Raises:
        CommandError: the file cannot be written.
    """
    text = text if text.endswith("\n") else f"{text}\n"
    if file is None or file == "-":
        sys.stdout.write(text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}") from None
