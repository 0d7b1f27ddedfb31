"""`python -m dsl mocks`: write the mock configuration of test cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.commands.output import add_output, write
from asl.commands.problems import CommandError

if TYPE_CHECKING:
    import argparse

    from asl.commands.problems import Commands

_EPILOG: Final = """\
The file is what Step Functions Local reads from SFN_MOCK_CONFIG.

example:
  python -m dsl mocks workflows.cases:books --output MockConfigFile.json
"""


def add(commands: Commands) -> None:
    """Describe the command's arguments."""
    described = commands.add_parser(
        "mocks",
        help="write the mock configuration of test cases",
        description="Writes the mock configuration that Step Functions Local reads, from test cases in Python.",
        epilog=_EPILOG,
    )
    described.add_argument("cases", metavar="MODULE:OBJECT", help="the test cases in a Python module")
    add_output(described)
    described.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Render the test cases and write the file."""
    from dsl.commands.loading import load
    from dsl.errors import DefinitionError
    from dsl.mocks import render

    if ":" not in chosen.cases:
        raise CommandError(f"{chosen.cases!r} names no test cases: write module:object.")
    try:
        text = render(load(chosen.cases, kind=None))
    except DefinitionError as error:
        raise CommandError(f"{chosen.cases}: {error.message}.") from None
    write(text, chosen.output)
    return 0
