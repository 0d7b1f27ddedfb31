"""The command line as people use it: in processes of its own, with an emulator of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMMAND = [sys.executable, "-c", "from local.cli import main; main()"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A state folder and a folder for temporary files that nobody else uses."""
    (tmp_path / "tmp").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "ESPRESSO_STATE": str(tmp_path / "state"), "TMPDIR": str(tmp_path / "tmp")}


@pytest.fixture
def espresso(environment: dict[str, str]) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Runs a command to its end; stops the local stack afterwards, whatever happened."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], env=environment, capture_output=True, text=True, timeout=90, check=False
        )

    yield run
    run("down")


def test_the_demo_walks_an_order_to_its_hand_over_and_leaves_nothing_behind(
    espresso: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    result = espresso("demo")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert "Order number 1 is handed over." in result.stdout
    for number in range(1, 7):
        assert f"\n{number}  The " in result.stdout or f"\n{number}  A " in result.stdout
    assert "Emit - order finished" in result.stdout
    assert "TaskToken      ****" in result.stdout
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("after", ["One drink order", "deployed", "2  The workflow"])
def test_a_demo_that_is_interrupted_says_so_and_leaves_nothing_behind(
    environment: dict[str, str], tmp_path: Path, after: str
) -> None:
    process = subprocess.Popen(
        [*COMMAND, "demo"],
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert any(line.startswith(after) for line in process.stdout), f"the demo never said {after!r}"
        pids = _emulators(tmp_path)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait(10)
    assert process.returncode == 130
    assert errors == "espresso: stopped on request; the emulator and its files are gone.\n"
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not [pid for pid in pids if _alive(pid)]


def test_a_stack_is_started_used_updated_and_stopped(
    espresso: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    # Port 0 is no choice that people have, so one is taken that was free a moment ago.
    port = _free_port()
    up = espresso("up", "--port", str(port))
    assert up.returncode == 0, up.stderr
    assert f"export AWS_ENDPOINT_URL=http://127.0.0.1:{port}" in up.stdout
    assert "The local stack is ready." in up.stdout
    (pid,) = _emulators(tmp_path / "state")

    assert "The local stack runs." in espresso("status").stdout
    assert "waits for its drink" in espresso("order", "2").stdout
    full = espresso("status")
    assert "1 of 20 places taken: 2" in full.stdout

    again = espresso("up")
    assert again.returncode == 0, again.stderr
    assert f"already runs at http://127.0.0.1:{port}" in again.stdout
    assert "none changed" in again.stdout
    elsewhere = espresso("up", "--port", str(port + 1))
    assert elsewhere.returncode == 1
    assert "stop it first with `espresso down`" in elsewhere.stderr

    for arguments in (["put", "2", "--drink", "Latte", "--modifier", "Oat"], ["make", "2"], ["unmake", "2"]):
        result = _when_ready(espresso, arguments)
        assert result.returncode == 0, result.stdout + result.stderr
    refused = espresso("manage", "complete", "2")
    assert refused.returncode == 1
    assert "refused, NotClaimed" in refused.stdout
    assert espresso("manage", "make", "2").returncode == 0
    assert espresso("manage", "complete", "2").returncode == 0
    shown = espresso("show", "2")
    assert "Order 2, number 1" in shown.stdout
    assert "COMPLETED" in shown.stdout

    down = espresso("down")
    assert down.returncode == 0
    assert f"Stopped the local stack at http://127.0.0.1:{port}" in down.stdout
    assert not _alive(pid)
    assert espresso("status").returncode == 1


def test_a_stack_whose_process_was_killed_is_told_and_started_anew(
    espresso: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    port = str(_free_port())
    assert espresso("up", "--port", port).returncode == 0
    (pid,) = _emulators(tmp_path / "state")
    os.killpg(pid, signal.SIGKILL)
    status = espresso("status")
    assert status.returncode == 1
    assert "is gone: its process no longer runs" in status.stdout
    anew = espresso("up", "--port", port)
    assert anew.returncode == 0, anew.stderr
    assert "Starting a new one." in anew.stdout
    assert espresso("status").returncode == 0


def _when_ready(
    espresso: Callable[..., subprocess.CompletedProcess[str]], arguments: list[str]
) -> subprocess.CompletedProcess[str]:
    """Asks until it isn't too early any more: between two requests the workflow has to move on."""
    deadline = time.monotonic() + 20
    while True:
        result = espresso("manage", *arguments)
        if "NotReady" not in result.stdout or time.monotonic() > deadline:
            return result


def _emulators(folder: Path) -> list[int]:
    """The processes of the emulators whose data are below a folder."""
    return [json.loads(path.read_text("utf-8"))["pid"] for path in folder.rglob("emulator.json")]


def _alive(pid: int) -> bool:
    result = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, timeout=10, check=False
    )
    return bool(result.stdout.strip()) and not result.stdout.startswith("Z")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_stack_that_runs_is_planned_updated_and_purged(
    espresso: Callable[..., subprocess.CompletedProcess[str]], environment: dict[str, str]
) -> None:
    assert espresso("plan").stdout.startswith("No local stack runs")
    assert espresso("up", "--port", str(free_port())).returncode == 0
    state = Path(environment["ESPRESSO_STATE"])
    kept = json.loads((state / "resources.local.json").read_text())
    assert {resource["type"] for resource in kept["resources"]} >= {"aws:sqs/queue:Queue"}

    plan = espresso("plan")
    assert (plan.returncode, plan.stderr) == (0, "")
    assert "Nothing to change: " in plan.stdout
    assert "the emulator has no X-Ray" in plan.stdout

    again = espresso("up")
    assert "none changed" in again.stdout
    assert "Nothing had changed." in again.stdout

    purged = espresso("down", "--purge")
    assert f"Deleted {len(kept['resources'])} resources." in purged.stdout, purged.stderr
    assert not state.exists()


def test_what_was_changed_by_hand_is_planned_and_then_put_right(
    espresso: Callable[..., subprocess.CompletedProcess[str]], environment: dict[str, str]
) -> None:
    from local.engine.clients import Clients

    port = free_port()
    assert espresso("up", "--port", str(port)).returncode == 0
    logs = Clients(f"http://127.0.0.1:{port}").logs
    logs.put_retention_policy(logGroupName="/aws/lambda/OrderEnded", retentionInDays=3)
    plan = espresso("plan").stdout
    assert "update   LogGroup OrderEnded-log" in plan
    assert "retentionInDays: 3" in plan
    again = espresso("up").stdout
    assert "updated LogGroup OrderEnded-log (retentionInDays)" in again


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
