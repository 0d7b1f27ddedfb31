"""`graph`: draw a definition."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from asl.commands.output import add_output, write
from asl.commands.problems import CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from asl.commands.problems import Commands
    from asl.reading import FoundDefinition, Source

EXAMPLES: Final = """\
examples:
  %(prog)s order.asl.json                      # Mermaid, for a page of a repository
  %(prog)s template.yaml --machine OrderMachine --format svg > order.svg
  %(prog)s order.asl.json --without-catchers   # the ordinary course alone
"""


def add(commands: Commands) -> None:
    """Describe the command's arguments."""
    graph = commands.add_parser(
        "graph", help="draw a definition", description="Draws a definition in a file.", epilog=EXAMPLES
    )
    add_arguments(graph, run, "FILE", "a file as `validate` reads it, or - for standard input")


def add_arguments(
    described: argparse.ArgumentParser,
    run: Callable[[argparse.Namespace], int],
    subject: str,
    meaning: str,
) -> None:
    """Describe what is drawn, and the options of a drawing."""
    described.add_argument("subject", metavar=subject, help=meaning)
    described.set_defaults(run=run)
    described.add_argument(
        "--format",
        choices=("mermaid", "svg"),
        help="mermaid for repository pages, svg for everything else (default: what the name of the output file ends "
        "in, otherwise mermaid)",
    )
    described.add_argument(
        "--machine", metavar="NAME", help="which one to draw, if a template has several state machines"
    )
    described.add_argument(
        "--from", dest="start", metavar="STATE", help="draw only what this state of the top level leads to"
    )
    described.add_argument(
        "--without-catchers", action="store_true", help="leave out caught errors, and what only they lead to"
    )
    add_output(described)


def run(chosen: argparse.Namespace) -> int:
    """Draw the definition of a file, and write the picture."""
    title, document = from_file(chosen.subject, chosen.machine)
    draw(title, document, chosen)
    return 0


def draw(title: str, document: dict[str, object], chosen: argparse.Namespace) -> None:
    """Draw a definition as the options say, and write the picture.

    Raises:
        CommandError: the definition does not have the state to begin with or is nested too deep, or the file cannot be
            written.
    """
    from asl.drawing import excerpt, mermaid, svg
    from asl.errors import AslError

    form = chosen.format or ("svg" if str(chosen.output).lower().endswith(".svg") else "mermaid")
    try:
        if chosen.start is not None or chosen.without_catchers:
            document = excerpt(document, start=chosen.start, catchers=not chosen.without_catchers)
        picture = svg(document, title=title) if form == "svg" else mermaid(document)
    except AslError as error:
        raise CommandError(str(error), status=1) from None
    write(picture, chosen.output)


def from_file(name: str, machine: str | None) -> tuple[str, dict[str, object]]:
    """Return the title and the document of the definition in a file, `-` for standard input.

    Raises:
        CommandError: the file cannot be read, or does not hold exactly one definition (called `machine`).
    """
    from asl.commands.targets import data_of
    from asl.reading import read
    from asl.reports.findings import STANDARD_INPUT, Target

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


def _title(source: Source, definition: FoundDefinition) -> str:
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
