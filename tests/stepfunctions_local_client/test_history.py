"""An execution's history read as steps: attempts, catchers, retriers, branches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stepfunctions_local_client import Definition, Execution, ExpectationFailed, Step, masked
from stepfunctions_local_client.history import steps_of

if TYPE_CHECKING:
    from stepfunctions_local_client import Json, JsonObject

TOKEN = "AQCEAAAAKgAAAAMAAAAA" * 20

definition: JsonObject = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"MessageBody": {"inner": [{"TaskToken.$": "$$.Task.Token"}]}},
            "Retry": [
                {"ErrorEquals": ["Bank.Busy"]},
                {"ErrorEquals": ["States.TaskFailed"], "MaxAttempts": 1},
            ],
            "Catch": [
                {"ErrorEquals": ["Bank.Broke"], "Next": "Sorry"},
                {"ErrorEquals": ["States.ALL"], "Next": "Help"},
            ],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
        "Sorry": {"Type": "Pass", "End": True},
        "Help": {"Type": "Pass", "End": True},
    },
}


class History:
    """Events as AWS numbers them, each pointing at the one before."""

    def __init__(self) -> None:
        self.events: list[dict[str, object]] = []

    def add(self, kind: str, after: int | None = None, **details: Json) -> int:
        number = len(self.events) + 1
        name = kind[0].lower() + kind[1:] + "EventDetails"
        if kind.endswith("StateEntered"):
            name = "stateEnteredEventDetails"
        elif kind.endswith("StateExited"):
            name = "stateExitedEventDetails"
        previous = number - 1 if after is None else after
        self.events.append({"id": number, "previousEventId": previous, "type": kind, name: details})
        return number

    def steps(self, document: JsonObject = definition) -> list[Step]:
        return steps_of(self.events, Definition(document))


def scheduled(history: History, token: str = TOKEN) -> None:
    body = json.dumps({"MessageBody": {"inner": [{"TaskToken": token}]}})
    history.add("TaskScheduled", parameters=body)
    history.add("TaskSubmitted")


def charged(*errors: str, then: str) -> History:
    """Return an execution whose first state fails so often and then leads on."""
    history = History()
    history.add("ExecutionStarted", after=0)
    history.add("TaskStateEntered", name="Charge", input='{"card": 1}')
    for error in errors:
        scheduled(history)
        history.add("TaskFailed", error=error, cause=f"no: {error}")
    if then == "Done":
        scheduled(history)
        history.add("TaskSucceeded", output="{}")
    history.add("TaskStateExited", name="Charge", output='{"paid": true}')
    history.add("PassStateEntered", name=then, input="{}")
    return history


def test_a_step_knows_its_input_its_output_and_what_came_next() -> None:
    step = charged(then="Done").steps()[0]
    assert (step.name, step.type, step.input, step.output) == ("Charge", "Task", {"card": 1}, {"paid": True})
    assert (step.attempts, step.following, step.catcher, step.exited) == (1, "Done", None, True)


def test_each_failed_attempt_is_told_with_the_retrier_that_took_it() -> None:
    step = charged("Bank.Busy", "Odd", then="Done").steps()[0]
    assert [failure.error for failure in step.failures] == ["Bank.Busy", "Odd"]
    assert step.attempts == 3
    assert step.retriers == [0, 1]
    assert step.catcher is None


@pytest.mark.parametrize(("error", "then", "catcher"), [("Bank.Broke", "Sorry", 0), ("Odd", "Help", 1)])
def test_the_first_catcher_that_takes_the_error_is_the_one(error: str, then: str, catcher: int) -> None:
    assert charged(error, then=then).steps()[0].catcher == catcher


def test_a_token_is_found_in_the_parameters_and_shown_nowhere() -> None:
    step = charged(then="Done").steps()[0]
    assert [token.reveal() for token in step.tokens] == [TOKEN]
    assert TOKEN not in f"{step!r}{step.tokens!r}{step.parameters!r}{step}"
    assert masked(TOKEN) in repr(step.tokens)


def test_branches_and_iterations_are_told_apart() -> None:
    end: JsonObject = {"Type": "Pass", "End": True}
    document: JsonObject = {
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "Left", "States": {"Left": end}},
                    {
                        "StartAt": "Right",
                        "States": {
                            "Right": {"Type": "Pass", "Next": "Last"},
                            "Last": end,
                        },
                    },
                ],
                "Next": "After",
            },
            "After": {"Type": "Pass", "End": True},
        },
    }
    history = History()
    history.add("ExecutionStarted", after=0)
    history.add("ParallelStateEntered", name="Both", input="{}")
    started = history.add("ParallelStateStarted")
    right = history.add("PassStateEntered", after=started, name="Right", input="{}")
    left = history.add("PassStateEntered", after=started, name="Left", input="{}")
    right = history.add("PassStateExited", after=right, name="Right", output="{}")
    history.add("PassStateExited", after=left, name="Left", output="{}")
    last = history.add("PassStateEntered", after=right, name="Last", input="{}")
    last = history.add("PassStateExited", after=last, name="Last", output="{}")
    history.add("ParallelStateSucceeded", after=last)
    history.add("ParallelStateExited", name="Both", output="[{}, {}]")
    history.add("PassStateEntered", name="After", input="[{}, {}]")
    run = Execution("M", "SUCCEEDED", None, None, path=tuple(history.steps(document)))
    run.expect_path("Both", "After")
    run.expect_path("Right", "Last", within="Both", branch=1)
    run.expect_path("Left", within="Both", branch=0)
    assert [step.following for step in run.path] == ["After", "Last", None, None, None]


def test_a_failed_expectation_shows_the_route_the_last_state_and_its_input() -> None:
    steps = charged("Bank.Busy", "Bank.Broke", then="Sorry").steps()
    steps[-1].input = {"card": 1, "TaskToken": TOKEN}
    run = Execution(
        "Orders", "FAILED", None, None, error="Broke", cause="no money", path=tuple(steps), case="Poor"
    )
    with pytest.raises(ExpectationFailed) as caught:
        run.expect_path("Charge", "Done")
    message = str(caught.value)
    assert "expected as step 2 'Done', but there came 'Sorry'" in message
    assert "Orders, case Poor: FAILED with Broke (no money)" in message
    assert "Charge  (2 attempts)  failed: Bank.Broke: no: Bank.Broke, caught" in message
    assert "it ended in 'Sorry', whose input was:" in message
    assert '"card": 1' in message
    assert TOKEN not in message


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("Charge",), "step 2 nothing more, but there came 'Sorry'"),
        (("Charge", "Sorry", "X"), "step 3 'X', but there came nothing more"),
    ],
)
def test_a_route_that_is_too_long_or_too_short_is_told(names: tuple[str, ...], says: str) -> None:
    run = Execution("M", "SUCCEEDED", None, None, path=tuple(charged("Bank.Broke", then="Sorry").steps()))
    with pytest.raises(ExpectationFailed, match=says):
        run.expect_path(*names)
