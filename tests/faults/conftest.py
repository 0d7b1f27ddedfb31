"""One emulator for the folder, with the whole stack in it, and the courier between its rules and its functions."""

from __future__ import annotations

import os
import random
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from local.stacks.emulator import Emulator
from tests.faults.bar import Bar, emulator_environment
from tests.faults.courier import Courier

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def seed() -> int:
    """Provide what decides everything: FAULTS_SEED, or chance. A test that depends on it says it when it fails."""
    return int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(1_000_000))


@pytest.fixture(scope="session")
def fault_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("fault-emulator")
    with Emulator.start(
        data_dir=folder, environment=emulator_environment(), any_credentials=True
    ) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def opened(fault_emulator: Emulator) -> Iterator[Bar]:
    config = {"maxOrdersInQueue": "350"}
    with (
        closing(Courier()) as courier,
        closing(Bar.open(fault_emulator, courier, stack="local", config=config)) as opened,
    ):
        yield opened


@pytest.fixture
def empty_bar(bar: Bar) -> Bar:
    """Provide the shop with nobody in it."""
    bar.clear()
    return bar


@pytest.fixture
def bar(opened: Bar, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bar]:
    """Provide the shop, open, with 350 places; other tests' orders may wait in it."""
    courier = opened.courier
    for name, value in opened.environment().items():
        monkeypatch.setenv(name, value)
    courier.use(opened.clients, monkeypatch)
    opened.configure()
    courier.resume()
    yield opened
    courier.pause()
    courier.twice = False
    failed, courier.errors = courier.errors, []
    assert not failed, f"functions failed for good: {[type(error) for error in failed]}"
