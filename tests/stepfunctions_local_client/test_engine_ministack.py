"""What is changed about MiniStack in its process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ministack.services import stepfunctions  # type: ignore[import-untyped]

from stepfunctions_local_client.engine_ministack import start_executions_at_once

if TYPE_CHECKING:
    import pytest


def test_an_execution_begins_at_once_and_a_wait_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    ended: list[str] = []
    monkeypatch.setattr(time, "sleep", rests.append)
    monkeypatch.setattr(stepfunctions, "time", stepfunctions.time)  # put back afterwards
    monkeypatch.setattr(stepfunctions, "_executions", {"it": {"stateMachineArn": "of no state machine"}})
    monkeypatch.setattr(stepfunctions, "_fail_execution", lambda _it, error, _cause: ended.append(error))
    stepfunctions._run_execution("it")
    assert rests == [0.15], "MiniStack no longer rests: then nothing is to be changed about it"
    start_executions_at_once(stepfunctions)
    stepfunctions._run_execution("it")
    stepfunctions._scaled_sleep(7)
    assert rests == [0.15, 7]
    assert ended == ["StateMachineDeleted"] * 2
