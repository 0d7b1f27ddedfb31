"""Driving and reading one order."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import botocore.exceptions
import pytest

from local.orders import messages
from local.orders.client import OrderClient
from local.orders.executions import CurrentWait, order_of
from local.orders.problems import (
    ExecutionEnded,
    OrderError,
    StackNotFound,
    WaitedTooLong,
    plain_answers,
    wait_until,
)
from local.orders.rows import read_item
from local.stacks.stack import Stack
from stepfunctions_local_client import credentials_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local.conftest import Deployed


def test_waiting_ends_as_soon_as_there_is_an_answer() -> None:
    answers = iter([None, None, "here"])
    assert wait_until("it", lambda: next(answers), 5, pause_seconds=0.001) == "here"


def test_waiting_in_vain_says_for_what_and_how_long() -> None:
    with pytest.raises(WaitedTooLong, match=r"Waited 0\.02 s for the bus to come\.") as waited:
        wait_until("the bus to come", lambda: None, 0.02, pause_seconds=0.001)
    assert (waited.value.what, waited.value.seconds) == ("the bus to come", 0.02)


def test_a_row_is_read_as_plain_values() -> None:
    item: Any = {
        "N": {"N": "7"},
        "F": {"N": "1.5"},
        "SS": {"SS": ["b", "a"]},
        "L": {"L": [{"S": "x"}, {"BOOL": True}]},
        "M": {"M": {"k": {"NULL": True}}},
        "B": {"B": b"\x00"},
    }
    assert read_item(item) == {
        "N": 7,
        "F": 1.5,
        "SS": ["a", "b"],
        "L": ["x", True],
        "M": {"k": None},
        "B": "(B)",
    }


@pytest.mark.parametrize(
    ("document", "order_id"),
    [
        ({"action": "make", "orderId": "2"}, "2"),
        ({"detail-type": "Validator.NewOrder", "detail": {"orderId": "2"}}, "2"),
        ({"orderId": 2}, None),
        ("text", None),
        (None, None),
    ],
)
def test_an_execution_is_about_the_order_that_its_input_names(document: Any, order_id: str | None) -> None:
    assert order_of(document) == order_id


def test_a_pause_knows_how_much_time_is_left() -> None:
    since = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    waiting = CurrentWait("customer", "Emit - Workflow Started TT", since, 900)
    assert waiting.left(since + timedelta(seconds=12)) == 888
    assert replace(waiting, limit=None).left(since) is None


def test_a_modifier_is_an_option_or_a_name_with_an_option() -> None:
    assert messages.drink_order("1", "Latte", ["Oat", "Shots = Double"]) == {
        "userId": "1",
        "drink": "Latte",
        "modifiers": ["Oat", {"Name": "Shots", "Option": "Double"}],
    }


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def client_error(code: str) -> botocore.exceptions.ClientError:
    return botocore.exceptions.ClientError({"Error": {"Code": code, "Message": "said AWS"}}, "GetItem")


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (
            client_error("ResourceNotFoundException"),
            StackNotFound,
            "There is no stack alice in AWS eu-west-1",
        ),
        (client_error("StateMachineDoesNotExist"), StackNotFound, "There is no stack alice in AWS eu-west-1"),
        (
            client_error("AccessDeniedException"),
            OrderError,
            "answered AccessDeniedException to GetItem: said AWS",
        ),
        (botocore.exceptions.NoCredentialsError(), OrderError, "no AWS credentials"),
        (botocore.exceptions.ProfileNotFound(profile="x"), OrderError, "no AWS credentials"),
        (
            botocore.exceptions.EndpointConnectionError(endpoint_url="http://x"),
            StackNotFound,
            "Nothing answers",
        ),
        (botocore.exceptions.ReadTimeoutError(endpoint_url="http://x"), OrderError, "could not be asked"),
    ],
)
def test_what_aws_answers_is_told_in_a_sentence(error: Exception, kind: type[OrderError], said: str) -> None:
    with pytest.raises(kind) as told, plain_answers(Stack("alice", "eu-west-1")):
        failing(error)()
    assert said in str(told.value)


def test_where_nothing_answers_is_told() -> None:
    stack = Stack("local", "us-east-1", "http://127.0.0.1:9")
    with pytest.raises(StackNotFound, match="Nothing answers at"), plain_answers(stack):
        OrderClient(stack).row("2")


def test_an_order_that_nobody_scanned_has_no_row_and_no_execution(deployed: Deployed) -> None:
    order_id = deployed.new_id()
    assert deployed.orders.row(order_id) is None
    assert deployed.orders.processor_execution(order_id) is None
    assert deployed.orders.manager_executions(order_id) == []


def test_any_session_with_an_endpoint_drives_orders(deployed: Deployed) -> None:
    assert deployed.stack.endpoint is not None
    pair = credentials_for(deployed.stack.endpoint)
    session = boto3.Session(pair.access_key, pair.secret_key, region_name="us-east-1")
    # Without outputs, as for a deployed stack that is only known by its name.
    orders = OrderClient(Stack("local", "us-east-1", deployed.stack.endpoint), session)
    order_id = deployed.waiting_for_customer()
    drink = messages.drink_order("1", "Espresso")
    assert orders.manage(messages.request("put", order_id, barista_id="3", body=drink)).accepted


def test_a_row_shows_its_token_as_a_fingerprint_only(deployed: Deployed) -> None:
    order_id = deployed.waiting_for_customer()
    row = deployed.orders.row(order_id)
    token = deployed.raw_row(order_id)["TaskToken"]["S"]
    assert row is not None
    assert row.token is not None
    assert row.token.startswith("****")
    shown = repr(row) + repr(deployed.orders.processor_execution(order_id))
    assert (token in shown) is False


@pytest.mark.parametrize(
    "order_id",
    ["3f0c7f5e-7d9d-4c55-9d7e-2b8a3a0f6a11", "9b71d224" * 16, "AQCEAAAAKgAAAAMAAAAAAAAAAS" + "k9Qz+/b7" * 20],
)
def test_an_order_is_found_by_its_id_whatever_it_looks_like(deployed: Deployed, order_id: str) -> None:
    deployed.orders.scan(order_id, "1")
    deployed.orders.wait_for_row(order_id, "its token", lambda row: row.token is not None, deadline=20)
    request = messages.request("cancel", order_id, body={"userId": "1"})
    assert deployed.orders.manage(request).accepted
    (asked,) = deployed.orders.manager_executions(order_id) or []
    assert asked.input == request
    (scanned,) = deployed.orders.processor_executions(order_id) or []
    assert json.dumps(order_id)[1:-1] in json.dumps(scanned.input)


def test_the_customer_and_then_the_barista_is_waited_for(deployed: Deployed) -> None:
    order_id = deployed.waiting_for_barista()
    row = deployed.orders.row(order_id)
    assert row is not None
    assert row.execution_arn is not None
    execution = deployed.orders.execution(row.execution_arn)
    waiting = deployed.orders.waits_for(execution)
    assert waiting is not None
    assert (waiting.person, waiting.state) == ("barista", "Emit - Awaiting Completion TT")
    assert waiting.limit == 900
    left = waiting.left(datetime.now(UTC))
    assert left is not None
    assert 800 < left <= 900

    other = deployed.orders.processor_execution(deployed.waiting_for_customer())
    assert other is not None
    paused = deployed.orders.waits_for(other)
    assert paused is not None
    assert paused.person == "customer"


def test_both_workflows_executions_about_an_order_are_found(deployed: Deployed) -> None:
    order_id = deployed.waiting_for_barista()
    deployed.orders.manage(messages.request("make", order_id, barista_id="3"))
    requests = deployed.orders.manager_executions(order_id)
    assert requests is not None
    actions = [execution.input["action"] for execution in requests if isinstance(execution.input, dict)]
    assert actions == ["", "make"]
    assert all(execution.states for execution in requests)
    (own,) = deployed.orders.processor_executions(order_id) or []
    assert own.machine == "OrderProcessorWorkflow"
    assert own.status == "RUNNING"


def test_executions_older_than_asked_for_are_not_looked_at(deployed: Deployed) -> None:
    order_id = deployed.waiting_for_customer()
    later = datetime.now(UTC) + timedelta(hours=1)
    assert deployed.orders.processor_executions(order_id, since=later) == []


def test_a_second_scan_of_a_code_shows_as_an_execution_of_its_own(deployed: Deployed) -> None:
    order_id = deployed.waiting_for_customer()
    deployed.orders.scan(order_id, "1")
    own, second = wait_until(
        "the second execution",
        lambda: found if len(found := deployed.orders.processor_executions(order_id) or []) == 2 else None,
        10,
    )
    ended = deployed.orders.wait_for_end(second.arn)
    assert ended.status == "SUCCEEDED"
    assert ended.states is not None
    assert ended.states[-1].name == "Duplicate order"
    assert deployed.orders.execution(own.arn).status == "RUNNING"


def test_waiting_for_an_order_whose_execution_failed_ends_at_once(deployed: Deployed) -> None:
    order_id = deployed.waiting_for_customer()
    execution = deployed.orders.processor_execution(order_id)
    assert execution is not None
    deployed.client("stepfunctions").stop_execution(
        executionArn=execution.arn, error="Stopped", cause="by hand"
    )
    with pytest.raises(ExecutionEnded, match=r"ended ABORTED") as ended:
        deployed.orders.wait_for_row(order_id, "what never comes", lambda row: False, deadline=30)
    assert ended.value.execution.arn == execution.arn


@pytest.fixture
def express(deployed: Deployed) -> OrderClient:
    """Provide a stack whose manager is an EXPRESS workflow that accepts everything."""
    states = deployed.client("stepfunctions")
    definition = {
        "StartAt": "Answer",
        "States": {"Answer": {"Type": "Pass", "Result": {"accepted": True}, "End": True}},
    }
    name = f"OrderManagerExpress-{deployed.new_id()}"
    arn = states.create_state_machine(
        name=name,
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::000000000000:role/any",
        type="EXPRESS",
    )["stateMachineArn"]
    outputs = {**deployed.stack.outputs, "orderManagerArn": arn}
    return OrderClient(replace(deployed.stack, outputs=outputs))


def test_an_express_manager_is_asked_synchronously_and_keeps_no_history(express: OrderClient) -> None:
    outcome = express.manage(messages.request("make", "2", barista_id="3"))
    assert outcome.accepted
    assert outcome.execution.states is None
    assert express.manager_executions("2") is None
