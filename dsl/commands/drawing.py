"""`python -m dsl graph`: draw a workflow or a definition."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dsl.commands.output import add_output, write
from dsl.commands.problems import CommandError

if TYPE_CHECKING:
    from dsl.commands.problems import Commands
    from dsl.reading import Definition, Source

_EPILOG: Final = """\
examples:
  python -m dsl graph order.asl.json                      # Mermaid, for a page of a repository
  python -m dsl graph workflows:order_manager -o manager.svg
  python -m dsl graph template.yaml --machine OrderMachine --format svg > order.svg
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
    described.add_argument(
        "--format",
        choices=("mermaid", "svg"),
        help="mermaid for repository pages, svg for everything else (default: what the name of the output file ends "
        "in, otherwise mermaid)",
    )
    described.add_argument(
        "--machine", metavar="NAME", help="which one to draw, if a template has several state machines"
    )
    add_output(described)
    described.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Draw, and write the picture."""
    from dsl.graph import mermaid, svg

    title, document = _subject(chosen.subject, chosen.machine)
    form = chosen.format or ("svg" if str(chosen.output).lower().endswith(".svg") else "mermaid")
    write(svg(document, title=title) if form == "svg" else mermaid(document), chosen.output)
    return 0


def _subject(name: str, machine: str | None) -> tuple[str, dict[str, object]]:
    from dsl.commands.loading import is_name

    if is_name(name) and not Path(name).exists() and (":" in name or "." not in name):
        from dsl.commands.loading import machine as load_machine

        workflow = load_machine(name)
        return workflow.name, dict(workflow.definition())
    return _from_file(name, machine)


def _from_file(name: str, machine: str | None) -> tuple[str, dict[str, object]]:
    from dsl.commands.checking import data_of
    from dsl.commands.targets import STANDARD_INPUT, Target
    from dsl.reading import read

    path = None if name == STANDARD_INPUT else Path(name)
    sources = read(name, data_of(Target(name, path, certain=True)), path=path)
    found = [(source, definition) for source in sources for definition in source.definitions]
    if machine is not None:
        found = [
            (source, definition) for source, definition in found if _title(source, definition) == machine
        ]
    names = sorted({_title(source, definition) for source, definition in found})
    if len(found) > 1:
        raise CommandError(
            f"{name} has several state machines; choose one with --machine: {', '.join(names)}."
        )
    if not found:
        raise CommandError(_nothing(name, machine, sources), status=1)
    source, definition = found[0]
    if not isinstance(definition.document, dict):
        raise CommandError(f"{name} holds no definition, which would be an object.", status=1)
    return _title(source, definition), definition.document


def _title(source: Source, definition: Definition) -> str:
    if definition.name:
        return definition.name
    return Path(source.name).name.partition(".")[0] or source.name


def _nothing(name: str, machine: str | None, sources: list[Source]) -> str:
    for source in sources:
        for fault in source.faults:
            return (
                f"{source.name}:{source.lines.position(fault.span.start)}: {fault.kind.code} {fault.message}"
            )
    which = f"no state machine called {machine}" if machine is not None else "no state machine"
    return f"There is {which} in {name}."
