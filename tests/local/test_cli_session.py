"""The command line as people use it, with an emulator of its own.

What ends, outlives or is interrupted as a process is one here; other commands run in this process, which has loaded
everything already.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from local.deployer.clients import Clients
from local.stacks.emulator import Emulator
from local.stacks.stack import PROJECT_ROOT
from tests.espresso import free_port, run_espresso
from tests.test_imports import packages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.testing import Result

COMMAND = [sys.executable, "-c", "from local.cli import main; main()"]

Espresso: TypeAlias = "Callable[..., Result]"


def environment_in(folder: Path) -> dict[str, str]:
    """Return a state folder and a folder for temporary files below it that nobody else uses, and no AWS settings."""
    (folder / "tmp").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "ESPRESSO_STATE": str(folder / "state"), "TMPDIR": str(folder / "tmp")}


def process(environment: dict[str, str], *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in a process of its own, as the checkout in `cwd` has it."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def commands_in(environment: dict[str, str]) -> Espresso:
    """Run a command to its end in this process."""
    settings: dict[str, str | None] = {name: None for name in os.environ if name.startswith("AWS_")}
    return functools.partial(run_espresso, env={**settings, **environment})


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return environment_in(tmp_path)


@pytest.fixture
def espresso(environment: dict[str, str]) -> Iterator[Espresso]:
    """Run a command to its end; stops the local stack afterwards, whatever happened."""
    run = commands_in(environment)
    yield run
    run("down")


@dataclass
class Running:
    """A local stack that runs, and what `espresso up` said when it started it."""

    environment: dict[str, str]
    port: int
    said: str

    def espresso(self, *arguments: str) -> Result:
        return commands_in(self.environment)(*arguments)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Provide the stack that the tests share which leave it as they found it."""
    environment = environment_in(tmp_path_factory.mktemp("session"))
    port = free_port()
    espresso = commands_in(environment)
    try:
        up = espresso("up", "--port", str(port))
        assert up.exit_code == 0, up.stderr
        yield Running(environment, port, up.stdout)
    finally:
        espresso("down")


ODD = {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONWARNINGS": "error",
    "AWS_DEFAULTS_MODE": "nosuch",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "nosuch",
    "AWS_PROFILE": "nosuch",
    "http_proxy": "http://127.0.0.1:9",  # where nobody listens
    "no_proxy": "",
}
"""A locale that has no dash, warnings that are errors, settings of AWS that are none, and a proxy for everything."""


def copied_checkout(folder: Path) -> Path:
    """Return a copy of what the demo needs of this checkout, in a folder that an odd locale cannot read."""
    checkout = folder / "check out é"
    for name in packages():
        shutil.copytree(PROJECT_ROOT / name, checkout / name)
    for name in ("__main__.py", "Pulumi.yaml", "pyproject.toml"):
        shutil.copy(PROJECT_ROOT / name, checkout)
    return checkout


