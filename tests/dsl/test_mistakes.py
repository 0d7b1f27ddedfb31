"""Mistakes that people make, and what they are told: each is refused with a sentence, and none by a bare error.

The files in `mistakes/` hold them: a title, the code, and after `->` the sentence, in which `...` stands for anything.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from dsl import DefinitionError, DslError

if TYPE_CHECKING:
    from types import CodeType

FOLDER: Final = Path(__file__).parent / "mistakes"
PRELUDE: Final = FOLDER / "prelude.py"


class Mistake(NamedTuple):
    """One mistake: where it is written, the code that makes it, and what is to be said."""

    file: Path
    title: str
    line: int
    code: str
    sentence: str


def read(file: Path) -> list[Mistake]:
    found: list[Mistake] = []
    for block in re.finditer(r"^# (.*)\n((?:(?!->|#).*\n)+)-> (.*)$", file.read_text(), re.MULTILINE):
        line = file.read_text()[: block.start(2)].count("\n")
        found.append(Mistake(file, block[1], line, block[2], block[3]))
    return found


MISTAKES: Final = [mistake for file in sorted(FOLDER.glob("*.txt")) for mistake in read(file)]


@pytest.fixture(scope="module")
def prelude() -> CodeType:
    return compile(PRELUDE.read_text(), str(PRELUDE), "exec", dont_inherit=True)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.file.stem}: {mistake.title}")
def test_a_mistake_is_told_with_its_place(mistake: Mistake, prelude: CodeType) -> None:
    """The place is the line of the mistake, or of the state that it is about."""
    names: dict[str, object] = {"__name__": "mistake"}
    exec(prelude, names)
    code = compile("\n" * mistake.line + mistake.code, str(mistake.file), "exec", dont_inherit=True)
    with pytest.raises(DslError) as caught:
        exec(code, names)
    said = caught.value.message if isinstance(caught.value, DefinitionError) else str(caught.value)
    wanted = re.escape(mistake.sentence).replace(re.escape("..."), ".*")
    assert re.search(wanted, said, re.DOTALL), said
    if isinstance(caught.value, DefinitionError):
        assert caught.value.source.files & {str(mistake.file), str(PRELUDE)}


def test_there_are_many() -> None:
    assert len(MISTAKES) >= 120
    assert len({(mistake.file, mistake.title) for mistake in MISTAKES}) == len(MISTAKES)
    blocks = sum(file.read_text().count("\n-> ") for file in FOLDER.glob("*.txt"))
    assert blocks == len(MISTAKES)
