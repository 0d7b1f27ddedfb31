"""What the language raises, and where in the Python source the fault lies."""

from __future__ import annotations

import difflib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dsl.validation import Diagnostic

_HERE = str(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class Source:
    """The line of Python that built a state."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def caller() -> Source:
    """The nearest frame outside the language: the line that the author wrote."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return Source(frame.f_code.co_filename, frame.f_lineno)


class DslError(Exception):
    """Base of everything that this package raises."""


class DefinitionError(DslError):
    """A mistake in a workflow, found while the Python that describes it runs.

    `state` is the name of the state at fault and `source` the line that built it, where there is one.
    """

    def __init__(self, message: str, *, state: str | None = None, source: Source | None = None) -> None:
        self.message = message
        self.state = state
        self.source = source
        place = f"state {state!r}: " if state is not None else ""
        where = f"\n  built at {source}" if source is not None else ""
        super().__init__(f"{place}{message}{where}")


class InvalidDefinitionError(DslError):
    """The compiled document breaks a rule of Amazon States Language; `diagnostics` says which."""

    def __init__(self, machine: str, diagnostics: Sequence[Diagnostic], notes: Sequence[str]) -> None:
        self.machine = machine
        self.diagnostics = tuple(diagnostics)
        lines = "\n".join(f"  {note}" for note in notes)
        super().__init__(f"{machine} does not hold:\n{lines}")


class UnboundNameError(DslError):
    """Placeholders that no binding was given for; `names` lists them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(sorted(names))
        super().__init__("no value was bound for " + ", ".join(f"${{{name}}}" for name in self.names))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the closest known word, or all of them where none is close."""
    names = list(known)
    folded = {name.casefold(): name for name in names}
    if word.casefold() in folded:
        return f" (did you mean {folded[word.casefold()]!r}?)"
    close = difflib.get_close_matches(word, names, n=1)
    if close:
        return f" (did you mean {close[0]!r}?)"
    if not names:
        return ""
    shown = ", ".join(sorted(names)[:12])
    return f" (there are: {shown}{', ...' if len(names) > 12 else ''})"
