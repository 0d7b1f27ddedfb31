"""How long people wait on a laptop: the emulator's start, the deployment, the demo."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Measure, measured

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = 3
START_AND_DEPLOY = """
import sys, time
from pathlib import Path
before = time.perf_counter()
from local.stacks.emulator import Emulator
emulator = Emulator.launch(data_dir=Path(sys.argv[1]))
try:
    from local.deployer import deploy
    emulator.wait_ready()
    started = time.perf_counter()
    deploy(emulator.endpoint)
    deployed = time.perf_counter()
    deploy(emulator.endpoint)
    again = time.perf_counter()
finally:
    emulator.stop()
print(started - before, deployed - started, again - deployed, deployed - before)
"""


def measures() -> Iterator[Measure]:
    """Return everything that is measured here."""
    columns: list[list[float]] = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            ran = subprocess.run(
                [sys.executable, "-c", START_AND_DEPLOY, folder], capture_output=True, text=True, check=True
            )
        columns.append([float(value) for value in ran.stdout.split()])
    names = (
        "emulator start, with Pulumi's imports",
        "first deployment",
        "unchanged deployment",
        "start and deployment",
    )
    bars = (None, None, 4.0, 5.0)
    for name, bar, values in zip(names, bars, zip(*columns, strict=True), strict=True):
        yield measured(name, list(values), "s", bar=bar)
    demos = []
    for _ in range(RUNS):
        before = time.perf_counter()
        subprocess.run(
            [Path(sys.executable).with_name("espresso"), "demo"], stdout=subprocess.DEVNULL, check=True
        )
        demos.append(time.perf_counter() - before)
    yield measured("espresso demo", demos, "s", bar=15)
