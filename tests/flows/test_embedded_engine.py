"""What the embedded engine does where the others differ: the column "embedded" of docs/engines.md."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from stepfunctions_local_client import Client, EmbeddedEngine, NotWaiting, UnknownCase
from tests.flows import small


@pytest.fixture
def client() -> Client:
    return Client(EmbeddedEngine())


def test_an_unknown_case_is_refused(client: Client) -> None:
    client.use_mocks(small.mocks)
    with pytest.raises(UnknownCase, match="Unheard"):
        client.machine("Retrying", small.retrying).run(case="Unheard")


def test_a_mocked_throw_advances_over_retries(client: Client) -> None:
    client.use_mocks(small.mocks)
    run = client.machine("Retrying", small.retrying).run(case="Flaky")
    run.expect_succeeded().expect_attempts("Call", 2)


def test_a_mocked_timeout_is_caught_as_one(client: Client) -> None:
    client.use_mocks(small.mocks)
    client.machine("Retrying", small.retrying).run(case="Late").expect_succeeded().expect_path("Call", "Late")


def test_a_mocked_error_of_an_optimised_dynamodb_task_keeps_its_name(client: Client) -> None:
    client.use_mocks(small.mocks)
    run = client.machine("Writing", small.writing()).run(case="Refused")
    run.expect_succeeded().expect_path("Call", "Refused")


@pytest.mark.parametrize("paths", [("$.name", "$$.Execution.Name"), ("$$.Execution.Name", "$.name")])
def test_a_comparison_takes_a_context_path_on_both_sides(client: Client, paths: tuple[str, str]) -> None:
    machine = client.machine("Comparing", small.comparing(*paths))
    machine.run({"name": "this"}, name="this").expect_path("Mine?", "Mine")
    machine.run({"name": "another"}).expect_path("Mine?", "Other")


def test_an_update_counts_from_the_next_start_on(client: Client) -> None:
    running = client.machine("Saying", small.saying("before")).start()
    client.machine("Saying", small.saying("after"))
    running.result().expect_succeeded("before")


def test_a_missing_path_fails(client: Client) -> None:
    client.machine("Looking", small.looking("$.missing")).run({}).expect_failed("States.Runtime")


def test_a_missed_heartbeat_ends_the_wait(client: Client) -> None:
    definition = small.waiting(HeartbeatSeconds=1, TimeoutSeconds=25)
    run = client.machine("Beating", definition).run().expect_failed("States.Timeout")
    assert run.seconds == 1


def test_a_token_is_in_the_history(client: Client) -> None:
    running = client.machine("Waiting", small.waiting()).start()
    assert running.wait_for("Wait").tokens


def test_a_stopped_execution_ends_at_once_and_takes_its_token_along(client: Client) -> None:
    running = client.machine("Stopped", small.waiting(TimeoutSeconds=2)).start()
    token = running.wait_for("Wait").tokens[0]
    running.stop("Closed", "for today")
    running.result().expect_aborted()
    with pytest.raises(NotWaiting):
        running.succeed("Wait")
    with pytest.raises(ClientError, match="TaskTimedOut"):
        client.api.send_task_success(taskToken=token.reveal(), output="{}")


def test_states_inside_others_are_in_the_history(client: Client) -> None:
    run = client.machine("Branching", small.branching).run({"cups": [1, 2]}).expect_path("Both")
    assert sorted(step.name for step in run.path if step.within) == ["Each", "Grind", "Rinse", "Rinse"]


def test_a_transition_to_nowhere_is_refused(client: Client) -> None:
    with pytest.raises(ClientError, match=r"InvalidDefinition.*MISSING_TRANSITION_TARGET"):
        client.machine("Dangling", small.dangling)


def test_teststate_takes_mocks(client: Client) -> None:
    definition = json.dumps(small.retrying["States"]["Call"])  # type: ignore[index,call-overload]
    answer = client.api.test_state(
        definition=definition,
        roleArn="arn:aws:iam::123456789012:role/any",
        mock={"result": '{"Account":"mocked"}'},
        input="{}",
    )
    assert json.loads(answer["output"]) == {"Account": "mocked"}


def test_replies_go_on_from_visit_to_visit(client: Client) -> None:
    client.use_mocks(small.mocks)
    client.machine("Looping", small.looping).run(case="Rounds").expect_succeeded({"cups": 2})


def test_an_http_task_is_mocked(client: Client) -> None:
    client.use_mocks(small.mocks)
    run = client.machine("Calling", small.calling).run(case="Answered")
    run.expect_succeeded({"StatusCode": 200, "ResponseBody": "tea"})


def test_a_reply_of_null_is_null(client: Client) -> None:
    client.use_mocks(small.mocks)
    client.machine("Nothing", small.retrying).run(case="Null").expect_succeeded(None)


def test_a_machine_keeps_its_own_time(client: Client) -> None:
    client.machine("Resting", small.resting).run().expect_timed_out()


def test_what_is_too_large_fails(client: Client) -> None:
    run = client.machine("Doubling", small.doubling).run({"t": "x" * 200_000})
    run.expect_failed("States.DataLimitExceeded")


def test_an_execution_that_failed_can_be_redriven(client: Client) -> None:
    run = client.machine("Failing", small.failing).run().expect_failed("Closed")
    client.api.redrive_execution(executionArn=run.arn)
    assert client.api.describe_execution(executionArn=run.arn)["redriveCount"] == 1
