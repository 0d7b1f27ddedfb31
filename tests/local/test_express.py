"""A stack of somebody's own whose manager is EXPRESS, beside another stack in the same account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.deployer import deploy
from local.orders import messages
from local.orders.client import OrderClient
from local.stacks.emulator import REGION
from local.stacks.stack import Stack
from tests.espresso import run_espresso

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse

    from tests.local.conftest import Deployed

CONFIG = {"managerType": "EXPRESS", "alarms": "true", "dashboard": "true"}
LATTE = messages.drink_order("1", "Latte")


@pytest.fixture(scope="module")
def eve(deployed: Deployed) -> Stack:
    """Eve's stack, in the account of the stack that the other tests use."""
    outputs = deploy(deployed.emulator.endpoint, stack="eve", config=CONFIG).outputs
    return Stack.emulated("eve", REGION, deployed.emulator.endpoint, outputs)


def test_an_express_manager_answers_whoever_asks_it(eve: Stack, deployed: Deployed) -> None:
    orders, order_id = OrderClient(eve), deployed.new_id()
    orders.scan(order_id, "1")
    orders.wait_for_row(order_id, "its token", lambda row: row.token is not None, deadline=20)
    accepted = orders.manage(messages.request("put", order_id, body=LATTE))
    assert (accepted.accepted, accepted.reason, accepted.execution.states) == (True, "", None)
    refused = orders.manage(messages.request("complete", order_id, barista_id="3", body=LATTE))
    assert (refused.accepted, refused.reason) in {(False, "NotReady"), (False, "NotClaimed")}
    assert orders.manager_executions(order_id) is None


def test_it_is_asked_by_the_command_with_nothing_but_aws_settings(
    eve: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in eve.environment().items():
        monkeypatch.setenv(name, value)
    result = run_espresso("manage", "make", "nobody-s", "--stack", "eve")
    assert result.exit_code == 1
    assert "refused, OrderNotFound: there is no such order" in result.output


def test_the_two_stacks_know_nothing_of_each_other_s_orders(eve: Stack, deployed: Deployed) -> None:
    order_id = deployed.waiting_for_customer()
    assert OrderClient(eve).row(order_id) is None
    refused = OrderClient(eve).manage(messages.request("put", order_id, body=LATTE))
    assert refused.reason == "OrderNotFound"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "sync-states.eu-central-1.amazonaws.com"),
        ("cn-north-1", "sync-states.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_on_aws_the_answer_comes_from_the_host_that_keeps_the_connection(region: str, host: str) -> None:
    """AWS Step Functions API Reference, StartSyncExecution. Nothing is sent here."""
    session = boto3.Session(
        aws_access_key_id="a",
        aws_secret_access_key="b",
        region_name=region,
    )
    orders = OrderClient(Stack("eve", region), session)
    asked = []

    def answer(request: Any, **_: object) -> AWSResponse:
        asked.append(request.url)
        raise ConnectionAbortedError

    client: Any = orders.states
    client.meta.events.register("before-send.sfn.StartSyncExecution", answer)
    with pytest.raises(ConnectionAbortedError):
        client.start_sync_execution(stateMachineArn=f"arn:aws:states:{region}:123456789012:stateMachine:M")
    assert asked == [f"https://{host}/"]
