"""`espresso` in this process, since a process of its own takes a second to begin; and ports for it to be told."""

from __future__ import annotations

import functools
import socket
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


def free_port() -> int:
    """Return a port that was free a moment ago: port 0 is no choice that people have."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
