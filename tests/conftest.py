"""What all tests share: an emulator a test run, emptied before each test that asks, and the order of the files."""

from __future__ import annotations

import atexit
import functools
import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

# Of Hypothesis' plugins only Trio's is installed, which Selenium brings: half of its import in each process, and one
# more generator to set before and after each example.
os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"

import botocore.session
import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

from local.stacks.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.distribution import FoldersThenFiles

# What somebody's terminal, or a service that runs the tests, asks of the output of every program.
OUTPUT = (
    "FORCE_COLOR",
    "NO_COLOR",
    "PY_COLORS",
    "GITHUB_ACTIONS",
    "TTY_COMPATIBLE",
    "TTY_INTERACTIVE",
    "COLUMNS",
)
LOOPBACK = "127.0.0.1,localhost"

# How long an example takes says nothing on a machine that does other things too.
settings.register_profile("patient", settings(settings.default, deadline=None))
settings.load_profile("patient")

HERE = Path(__file__).parent


def pytest_sessionstart() -> None:
    """Take out of the environment what the tests do not speak about; pytest itself has looked at it by now.

    A proxy stays for what is fetched from outside, and is not asked for an emulator on this machine.
    """
    for name in OUTPUT:
        os.environ.pop(name, None)
    others = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = f"{others},{LOOPBACK}" if others else LOOPBACK


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are processors: a worker often waits for an emulator, a browser or a command."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FoldersThenFiles:
    """Keep the tests of a file on one worker, and sometimes those of a folder."""
    from tests.distribution import FoldersThenFiles

    return FoldersThenFiles(config, log)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Tell the main process of a test's set-up and teardown only if they fail or take long enough for `--durations`.

    It is busy with nothing but the reports of thousands of tests, each of which has three.
    """
    if not hasattr(item.config, "workerinput"):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed or report.duration > 0.005:
            item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


# Ordinary sessions of boto3, of the functions and of deployed stacks, each read botocore's models anew.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)

# The folders whose tests wait for processes: emulators, browsers, commands. Workers take a whole file or folder at a
# time, so a long one that came last would be the only thing still running.
LONG = (
    "console",
    "faults",
    "local",
    "packages",
    "docs",
    "stepfunctions_local_client",
    "examples",
    "flows",
    "model",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the folders with the longest files first, and leave the order within each as it is."""
    rank = {folder: place for place, folder in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.relative_to(HERE).parts[0], len(LONG)))


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over the collected tests, which stay, run more seldom, and end with the last test.

    It went through them again and again: a seventh of the processor time of the tests that only compute. And when
    pytest had looked for what was left open, Python went through all that was loaded: half a second in each worker.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    atexit.register(gc.freeze)


@pytest.fixture(scope="session")
def shared_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Provide an emulator of this test run's own, on a free port. Whoever takes it shares what is in it."""
    with Emulator.start(data_dir=tmp_path_factory.mktemp("shared-emulator")) as emulator:
        yield emulator


@pytest.fixture
def emulator(shared_emulator: Emulator) -> Emulator:
    """Provide the shared emulator with nothing in it."""
    shared_emulator.reset()
    return shared_emulator
