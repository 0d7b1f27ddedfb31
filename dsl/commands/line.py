"""The command line of the language: the commands of `asl`, which also take workflows here, and its own."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from asl.commands import validating
from asl.commands.line import run
from dsl.commands import compiling, drawing, mocking

if TYPE_CHECKING:
    from collections.abc import Sequence

PROGRAM: Final = "python -m dsl"
_COMMANDS: Final = (validating, compiling, drawing, mocking)
_EPILOG: Final = """\
examples:
  python -m dsl validate order.asl.json template.yaml
  python -m dsl compile workflows:order_manager
  python -m dsl graph order.asl.json --output order.svg

`python -m dsl COMMAND --help` describes a command.
"""


def parser() -> argparse.ArgumentParser:
    """Describe the whole command line."""
    described = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Tools for AWS Step Functions workflows, written in the language or by hand.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = described.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in _COMMANDS:
        module.add(commands)
    return described


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command of `python -m dsl`; see `asl.commands.line.run`."""
    return run(parser(), arguments)
