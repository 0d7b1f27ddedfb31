"""How much a template may put into its definitions: a few lines of it can stand for gigabytes."""

from __future__ import annotations

from typing import Final

MOST_CHARACTERS: Final = 4 * 1024 * 1024
"""For all state machines of a template together. AWS takes definitions, and templates, of up to 1 MiB each."""


class SpentError(Exception):
    """A template puts more into its definitions than is read."""


class Allowance:
    """The characters that may still be put into the definitions of a template."""

    def __init__(self) -> None:
        self._left = MOST_CHARACTERS

    def take(self, characters: int) -> None:
        """Use some of it, before they are put anywhere.

        Raises:
            SpentError: there are not so many left.
        """
        self._left -= characters
        if self._left < 0:
            raise SpentError
