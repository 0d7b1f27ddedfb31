"""The command line of the language: the commands of `asl`, which also take workflows here, and its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.commands import validating
from asl.commands.line import parser_of, run
from dsl.commands import compiling, drawing, mocking

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

PROGRAM: Final = "python -m dsl"
_EPILOG: Final = """\
examples:
  python -m dsl validate order.asl.json template.yaml
  python -m dsl compile workflows:order_manager
  python -m dsl graph order.asl.json --output order.svg

`python -m dsl COMMAND --help` describes a command.
"""


def parser() -> argparse.ArgumentParser:
    """Describe the whole command line."""
    description = "Tools for AWS Step Functions workflows, written in the language or by hand."
    return parser_of(PROGRAM, description, _EPILOG, (validating, compiling, drawing, mocking))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command of `python -m dsl`; see `asl.commands.line.run`."""
    return run(parser(), arguments)
