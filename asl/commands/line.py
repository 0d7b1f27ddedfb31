"""The command line: which command is asked for, and what is left to say when it ends early."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import errno
import gc
import io
import os
import sys
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO

from asl.commands import drawing, validating
from asl.commands.problems import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asl.commands.problems import Commands

PROGRAM: Final = "python -m asl"
_EPILOG: Final = """\
examples:
  python -m asl validate order.asl.json template.yaml
  python -m asl graph order.asl.json --output order.svg

`python -m asl COMMAND --help` describes a command.
"""


class _Parser(argparse.ArgumentParser):
    """Keeps the lines of what describes it, and so do the parsers of its commands."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **options)


class Command(Protocol):
    """A module of one command."""

    def add(self, commands: Commands) -> None:
        """Describe the command's arguments."""


def parser_of(
    program: str, description: str, epilog: str, commands: Iterable[Command]
) -> argparse.ArgumentParser:
    """Describe a command line of several commands."""
    described: argparse.ArgumentParser = _Parser(prog=program, description=description, epilog=epilog)
    added = described.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands:
        command.add(added)
    return described


def parser() -> argparse.ArgumentParser:
    """Describe the whole command line."""
    return parser_of(
        PROGRAM, "Tools for definitions in Amazon States Language.", _EPILOG, (validating, drawing)
    )


def collect_seldom() -> None:
    """Let Python's garbage collector look seldom, and not at all when this process ends: for one that runs a command.

    Hardly any object of the modules and the models that a command loads is garbage before the process ends, and then
    all are. The collector would look through them again and again, for a sixth of the command's time.
    """
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command of `python -m asl`; see `run`."""
    return run(parser(), arguments)


def run(described: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    """Run the command that the arguments name.

    Returns:
        The exit status: 0 fine, 1 something is wrong, 2 it could not be done.

    Raises:
        SystemExit: the arguments make no sense (status 2), or ask for help (status 0).
    """
    if sys.stdout is None:
        sys.stdout = _Closed()
    for stream in (sys.stdout, sys.stderr):
        # A name with half a character in it, or a terminal without Unicode, must not end the command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            chosen = described.parse_args(arguments)
            status: int = chosen.run(chosen)
        finally:
            sys.stdout.flush()
    except CommandError as error:
        _complain(str(error))
        return error.status
    except BrokenPipeError:
        _give_up(sys.stdout)  # whoever read the output has enough
        return 141
    except OSError as error:
        if error.filename is not None:
            raise
        _give_up(sys.stdout)
        _complain(f"The output cannot be written: {error.strerror or error}.")
        return 2
    except KeyboardInterrupt:
        return 130
    return status


class _Closed(io.TextIOBase):
    """Standard output where there is none: who started the command has closed it."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "standard output is closed")


def _complain(text: str) -> None:
    """Write to standard error, if there is one that can be written to."""
    if sys.stderr is None:
        return
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _give_up(sys.stderr)


def _give_up(stream: TextIO | io.TextIOBase) -> None:
    """Let what is left in a stream go nowhere. Python would complain once more when it closes the stream."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
