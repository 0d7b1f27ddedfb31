"""The command line: its arguments, and its plain answers."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from local.cli.app import app
from local.stacks.emulator import Emulator
from local.stacks.stack import RunningStack, Stack, StateFolder
from tests.espresso import run_espresso

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    from tests.local.conftest import Deployed

FULL = Path("/dev/full")


@pytest.fixture
def espresso(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run a command with a state folder of its own, without any AWS configuration."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ESPRESSO_STATE", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("COLUMNS", "200")
    return run_espresso


def test_a_command_loads_none_of_the_large_libraries_that_it_does_not_need() -> None:
    script = (
        "import importlib, sys\n"
        "from local.cli import main\n"
        "def tell(what, *large): print(what, *sorted(sys.modules.keys() & set(large)))\n"
        "try: main()\n"
        "except SystemExit: tell('help', 'asl', 'boto3', 'botocore', 'grpc', 'ministack', 'pulumi', 'pulumi_aws')\n"
        "for name in ('lifecycle', 'driving', 'console'):\n"
        "    importlib.import_module(f'local.cli.{name}')\n"
        "    tell(name, 'asl', 'grpc', 'pulumi')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, "--help"], capture_output=True, text=True, timeout=180, check=True
    )
    assert ran.stdout.splitlines()[-4:] == ["help", "lifecycle", "driving asl", "console asl"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["brew"], "No such command"),
        (["manage", "dance", "2"], "dance"),
        (["manage", "make"], "ORDER_ID"),
        (["order"], "ORDER_ID"),
        (["show", ""], "at least one character"),
        (["show", "2", "--region", "eu-west-1"], "--stack"),
        (["up", "--port", "0"], "--port"),
        (["up", "--port", "http"], "--port"),
        (["order", "2", "--wait", "0"], "--wait"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(
    espresso: Callable[..., Result], arguments: list[str], said: str
) -> None:
    result = espresso(*arguments)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize("command", [["order", "2"], ["manage", "make", "2"], ["show", "2"]])
def test_without_a_running_stack_every_command_says_how_to_start_one(
    espresso: Callable[..., Result], command: list[str]
) -> None:
    result = espresso(*command)
    assert result.exit_code == 1
    assert "No local stack runs. Start one with `espresso up`" in result.output


def test_the_status_of_a_stack_that_does_not_run_is_1(espresso: Callable[..., Result]) -> None:
    result = espresso("status")
    assert (result.exit_code, result.output) == (1, "No local stack runs. `espresso up` starts one.\n")


def test_stopping_what_does_not_run_is_no_failure(espresso: Callable[..., Result]) -> None:
    result = espresso("down")
    assert (result.exit_code, result.output) == (0, "No local stack runs.\n")


@pytest.fixture
def dead(tmp_path: Path) -> None:
    """The state of a stack whose process is gone."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(30)
    stack = Stack("local", "us-east-1", "http://127.0.0.1:9")
    StateFolder(tmp_path).write(RunningStack(stack, "2026-11-22T07:00:00+00:00", 44))
    (tmp_path / "emulator").mkdir()
    (tmp_path / "emulator" / "emulator.json").write_text(
        f'{{"pid": {ended.pid}, "port": 9, "identity": "espresso-gone"}}'
    )


@pytest.mark.usefixtures("dead")
def test_a_stack_whose_process_is_gone_is_told_and_cleared_away(espresso: Callable[..., Result]) -> None:
    status = espresso("status")
    assert status.exit_code == 1
    assert "is gone: its process no longer runs" in status.output
    shown = espresso("show", "2")
    assert shown.exit_code == 1
    assert "The local stack is gone" in shown.output
    down = espresso("down")
    assert down.exit_code == 0
    assert "had stopped by itself" in down.output
    assert "No local stack runs" in espresso("status").output


