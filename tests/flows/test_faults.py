"""What the workflows do when a service falters: every task is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from stepfunctions_local_client import Execution
    from stepfunctions_local_client.pytest_plugin import RunningEngine
    from tests.flows.conftest import Flow


def faltering(execution: Execution) -> str:
    """Return the one state at which something failed that was tried again."""
    (step,) = [step for step in execution.path if step.retriers]
    return step.name


@pytest.fixture(scope="module", autouse=True)
def slow_fault(processor: Flow, stepfunctions_engine: RunningEngine) -> str:
    """Provide a case that takes fifteen seconds where the pauses between attempts are real; it goes on beside all
    others."""
    if stepfunctions_engine.name == "localstack":
        processor.ahead["BrokenRegisterOrder"] = processor.start("BrokenRegisterOrder")
    return "BrokenRegisterOrder"


WORKFLOWS = pytest.mark.parametrize(
    ("workflow", "real_pauses"), [("processor", False), ("hasty_processor", True), ("manager", False)]
)


@WORKFLOWS
def test_a_fault_that_stays_is_tried_five_times_and_ends_the_execution_as_failed(
    workflow: str, real_pauses: bool, request: pytest.FixtureRequest, retries_at_once: None
) -> None:
    runs = request.getfixturevalue(workflow).run_all("Broken", real_pauses=real_pauses)
    assert len(runs) >= 8
    for run in runs:
        name = faltering(run)
        run.expect_failed().expect_attempts(name, 5)
        assert run.path[-1].name == name


@WORKFLOWS
def test_a_fault_that_passes_is_not_noticed(
    workflow: str, real_pauses: bool, request: pytest.FixtureRequest, goes_on_to_the_next_reply: None
) -> None:
    runs = request.getfixturevalue(workflow).run_all("Falters", real_pauses=real_pauses)
    assert len(runs) >= 8
    for run in runs:
        assert "Falters" in run.case
        assert any(step.attempts == 2 for step in run.path), run.describe()
        assert run.error in ("", "UnexpectedOrderState"), run.describe()


def test_a_fault_that_stays_is_tried_five_times_on_every_engine(processor: Flow, slow_fault: str) -> None:
    processor.run(slow_fault).expect_failed().expect_attempts("Register order", 5)
