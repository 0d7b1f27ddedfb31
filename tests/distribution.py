"""Which worker runs what: a file's tests together, and a folder's where few workers share what is dear to start.

The tests of some folders share an emulator with the stack in it, a browser or a courier. With two or three workers, as
on a laptop, each would start its own for the few files that it gets; with many, a folder at a time would take longest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import pytest

FEW: Final = 4
"""So many workers at most are few."""

TOGETHER: Final = ("tests/console/", "tests/faults/", "tests/local/deployer/")


class FoldersThenFiles(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each worker a whole file or a whole folder at a time, in the order in which the tests were collected."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        super().__init__(config, log)
        self._together = TOGETHER if self.numnodes <= FEW else ()

    def _split_scope(self, nodeid: str) -> str:
        """Return what a test belongs to."""
        return next((folder for folder in self._together if nodeid.startswith(folder)), nodeid.split("::")[0])