def test_a_state_that_cannot_be_read_is_told(espresso: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{")
    for command in (["status"], ["up"], ["show", "2"]):
        result = espresso(*command)
        assert result.exit_code == 1
        assert "stack.json can't be read" in result.output
    assert espresso("down").exit_code == 0
    assert "No local stack runs" in espresso("status").output


def test_a_taken_port_is_told_with_another_one_to_try(espresso: Callable[..., Result]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = espresso("up", "--port", str(port))
    assert result.exit_code == 1
    assert f"Port {port} is taken" in result.output
    assert f"espresso up --port {port + 1}" in result.output
    assert "No local stack runs" in espresso("status").output


def test_a_deployment_that_fails_is_told_and_leaves_no_emulator_running(
    espresso: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import local.deployer as engine

    def fail(*_: object, **__: object) -> None:
        raise engine.ResourceError("aws:dynamodb/table:Table", "orders", "said the emulator")

    monkeypatch.setattr(engine, "deploy", fail)
    monkeypatch.setattr("local.cli.lifecycle.DEFAULT_PORT", None)
    result = espresso("up")
    assert result.exit_code == 1
    assert "The deployment failed: aws:dynamodb/table:Table 'orders': said the emulator" in result.output
    assert not (tmp_path / "emulator" / "emulator.json").exists()
    assert "No local stack runs" in espresso("status").output


def test_a_demo_whose_step_does_not_happen_names_the_step_and_keeps_the_log(
    espresso: Callable[..., Result], deployed: Deployed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import local.orders.walkthrough as walkthrough
    from local.cli import deploying

    def fail(*_: object) -> object:
        raise walkthrough.StepFailed(walkthrough.steps()[3], "the function is broken", (), None)

    # The stack that is there already; what is deployed to the demo's own emulator does not matter here.
    there = deploying.Deployed(deployed.stack, {"created": 1}, 0.1)
    monkeypatch.setattr("local.cli.demo.deploy_with_progress", lambda *_: there)
    monkeypatch.setattr(walkthrough, "_send", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = espresso("demo")
    assert result.exit_code == 1
    assert (
        "Step 4 (The workflow draws a number and waits for a barista) did not happen: the function is broken"
        in result.output
    )
    (folder,) = tmp_path.glob("espresso-demo-*")
    assert f"the emulator's log is kept: {folder / 'emulator.log'}" in result.output
    assert (folder / "emulator.log").is_file()
    assert not (folder / "emulator.json").exists()


def test_a_deployed_stack_without_a_region_is_asked_for_one(espresso: Callable[..., Result]) -> None:
    result = espresso("show", "2", "--stack", "alice")
    assert result.exit_code == 1
    assert "in which region the stack alice is: add --region" in result.output


def test_a_deployed_stack_without_credentials_is_told(espresso: Callable[..., Result]) -> None:
    result = espresso("show", "2", "--stack", "alice", "--region", "eu-west-1")
    assert result.exit_code == 1
    assert "There are no AWS credentials to look for the stack alice with" in result.output


@pytest.fixture
def by_name(
    espresso: Callable[..., Result], deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Reaches the emulator as a deployed stack: by ordinary AWS settings, `--stack` and `--region` alone."""
    for name, value in deployed.stack.environment().items():
        monkeypatch.setenv(name, value)
    return lambda *arguments, stack="workshop": espresso(
        *arguments, "--stack", stack, "--region", "us-east-1"
    )


def test_a_deployed_stack_is_driven_by_its_name_and_region(
    by_name: Callable[..., Result], deployed: Deployed
) -> None:
    order_id = deployed.new_id()
    scanned = by_name("order", order_id)
    assert scanned.exit_code == 0, scanned.output
    assert "Emit - Workflow Started TT (waits here)" in scanned.output
    chosen = by_name("manage", "put", order_id, "--drink", "Flat White", "--modifier", "Milk=Oat")
    assert chosen.exit_code == 0, chosen.output
    assert chosen.output.rstrip().endswith("accepted")
    shown = by_name("show", order_id)
    assert shown.exit_code == 0, shown.output
    assert '"drink":"Flat White"' in shown.output


def test_a_deployed_stack_that_is_not_there_is_told(by_name: Callable[..., Result]) -> None:
    for command in (["order", "2"], ["show", "2"], ["manage", "make", "2"]):
        result = by_name(*command, stack="nobodys")
        assert result.exit_code == 1
        assert "There is no stack nobodys in AWS us-east-1" in result.output


def test_an_order_that_does_not_exist_is_told(by_name: Callable[..., Result]) -> None:
    shown = by_name("show", "no-such-order")
    assert shown.exit_code == 1
    assert "There is no order no-such-order in the stack workshop" in shown.output
    made = by_name("manage", "make", "no-such-order")
    assert made.exit_code == 1
    assert "refused, OrderNotFound: there is no such order" in made.output


def test_a_drink_that_is_not_on_the_menu_is_told_with_the_menu(
    by_name: Callable[..., Result], deployed: Deployed
) -> None:
    order_id = deployed.waiting_for_customer()
    result = by_name("manage", "put", order_id, "--drink", "Expresso")
    assert result.exit_code == 1
    assert "refused, NotOnTheMenu" in result.output
    assert "Did you mean Espresso? On the menu: Cappuccino, Latte, " in result.output


def test_a_second_scan_of_a_code_is_told(by_name: Callable[..., Result], deployed: Deployed) -> None:
    order_id = deployed.waiting_for_customer()
    result = by_name("order", order_id)
    assert result.exit_code == 1
    assert f"There is an order {order_id} already (CREATED)" in result.output


def test_an_order_cancelled_by_its_barista_is_closed(
    by_name: Callable[..., Result], deployed: Deployed
) -> None:
    order_id = deployed.waiting_for_barista()
    cancelled = by_name("manage", "cancel", order_id, "--barista", "7")
    assert cancelled.exit_code == 0, cancelled.output
    again = by_name("manage", "put", order_id)
    assert again.exit_code == 1
    assert "refused, OrderClosed: the order is over" in again.output


def test_what_is_shown_of_an_order_tells_whom_it_waits_for_and_hides_its_token(
    by_name: Callable[..., Result], deployed: Deployed
) -> None:
    order_id = deployed.waiting_for_barista()
    by_name("manage", "make", order_id)
    result = by_name("show", order_id)
    assert result.exit_code == 0
    assert "for the barista, for " in result.output
    assert " left" in result.output
    for state in ("Generate Order Number", "Store the drink", "Claim order"):
        assert state in result.output
    assert "TaskToken" in result.output
    assert (deployed.raw_row(order_id)["TaskToken"]["S"] in result.output) is False


def test_an_order_may_have_any_text_as_its_id(by_name: Callable[..., Result]) -> None:
    order_id = "[bold]a b/c[/bold]é"
    result = by_name("order", order_id)
    assert result.exit_code == 0, result.output
    assert f"Scanned the code of order {order_id}" in result.output
    assert by_name("manage", "cancel", order_id).exit_code == 0
    assert order_id in by_name("show", order_id).output


def test_plain_output_has_no_colour_codes_and_no_folded_lines(
    by_name: Callable[..., Result], deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    result = by_name("show", deployed.waiting_for_customer())
    assert "\x1b" not in result.output
    assert (
        "Register order → DynamoDB Get Shop status → Shop Open? → Claim a place in the queue" in result.output
    )


PROTECTED_QUEUE = """
import pulumi
import pulumi_aws as aws

aws.sqs.Queue("letters", name="letters", opts=pulumi.ResourceOptions(protect={protect}))
"""


def test_a_protected_stack_is_not_purged_and_goes_on_until_it_is_no_longer_protected(
    espresso: Callable[..., Result], tmp_path: Path
) -> None:
    from local.deployer import StateFile, deploy

    folder = StateFolder(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: serverlesspresso\nruntime: python\n")
    program = tmp_path / "__main__.py"
    emulator = Emulator.start(data_dir=folder.emulator_folder)
    try:
        for protect in ("True", "False"):
            program.write_text(PROTECTED_QUEUE.format(protect=protect))
            deploy(emulator.endpoint, program=program, state=StateFile(folder.resources("local")))
            if protect == "True":
                refused = espresso("down", "--purge")
                assert refused.exit_code == 1
                assert "Nothing was deleted, since these are protected: Queue letters." in refused.output
                assert "Set `protectData` to false in Pulumi.local.yaml" in refused.output
                assert emulator.is_running()
        purged = espresso("down", "--purge")
        assert (purged.exit_code, purged.output.splitlines()[0]) == (0, "Deleted 1 resource.")
        assert not emulator.is_running()
        assert not folder.path.exists()
    finally:
        emulator.stop()


# --- For programs ---------------------------------------------------------------------------------------------

EXECUTION = {"arn", "status", "started", "stopped", "input", "output", "error", "cause", "states"}


def test_an_order_is_told_to_programs(by_name: Callable[..., Result], deployed: Deployed) -> None:
    order_id = deployed.waiting_for_customer()
    chosen = json.loads(by_name("manage", "put", order_id, "--drink", "Latte", "--json").stdout)
    assert chosen.keys() == {"accepted", "reason", "message", "row", "execution"}
    assert (chosen["accepted"], chosen["reason"], chosen["message"]) == (True, None, None)
    assert chosen["row"]["drinkOrder"]["drink"] == "Latte"
    assert chosen["execution"].keys() == EXECUTION
    shown = json.loads(by_name("show", order_id, "--json").stdout)
    assert shown.keys() == {"order", "row", "waits", "processor", "manager"}
    assert shown["waits"].keys() == {"person", "state", "since", "seconds_left"}
    assert (shown["order"], shown["waits"]["person"]) == (order_id, "barista")
    (own,), (asked,) = shown["processor"], shown["manager"]
    assert own.keys() == asked.keys() == EXECUTION
    assert own["states"][-1].keys() == {"name", "type", "entered", "left", "failures"}
    assert shown["row"]["TaskToken"].startswith("****")
    assert (deployed.raw_row(order_id)["TaskToken"]["S"] in json.dumps(shown)) is False


def test_a_refusal_is_told_to_programs_with_exit_code_1(
    by_name: Callable[..., Result], deployed: Deployed
) -> None:
    order_id = deployed.waiting_for_customer()
    result = by_name("manage", "make", order_id, "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert (answer["accepted"], answer["reason"]) == (False, "NotReady")
    assert answer["message"] == "it is too early for that."
    assert answer["row"]["ORDERSTATE"] == "CREATED"


@pytest.mark.parametrize("modifier", ["Gravel", "Milk=Gravel", "Shots=Oat"])
def test_an_option_that_a_drink_does_not_have_is_named_with_those_that_it_has(
    by_name: Callable[..., Result], deployed: Deployed, modifier: str
) -> None:
    order_id = deployed.waiting_for_customer()
    result = by_name("manage", "put", order_id, "--drink", "Latte", "--modifier", modifier)
    assert result.exit_code == 1
    assert f"refused, NotOnTheMenu: Latte does not come with {modifier}." in result.output
    assert "It comes with Milk: " in result.output
    assert "Oat" in result.output.rpartition("It comes with")[2]


def test_a_second_scan_is_told_before_anything_else(
    by_name: Callable[..., Result], deployed: Deployed
) -> None:
    order_id = deployed.waiting_for_customer()
    result = by_name("order", order_id)
    assert result.output.startswith(f"espresso: There is an order {order_id} already (CREATED)")


def test_a_stack_that_does_not_run_is_told_to_programs(espresso: Callable[..., Result]) -> None:
    status = espresso("status", "--json")
    assert status.exit_code == 1
    answer = json.loads(status.stdout)
    assert answer.keys() == {
        "running", "message", "endpoint", "started", "process", "resources", "shop", "log",
    }  # fmt: skip
    assert answer["running"] is False
    assert "No local stack runs" in answer["message"]
    plan = espresso("plan", "--json")
    assert plan.exit_code == 1
    assert json.loads(plan.stdout) == {"running": False, "changes": [], "unchanged": 0, "without_effect": {}}


def test_it_says_its_version(espresso: Callable[..., Result]) -> None:
    assert re.fullmatch(r"espresso \d+\.\d+\.\d+\S*\n", espresso("--version").output)


@pytest.mark.parametrize(
    ("shell", "exit_code", "said"),
    [
        ("bash", 0, "complete -o default -F "),
        ("zsh", 0, "compdef "),
        ("fish", 0, "complete --command "),
        ("sh", 1, "Shell sh not supported"),
    ],
)
def test_words_are_completed_in_the_shell_that_is_found_to_be_typed_in(
    espresso: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, shell: str, exit_code: int, said: str
) -> None:
    monkeypatch.setattr("shellingham.detect_shell", lambda: (shell, f"/bin/{shell}"))
    result = espresso("--show-completion")
    assert (result.exit_code, said in result.output) == (exit_code, True), result.output


@pytest.mark.parametrize("columns", ["60", "80", "100", "200"])
def test_every_command_explains_itself_and_splits_no_word(
    espresso: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    helps = {name: espresso(*name.split(), "--help") for name in ("", *group.commands)}
    for name, command in {"": group, **group.commands}.items():
        text = helps[name].output
        assert helps[name].exit_code == 0
        assert "Usage:" in text
        assert "--help" in text
        assert "…" not in text, text
        for option in command.params:
            if option.param_type_name == "option":
                assert all(f"{word} " in text for word in option.opts), text
    assert "OrderManagerStateMachine" in helps["manage"].output


@pytest.mark.parametrize(
    ("command", "port"), [("up", "0"), ("demo", "65536"), ("console", "-1"), ("console", "x")]
)
def test_a_port_that_is_none_is_refused_with_what_one_is(
    espresso: Callable[..., Result], command: str, port: str
) -> None:
    result = espresso(command, f"--port={port}")
    assert result.exit_code == 2
    assert (
        f"'{port}' is not a port: a number from {'0' if command == 'console' else '1'} to 65535"
        in result.output
    )


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("command", ["status", "costs", "--help", "--version"])
def test_an_output_that_takes_nothing_ends_in_a_sentence(command: str, tmp_path: Path) -> None:
    with FULL.open("w", encoding="utf-8") as full:
        answer = subprocess.run(
            [sys.executable, "-c", "from local.cli import main; main()", command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=180,
            check=False,
            env=os.environ | {"ESPRESSO_STATE": str(tmp_path)},
        )
    assert answer.returncode == 1
    assert answer.stderr == "espresso: The output can't be written: No space left on device.\n"
