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


@pytest.fixture(scope="package")
def fault_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("fault-emulator")
    with Emulator.start(
        data_dir=folder, environment=emulator_environment(), any_credentials=True
    ) as emulator:
        yield emulator


@pytest.fixture(scope="package")
def opened(fault_emulator: Emulator) -> Iterator[Bar]:
    """Provide the deployed stack. Its functions reach it until the last has ended: some outlive their test."""
    config = {"maxOrdersInQueue": "350"}
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(Courier()) as courier,
        closing(Bar.open(fault_emulator, courier, stack="local", config=config)) as opened,
    ):
        for name, value in opened.environment().items():
            patch.setenv(name, value)
        courier.use(opened.clients, patch)
        yield opened


@pytest.fixture
def empty_bar(bar: Bar) -> Bar:
    """Provide the shop with nobody in it."""
    bar.clear()
    return bar


@pytest.fixture
def bar(opened: Bar) -> Iterator[Bar]:
    """Provide the shop, open, with 350 places; other tests' orders may wait in it."""
    opened.configure()
    yield opened
    courier = opened.courier
    courier.twice = False
    failed, courier.errors = courier.errors, []
    assert not failed, f"functions failed for good: {[type(error) for error in failed]}"
