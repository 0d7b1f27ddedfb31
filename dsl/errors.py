"""What the language raises, and where in the Python source the fault lies."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import CodeType, FrameType

    from asl.checking import Diagnostic

_HERE = os.path.dirname(__file__) + os.sep  # noqa: PTH120  # pathlib takes its time


class SourceLine:
    """A line of Python that an author wrote; `called_at` is the line that called it, if it is in a helper of theirs."""

    __slots__ = ("_code", "_instruction", "called_at", "file")

    def __init__(self, code: CodeType, instruction: int, called_at: SourceLine | None = None) -> None:
        self.file = code.co_filename
        self.called_at = called_at
        self._code = code
        self._instruction = instruction

    @property
    def line(self) -> int:
        """The number of the line, which takes its time to be found and is mostly never asked for."""
        lines = self._code.co_lines()
        return next((line for start, end, line in lines if line and start <= self._instruction < end), 0)

    @property
    def files(self) -> frozenset[str]:
        """Its file, and that of the line that called it."""
        return frozenset({self.file} if self.called_at is None else {self.file, self.called_at.file})

    def __str__(self) -> str:
        called = "" if self.called_at is None else f", called at {self.called_at}"
        return f"{self.file}:{self.line}{called}"


def caller() -> SourceLine:
    """Return the line that the author wrote, and who called it."""
    return source_of(author())


def author() -> FrameType:
    """Return the nearest frame outside the language."""
    frame = sys._getframe(1)
    # Code without a file is what dataclasses generate: it stands between an author and `__post_init__`.
    while frame.f_back is not None and frame.f_code.co_filename.startswith((_HERE, "<string>")):
        frame = frame.f_back
    return frame


def source_of(frame: FrameType) -> SourceLine:
    """Return the line that a frame is at, and who called it."""
    return SourceLine(frame.f_code, frame.f_lasti, _calling(frame))


def _calling(frame: FrameType) -> SourceLine | None:
    """Where the function of a frame was called from, if an author wrote both."""
    before = frame.f_back
    while before is not None and before.f_code.co_filename.startswith("<"):  # comprehensions, generated code
        before = before.f_back
    if before is None or frame.f_code.co_name == "<module>" or not _is_authors(before.f_code.co_filename):
        return None
    return SourceLine(before.f_code, before.f_lasti)


@cache
def _is_authors(file: str) -> bool:
    """Whether a file is neither the language's, nor Python's, nor an installed package's."""
    library = os.path.dirname(os.__file__) + os.sep  # noqa: PTH120
    is_installed = f"{os.sep}site-packages{os.sep}" in file or f"{os.sep}dist-packages{os.sep}" in file
    return not (is_installed or file.startswith((_HERE, library, "<")))


class DslError(Exception):
    """Base of everything that this package raises."""


class DefinitionError(DslError):
    """A mistake in a workflow, found while the Python that describes it runs.

    `state` is the name of the state at fault, where there is one, and `source` the line that built it, or else
    the line that made the mistake.
    """

    def __init__(self, message: str, *, state: str | None = None, source: SourceLine | None = None) -> None:
        self.message = message
        self.state = state
        self.source = caller() if source is None else source
        place = f"state {state!r}: " if state is not None else ""
        verb = "at" if state is None or source is None else "built at"
        super().__init__(f"{place}{message}\n  {verb} {self.source}")


class NoAttributeError(DefinitionError, AttributeError):
    """A state was asked for something that it does not have."""


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


class _Building:
    """The context of `building`."""

    __slots__ = ("_source", "_state")

    def __init__(self, state: str, source: SourceLine | None) -> None:
        self._state = state
        self._source = source

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if isinstance(error, DefinitionError) and error.state is None:
            source = self._source or error.source
            raise DefinitionError(error.message, state=self._state, source=source) from None


def building(state: str, source: SourceLine | None = None) -> _Building:
    """Name the state in mistakes of its parts, which do not know whose parts they are."""
    return _Building(state, source)
