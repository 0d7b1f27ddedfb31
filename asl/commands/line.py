"""The command line: which command is asked for, and what is left to say when it ends early."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Final

from asl.commands import drawing, validating
from asl.commands.problems import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM: Final = "python -m asl"
_EPILOG: Final = """\
examples:
  python -m asl validate order.asl.json template.yaml
  python -m asl graph order.asl.json --output order.svg

`python -m asl COMMAND --help` describes a command.
"""


def parser() -> argparse.ArgumentParser:
    """Describe the whole command line."""
    described = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Tools for definitions in Amazon States Language.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = described.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in (validating, drawing):
        module.add(commands)
    return described


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
    for stream in (sys.stdout, sys.stderr):
        # A name with half a character in it, or a terminal without Unicode, must not end the command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    chosen = described.parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
        sys.stdout.flush()
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.status
    except BrokenPipeError:
        # Whoever read the output has enough. Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
    return status
