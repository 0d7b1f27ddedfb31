"""Where MiniStack and LocalStack differ from AWS and from each other: the rows of docs/engines.md."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from stepfunctions_local_client import Client, NotWaiting, local_config, local_session
from tests.flows import small

if TYPE_CHECKING:
    from stepfunctions_local_client.pytest_plugin import RunningEngine


@pytest.fixture
def client(stepfunctions_client: Client, lenient: bool) -> Client:
    """Provide the same engine, without coverage."""
    return Client(
        stepfunctions_client.endpoint, api=stepfunctions_client.api, tokens=stepfunctions_client.tokens
    )


@pytest.fixture
def lenient(stepfunctions_engine: RunningEngine) -> bool:
    if stepfunctions_engine.name not in ("ministack", "localstack"):
        pytest.skip("says what MiniStack and LocalStack do")
    return stepfunctions_engine.name == "ministack"


def test_an_unknown_case_is_refused_by_the_strict_engine_only(client: Client, lenient: bool) -> None:
    machine = client.machine("Retrying", small.retrying)
    if lenient:
        machine.run(case="Unheard").expect_succeeded()  # it called the real service
    else:
        with pytest.raises(ClientError, match="Unheard"):
            machine.start(case="Unheard")


def test_a_mocked_throw_advances_over_retries_on_the_strict_engine_only(
    client: Client, lenient: bool
) -> None:
    run = client.machine("Retrying", small.retrying).run(case="Flaky")
    if lenient:
        run.expect_failed("Sts.Flaky").expect_attempts("Call", 3)
    else:
        run.expect_succeeded().expect_attempts("Call", 2)


def test_a_mocked_timeout_is_possible_on_ministack_only(client: Client, lenient: bool) -> None:
    run = client.machine("Retrying", small.retrying).run(case="Late")
    if lenient:
        run.expect_succeeded().expect_path("Call", "Late")
    else:
        run.expect_failed("States.Runtime")


def test_a_mocked_error_of_an_optimised_dynamodb_task_keeps_its_name_on_ministack_only(
    client: Client, lenient: bool
) -> None:
    run = client.machine("Writing", small.writing()).run(case="Refused")
    if lenient:
        run.expect_succeeded().expect_path("Call", "Refused")
    else:
        run.expect_failed("DynamoDB.AmazonDynamoDBException")


def test_a_comparison_with_a_context_path_on_its_right_works_on_ministack_only(
    client: Client, lenient: bool
) -> None:
    right = client.machine("Comparing", small.comparing("$.name", "$$.Execution.Name"))
    run = right.run({"name": "another"})
    if lenient:
        run.expect_succeeded().expect_path("Mine?", "Other")
    else:
        run.expect_failed("States.Runtime")
    left = client.machine("ComparingToo", small.comparing("$$.Execution.Name", "$.name"))
    left.run({"name": "another"}).expect_succeeded().expect_path("Mine?", "Other")
    name = f"this-{uuid.uuid4()}"
    left.run({"name": name}, name=name).expect_succeeded().expect_path("Mine?", "Mine")


def test_a_missing_path_fails_on_the_strict_engine_only(client: Client, lenient: bool) -> None:
    run = client.machine("Looking", small.looking("$.missing")).run({})
    if lenient:
        run.expect_succeeded({"it": None})
    else:
        run.expect_failed("States.Runtime")


def test_a_missed_heartbeat_ends_the_wait_on_the_strict_engine_only(client: Client, lenient: bool) -> None:
    timeout = 2 if lenient else 25
    running = client.machine("Beating", small.waiting(HeartbeatSeconds=1, TimeoutSeconds=timeout)).start()
    run = running.result().expect_failed("States.Timeout")
    assert run.seconds is not None
    assert (run.seconds >= timeout) is lenient


def test_a_token_is_in_the_history_of_the_strict_engine_only(client: Client, lenient: bool) -> None:
    running = client.machine("Waiting", small.waiting()).start()
    step = running.wait_for("Wait")
    assert bool(step.tokens) is not lenient
    running.succeed("Wait")
    running.result().expect_succeeded()


def test_a_stopped_execution_ends_at_once_on_ministack_and_after_its_wait_on_localstack(
    client: Client, lenient: bool
) -> None:
    running = client.machine("Stopped", small.waiting(TimeoutSeconds=2)).start()
    running.wait_for("Wait")
    running.stop("Closed", "for today")
    run = running.result()
    if lenient:
        run.expect_aborted()
    else:
        run.expect_failed()


def test_an_answer_to_a_stopped_execution_is_refused_by_the_client(client: Client, lenient: bool) -> None:
    running = client.machine("Stopped", small.waiting(TimeoutSeconds=2)).start()
    running.wait_for("Wait")
    running.stop()
    running.result()
    with pytest.raises(NotWaiting):
        running.succeed("Wait")


def test_states_inside_others_are_in_the_history_of_the_strict_engine_only(
    client: Client, lenient: bool
) -> None:
    run = (
        client.machine("Branching", small.branching)
        .run({"cups": [1, 2]})
        .expect_succeeded()
        .expect_path("Both")
    )
    inside = [] if lenient else ["Each", "Grind", "Rinse", "Rinse"]
    assert sorted(step.name for step in run.path if step.within) == inside


def test_a_transition_to_nowhere_is_created_by_both_engines(client: Client, lenient: bool) -> None:
    client.machine("Dangling", small.dangling).run().expect_failed("States.Runtime")


def test_teststate_takes_mocks_on_ministack_only(client: Client, lenient: bool) -> None:
    definition = json.dumps(small.retrying["States"]["Call"])  # type: ignore[index,call-overload]
    answer = client.api.test_state(
        definition=definition,
        roleArn="arn:aws:iam::000000000000:role/any",
        mock={"result": '{"Account":"mocked"}'},
        input="{}",
    )
    assert ("mocked" in answer.get("output", "")) is lenient


@pytest.fixture
def ministack(client: Client, lenient: bool) -> Client:
    if not lenient:
        pytest.skip("was tried on MiniStack alone")
    return client


def test_replies_go_on_from_visit_to_visit_on_ministack(ministack: Client) -> None:
    ministack.machine("Looping", small.looping).run(case="Rounds").expect_succeeded({"cups": 2})


def test_an_http_task_is_mocked_on_ministack(ministack: Client) -> None:
    run = ministack.machine("Calling", small.calling).run(case="Answered")
    run.expect_succeeded({"StatusCode": 200, "ResponseBody": "tea"})


def test_a_reply_of_null_is_null_on_ministack(ministack: Client) -> None:
    ministack.machine("Nothing", small.retrying).run(case="Null").expect_succeeded(None)


def test_a_machine_on_ministack_has_no_time_of_its_own(ministack: Client) -> None:
    ministack.machine("Resting", small.resting).run().expect_succeeded()


def test_nothing_is_too_large_for_ministack(ministack: Client) -> None:
    ministack.machine("Doubling", small.doubling).run({"t": "x" * 200_000}).expect_succeeded()


def test_ministack_redrives_nothing(ministack: Client) -> None:
    run = ministack.machine("Failing", small.failing).run().expect_failed("Closed")
    with pytest.raises(ClientError, match="RedriveExecution"):
        ministack.api.redrive_execution(executionArn=run.arn)


@pytest.fixture
def served_engine(stepfunctions_engine: RunningEngine) -> RunningEngine:
    if not stepfunctions_engine.endpoint.startswith("http:"):
        pytest.skip("the embedded engine listens nowhere")
    return stepfunctions_engine


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads the kernel's table")
def test_the_engine_listens_for_this_machine_alone(served_engine: RunningEngine) -> None:
    """LocalStack's own server listens on every interface, whatever host it is told."""
    port = f":{urlsplit(served_engine.endpoint).port:04X}"
    tables = [path.read_text().splitlines()[1:] for path in Path("/proc/net").glob("tcp*")]
    listening = [line.split()[1] for table in tables for line in table if line.split()[3] == "0A"]
    assert [address for address in listening if address.endswith(port)] == [f"0100007F{port}"]


def test_the_engine_serves_nobody_without_its_key_pair(served_engine: RunningEngine) -> None:
    endpoint = served_engine.endpoint
    stranger = local_session().client("stepfunctions", endpoint_url=endpoint, config=local_config(endpoint))
    with pytest.raises(ClientError, match="security token included in the request is invalid"):
        stranger.list_state_machines()
