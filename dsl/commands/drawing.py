"""`python -m dsl graph`: draw a workflow, or a definition in a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from asl.commands.drawing import add_options, draw, from_file
from dsl.commands.loading import is_name, machine

if TYPE_CHECKING:
    from asl.commands.problems import Commands

_EPILOG: Final = """\
examples:
  %(prog)s order.asl.json                      # Mermaid, for a page of a repository
  %(prog)s workflows:order_manager -o manager.svg
  %(prog)s template.yaml --machine OrderMachine --format svg > order.svg
  %(prog)s order.asl.json --without-catchers   # the ordinary course alone
"""


def add(commands: Commands) -> None:
    """Describe the command's arguments."""
    described = commands.add_parser(
        "graph",
        help="draw a workflow or a definition",
        description="Draws a definition in a file, or a workflow in a Python module.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    described.add_argument(
        "subject",
        metavar="FILE|MODULE:OBJECT",
        help="a file as `validate` reads it, - for standard input, or a StateMachine in a Python module",
    )
    add_options(described)
    described.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Draw, and write the picture."""
    name: str = chosen.subject
    is_python = name.partition(":")[0].endswith(".py")
    if is_python or (is_name(name) and not Path(name).exists() and (":" in name or "." not in name)):
        workflow = machine(name)
        draw(workflow.name, dict(workflow.definition()), chosen)
    else:
        draw(*from_file(name, chosen.machine), chosen)
    return 0
