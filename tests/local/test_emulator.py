"""The emulator's process: started on loopback, waited for, found again, stopped with all that it started."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.deployer.clients import Clients
from local.stacks.emulator import (
    HOST,
    Emulator,
    EmulatorDied,
    EmulatorNotRunning,
    EmulatorTimeout,
    PortTaken,
)
from stepfunctions_local_client import processes
from stepfunctions_local_client.mocking import request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

USES_THE_SDK = b"""
import sys
def handler(event, context):
    before = str("botocore" in sys.modules)
    import boto3
    sent = {}
    queues = boto3.client("sqs")
    queues.meta.events.register("before-send", lambda request, **_: sent.update(request.headers))
    queues.list_queues()
    return {"before": before, **{name: str(value) for name, value in sent.items()}}
"""
FUNCTION = b"import os\ndef handler(event, context):\n    return dict(os.environ)\n"


def test_listens_on_one_loopback_address_only(shared_emulator: Emulator) -> None:
    # All of 127.0.0.0/8 is this machine on Linux, so a listener on every interface would answer here too.
    with pytest.raises(OSError, match=r"refused|unreachable|timed"):
        socket.create_connection(("127.0.0.2", shared_emulator.port), timeout=2)


def test_takes_the_port_that_it_is_given_also_one_that_was_used_a_moment_ago(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as used:
        port = used.getsockname()[1]
        with socket.create_connection((HOST, port)) as client:
            used.accept()[0].close()
            assert client.recv(1) == b""
    # The system keeps what it knows of the connection, and the port, for whoever does not ask to reuse it.
    with socket.socket() as another, pytest.raises(OSError, match="in use"):
        another.bind((HOST, port))
    with Emulator.start(data_dir=tmp_path, port=port) as emulator:
        assert emulator.port == port
        assert health(emulator)["services"]


def test_two_emulators_share_nothing(emulator: Emulator, tmp_path: Path) -> None:
    with Emulator.start(data_dir=tmp_path) as other:
        Clients(other.endpoint).sqs.create_queue(QueueName="only-in-the-other")
        assert Clients(other.endpoint).sqs.list_queues()["QueueUrls"]
        assert not Clients(emulator.endpoint).sqs.list_queues().get("QueueUrls")


def test_answers_as_soon_as_start_returns_and_keeps_everything_in_its_data_folder(tmp_path: Path) -> None:
    with Emulator.start(data_dir=tmp_path / "data") as emulator:
        assert emulator.endpoint == f"http://127.0.0.1:{emulator.port}"
        assert health(emulator)["services"]
        assert emulator.log_path == tmp_path / "data" / "emulator.log"
        assert "Ready" in emulator.log_tail(50)
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_a_port_of_another_program_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            PortTaken, match=f"port {port} .* taken by another program.* another port"
        ) as caught:
            Emulator.start(data_dir=tmp_path, port=port)
    assert caught.value.port == port
    assert not (tmp_path / "emulator.json").exists()


def test_a_port_of_another_emulator_is_refused_and_the_other_keeps_running(
    shared_emulator: Emulator, tmp_path: Path
) -> None:
    with pytest.raises(PortTaken, match="an emulator that already runs"):
        Emulator.start(data_dir=tmp_path, port=shared_emulator.port)
    assert health(shared_emulator)["services"]


def test_a_death_at_the_start_is_told_at_once_with_the_end_of_the_log(tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(EmulatorDied, match="could not convert string to float") as caught:
        Emulator.start(data_dir=tmp_path, environment={"MINISTACK_DOCKER_TIMEOUT": "soon"})
    assert caught.value.returncode != 0
    assert caught.value.log_path == tmp_path / "emulator.log"
    assert time.monotonic() - start < 25, "the death must not be waited out"


def test_silence_past_the_deadline_is_told_and_leaves_nothing_running(tmp_path: Path) -> None:
    emulator = Emulator.launch(data_dir=tmp_path)
    os.kill(emulator.pid, signal.SIGSTOP)
    with pytest.raises(EmulatorTimeout, match=r"within 0\.3 s"):
        emulator.wait_ready(deadline=0.3)
    assert not emulator.is_running()


def test_launching_does_not_wait(tmp_path: Path) -> None:
    emulator = Emulator.launch(data_dir=tmp_path)
    try:
        os.kill(emulator.pid, signal.SIGSTOP)  # launch has returned although nothing can answer
        os.kill(emulator.pid, signal.SIGCONT)
        emulator.wait_ready()
        assert health(emulator)["services"]
    finally:
        emulator.stop()


def test_an_interruption_while_the_process_starts_leaves_neither_process_nor_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self.pid)
            self.returncode = 0  # nobody gets it, so nobody is told that it was left behind
            raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        Emulator.launch(data_dir=tmp_path, detach=True)
    assert not processes.is_alive(started[0])
    with pytest.raises(EmulatorNotRunning) as missing:
        Emulator.attach(tmp_path)
    assert missing.value.reason == "never started"


def test_an_interruption_while_it_is_waited_for_leaves_neither_process_nor_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: Emulator, deadline: float) -> None:
        waited.append(self.pid)
        raise KeyboardInterrupt

    waited: list[int] = []
    monkeypatch.setattr(Emulator, "wait_ready", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Emulator.start(data_dir=tmp_path, detach=True)
    assert not processes.is_alive(waited[0])
    assert not list(tmp_path.glob("*.json"))


def test_stopping_twice_is_stopping_once(tmp_path: Path) -> None:
    emulator = Emulator.launch(data_dir=tmp_path)
    emulator.stop()
    emulator.stop()
    assert not emulator.is_running()
    assert not group_exists(emulator.pid)


def test_one_that_does_not_listen_to_sigterm_is_killed(tmp_path: Path) -> None:
    emulator = Emulator.launch(data_dir=tmp_path)
    os.kill(emulator.pid, signal.SIGSTOP)
    emulator.stop(grace=0.2)
    assert not group_exists(emulator.pid)


def test_is_stopped_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="in the block"), Emulator.launch(data_dir=tmp_path) as emulator:
        raise RuntimeError("in the block")
    assert not emulator.is_running()


def test_functions_see_neither_the_callers_credentials_nor_survive_the_emulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-real-secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.com")
    with Emulator.start(data_dir=tmp_path) as emulator:
        seen = invoke(emulator, FUNCTION)
        assert seen["AWS_ENDPOINT_URL"] == emulator.endpoint
        assert "AWS_PROFILE" not in seen
        assert "a-real-secret" not in seen.values()
        assert int(seen["FUNCTION_PID"]) != emulator.pid
    wait_until("the function's process to end", lambda: not exists(int(seen["FUNCTION_PID"])))


def test_functions_load_the_sdk_themselves_and_it_tells_how_deep_they_call_one_another(
    emulator: Emulator,
) -> None:
    seen = invoke(emulator, USES_THE_SDK)
    assert seen["before"] == "False"
    assert seen["X-Ministack-Invoke-Depth"]


def test_a_reset_empties_it(shared_emulator: Emulator) -> None:
    queues = Clients(shared_emulator.endpoint).sqs
    queues.create_queue(QueueName="q")
    shared_emulator.reset()
    assert not queues.list_queues().get("QueueUrls")


class TestLeftRunning:
    """An emulator that outlives the process that started it."""

    def test_is_found_and_stopped_by_a_later_process(self, tmp_path: Path) -> None:
        pid = int(python(tmp_path, "print(Emulator.start(data_dir=FOLDER, detach=True).pid)").strip())
        emulator = Emulator.attach(tmp_path)
        assert emulator.pid == pid
        assert health(emulator)["services"]
        emulator.stop()
        assert not emulator.is_running()
        with pytest.raises(EmulatorNotRunning, match="no emulator was started") as caught:
            Emulator.attach(tmp_path)
        assert caught.value.reason == "never started"

    def test_that_died_is_told_apart_from_one_never_started(self, tmp_path: Path) -> None:
        emulator = Emulator.launch(data_dir=tmp_path, detach=True)
        try:
            os.kill(emulator.pid, signal.SIGKILL)
            wait_until("the process to end", lambda: not emulator.is_running())
            with pytest.raises(EmulatorNotRunning, match="no longer running") as caught:
                Emulator.attach(tmp_path)
            assert caught.value.reason == "gone"
        finally:
            emulator.stop()

    def test_is_not_taken_for_that_of_a_folder_of_which_this_one_is_a_copy(
        self, shared_emulator: Emulator, tmp_path: Path
    ) -> None:
        record = json.loads((shared_emulator.folder / "emulator.json").read_text())
        (tmp_path / "emulator.json").write_text(json.dumps(record))
        with pytest.raises(EmulatorNotRunning, match="is the copy of another folder's") as caught:
            Emulator.attach(tmp_path)
        assert caught.value.reason == "never started"

    def test_with_a_damaged_record_is_told_plainly(self, tmp_path: Path) -> None:
        (tmp_path / "emulator.json").write_text("{")
        with pytest.raises(EmulatorNotRunning, match="not readable"):
            Emulator.attach(tmp_path)


THREADS = """
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
print("one thread goes on", flush=True)
ctypes.CDLL(None).pthread_exit(None)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("ours", [True, False], ids=["a child of ours", "a child of another"])
def test_a_process_is_not_gone_while_any_of_its_threads_is_there(ours: bool) -> None:
    """As an emulator that ends: its first thread is a zombie at once, the others and its port a moment later."""
    other = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {THREADS!r}]).pid, flush=True)"
    command = THREADS if ours else f"{other}; input()"
    with subprocess.Popen(
        [sys.executable, "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            pid = process.pid if ours else int(process.stdout.readline())
            assert process.stdout.readline() == b"one thread goes on\n"
            wait_until("the first thread to be a zombie", lambda: state_of(pid) == "Z")
            assert exists(pid)
            os.kill(pid, signal.SIGKILL)
            wait_until("the last thread to end", lambda: not exists(pid))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            process.kill()


def test_one_that_is_not_detached_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            script(tmp_path, "print(Emulator.start(data_dir=FOLDER).pid, flush=True); input()"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert exists(pid)
        parent.kill()
    wait_until("the emulator to follow its parent", lambda: not exists(pid))


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    """Provide a test that fails must not leave an emulator behind."""
    yield
    for record in tmp_path.rglob("emulator.json"):
        with contextlib.suppress(EmulatorNotRunning):
            Emulator.attach(record.parent).stop()


def health(emulator: Emulator) -> dict[str, object]:
    status, text = request(emulator.endpoint, "GET", "/_ministack/health")
    assert status == 200, text
    page: dict[str, object] = json.loads(text)
    return page


def invoke(emulator: Emulator, source: bytes) -> dict[str, str]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source.replace(b"dict(os", b"dict(FUNCTION_PID=str(os.getpid()), **os"))
    client = Clients(emulator.endpoint).lambda_
    client.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="index.handler",
        Role="arn:aws:iam::000000000000:role/r",
        Code={"ZipFile": buffer.getvalue()},
    )
    answer: dict[str, str] = json.loads(client.invoke(FunctionName="f")["Payload"].read())
    return answer


def script(folder: Path, body: str) -> str:
    return f"import pathlib\nfrom local.stacks.emulator import Emulator\nFOLDER = pathlib.Path({str(folder)!r})\n{body}"


def python(folder: Path, body: str) -> str:
    command = [sys.executable, "-c", script(folder, body)]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=180).stdout


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def exists(pid: int) -> bool:
    return processes.is_alive(pid)


def group_exists(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(what: str, true: Callable[[], bool], deadline: float = 10.0) -> None:
    end = time.monotonic() + deadline
    while not true():
        assert time.monotonic() < end, f"waited {deadline} s for {what}"
        time.sleep(0.02)


def test_a_process_is_found_by_its_mark_also_without_proc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS, with what `ps` says."""
    if shutil.which("ps") is None:
        pytest.skip("there is no ps here")
    mark = f"--identity={tmp_path.name}"
    with subprocess.Popen([sys.executable, "-c", "input()", mark], stdin=subprocess.PIPE) as process:
        try:
            for proc in (Path("/proc"), tmp_path / "none"):
                monkeypatch.setattr(processes, "_PROC", proc)
                # The system shows a process's arguments a moment after it began.
                wait_until("the process to be found", lambda: processes.find(mark) is not None)
                found = processes.find(mark)
                assert found is not None
                assert (found.pid, mark in found.command) == (process.pid, True)
                assert processes.find(f"{mark}-of-another") is None
                assert processes.is_alive(process.pid)
        finally:
            process.communicate(b"\n")
