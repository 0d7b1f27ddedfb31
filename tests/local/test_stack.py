"""What is deployed where."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import program.settings
from local.stacks.stack import PLAIN_STACKS, RunningStack, Stack, StateError, StateFolder
from stepfunctions_local_client.credentials import Credentials, forget, remember

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["local", "workshop"])
def test_the_plain_stacks_carry_the_names_of_the_public_walkthrough(name: str) -> None:
    stack = Stack(name, "eu-west-1")
    assert stack.order_table == "serverlesspresso-order-table"
    assert stack.config_table == "serverlesspresso-config-table"
    assert stack.counting_table == "serverlesspresso-counting-table"
    assert stack.bus == "Serverlesspresso"
    assert stack.processor == "OrderProcessorWorkflow"
    assert stack.manager == "OrderManagerStateMachine"


def test_the_plain_stacks_are_those_of_the_program() -> None:
    assert frozenset(program.settings.PLAIN_STACKS) == PLAIN_STACKS


def test_every_other_stack_carries_its_name_as_a_suffix() -> None:
    stack = Stack("alice", "eu-west-1")
    assert stack.order_table == "serverlesspresso-order-table-alice"
    assert stack.bus == "Serverlesspresso-alice"
    assert stack.manager == "OrderManagerStateMachine-alice"


def test_outputs_go_before_derived_names() -> None:
    stack = Stack(
        "alice", "eu-west-1", outputs={"orderTableName": "orders-of-alice", "orderProcessorArn": "arn:p"}
    )
    assert stack.order_table == "orders-of-alice"
    assert stack.machine_arns is None
    both = Stack("alice", "eu-west-1", outputs={"orderProcessorArn": "arn:p", "orderManagerArn": "arn:m"})
    assert both.machine_arns == ("arn:p", "arn:m")


def test_a_local_session_ignores_profiles_and_credentials_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "there-is-no-such-profile")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    session = Stack("local", "us-east-1", "http://127.0.0.1:1").session()
    credentials = session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, session.region_name) == ("test", "us-east-1")
    session.client("dynamodb", endpoint_url="http://127.0.0.1:1")


def test_the_environment_points_another_client_at_the_emulator() -> None:
    remember("http://127.0.0.1:4566", Credentials("AKIAOFTHISSTACK", "its-secret"))
    assert Stack("local", "us-east-1", "http://127.0.0.1:4566").environment() == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_ACCESS_KEY_ID": "AKIAOFTHISSTACK",
        "AWS_SECRET_ACCESS_KEY": "its-secret",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    forget("http://127.0.0.1:4566")


RUNNING = RunningStack(
    Stack(
        "local", "us-east-1", "http://127.0.0.1:4566", {"region": "us-east-1", "functionNames": {"a": "b"}}
    ),
    "2026-11-22T07:00:00+00:00",
    44,
)


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "deep" / "state")
    assert folder.read() is None
    folder.write(RUNNING)
    assert folder.read() == RUNNING
    folder.clear()
    assert folder.read() is None
    folder.clear()


def test_a_write_that_fails_leaves_the_former_state_and_no_rubbish(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    folder.write(RUNNING)
    unwritable: dict[str, object] = {"x": object()}
    with pytest.raises(TypeError):
        folder.write(RunningStack(Stack("local", "r", None, unwritable), "now", 1))  # type: ignore[arg-type]
    assert folder.read() == RUNNING
    assert [path.name for path in tmp_path.iterdir()] == ["stack.json"]


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"stack": {}}', '{"stack": {"name": "local"}, "pid": 1}']
)
def test_a_state_that_is_not_ours_is_an_error_that_says_what_to_do(tmp_path: Path, content: str) -> None:
    (tmp_path / "stack.json").write_text(content)
    with pytest.raises(StateError, match="`espresso down` stops what runs"):
        StateFolder(tmp_path).read()


def test_a_second_process_is_kept_out_while_the_first_one_is_at_work(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from local.stacks.stack import StateFolder\n"
        f"with StateFolder(Path({json.dumps(str(tmp_path))})).lock(): pass"
    )
    with StateFolder(tmp_path).lock():
        other = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=180, check=False
        )
    assert other.returncode != 0
    assert "Another `espresso up` or `espresso down` is at work" in other.stderr
    with StateFolder(tmp_path).lock():
        pass


def test_the_state_folder_can_be_chosen_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ESPRESSO_STATE", str(tmp_path))
    assert StateFolder().path == tmp_path
