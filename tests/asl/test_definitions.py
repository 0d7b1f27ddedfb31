"""The model of a definition, and which errors its retriers and catchers take."""

from __future__ import annotations

import pytest

from asl.definitions import Definition, matches, waits_for_token

ANY = "States.ALL"
FAILED = "States.TaskFailed"


@pytest.mark.parametrize(
    ("names", "error", "taken"),
    [
        (["Mine"], "Mine", True),
        (["Mine"], "mine", False),
        ([ANY], "Mine", True),
        ([ANY], "States.Timeout", True),
        ([ANY], "States.HeartbeatTimeout", True),
        ([ANY], "States.Runtime", False),
        (["States.Runtime"], "States.Runtime", False),
        ([ANY], "States.DataLimitExceeded", False),
        (["States.DataLimitExceeded"], "States.DataLimitExceeded", True),
        ([FAILED], "States.DataLimitExceeded", False),
        ([FAILED], "Mine", True),
        ([FAILED], "States.Permissions", True),
        ([FAILED], "States.Timeout", False),
        ([FAILED], "States.HeartbeatTimeout", False),
        ([FAILED], "States.Runtime", False),
        ([FAILED, "States.Timeout"], "States.Timeout", True),
        (["States.Timeout"], "States.HeartbeatTimeout", True),
        (["States.HeartbeatTimeout"], "States.Timeout", False),
        ([], "Mine", False),
    ],
)
def test_an_error_is_taken_as_aws_takes_it(names: list[str], error: str, taken: bool) -> None:
    assert matches(names, error) is taken


@pytest.mark.parametrize(
    ("resource", "waits"),
    [
        ("arn:aws:states:::lambda:invoke.waitForTaskToken", True),
        ("arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken", True),
        ("${Resource}.waitForTaskToken", True),
        ("arn:aws:states:::lambda:invoke", False),
        ("arn:aws:states:::sqs:sendMessage.sync", False),
        # Behind the ARN of a function or an activity it is part of the name.
        ("arn:aws:lambda:eu-west-1:123456789012:function:brew.waitForTaskToken", False),
        ("arn:aws:states:eu-west-1:123456789012:activity:brew.waitForTaskToken", False),
    ],
)
def test_a_task_waits_for_its_token_if_its_resource_says_so(resource: str, waits: bool) -> None:
    assert waits_for_token(resource) is waits
    for kind in ("Task", "Pass"):
        [state] = Definition({"StartAt": "A", "States": {"A": {"Type": kind, "Resource": resource}}}).states
        assert state.waits_for_token is (waits and kind == "Task")


def test_the_states_of_every_scope_are_listed_with_where_they_lead() -> None:
    inner = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    definition = Definition(
        {
            "StartAt": "A",
            "States": {
                "A": {
                    "Type": "Map",
                    "ItemProcessor": inner,
                    "Next": "C",
                    "Catch": [{"ErrorEquals": [ANY], "Next": "D"}],
                },
                "C": {"Type": "Choice", "Choices": [{"Next": "A"}], "Default": "nowhere"},
                "D": {"Type": "Fail"},
            },
        }
    )
    assert [state.name for state in definition.states] == ["A", "C", "D", "B"]
    ways = [
        (t.source.name, t.kind, t.target, t.to is not None) for s in definition.states for t in s.transitions
    ]
    assert ways == [
        ("A", "next", "C", True),
        ("A", "catch", "D", True),
        ("C", "choice", "A", True),
        ("C", "default", "nowhere", False),
    ]
    assert [scope.kind for scope in definition.states[0].inner] == ["processor"]
