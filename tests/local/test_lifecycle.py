"""The local stack's life on a laptop where things are in the way: a plain sentence, the right exit code, nothing left.

The emulators here are empty ones, which start in no time.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from local.cli.rehearsal import SERVICES
from local.stacks.emulator import HOST, Emulator, EmulatorError, EmulatorNotRunning, PortTaken
from local.stacks.stack import RunningStack, Stack, StateError, StateFolder
from stepfunctions_local_client import local_session, processes
from tests.espresso import run_espresso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

STACK = RunningStack(Stack("local", "us-east-1", "http://127.0.0.1:9"), "2026-11-22T07:00:00+00:00", 44)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ESPRESSO_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def espresso(state: Path) -> Iterator[Callable[..., Result]]:
    """Run a command in this process."""
    yield functools.partial(run_espresso, catch_exceptions=False)
    for record in state.parent.rglob("emulator"):
        with contextlib.suppress(EmulatorNotRunning):
            Emulator.attach(record, deadline=None).stop()


def started(state: Path) -> Emulator:
    return Emulator.start(data_dir=StateFolder(state).emulator_folder, detach=True)


def launched(state: Path) -> Emulator:
    """Return one whose process is there, which is all that the test asks of it."""
    return Emulator.launch(data_dir=StateFolder(state).emulator_folder, detach=True)


class TestWhatIsInTheWay:
    """Files and folders that are not what they should be."""

    @pytest.mark.parametrize("command", ["up", "down", "status", "plan"])
    def test_a_file_where_the_folder_should_be(
        self, espresso: Callable[..., Result], state: Path, command: str
    ) -> None:
        state.write_text("mine")
        result = espresso(command)
        assert result.exit_code == 1
        assert (
            f"{state} can't be used as the folder" in result.output or "No local stack runs" in result.output
        )
        assert state.read_text() == "mine"

    @pytest.mark.parametrize("command", ["up", "down"])
    def test_a_folder_where_the_lock_should_be(
        self, espresso: Callable[..., Result], state: Path, command: str
    ) -> None:
        (state / "lock").mkdir(parents=True)
        result = espresso(command)
        assert result.exit_code == 1
        assert "lock can't be written" in result.output
        assert "ESPRESSO_STATE" in result.output

    def test_a_folder_where_the_stacks_file_should_be_is_told_and_cleared_away(
        self, espresso: Callable[..., Result], state: Path
    ) -> None:
        (state / "stack.json" / "deep").mkdir(parents=True)
        for command in ("up", "status"):
            result = espresso(command)
            assert result.exit_code == 1
            assert "stack.json can't be read" in result.output
        assert espresso("down").exit_code == 0
        assert "No local stack runs" in espresso("status").output

    @pytest.mark.parametrize(
        "change",
        [
            {"started": "yesterday"},
            {"started": "2026-11-22T07:00:00"},
            {"started": 7},
            {"parts": "many"},
            {"stack": {"name": "local"}},
            {"stack": []},
            {"more": 1},
        ],
        ids=str,
    )
    def test_a_stacks_file_with_something_else_in_it(
        self, espresso: Callable[..., Result], state: Path, change: dict[str, Any]
    ) -> None:
        StateFolder(state).write(STACK)
        file = state / "stack.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
        result = espresso("status")
        assert result.exit_code == 1
        assert "stack.json can't be read" in result.output
        assert espresso("down").exit_code == 0

    @pytest.mark.parametrize(
        "record",
        [
            "",
            "{",
            "[]",
            "null",
            "\x00",
            '{"pid": "none"}',
            '{"pid": -1, "port": 1e99, "identity": []}',
            "[" * 99_999,
        ],
    )
    def test_a_record_of_an_emulator_that_is_none(
        self, espresso: Callable[..., Result], state: Path, record: str
    ) -> None:
        (state / "emulator").mkdir(parents=True)
        (state / "emulator" / "emulator.json").write_text(record)
        assert espresso("status").output == "No local stack runs. `espresso up` starts one.\n"
        down = espresso("down")
        assert (down.exit_code, down.output) == (0, "No local stack runs.\n")


class TestAnEmulatorThatDoesNotAnswer:
    """One whose process is there."""

    def test_is_never_forgotten_and_can_be_stopped(
        self, espresso: Callable[..., Result], state: Path
    ) -> None:
        emulator = launched(state)
        os.kill(emulator.pid, signal.SIGSTOP)
        for command in (["up"], ["order", "2"]):
            result = espresso(*command)
            assert result.exit_code == 1
            assert f"process {emulator.pid}" in result.output
            assert "does not answer" in result.output
            assert "`espresso down` stops it" in result.output
        down = espresso("down")
        assert down.exit_code == 0
        assert "Stopped the local stack" in down.output
        assert not processes.is_alive(emulator.pid)

    @pytest.mark.parametrize("record", ["", "{", '{"port": 1}', None], ids=repr)
    def test_is_not_joined_by_a_second_one_if_its_record_is_damaged(
        self, espresso: Callable[..., Result], state: Path, record: str | None
    ) -> None:
        emulator = launched(state)
        path = state / "emulator" / "emulator.json"
        path.unlink()
        if record is not None:
            path.write_text(record)
        up = espresso("up")
        assert up.exit_code == 1
        assert f"process {emulator.pid}" in up.output
        assert "is damaged" in up.output
        assert "Stopped the local stack" in espresso("down").output
        assert not processes.is_alive(emulator.pid)
        assert espresso("status").output == "No local stack runs. `espresso up` starts one.\n"


class TestACheckoutThatWasCopiedOrMoved:
    """The folder of the state goes with its checkout."""

    def test_a_copy_has_no_stack_of_its_own_and_leaves_the_originals_alone(
        self, espresso: Callable[..., Result], state: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        emulator = started(state)
        StateFolder(state).write(STACK)
        copy = state.with_name("copy")
        shutil.copytree(state, copy)
        monkeypatch.setenv("ESPRESSO_STATE", str(copy))
        assert espresso("status").exit_code == 1
        assert espresso("down").exit_code == 0
        assert processes.is_alive(emulator.pid)
        assert Emulator.attach(state / "emulator").pid == emulator.pid

    def test_a_moved_one_finds_its_own(
        self, espresso: Callable[..., Result], state: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        emulator = started(state)
        moved = state.rename(state.with_name("moved"))
        monkeypatch.setenv("ESPRESSO_STATE", str(moved))
        assert "An emulator runs" in espresso("status").output
        assert "Stopped the local stack" in espresso("down").output
        assert not processes.is_alive(emulator.pid)


class TestADiskThatIsFull:
    """Nothing runs that is not written down."""

    def test_the_record_is_there_before_the_process_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[dict[str, Any]] = []

        def look(command: list[str], **_: object) -> None:
            seen.append(json.loads((tmp_path / "emulator.json").read_text()))
            assert f"--identity={seen[0]['identity']}" in command
            raise OSError(errno.ENOMEM, "Cannot allocate memory")

        monkeypatch.setattr(subprocess, "Popen", look)
        with pytest.raises(EmulatorError, match="Cannot allocate memory; nothing was started"):
            Emulator.launch(data_dir=tmp_path)
        assert len(seen) == 1

    def test_a_record_that_cannot_be_written_starts_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(EmulatorError, match="No space left on device; nothing was started"):
            Emulator.launch(data_dir=tmp_path)
        assert not [path for path in tmp_path.iterdir() if path.is_file()]
        with pytest.raises(EmulatorNotRunning, match="no emulator was started"):
            Emulator.attach(tmp_path)

    def test_a_state_that_cannot_be_written_is_told_and_leaves_no_part(
        self, state: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        folder = StateFolder(state)
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(StateError, match=r"stack\.json can't be written: No space left on device"):
            folder.write(STACK)
        assert list(state.iterdir()) == []

    def test_whatever_else_cannot_be_written_ends_in_a_sentence(
        self, espresso: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/resources.json")

        monkeypatch.setattr("local.cli.lifecycle.up", full)
        result = espresso("up")
        assert result.exit_code == 1
        assert (
            result.stderr
            == "espresso: /somewhere/resources.json can't be written: No space left on device.\n"
        )


def test_a_demo_without_room_for_its_files_ends_in_a_sentence(
    espresso: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(**_: object) -> str:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile.mkdtemp", none)
    result = espresso("demo")
    assert result.exit_code == 1
    assert "No usable temporary directory found in ['/tmp']. Name another place in TMPDIR." in result.stderr


def test_a_port_whose_holder_sends_a_byte_now_and_then_is_taken_all_the_same(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as holder:
        ended = threading.Event()

        def drip() -> None:
            while not ended.is_set():
                connection, _ = holder.accept()
                with connection:
                    try:
                        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                        while not ended.wait(0.2):
                            connection.sendall(b"x")
                    except OSError:
                        pass

        threading.Thread(target=drip, daemon=True).start()
        begun = time.monotonic()
        with pytest.raises(PortTaken, match="taken by another program"):
            Emulator.start(data_dir=tmp_path, port=holder.getsockname()[1])
        assert time.monotonic() - begun < 30, "the holder decided how long it took"
        ended.set()


@pytest.mark.parametrize(
    "setting",
    [
        {"AWS_DEFAULTS_MODE": "auto"},
        {"AWS_DEFAULTS_MODE": "nosuch"},
        {"AWS_REQUEST_CHECKSUM_CALCULATION": "nosuch"},
        {"AWS_RESPONSE_CHECKSUM_VALIDATION": "nosuch"},
        {"AWS_RETRY_MODE": "nosuch", "AWS_MAX_ATTEMPTS": "many"},
        {"AWS_PROFILE": "nosuch", "AWS_CONFIG_FILE": "/dev/null/none"},
        {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_CA_BUNDLE": "/nowhere", "AWS_ENDPOINT_URL": "http://192.0.2.1", "AWS_REGION": "nowhere"},
    ],
    ids=str,
)
def test_nothing_of_the_users_aws_configuration_is_read_for_a_local_stack(
    shared_emulator: Emulator, setting: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    asked: list[object] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        asked.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    stack = Stack("local", "us-east-1", shared_emulator.endpoint)
    for session in (stack.session(), local_session(shared_emulator.endpoint)):
        client: Any = session.client("dynamodb", endpoint_url=shared_emulator.endpoint)
        assert client.list_tables()["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert client.meta.region_name == "us-east-1"
    assert {address[1] for address in asked if isinstance(address, tuple)} == {shared_emulator.port}


CALLS = {
    "cloudwatch": "list_metrics",
    "dynamodb": "list_tables",
    "events": "list_rules",
    "iam": "list_roles",
    "lambda": "list_functions",
    "logs": "describe_log_groups",
    "sfn": "list_state_machines",
    "sqs": "list_queues",
    "sts": "get_caller_identity",
}


class TestAnEmptyOne:
    """`espresso up --empty`: an emulator for the Pulumi CLI."""

    def test_says_what_points_a_pulumi_stack_at_it_and_what_it_says_works(
        self, espresso: Callable[..., Result]
    ) -> None:
        with socket.create_server((HOST, 0)) as free:
            port = free.getsockname()[1]
        up = espresso("up", "--empty", "--port", str(port))
        assert up.exit_code == 0, up.output
        said = up.output
        words = [line.split() for line in said.splitlines() if not line.startswith("#")]
        assert {tuple(each[:3]) for each in words} == {("pulumi", "config", "set")}
        settings = {each[-2].strip("'"): each[-1] for each in words}
        assert all(
            settings[f"aws:{name}"] == "true"
            for name in (
                "skipCredentialsValidation",
                "skipMetadataApiCheck",
                "skipRequestingAccountId",
                "s3UsePathStyle",
            )
        )
        (secret,) = [each for each in words if "--secret" in each]
        assert secret[-2] == "aws:secretKey"
        assert all("--path" in each for each in words if "aws:endpoints" in each[-2])
        assert set(CALLS) == set(SERVICES)
        for service in SERVICES:
            client: Any = local_session().client(
                {"sfn": "stepfunctions"}.get(service, service),  # type: ignore[call-overload]
                region_name=settings["aws:region"],
                endpoint_url=settings[f"aws:endpoints[0].{service}"],
                aws_access_key_id=settings["aws:accessKey"],
                aws_secret_access_key=settings["aws:secretKey"],
            )
            assert getattr(client, CALLS[service])()["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert "tracingConfiguration" in said
        again = espresso("up", "--empty")
        assert again.output == said, "a second one says it again"
        assert settings["aws:secretKey"] in espresso("env").output
        other = espresso("up", "--any-credentials")
        assert other.exit_code == 1
        assert "stop it first" in other.output
        in_a_shell = ["sh", "-ec", f'pulumi() {{ echo "$#"; }}\n{said}']
        answer = subprocess.run(in_a_shell, capture_output=True, text=True, check=True, timeout=180)
        assert set(answer.stdout.split()) == {"4", "5"}
        assert answer.stderr == ""

    def test_takes_any_key_pair_if_that_is_asked_for_and_says_what_that_means(
        self, espresso: Callable[..., Result], state: Path
    ) -> None:
        with socket.create_server((HOST, 0)) as free:
            port = free.getsockname()[1]
        said = espresso("up", "--empty", "--any-credentials", "--port", str(port)).output
        assert "every user of this machine can use it, and run code as you" in said
        client: Any = local_session().client("sqs", endpoint_url=f"http://{HOST}:{port}")
        assert client.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_empty_one_has_no_console(espresso: Callable[..., Result]) -> None:
    result = espresso("up", "--empty", "--console")
    assert result.exit_code == 2
    assert "leave out --empty" in result.output


def test_the_environment_of_no_stack_is_an_error_that_a_shell_does_not_read(
    espresso: Callable[..., Result],
) -> None:
    result = espresso("env")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Start one with `espresso up`" in result.stderr
