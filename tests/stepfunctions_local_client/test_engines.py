"""Engines that the client starts: where they cannot, and what they leave behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from stepfunctions_local_client import Client, Engine, EngineError, engine_at

STARTS_ONE = """
import json, sys, time
from stepfunctions_local_client import Engine
engine = Engine.start("ministack")
print(json.dumps([engine.endpoint, str(engine.folder)]), flush=True)
time.sleep(60)
"""


def test_a_port_that_is_taken_is_told_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(EngineError, match=f"port {port} of 127.0.0.1 cannot be had"):
            Engine.start("ministack", port=port)


def test_an_engine_that_is_not_installed_is_told_with_the_environment_that_was_looked_into() -> None:
    with pytest.raises(EngineError, match=f"localstack is not installed for {sys.executable}"):
        Engine.start("localstack", python=sys.executable)


def test_an_interpreter_that_does_not_exist_is_told() -> None:
    with pytest.raises(EngineError, match="no interpreter /nowhere/python"):
        Engine.start("ministack", python="/nowhere/python")


def test_an_engine_that_ends_by_itself_shows_its_log_and_leaves_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(EngineError, match=r"ministack ended with \d+; its log ends with") as failed:
        Engine.start("ministack", environment={"MINISTACK_DOCKER_TIMEOUT": "soon"})
    assert "soon" in str(failed.value)
    assert not list(tmp_path.iterdir())


def test_an_address_where_nobody_answers_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(EngineError, match=f"no engine answers at {endpoint}"):
        engine_at(endpoint)
    with pytest.raises(EngineError, match="no engine answers"):
        Client(endpoint).use_mocks({"StateMachines": {}, "MockedResponses": {}})
    with pytest.raises(ValueError, match="write http://host:port"):
        Client("127.0.0.1:8083")


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL], ids=lambda blow: blow.name)
def test_a_process_that_ends_takes_its_engine_and_the_engines_files_with_it(blow: signal.Signals) -> None:
    # A process group of its own, as a shell gives it: Ctrl-C goes to all of the group.
    process = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
    )
    with process:
        assert process.stdout is not None
        endpoint, folder = json.loads(process.stdout.readline())
        assert engine_at(endpoint) == "ministack"
        os.killpg(process.pid, blow)
    end = time.monotonic() + 15
    while Path(folder).exists() or _answers(endpoint):
        assert time.monotonic() < end, "the engine outlived the process that had started it by 15 s"
        time.sleep(0.05)


def _answers(endpoint: str) -> bool:
    try:
        return bool(engine_at(endpoint))
    except EngineError:
        return False
