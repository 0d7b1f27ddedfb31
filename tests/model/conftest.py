"""The repertoire of people in the explorations, and a way to break the product on purpose."""

from __future__ import annotations

import copy
import gc
from typing import TYPE_CHECKING, Any

import pytest

from tests.model import functions, machines, reducing, rules, values, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(autouse=True)
def _without_collector() -> Iterator[None]:
    """Worlds are tuples without cycles: the collector would look through ever more, and they go without it."""
    collecting = gc.isenabled()
    gc.disable()
    yield
    if collecting:
        gc.enable()


def _forget() -> None:
    """What was worked out from the definitions and the functions is worked out anew."""
    for module in (functions, machines, reducing, rules, values, world):
        for member in vars(module).values():
            if hasattr(member, "cache_clear"):
                member.cache_clear()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], dict[str, Any]]]:
    """Give a state of a compiled definition to change; the change is undone after the test."""
    changed = copy.deepcopy(machines.MACHINES)
    for name, definition in changed.items():
        monkeypatch.setitem(machines.MACHINES, name, definition)

    def state(machine: str, name: str) -> dict[str, Any]:
        _forget()
        found: dict[str, Any] = changed[machine]["States"][name]
        return found

    yield state
    _forget()
