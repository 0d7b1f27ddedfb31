"""How things look: one place for colours, signs and line lengths.

On a terminal there is colour, and long lines are folded below their own beginning. Everywhere else (a pipe, a
file, NO_COLOR) the same words come as plain lines that are never folded, so that they can be searched and
compared. Signs outside ASCII are used only where the output's encoding has them.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.table import Table
from rich.text import Text

from local.masking import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.progress import Progress

    from local.masking import JSON, SeenTokens


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A name and its value, side by side; `width` is the room for the name."""

    name: str
    value: Text
    width: int


Line: TypeAlias = "tuple[str, Text | str | FieldLine]"

_LABEL_WIDTH = 9
_INDENT = 3


class Screen:
    """Standard output and standard error, for people.

    Args:
        known: The task tokens that no document on it may show.
    """

    def __init__(self, known: SeenTokens | None = None) -> None:
        self._known = known
        self.out = Console(highlight=False, emoji=False)
        self.err = Console(highlight=False, emoji=False, stderr=True)
        self._unicode = unicode = (self.out.encoding or "ascii").lower().startswith("utf")
        self.arrow, self.tick, self.cross = ("→", "✓", "✗") if unicode else ("->", "+", "x")
        self.spinner = "dots" if unicode else "line"

    @property
    def live(self) -> bool:
        """Whether something may move on the screen."""
        return self.out.is_terminal and not self.out.is_dumb_terminal

    def line(self, text: Text | str = "", style: str = "") -> None:
        """Print a line. Text in brackets is never read as markup, since it may come from an order."""
        self.out.print(self._text(text, style), soft_wrap=not self.out.is_terminal)

    def fields(self, lines: Iterable[Line], *, indent: int = _INDENT, width: int = _LABEL_WIDTH) -> None:
        """Print labelled lines; a line with an empty label continues the one before."""
        lines = list(lines)
        if not self.out.is_terminal:
            for label, value in lines:
                text = Text(" " * indent + label.ljust(width))
                if isinstance(value, FieldLine):
                    text.append(value.name.ljust(value.width))
                    value = value.value
                self.out.print(text.append_text(self._text(value)), soft_wrap=True)
            return
        grid = Table.grid()
        grid.add_column(min_width=width + indent, no_wrap=True)
        grid.add_column(overflow="fold")
        for label, value in lines:
            start = Text(" " * indent + label.ljust(width), style="dim")
            if isinstance(value, FieldLine):
                pair = Table.grid()
                pair.add_column(min_width=value.width, no_wrap=True)
                pair.add_column(overflow="fold")
                pair.add_row(Text(value.name, style="dim"), value.value)
                grid.add_row(start, pair)
            else:
                grid.add_row(start, self._text(value))
        self.out.print(grid)

    def problem(self, message: str, *, hint: str = "") -> None:
        """Print to standard error what is wrong, and what to do about it."""
        text = Text()
        text.append("espresso: ", style="bold red")
        text.append(message)
        self.err.print(text, soft_wrap=True)
        if hint:
            self.err.print(Text(hint), soft_wrap=True)

    def document(self, document: JSON) -> None:
        """Print a JSON document, for programs, and nothing else: without colours, never folded, without task tokens."""
        text = json.dumps(mask(document, self._known), indent=2, ensure_ascii=not self._unicode)
        self.out.print(text, markup=False, highlight=False, soft_wrap=True)

    def json(self, document: JSON) -> Text:
        """Return a JSON document on one line, as it is sent but for task tokens."""
        document = mask(document, self._known)
        text = Text(json.dumps(document, ensure_ascii=not self._unicode, separators=(",", ":")))
        JSONHighlighter().highlight(text)
        return text

    def tick_line(self, text: str) -> Text:
        """Return a line for a check that holds."""
        return Text(f"{self.tick} ", style="green").append(text, style="default")

    @contextlib.contextmanager
    def busy(self, title: str) -> Iterator[Busy]:
        """Show a spinner with a title and the elapsed time, and remove it at the end of the block."""
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        progress = Progress(
            SpinnerColumn(self.spinner),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=self.out,
            transient=True,
            disable=not self.live,
        )
        with progress:
            yield Busy(progress, title)

    @staticmethod
    def _text(value: Text | str, style: str = "") -> Text:
        return value if isinstance(value, Text) else Text(value, style=style)


class Busy:
    """What `Screen.busy` shows; say here what is going on."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=None)

    def now(self, what: str) -> None:
        """Say what is going on now."""
        self._progress.update(self._task, description=what)
