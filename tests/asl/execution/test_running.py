"""Executions from start to end: results, faults, retries, catchers, branches, iterations and time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from asl.execution import LATER, Engine, Finished, RequestError, TaskFault
from asl.execution.engine import UNPACKED

if TYPE_CHECKING:
    from asl.execution import Attempt, Execution, Handler

LAMBDA = "arn:aws:states:::lambda:invoke"
WAITING = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
ASK: dict[str, Any] = {
    "Type": "Task",
    "Resource": WAITING,
    "Parameters": {"MessageBody": {"token.$": "$$.Task.Token"}},
    "TimeoutSeconds": 60,
    "HeartbeatSeconds": 20,
}


def machine(*states: tuple[str, dict[str, Any]], **top: Any) -> dict[str, Any]:
    """Return a machine whose states follow each other; one that names no other way goes to the next, the last one
    ends."""
    written: dict[str, Any] = {}
    for i, (name, state) in enumerate(states):
        ways = {"Next", "End", "Choices"} & state.keys() or state["Type"] in ("Succeed", "Fail")
        following = {"Next": states[i + 1][0]} if i + 1 < len(states) else {"End": True}
        written[name] = state if ways else {**state, **following}
    return {"StartAt": states[0][0], "States": written, **top}


def types(execution: Execution) -> list[str]:
    return [event.type for event in execution.history.events]


def chain(execution: Execution) -> list[int]:
    return [event.previous for event in execution.history.events]


class TestTasks:
    def test_a_handler_is_given_what_the_state_makes_and_its_result_is_placed(self) -> None:
        seen: list[Attempt] = []

        def answer(attempt: Attempt) -> object:
            seen.append(attempt)
            return {"Payload": {"price": 3}}

        task = {
            "Type": "Task",
            "Resource": LAMBDA,
            "Parameters": {"FunctionName": "price", "Payload.$": "$.drink"},
            "ResultSelector": {"price.$": "$.Payload.price"},
            "ResultPath": "$.costs",
        }
        execution = Engine(answer).run(machine(("Price", task)), {"drink": "tea"})
        assert execution.output == {"drink": "tea", "costs": {"price": 3}}
        assert (seen[0].state, seen[0].arguments) == ("Price", {"FunctionName": "price", "Payload": "tea"})
        assert types(execution)[1:] == [
            "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
            "ExecutionSucceeded",
        ]  # fmt: skip

    def test_retries_wait_in_virtual_time_and_each_retrier_counts_for_itself(self) -> None:
        faults = iter(["Busy", "Busy", "Down", "Busy"])
        times: list[float] = []

        def answer(attempt: Attempt) -> object:
            times.append(attempt.visit.engine.now())
            error = next(faults, None)
            if error:
                raise TaskFault(error, "not now")
            return attempt.number

        retry = [
            {"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 10},
            {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 1},
        ]
        execution = Engine(answer).run(
            machine(("Call", {"Type": "Task", "Resource": LAMBDA, "Retry": retry}))
        )
        assert execution.output == 4
        assert [later - times[0] for later in times] == [0, 2, 8, 13, 23]

    def test_a_used_up_retrier_leaves_the_fault_to_the_catchers(self) -> None:
        def answer(attempt: Attempt) -> object:
            raise TaskFault("Busy", "not now")

        task = {
            "Type": "Task",
            "Resource": LAMBDA,
            "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"]}],
            "Catch": [{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.fault", "Next": "Sorry"}],
            "End": True,
        }
        execution = Engine(answer).run(machine(("Call", task), ("Sorry", {"Type": "Pass"})), {"a": 1})
        assert execution.output == {"a": 1, "fault": {"Error": "Busy", "Cause": "not now"}}

    @pytest.mark.parametrize(
        ("error", "names", "caught"),
        [
            ("States.Timeout", ["States.TaskFailed"], False),
            ("States.Timeout", ["States.ALL"], True),
            ("States.Runtime", ["States.ALL", "States.Runtime"], False),
            ("States.DataLimitExceeded", ["States.ALL"], False),
            ("Own", ["States.TaskFailed"], True),
            ("Own", ["Other"], False),
        ],
    )
    def test_which_names_take_which_errors(self, error: str, names: list[str], caught: bool) -> None:
        def answer(attempt: Attempt) -> object:
            raise TaskFault(error, "")

        task = {
            "Type": "Task",
            "Resource": LAMBDA,
            "Catch": [{"ErrorEquals": names, "Next": "Caught"}],
            "End": True,
        }
        execution = Engine(answer).run(machine(("Call", task), ("Caught", {"Type": "Succeed"})))
        assert execution.status == ("SUCCEEDED" if caught else "FAILED")

    def test_a_result_that_is_too_large_ends_the_execution(self) -> None:
        execution = Engine(lambda _: "x" * 300_000).run(
            machine(("Call", {"Type": "Task", "Resource": LAMBDA}))
        )
        assert execution.error == "States.DataLimitExceeded"
        assert execution.cause == (
            "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit."
        )

    @pytest.mark.parametrize(("size", "error"), [(131_070, None), (131_071, "States.DataLimitExceeded")])
    def test_what_one_state_assigns_is_bounded(self, size: int, error: str | None) -> None:
        assign = {"Type": "Pass", "Assign": {"x.$": "$.text", "y.$": "$.text"}, "OutputPath": None}
        execution = Engine(lambda _: None).run(machine(("Keep", assign)), {"text": "x" * size})
        assert execution.error == error


class TestTokens:
    def started(self) -> tuple[Engine, Execution, str]:
        calls: list[Attempt] = []

        def answer(attempt: Attempt) -> object:
            calls.append(attempt)
            return {"MessageId": "1"}

        engine = Engine(answer)
        execution = engine.start(engine.create(machine(("Ask", ASK))), {})
        engine.settle()
        assert execution.status == "RUNNING"
        token = calls[0].arguments["MessageBody"]["token"]
        assert token == calls[0].token
        return engine, execution, token

    def test_the_execution_goes_on_with_what_is_handed_back(self) -> None:
        engine, execution, token = self.started()
        engine.send_task_success(token, {"drink": "tea"})
        assert execution.output == {"drink": "tea"}
        assert types(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]

    def test_a_heartbeat_puts_its_limit_off_and_the_timeout_stays(self) -> None:
        engine, execution, token = self.started()
        for _ in range(3):
            engine.advance(15)
            engine.send_task_heartbeat(token)
        assert execution.status == "RUNNING"
        engine.advance(15)
        assert (execution.status, execution.error, execution.cause) == ("FAILED", "States.Timeout", None)

    def test_a_token_dies_with_its_task(self) -> None:
        engine, execution, token = self.started()
        engine.stop(execution, "Stopped", "by hand")
        assert (execution.status, execution.error) == ("ABORTED", "Stopped")
        with pytest.raises(RequestError, match="TaskTimedOut") as caught:
            engine.send_task_success(token, {})
        assert token not in str(caught.value)

    def test_a_text_that_is_no_token_is_told_from_one_that_is_spent(self) -> None:
        engine, _, _ = self.started()
        for text in ("nothing", Engine().tokens.new()):
            with pytest.raises(RequestError, match="InvalidToken"):
                engine.send_task_failure(text, "x")

    def test_a_handler_may_answer_later_or_for_whoever_has_the_token(self) -> None:
        held: list[Attempt] = []

        def answer(attempt: Attempt) -> object:
            held.append(attempt)
            return LATER if len(held) == 1 else Finished({"by": "the handler"})

        engine = Engine(answer)
        execution = engine.start(
            engine.create(machine(("Call", {"Type": "Task", "Resource": LAMBDA}), ("Ask", ASK)))
        )
        engine.settle()
        assert execution.status == "RUNNING"
        held[0].succeed({"a": 1})
        held[0].succeed({"a": 2})
        assert execution.output == {"by": "the handler"}


class TestBranches:
    def test_results_come_in_the_order_of_the_branches(self) -> None:
        branches = [
            machine((f"Wait{s}", {"Type": "Wait", "Seconds": s}), (f"Give{s}", {"Type": "Pass", "Result": s}))
            for s in (3, 1, 2)
        ]
        execution = Engine().run(machine(("All", {"Type": "Parallel", "Branches": branches})))
        assert execution.output == [3, 1, 2]

    def test_a_branch_that_fails_cuts_the_others(self) -> None:
        branches = [
            machine(("Long", {"Type": "Wait", "Seconds": 20})),
            machine(("Short", {"Type": "Wait", "Seconds": 1}), ("Boom", {"Type": "Fail", "Error": "E"})),
        ]
        execution = Engine().run(machine(("All", {"Type": "Parallel", "Branches": branches})))
        assert (execution.status, execution.error) == ("FAILED", "E")
        last = types(execution).index("FailStateEntered") + 1
        assert types(execution)[last:] == ["WaitStateAborted", "ParallelStateFailed", "ExecutionFailed"]
        assert chain(execution)[last:] == [last, last, last + 2]

    def test_a_map_runs_as_many_at_once_as_it_may(self) -> None:
        running: list[int] = []
        most = 0

        def answer(attempt: Attempt) -> object:
            nonlocal most
            running.append(attempt.arguments)
            most = max(most, len(running))

            def done() -> None:
                running.pop()
                attempt.succeed(attempt.arguments)

            attempt.visit.engine.scheduler.later(1, done)
            return LATER

        each = {
            "Type": "Map",
            "MaxConcurrency": 2,
            "ItemProcessor": machine(("Do", {"Type": "Task", "Resource": LAMBDA})),
        }
        execution = Engine(answer).run(machine(("Each", each)), [1, 2, 3, 4, 5])
        assert (execution.output, most) == ([1, 2, 3, 4, 5], 2)

    def test_a_distributed_map_reads_batches_and_tolerates(self) -> None:
        def answer(attempt: Attempt) -> object:
            if any(row["n"] == "3" for row in attempt.arguments["Items"]):
                raise TaskFault("Odd", "three")
            return [row["n"] for row in attempt.arguments["Items"]]

        each = {
            "Type": "Map",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "Parameters": {"Bucket": "b", "Key": "k"},
            },
            "ItemBatcher": {"MaxItemsPerBatch": 2},
            "ToleratedFailurePercentage": 50,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                **machine(("Do", {"Type": "Task", "Resource": LAMBDA})),
            },
        }
        engine = Engine(answer, reader=lambda request: b"n,drink\n1,tea\n2,mate\n3,milk\n4,juice\n5,cola\n")
        execution = engine.run(machine(("Each", each)))
        failed = {"Status": "FAILED", "Error": "Odd", "Cause": "three"}
        assert execution.output == [["1", "2"], failed, ["5"]]
        assert [child.status for child in execution.children] == ["SUCCEEDED", "FAILED", "SUCCEEDED"]

    @pytest.mark.parametrize(
        ("limits", "status"),
        [
            ({}, "FAILED"),
            ({"ToleratedFailureCount": 1}, "FAILED"),
            ({"ToleratedFailureCount": 2}, "SUCCEEDED"),
            ({"ToleratedFailurePercentage": 50}, "SUCCEEDED"),
            ({"ToleratedFailurePercentage": 49}, "FAILED"),
            ({"ToleratedFailureCount": 0, "ToleratedFailurePercentage": 50}, "SUCCEEDED"),
            ({"ToleratedFailureCount": 2, "ToleratedFailurePercentage": 49}, "FAILED"),
        ],
    )
    @pytest.mark.parametrize("batched", [False, True])
    def test_a_map_run_fails_with_more_items_than_it_tolerates(
        self, limits: dict[str, Any], status: str, *, batched: bool
    ) -> None:
        """Of a batch that fails each item counts."""

        def answer(attempt: Attempt) -> object:
            items = attempt.arguments["Items"] if batched else [attempt.arguments]
            if min(items) <= 2:
                raise TaskFault("Odd")
            return items

        more: dict[str, Any] = {"ItemBatcher": {"MaxItemsPerBatch": 2}} if batched else {}
        execution = Engine(answer).run(machine(("Each", distributed(**limits, **more))), [1, 2, 3, 4])
        assert execution.status == status
        if status == "FAILED":
            assert execution.error == "States.ExceedToleratedFailureThreshold"

    def test_a_redriven_map_run_goes_on_with_what_did_not_succeed(self) -> None:
        for kind, redriven in (("STANDARD", [0, 1, 0]), ("EXPRESS", [0, 0, 0])):
            calls: list[int] = []
            definition = machine(("Each", distributed(kind, MaxConcurrency=1)))
            engine = Engine(_fails_at_first(2, calls))
            execution = engine.run(definition, [1, 2, 3])
            assert execution.status == "FAILED"
            engine.redrive(execution)
            engine.finish(execution)
            assert (execution.output, calls) == ([1, 2, 3], [1, 2, 2, 3])
            run = next(iter(engine.map_runs.values()))
            assert [child.redrive_count for child in run.children] == redriven
            assert (run.status, run.redrive_count, len(engine.map_runs)) == ("SUCCEEDED", 1, 1)
            assert "MapRunRedriven" in types(execution)


def distributed(kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    """Return a distributed Map state that hands each item, or batch, to a task."""
    config = {"Mode": "DISTRIBUTED", "ExecutionType": kind}
    task = machine(("Do", {"Type": "Task", "Resource": LAMBDA}))
    return {"Type": "Map", "ItemProcessor": {"ProcessorConfig": config, **task}, **fields}


def _fails_at_first(item: int, calls: list[int]) -> Handler:
    def answer(attempt: Attempt) -> object:
        calls.append(attempt.arguments)
        if attempt.arguments == item and calls.count(item) == 1:
            raise TaskFault("Down", "for a moment")
        return attempt.arguments

    return answer


class TestTime:
    def test_a_wait_of_a_year_takes_no_time(self) -> None:
        engine = Engine(start=0)
        engine.run(machine(("Wait", {"Type": "Wait", "Seconds": 31_536_000})))
        assert engine.now() == 31_536_000

    def test_the_machines_own_timeout_ends_it(self) -> None:
        execution = Engine().run(machine(("Wait", {"Type": "Wait", "Seconds": 100}), TimeoutSeconds=5))
        assert execution.status == "TIMED_OUT"
        assert types(execution)[-1] == "ExecutionTimedOut"

    def test_two_runs_with_the_same_seed_are_the_same(self) -> None:
        definition = machine(
            (
                "Draw",
                {
                    "Type": "Pass",
                    "Parameters": {"n.$": "States.MathRandom(0, 1000)", "id.$": "States.UUID()"},
                },
            )
        )
        first, second = (Engine(seed=7).run(definition) for _ in range(2))
        assert first.output == second.output
        assert first.arn.rpartition(":")[2] == second.arn.rpartition(":")[2]


def test_a_loop_ends_where_the_history_is_full() -> None:
    loop = machine(("A", {"Type": "Pass", "Next": "A"}))
    execution = Engine().run(loop)
    assert execution.error == "States.Runtime"
    assert execution.cause == "The execution reached the maximum number of history events (25000)."
    assert len(execution.history.events) == 25_000


def test_a_redriven_execution_goes_on_where_it_failed() -> None:
    calls: list[str] = []

    def answer(attempt: Attempt) -> object:
        calls.append(attempt.state)
        if len(calls) == 2:
            raise TaskFault("Down", "for a moment")
        return len(calls)

    engine = Engine(answer)
    definition = machine(*((name, {"Type": "Task", "Resource": LAMBDA}) for name in ("A", "B", "C")))
    execution = engine.run(definition)
    assert execution.status == "FAILED"
    engine.redrive(execution)
    engine.finish(execution)
    assert (execution.status, calls) == ("SUCCEEDED", ["A", "B", "B", "C"])
    assert execution.redrive_count == 1


@pytest.mark.parametrize("concurrency", [1, 2, 0])
def test_a_redriven_map_goes_on_with_the_items_that_have_no_result(concurrency: int) -> None:
    calls: list[object] = []

    def answer(attempt: Attempt) -> object:
        calls.append(attempt.arguments)
        if len(calls) == 2:
            raise TaskFault("Down", "for a moment")
        return attempt.arguments

    engine = Engine(answer)
    brew = machine(("Brew", {"Type": "Task", "Resource": LAMBDA}))
    execution = engine.run(
        machine(("Each", {"Type": "Map", "MaxConcurrency": concurrency, "ItemProcessor": brew})),
        ["a", "b", "c"],
    )
    assert (execution.status, calls[:2]) == ("FAILED", ["a", "b"])
    engine.redrive(execution)
    engine.finish(execution)
    assert (execution.status, execution.output) == ("SUCCEEDED", ["a", "b", "c"])
    assert calls[2:] == ["b", "c"]


def test_a_nested_execution_hands_its_result_up() -> None:
    engine = Engine()
    child = engine.create(machine(("Give", {"Type": "Pass", "Result": {"ok": True}})), "Child")
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": child.arn, "Input": {"a": 1}, "Name": "one"},
        "ResultSelector": {"output.$": "$.Output"},
    }
    execution = engine.run(machine(("Start", task)))
    assert execution.output == {"output": {"ok": True}}


def test_events_have_the_services_form() -> None:
    execution = Engine(start=0).run(machine(("A", {"Type": "Pass", "Assign": {"x": 1}})), {"b": 2})
    exited = next(event for event in execution.history.events if event.type == "PassStateExited").as_aws()
    assert exited == {
        "timestamp": 0.0,
        "type": "PassStateExited",
        "id": 3,
        "previousEventId": 2,
        "stateExitedEventDetails": {
            "name": "A",
            "output": json.dumps({"b": 2}, separators=(",", ":")),
            "outputDetails": {"truncated": False},
            "assignedVariables": {"x": "1"},
            "assignedVariablesDetails": {"truncated": False},
        },
    }


@pytest.mark.parametrize(
    ("resource", "names", "status"),
    [
        ("arn:aws:states:::aws-sdk:ec2:describeImages", ["States.ALL"], "SUCCEEDED"),
        ("arn:aws:states:::aws-sdk:ec2:describeImages", ["States.TaskFailed"], "SUCCEEDED"),
        (LAMBDA, ["States.ALL"], "FAILED"),
        (LAMBDA, ["States.DataLimitExceeded"], "SUCCEEDED"),
    ],
)
def test_a_result_that_is_too_large_is_caught_by_its_name_and_of_the_sdk_by_others(
    resource: str, names: list[str], status: str
) -> None:
    catch = [{"ErrorEquals": names, "ResultPath": None, "Next": "Smaller"}]
    task = {"Type": "Task", "Resource": resource, "Parameters": {}, "Catch": catch}
    definition = machine(("Ask", task), ("Smaller", {"Type": "Pass"}))
    execution = Engine(lambda _: "x" * 262_144).run(definition)
    assert execution.status == status


def test_the_histories_of_executions_that_ended_long_ago_take_little_room_and_read_the_same() -> None:
    def answer(attempt: Attempt) -> object:
        if attempt.context["Execution"]["RedriveCount"] == 0 and attempt.arguments["n"] == 0:
            raise TaskFault("Down", "for a moment")
        return {"ok": True}

    engine = Engine(answer)
    made = engine.create(machine(("Do", {"Type": "Task", "Resource": LAMBDA})))
    failed, succeeded = engine.run(made, {"n": 0}), engine.run(made, {"n": 1})
    events = list(succeeded.history.events)
    for _ in range(UNPACKED):
        engine.run(made, {"n": 2})
    assert succeeded.history.events is not succeeded.history.events
    assert [event.as_aws() for event in succeeded.history.events] == [event.as_aws() for event in events]
    engine.redrive(failed)
    engine.finish(failed)
    assert (failed.status, [event.id for event in failed.history.events]) == ("SUCCEEDED", list(range(1, 13)))


def test_the_context_says_when_an_execution_was_redriven() -> None:
    seen: list[object] = []

    def answer(attempt: Attempt) -> object:
        seen.append(attempt.context["Execution"].get("RedriveTime"))
        if len(seen) == 1:
            raise TaskFault("Down")
        return None

    engine = Engine(answer, start=0)
    execution = engine.run(machine(("Do", {"Type": "Task", "Resource": LAMBDA})))
    engine.advance(60)
    engine.redrive(execution)
    engine.finish(execution)
    assert seen == [None, "1970-01-01T00:01:00Z"]
