"""`python -m dsl mocks`: write the mock configuration of test cases."""

from __future__ import annotations

import argparse
import importlib
import json
from typing import TYPE_CHECKING, Final

from dsl.commands.output import add_output, write
from dsl.commands.problems import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsl.commands.problems import Commands

_MODULE: Final = "dsl.mocks"
_EPILOG: Final = """\
The file is what Step Functions Local reads from SFN_MOCK_CONFIG.

example:
  python -m dsl mocks tests.flows.cases:cases --output MockConfigFile.json
"""


def add(commands: Commands) -> None:
    """Describe the command's arguments."""
    described = commands.add_parser(
        "mocks",
        help="write the mock configuration of test cases",
        description="Writes the mock configuration that Step Functions Local reads, from test cases in Python.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    described.add_argument("cases", metavar="MODULE:OBJECT", help="the test cases in a Python module")
    add_output(described)
    described.set_defaults(run=run)


def _renderer() -> Callable[[object], object]:
    try:
        found: Callable[[object], object] = importlib.import_module(_MODULE).render
    except (ModuleNotFoundError, AttributeError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name != _MODULE:
            raise
        raise CommandError("This version of the language writes no mock configurations.") from None
    return found


def run(chosen: argparse.Namespace) -> int:
    """Render the test cases and write the file."""
    render = _renderer()
    from dsl.commands.loading import load
    from dsl.errors import DslError

    if ":" not in chosen.cases:
        raise CommandError(f"{chosen.cases!r} names no test cases: write module:object.")
    cases = load(chosen.cases, kind=None)
    try:
        rendered: object = render(cases)
    except DslError as error:
        raise CommandError(str(error), status=1) from None
    text = rendered if isinstance(rendered, str) else json.dumps(rendered, indent=2, ensure_ascii=False)
    write(text, chosen.output)
    return 0
