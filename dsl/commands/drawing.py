"""`python -m dsl graph`: draw a workflow, or a definition in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from asl.commands.drawing import EXAMPLES, add_arguments, draw, from_file
from dsl.commands.loading import is_name, machine

if TYPE_CHECKING:
    import argparse

    from asl.commands.problems import Commands


def add(commands: Commands) -> None:
    """Describe the command's arguments."""
    graph = commands.add_parser(
        "graph",
        help="draw a workflow or a definition",
        description="Draws a definition in a file, or a workflow in a Python module.",
        epilog=f"{EXAMPLES}  %(prog)s workflows:order_manager -o manager.svg\n",
    )
    what = "a file as `validate` reads it, - for standard input, or a StateMachine in a Python module"
    add_arguments(graph, run, "FILE|MODULE:OBJECT", what)


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
