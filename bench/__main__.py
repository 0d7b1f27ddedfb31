"""`python -m bench [MODULE ...]`: measure, and print a table. Exit status 1 when a bar is missed."""

from __future__ import annotations

import argparse
import importlib
import sys

from rich.console import Console
from rich.table import Table

MODULES = ("compiling", "hostile", "engine", "flows", "guard", "laptop", "orders", "console")


def main(arguments: list[str]) -> int:
    """Run the named modules of this package, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure what the documentation claims, and print a table."
    )
    parser.add_argument(
        "names", metavar="MODULE", nargs="*", help=f"one of {', '.join(MODULES)}; all without one"
    )
    names: list[str] = parser.parse_args(arguments).names
    if unknown := set(names) - set(MODULES):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    console = Console(width=110)
    missed = 0
    for name in names or MODULES:
        module = importlib.import_module(f"bench.{name}")
        table = Table(
            "what", "median", "lowest", "highest", "runs", "bar", title=module.__doc__, title_justify="left"
        )
        with console.status(f"measuring {name}"):
            for measure in module.measures():
                shown = [
                    f"{value:,.3g} {measure.unit}"
                    for value in (measure.median, measure.lowest, measure.highest)
                ]
                bar = "" if measure.bar is None else f"{measure.bar:,g} {measure.unit}"
                missed += not measure.holds
                style = "" if measure.holds else "red"
                table.add_row(measure.name, *shown, str(measure.runs), bar, style=style)
        console.print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
