"""Which events an execution leaves, and which of them each points at, as it was measured on AWS."""

from __future__ import annotations

from typing import Any

import pytest

from asl.execution import Engine, TaskFault

UNDEFINED = {
    "Type": "Pass",
    "QueryLanguage": "JSONata",
    "Output": {"v": "{% $states.input.no %}"},
    "End": True,
}
DONE = {"Type": "Pass", "End": True}
BOOM = {"Type": "Fail", "Error": "Own", "Cause": "told"}
SEND = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
ALL = ["States.ALL"]


def scope(name: str, state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state}}


def parallel(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"Type": "Parallel", "Branches": [scope("In", state)], **({"End": True} | fields)}


def each(state: dict[str, Any], mode: str = "INLINE", **fields: Any) -> dict[str, Any]:
    config = {"Mode": mode, **({"ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {})}
    processor = {"ProcessorConfig": config, **scope("In", state)}
    return {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": processor, **({"End": True} | fields)}


def refuse(_: object) -> object:
    raise TaskFault("SQS.QueueDoesNotExistException", "there is no such queue")


CASES: dict[str, tuple[dict[str, Any], object, str]] = {
    "branches that succeed": (
        parallel(DONE),
        {},
        "ExecutionStarted 0, ParallelStateEntered 0, ParallelStateStarted 2, PassStateEntered 3, PassStateExited 4, "
        "ParallelStateSucceeded 5, ParallelStateExited 5, ExecutionSucceeded 7",
    ),
    "a Fail state in a branch": (
        parallel(BOOM),
        {},
        "ExecutionStarted 0, ParallelStateEntered 0, ParallelStateStarted 2, FailStateEntered 3, "
        "ParallelStateFailed 4, ExecutionFailed 5",
    ),
    "a runtime fault in a branch leaves no event of the state around it": (
        parallel({**DONE, "Parameters": {"x.$": "$.no"}}),
        {},
        "ExecutionStarted 0, ParallelStateEntered 0, ParallelStateStarted 2, PassStateEntered 3, ExecutionFailed 4",
    ),
    "a retried state starts again without having failed": (
        parallel(BOOM, Retry=[{"ErrorEquals": ALL, "MaxAttempts": 1}]),
        {},
        "ExecutionStarted 0, ParallelStateEntered 0, ParallelStateStarted 2, FailStateEntered 3, "
        "ParallelStateStarted 4, FailStateEntered 5, ParallelStateFailed 6, ExecutionFailed 7",
    ),
    "a task that fails in a branch is aborted aside": (
        parallel(SEND, Catch=[{"ErrorEquals": ALL, "Next": "After"}]),
        {},
        "ExecutionStarted 0, ParallelStateEntered 0, ParallelStateStarted 2, TaskStateEntered 3, TaskScheduled 4, "
        "TaskStarted 5, TaskFailed 6, TaskStateAborted 7, ParallelStateFailed 7, ParallelStateExited 9, "
        "PassStateEntered 10, PassStateExited 11, ExecutionSucceeded 12",
    ),
    "a fault of the state itself after its branches": (
        parallel(DONE, ResultSelector={"x.$": "$.no"}),
        {},
        "ExecutionStarted 0, ParallelStateEntered 0, ParallelStateStarted 2, PassStateEntered 3, PassStateExited 4, "
        "ParallelStateSucceeded 5, ExecutionFailed 6",
    ),
    "iterations": (
        each(DONE),
        [1, 2],
        "ExecutionStarted 0, MapStateEntered 0, MapStateStarted 2, MapIterationStarted 3, PassStateEntered 4, "
        "PassStateExited 5, MapIterationSucceeded 6, MapIterationStarted 3, PassStateEntered 8, PassStateExited 9, "
        "MapIterationSucceeded 10, MapStateSucceeded 11, MapStateExited 11, ExecutionSucceeded 13",
    ),
    "no iteration": (
        each(DONE),
        [],
        "ExecutionStarted 0, MapStateEntered 0, MapStateStarted 2, MapStateSucceeded 3, MapStateExited 3, "
        "ExecutionSucceeded 5",
    ),
    "an expression that fails in an iteration": (
        each(UNDEFINED),
        [{}, {}],
        "ExecutionStarted 0, MapStateEntered 0, MapStateStarted 2, MapIterationStarted 3, PassStateEntered 4, "
        "EvaluationFailed 5, MapIterationFailed 6, MapStateFailed 6, ExecutionFailed 8",
    ),
    "a distributed map": (
        each(DONE, "DISTRIBUTED"),
        [1, 2],
        "ExecutionStarted 0, MapStateEntered 0, MapStateStarted 2, MapRunStarted 3, MapRunSucceeded 4, "
        "MapStateSucceeded 5, MapStateExited 4, ExecutionSucceeded 7",
    ),
    "a reader that fails": (
        {
            **each(DONE, "DISTRIBUTED"),
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {}},
        },
        {},
        "ExecutionStarted 0, MapStateEntered 0, MapStateStarted 2, MapRunStarted 3, MapRunFailed 4, MapStateFailed 5, "
        "ExecutionFailed 6",
    ),
    "a limit of a map run that is none": (
        {**each(DONE, "DISTRIBUTED"), "ToleratedFailureCountPath": "$[0]"},
        [-1],
        "ExecutionStarted 0, MapStateEntered 0, MapStateStarted 2, ExecutionFailed 3",
    ),
    "items that cannot be had": (
        {**each(DONE), "QueryLanguage": "JSONata", "Items": "{% $states.input.no %}"},
        {},
        "ExecutionStarted 0, MapStateEntered 0, EvaluationFailed 2, MapStateFailed 3, ExecutionFailed 4",
    ),
    "an expression that fails at each attempt": (
        {
            **SEND,
            "QueryLanguage": "JSONata",
            "Arguments": {"v": "{% $states.input.no %}"},
            "Retry": [{"ErrorEquals": ALL, "MaxAttempts": 1}],
        },
        {},
        "ExecutionStarted 0, TaskStateEntered 0, EvaluationFailed 2, EvaluationFailed 3, ExecutionFailed 4",
    ),
    "a catcher whose own output fails": (
        {
            **parallel(BOOM, QueryLanguage="JSONata"),
            "Catch": [{"ErrorEquals": ALL, "Output": "{% $states.input.no %}", "Next": "After"}],
        },
        {},
        "ExecutionStarted 0, ParallelStateEntered 0, ParallelStateStarted 2, FailStateEntered 3, "
        "ParallelStateFailed 4, EvaluationFailed 4, ParallelStateFailed 6, ExecutionFailed 7",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_event_points_at_the_one_that_it_follows(case: str) -> None:
    state, data, expected = CASES[case]
    states = {"S": state, "After": DONE}
    execution = Engine(refuse).run({"StartAt": "S", "States": states}, data)
    assert ", ".join(f"{event.type} {event.previous}" for event in execution.history.events) == expected


def test_an_iteration_that_fails_tells_which_others_it_cut() -> None:
    slow = {"Type": "Wait", "Seconds": 20, "End": True}
    route = {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "StringEquals": "fail", "Next": "Boom"}],
        "Default": "Slow",
    }
    inner = {"StartAt": "Route", "States": {"Route": route, "Boom": BOOM, "Slow": slow}}
    state = {"Type": "Map", "ItemProcessor": inner, "End": True}
    execution = Engine().run({"StartAt": "S", "States": {"S": state}}, ["slow", "fail"])
    events = execution.history.events
    failure = next(event.id for event in events if event.type == "FailStateEntered")
    tail = [(event.type, event.previous) for event in events[failure:]]
    assert tail == [
        ("MapIterationAborted", failure),
        ("WaitStateAborted", failure),
        ("MapIterationFailed", failure),
        ("MapStateFailed", failure),
        ("ExecutionFailed", failure + 4),
    ]
    assert events[failure].details == {"name": "S", "index": 0}
