"""Fixtures for tests that need an AWS: one emulator a test run, emptied before each test that asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shared_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator of this test run's own, on a free port. Whoever takes it shares what is in it."""
    with Emulator.start(data_dir=tmp_path_factory.mktemp("shared-emulator")) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    """The shared emulator with nothing in it."""
    shared_emulator.reset()
    return shared_emulator