def test_the_demo_walks_an_order_to_its_hand_over_and_leaves_nothing_behind(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", environment["TMPDIR"])
    result = commands_in(environment)("demo")
    walked_to_its_hand_over(result.exit_code, result.stdout, result.stderr)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_demo_does_so_in_an_odd_environment_and_an_odd_folder(
    environment: dict[str, str], tmp_path: Path
) -> None:
    result = process(environment | ODD, "demo", cwd=copied_checkout(tmp_path))
    walked_to_its_hand_over(result.returncode, result.stdout, result.stderr)
    assert list((tmp_path / "tmp").iterdir()) == []


def walked_to_its_hand_over(code: int, said: str, errors: str) -> None:
    assert (code, errors) == (0, "")
    assert "Order number 1 is handed over." in said
    for number in range(1, 7):
        assert f"\n{number}  The " in said or f"\n{number}  A " in said
    assert "Emit - order finished" in said
    assert "TaskToken      ****" in said


STOPPED = "espresso: stopped on request; the emulator and its files are removed.\n"


def test_a_demo_that_is_interrupted_at_its_start_says_so_and_leaves_nothing_behind(
    environment: dict[str, str], tmp_path: Path
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
        assert process.stdout.readline() == "One drink order, end to end\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=180)
    finally:
        process.kill()
        process.wait(10)
    assert (process.returncode, errors) == (130, STOPPED)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_demo_that_is_interrupted_in_an_order_says_so_and_leaves_nothing_behind(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids: list[int] = []

    def interrupted(*_: object) -> None:
        pids.extend(emulators(tmp_path))
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("tempfile.tempdir", environment["TMPDIR"])
    monkeypatch.setattr("local.cli.demo.show_step", interrupted)
    try:
        result = commands_in(environment)("demo")
    except KeyboardInterrupt:
        pytest.fail("nobody heard the signal")
    assert (result.exit_code, result.stderr) == (130, STOPPED)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert len(pids) == 1
    assert not alive(pids[0])


def test_a_start_that_is_interrupted_says_so_and_leaves_nothing_running(
    environment: dict[str, str], espresso: Espresso, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [*COMMAND, "up", "--port", str(free_port())],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        (pid,) = waited_for("an emulator", lambda: emulators(tmp_path / "state"))
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=180)
    finally:
        process.kill()
        process.wait(10)
    assert process.returncode == 130
    assert errors == "espresso: stopped on request; `espresso status` shows what runs.\n"
    assert not alive(pid)
    assert espresso("status").stdout == "No local stack runs. `espresso up` starts one.\n"


def test_a_stack_that_was_started_says_where_it_is_and_what_to_do_next(running: Running) -> None:
    assert "The local stack is ready." in running.said
    assert f"http://127.0.0.1:{running.port}" in running.said
    assert 'eval "$(espresso env)"' in running.said
    assert "espresso order 2" in running.said
    assert "The local stack runs." in running.espresso("status").output


def test_its_environment_drives_it_and_is_said_nowhere_else(running: Running, tmp_path: Path) -> None:
    said = running.espresso("env").output
    variables = dict(line.removeprefix("export ").split("=", 1) for line in said.splitlines())
    assert variables["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{running.port}"
    assert variables["AWS_DEFAULT_REGION"] == "us-east-1"
    listing = "boto3.Session().client('stepfunctions').list_state_machines()"
    program = f"import os, boto3; print({listing}); os.environ['AWS_SECRET_ACCESS_KEY'] = 'x'; {listing}"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={**running.environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Workflow" in answer.stdout, answer.stderr
    assert "the request signature we calculated does not match" in answer.stderr.lower()
    assert answer.returncode == 1
    secret = variables["AWS_SECRET_ACCESS_KEY"]
    assert secret not in running.said
    assert secret not in running.espresso("status").output
    files = [path for path in Path(running.environment["ESPRESSO_STATE"]).rglob("*") if path.is_file()]
    holders = [path for path in files if secret.encode() in path.read_bytes()]
    assert [(path.name, oct(path.stat().st_mode & 0o777)) for path in holders] == [("emulator.json", "0o600")]
    assert oct(holders[0].parent.stat().st_mode & 0o777) == "0o700"


def test_an_environment_that_is_in_the_way_is_taken_out_of_it(running: Running) -> None:
    settings = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "of-yesterday"}
    answer = commands_in({**running.environment, **settings})("env")
    assert answer.stdout.startswith("unset AWS_PROFILE AWS_SESSION_TOKEN\nexport ")


def test_an_order_is_driven_in_it(running: Running) -> None:
    assert "waits for its drink" in running.espresso("order", "2").output
    assert "1 of 20 places taken: 2" in running.espresso("status").output
    chosen = running.espresso("manage", "put", "2", "--drink", "Latte", "--modifier", "Oat")
    assert chosen.output.rstrip().endswith("accepted"), chosen.output
    cancelled = running.espresso("manage", "cancel", "2")
    assert cancelled.exit_code == 0, cancelled.output
    assert "CANCELLED" in running.espresso("show", "2").output


def test_a_stack_that_is_up_to_date_is_left_as_it_is(running: Running) -> None:
    plan = running.espresso("plan")
    assert (plan.exit_code, plan.stderr) == (0, "")
    assert "Nothing to change: " in plan.output
    assert "the emulator has no X-Ray" in plan.output
    again = running.espresso("up")
    assert again.exit_code == 0, again.output
    assert f"already runs at http://127.0.0.1:{running.port}" in again.output
    assert "none changed" in again.output
    assert "Nothing had changed." in again.output


def test_what_was_changed_by_hand_is_planned_and_then_put_right(running: Running) -> None:
    logs = Clients(f"http://127.0.0.1:{running.port}").logs
    logs.put_retention_policy(logGroupName="/aws/lambda/OrderEnded", retentionInDays=3)
    plan = running.espresso("plan").output
    assert "update   LogGroup OrderEnded-log" in plan
    assert "retentionInDays: 3" in plan
    again = running.espresso("up").output
    assert "updated LogGroup OrderEnded-log (retentionInDays)" in again


def test_a_stack_that_runs_is_not_moved_to_another_port(running: Running) -> None:
    elsewhere = running.espresso("up", "--port", str(running.port + 1))
    assert elsewhere.exit_code == 1
    assert "stop it first with `espresso down`" in elsewhere.stderr


def test_a_stack_whose_process_was_killed_is_started_anew_and_can_be_purged(
    running: Running, espresso: Espresso, tmp_path: Path
) -> None:
    # What `up` leaves, with a process that had not begun to serve.
    port = str(free_port())
    emulator = Emulator.launch(data_dir=tmp_path / "state" / "emulator", detach=True)
    for name in ("stack.json", "resources.local.json"):
        shutil.copy(Path(running.environment["ESPRESSO_STATE"], name), tmp_path / "state")
    os.killpg(emulator.pid, signal.SIGKILL)
    waited_for("its end", lambda: [] if emulator.is_running() else [emulator.pid])
    status = espresso("status")
    assert status.exit_code == 1
    assert "is gone: its process no longer runs" in status.stdout
    anew = espresso("up", "--port", port)
    assert anew.exit_code == 0, anew.stderr
    assert "Starting a new one." in anew.stdout

    kept = json.loads((tmp_path / "state" / "resources.local.json").read_text())["resources"]
    (pid,) = emulators(tmp_path / "state")
    purged = espresso("down", "--purge")
    assert purged.exit_code == 0
    assert f"Deleted {len(kept)} resources." in purged.stdout, purged.stderr
    assert f"Stopped the local stack at http://127.0.0.1:{port}" in purged.stdout
    assert not (tmp_path / "state").exists()
    assert not alive(pid)
    assert espresso("plan").stdout.startswith("No local stack runs")


def waited_for(what: str, look: Callable[[], list[int]], deadline: float = 20.0) -> list[int]:
    """Return what a look finds as soon as it finds something."""
    end = time.monotonic() + deadline
    while not (found := look()):
        assert time.monotonic() < end, f"waited {deadline} s for {what}"
        time.sleep(0.02)
    return found


def emulators(folder: Path) -> list[int]:
    """Return the processes of the emulators whose data are below a folder."""
    texts = [path.read_text("utf-8") for path in folder.rglob("emulator.json")]
    return [json.loads(text)["pid"] for text in texts if text.endswith("\n")]


def alive(pid: int) -> bool:
    result = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, timeout=10, check=False
    )
    return bool(result.stdout.strip()) and not result.stdout.startswith("Z")
