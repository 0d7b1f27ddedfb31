"""`python -m dsl compile`: print what a workflow compiles to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from asl.commands.output import add_output, write
from asl.commands.problems import CommandError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from asl.commands.problems import Commands

_EPILOG: Final = """\
Names that only a deployment knows are placeholders, such as ${OrderTableName}. --bind gives them values; then
every one of them needs a value. A value that is a whole number counts as one; put it in quotes to keep it text.

examples:
  python -m dsl compile workflows:order_manager
  python -m dsl compile workflows:order_processor --policy --output policy.json
  python -m dsl compile flows:hello --bind TableName=orders --bind Limit=900 --bind Account='"123456789012"'
"""


def add(commands: Commands) -> None:
    """Describe the command's arguments."""
    described = commands.add_parser(
        "compile",
        help="print what a workflow compiles to",
        description="Prints the definition of a workflow in Amazon States Language, or the policy of its role.",
        epilog=_EPILOG,
    )
    described.add_argument("workflow", metavar="MODULE:OBJECT", help="a StateMachine in a Python module")
    described.add_argument(
        "--bind",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="the value of a placeholder; repeatable",
    )
    described.add_argument(
        "--policy", action="store_true", help="print the IAM policy document of its role instead"
    )
    add_output(described)
    described.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Compile the workflow and write the document."""
    from dsl.commands.loading import machine
    from dsl.errors import DefinitionError, UnboundNameError

    bindings = _bindings(chosen.bind)
    workflow = machine(chosen.workflow)
    _check_names(bindings, workflow.placeholders)
    try:
        if chosen.policy:
            text = json.dumps(workflow.policy(bindings or None), indent=2, ensure_ascii=False)
        else:
            text = workflow.to_json(bindings or None)
    except UnboundNameError as error:
        missing = " ".join(f"--bind {name}=..." for name in error.names)
        raise CommandError(f"{error}\n  add {missing}", status=1) from None
    except DefinitionError as error:  # what a state needs is not known
        raise CommandError(str(error), status=1) from None
    write(text, chosen.output)
    return 0


def _bindings(written: Sequence[str]) -> dict[str, str | int]:
    bindings: dict[str, str | int] = {}
    for entry in written:
        name, equals, value = entry.partition("=")
        if not equals or not name:
            raise CommandError(f"--bind takes NAME=VALUE, not {entry!r}.")
        bindings[name] = _value(value)
    return bindings


def _value(text: str) -> str | int:
    """Return a whole number as such, what is in double quotes without them, anything else as it is."""
    if text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 20 and str(int(text)) == text:
        return int(text)
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    return text


def _check_names(bindings: dict[str, str | int], placeholders: frozenset[str]) -> None:
    from asl.words import closest, listed

    for name in bindings:
        if name not in placeholders:
            near = closest(name, placeholders)
            has = f"it has {listed(sorted(placeholders))}" if placeholders else "it has none"
            hint = f"did you mean {near}?" if near else f"{has}."
            raise CommandError(f"The workflow has no placeholder {name}; {hint}")
