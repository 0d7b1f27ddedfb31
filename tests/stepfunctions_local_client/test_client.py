"""The client against a running engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from stepfunctions_local_client import (
    Client,
    Coverage,
    DeadlineExceeded,
    Engine,
    EngineError,
    EventQueue,
    ExpectationFailed,
    MocksUnsupported,
    NotWaiting,
    TokenUnavailable,
    UnansweredTask,
    UnknownCase,
    local_config,
    local_session,
    returns,
    throws,
)
from stepfunctions_local_client.values import follow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stepfunctions_local_client import JsonObject

pytest_plugins = ["pytester"]

BUS = "Tokens"
STATE = "Ask the courier"


def asking(seconds: int = 20) -> JsonObject:
    detail: JsonObject = {"TaskToken.$": "$$.Task.Token", "who.$": "$$.Execution.Id"}
    entry: JsonObject = {"DetailType": "Asked", "EventBusName": BUS, "Source": "test", "Detail": detail}
    return {
        "StartAt": STATE,
        "States": {
            STATE: {
                "Type": "Task",
                "Resource": "arn:aws:states:::events:putEvents.waitForTaskToken",
                "Parameters": {"Entries": [entry]},
                "TimeoutSeconds": seconds,
                "Next": "Done",
            },
            "Done": {"Type": "Pass", "End": True},
        },
    }


def passing(**result: str) -> JsonObject:
    return {"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": {**result}, "End": True}}}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine.start("ministack") as engine:
        yield engine


@pytest.fixture(scope="module")
def client(engine: Engine) -> Client:
    session, config = local_session(engine.endpoint), local_config(engine.endpoint)
    events = session.client("events", endpoint_url=engine.endpoint, config=config)
    sqs = session.client("sqs", endpoint_url=engine.endpoint, config=config)
    return Client(engine.endpoint, tokens=EventQueue.listen(events, sqs, bus=BUS))


def test_a_machine_is_created_and_then_given_its_new_definition(client: Client) -> None:
    client.machine("Changing", passing(says="one")).run().expect_succeeded({"says": "one"})
    client.machine("Changing", passing(says="two")).run().expect_succeeded({"says": "two"})


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ({"Type": "Succeed"}, "SUCCEEDED"),
        ({"Type": "Fail", "Error": "Oops", "Cause": "broken"}, "FAILED"),
    ],
)
def test_waiting_ends_on_every_terminal_status(client: Client, state: JsonObject, status: str) -> None:
    machine = client.machine("Ending", {"StartAt": "End", "States": {"End": state}})
    assert machine.run(deadline=5).status == status


def test_an_error_is_told_with_its_cause(client: Client) -> None:
    fail: JsonObject = {"Type": "Fail", "Error": "Oops", "Cause": "broken"}
    run = client.machine("Ending", {"StartAt": "End", "States": {"End": fail}}).run()
    run.expect_failed("Oops")
    assert (run.output, run.error, run.cause) == (None, "Oops", "broken")
    with pytest.raises(ExpectationFailed, match="FAILED with Oops"):
        run.expect_succeeded()


def test_waiting_stops_at_the_deadline_and_shows_where_the_execution_is(client: Client) -> None:
    running = client.machine("Slow", asking()).start()
    with pytest.raises(DeadlineExceeded, match=f"it is in '{STATE}'"):
        running.result(deadline=0.4)
    assert running.now().status == "ABORTED"


def test_a_waiting_task_is_answered_by_the_name_of_its_state(client: Client) -> None:
    running = client.machine("Asking", asking()).start()
    running.heartbeat(STATE)
    running.succeed(STATE, {"at": "12:00"})
    running.result().expect_succeeded().expect_path(STATE, "Done")


def test_two_executions_that_wait_in_the_same_state_get_each_their_own_answer(client: Client) -> None:
    machine = client.machine("Asking", asking())
    one, two = machine.start(), machine.start()
    two.succeed(STATE, {"answer": "two"})
    one.fail(STATE, "Refused", "no time")
    two.result().expect_succeeded({"answer": "two"})
    one.result().expect_failed("Refused")


def test_a_state_that_does_not_wait_cannot_be_answered(client: Client) -> None:
    running = client.machine("Asking", asking()).start()
    with pytest.raises(NotWaiting, match="is no state of Asking that waits"):
        running.succeed("Done")
    running.succeed(STATE)
    running.result()
    with pytest.raises(NotWaiting, match="it is over"):
        running.succeed(STATE)


def test_an_engine_that_tells_no_token_is_named_as_the_reason(engine: Engine) -> None:
    client = Client(engine.endpoint)
    running = client.machine("Asking", asking()).start()
    with pytest.raises(TokenUnavailable, match="EventQueue"):
        running.succeed(STATE, deadline=0.5)
    running.stop()
    running.result().expect_aborted()


def test_a_token_that_goes_elsewhere_is_refused_with_the_reason(client: Client, engine: Engine) -> None:
    """On the bus nobody hears of a token that a function is called with."""
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}},
        "TimeoutSeconds": 60,
        "End": True,
    }
    definition = {"StartAt": "Call", "States": {"Call": state}}
    for one in (client, Client(engine.endpoint)):
        running = one.machine("Calling", definition).start()
        with pytest.raises(
            TokenUnavailable, match=r"'Call', which goes to .*lambda:invoke.*run it on the embedded"
        ):
            running.succeed("Call")
        running.stop()


def test_no_token_is_in_anything_that_is_printed(client: Client) -> None:
    running = client.machine("Asking", asking()).start()
    step = running.wait_for(STATE)
    source = client.tokens
    assert isinstance(source, EventQueue)
    token = str(follow(source._seen[-1], ("detail", "TaskToken")))
    assert len(token) == 36
    running.succeed(STATE)
    run = running.result()
    assert token not in f"{running!r}{step!r}{run!r}{run.describe()}{run.events}{source!r}{client!r}"


def test_a_case_runs_and_an_unknown_one_is_refused(client: Client) -> None:
    call: JsonObject = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    mocks: JsonObject = {
        "StateMachines": {"Mocked": {"TestCases": {"Sent": {"Send": "Ok"}}}},
        "MockedResponses": {"Ok": {"0": {"Return": {"MessageId": "1"}}}},
    }
    client.use_mocks(mocks)
    machine = client.machine("Mocked", {"StartAt": "Send", "States": {"Send": call}})
    machine.run(case="Sent").expect_succeeded({"MessageId": "1"})
    with pytest.raises(UnknownCase, match="there are: Sent"):
        machine.run(case="Lost")


def test_a_task_that_the_case_says_nothing_of_calls_no_service(client: Client) -> None:
    call: JsonObject = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    client.use_mocks({"StateMachines": {"Forgot": {"TestCases": {"It": {}}}}, "MockedResponses": {}})
    machine = client.machine("Forgot", {"StartAt": "Send", "States": {"Send": call}})
    with pytest.raises(UnansweredTask, match="'Send' has no response"):
        machine.run(case="It")


def test_replies_that_run_out_call_no_service(client: Client) -> None:
    call: JsonObject = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Next": "Again"}
    states: JsonObject = {
        "Send": call,
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.again", "BooleanEquals": True, "Next": "Send"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    }
    machine = client.machine("Looping", {"StartAt": "Send", "States": states})
    with pytest.raises(UnansweredTask, match="'Send' was called once more, and its response has 1 reply"):
        machine.run(mocks={"Send": returns({"again": True})})


def test_a_run_takes_mocks_of_its_own(client: Client) -> None:
    call: JsonObject = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    machine = client.machine("Sending", {"StartAt": "Send", "States": {"Send": call}})
    machine.run(mocks={"Send": returns({"MessageId": "1"})}).expect_succeeded({"MessageId": "1"})
    machine.run(mocks={"Send": throws("Sqs.Busy")}).expect_failed("Sqs.Busy")
    with pytest.raises(MocksUnsupported, match="only the embedded engine asks a function"):
        machine.run(mocks={"Send": lambda call: {}})


def test_a_reply_that_a_retry_would_have_to_go_on_from_is_refused(client: Client) -> None:
    retry: JsonObject = {"ErrorEquals": ["Busy"], "MaxAttempts": 2}
    call: JsonObject = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Retry": [retry],
        "End": True,
    }
    machine = client.machine("Busy", {"StartAt": "Send", "States": {"Send": call}})
    with pytest.raises(
        MocksUnsupported, match="the response of 'Send' changes after Busy, but MiniStack repeats"
    ):
        machine.run(mocks={"Send": throws("Busy").then(returns({}))})


def test_states_that_the_engine_does_not_show_are_no_proof(client: Client) -> None:
    inner: JsonObject = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}
    both: JsonObject = {"Type": "Parallel", "Branches": [inner], "End": True}
    run = client.machine("Both", {"StartAt": "Both", "States": {"Both": both}}).run()
    with pytest.raises(EngineError, match="this engine does not show the states inside of 'Both'"):
        run.expect_not_passed("In")


def test_a_state_answers_the_attempt_that_is_asked_for(client: Client) -> None:
    retrier: JsonObject = {"ErrorEquals": ["Busy"], "MaxAttempts": 1}
    call: JsonObject = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}
    machine = client.machine("Trying", {"StartAt": "Send", "States": {"Send": call | {"Retry": [retrier]}}})
    busy: JsonObject = {"Throw": {"Error": "Busy", "Cause": "later"}}
    mock = Replies({"0-1": busy, "2": {"Return": {"MessageId": "1"}}})
    machine.run_state("Send", mock=mock).expect_retried("Busy")
    assert machine.run_state("Send", mock=mock, attempt=1).status == "FAILED"
    machine.run_state("Send", mock=mock, attempt=2).expect_succeeded({"MessageId": "1"})
    with pytest.raises(LookupError, match="no reply to attempt 3, but to 0-1, 2"):
        machine.run_state("Send", mock=mock, attempt=3)


class Replies:
    def __init__(self, replies: JsonObject) -> None:
        self._replies = replies

    def document(self) -> JsonObject:
        return self._replies


def test_a_single_state_runs_by_teststate(client: Client) -> None:
    machine = client.machine("Saying", passing(says="hello"))
    machine.run_state("Say").expect_succeeded({"says": "hello"})
    with pytest.raises(LookupError, match="there are: Say"):
        machine.run_state("Shout")


def test_what_no_execution_passed_is_counted(engine: Engine) -> None:
    coverage = Coverage()
    client = Client(engine.endpoint, on_execution=coverage.record)
    rule: JsonObject = {"Variable": "$.x", "IsPresent": True, "Next": "Yes"}
    choice: JsonObject = {"Type": "Choice", "Choices": [rule], "Default": "No"}
    ends: JsonObject = {"Type": "Pass", "End": True}
    machine = client.machine(
        "Choosing",
        {
            "StartAt": "X?",
            "States": {"X?": choice, "Yes": ends, "No": ends},
        },
    )
    machine.run({"x": 1})
    assert coverage.machines["Choosing"].missing() == [
        ("states", "No"),
        ("choice rules", "X? -> No (otherwise)"),
    ]
    machine.run({})
    assert coverage.complete()


def test_a_session_that_passed_nothing_has_not_passed_all() -> None:
    assert not Coverage().complete()


@pytest.mark.usefixtures("client")  # has loaded boto3; what an inner session loads is unloaded after it
@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["in one process", "in a worker"])
def test_the_plugin_gives_fixtures_counts_states_and_fails_if_all_is_required(
    engine: Engine, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
) -> None:
    pytester.makepyfile(
        test_it="def test_it(stepfunctions_machine):\n"
        "    end = {'Type': 'Pass', 'End': True}\n"
        "    rule = {'Variable': '$.x', 'IsPresent': True, 'Next': 'Yes'}\n"
        "    choice = {'Type': 'Choice', 'Choices': [rule], 'Default': 'No'}\n"
        "    definition = {'StartAt': 'X?', 'States': {'X?': choice, 'Yes': end, 'No': end}}\n"
        "    stepfunctions_machine('Plugged', definition).run({'x': 1}).expect_path('X?', 'Yes')\n"
    )
    for name, value in engine.environment().items():
        monkeypatch.setenv(name, value)
    others = ("syrupy", "hypothesispytest", "anyio")  # they take longer to load than all else here
    arguments = (*workers, *(f"-pno:{name}" for name in others), "--stepfunctions-coverage-required")
    engine_and_report = ("--stepfunctions-endpoint", engine.endpoint, "--stepfunctions-coverage", "out.json")
    run = pytester.runpytest_subprocess if workers else pytester.runpytest_inprocess
    ran = run("-q", "-pno:cacheprovider", *arguments, *engine_and_report)
    assert ran.ret == 1
    ran.stdout.fnmatch_lines(["*Plugged, never passed: state No*"])
    states = json.loads((pytester.path / "out.json").read_text())["Plugged"]["states"]
    assert states == [{"name": "X?", "passes": 1}, {"name": "Yes", "passes": 1}, {"name": "No", "passes": 0}]
