"""`espresso costs`: what a stack costs on AWS, and how many orders the quotas allow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.cli.screen import Screen
from local.costs import report

if TYPE_CHECKING:
    from local.costs.report import CostTable


_UNBOUNDED: Final = 1_000
"""Columns where nobody looks at a screen: nothing is folded there."""


def costs(*, as_json: bool = False) -> int:
    """Show the tables, or print them as one JSON document. Return the exit code: 0."""
    screen = Screen()
    wide = screen.out if screen.out.is_terminal else Console(file=screen.out.file, width=_UNBOUNDED)
    if as_json:
        screen.out.print(json.dumps(report.document(), indent=2), markup=False, soft_wrap=True)
        return 0
    for table in report.tables():
        screen.line(table.title, "bold")
        screen.line()
        wide.print(_grid(table))
        screen.line()
        if table.note:
            screen.line(table.note)
            screen.line()
    screen.line(f"Prices and quotas were {report.age()}.", "dim")
    return 0


def _grid(table: CostTable) -> Table:
    """Return a table for a terminal: bold where the pages have `**`, nothing of Markdown."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for at, head in enumerate(table.heads):
        grid.add_column(head, justify="right" if at else "left", no_wrap=not at)
    for row in table.rows:
        grid.add_row(*(_cell(cell) for cell in row))
    return grid


def _cell(markdown: str) -> Text:
    cell = Text()
    for at, part in enumerate(markdown.replace("`", "").split("**")):
        cell.append(part, style="bold" if at % 2 else "")
    return cell
