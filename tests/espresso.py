"""`espresso` in this process: a process of its own takes a second to begin."""

from __future__ import annotations

import functools
import typing
from typing import TYPE_CHECKING

import typer.testing
from typer.testing import CliRunner

from local.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typer.testing import Result

# The runner puts all commands together for each that it runs, which takes longer than most of them.
typing.cast("typing.Any", typer.testing)._get_command = functools.cache(typer.main.get_command)


def run_espresso(
    *arguments: str, env: Mapping[str, str | None] | None = None, catch_exceptions: bool = True
) -> Result:
    """Run a command to its end, with variables of the environment set, or unset where None."""
    return CliRunner().invoke(app, list(arguments), env=env, catch_exceptions=catch_exceptions)
