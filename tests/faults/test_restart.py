"""The emulator is stopped in the middle of orders and started again from its saved state.

MiniStack keeps tables, rules, functions and machines, and marks every execution that ran as FAILED, with the error
`States.ServiceRestart`; but it sends no status event for them. On AWS an execution does not die with a host; one that
fails always has its event. So the test plays that event, and `OrderEnded` does the rest.
"""

from __future__ import annotations

import dataclasses
import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from local.deployer.clients import Clients
from local.stacks.emulator import Emulator
from tests.faults.bar import CLOSED, Bar, emulator_environment, until
from tests.faults.courier import Courier, Delivery

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def status_event(execution: dict[str, Any]) -> dict[str, Any]:
    """Return what Step Functions would have said of an execution."""
    names = ("executionArn", "stateMachineArn", "name", "status", "input", "error", "cause")
    detail = {name: execution.get(name) for name in names}
    return {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}


def test_orders_that_a_restart_interrupts_end_and_give_their_places_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = emulator_environment() | {"PERSIST_STATE": "1"}
    courier = Courier()
    try:
        with (
            Emulator.start(data_dir=tmp_path, environment=environment, any_credentials=True) as emulator,
            ExitStack() as closing_after,
        ):
            bar = Bar.open(emulator, courier, stack="local", config={})
            closing_after.callback(bar.close)
            for name, value in bar.environment().items():
                monkeypatch.setenv(name, value)
            courier.use(bar.clients, monkeypatch)
            new, chosen, claimed, complete, cancelled = (bar.new_id() for _ in range(5))
            for order_id in (new, chosen, claimed, complete, cancelled):
                bar.scan(order_id)
            until("the first tokens", lambda: sum("TaskToken" in row for row in bar.rows().values()) == 5)
            for order_id in (chosen, claimed, complete):
                assert bar.asked("", order_id, user="1")["accepted"]
            for_a_barista = "WAITING_COMPLETION"
            until(
                "three that wait for a barista",
                lambda: sum(row["ORDERSTATE"] == for_a_barista for row in bar.rows().values()) == 3,
            )
            for order_id in (claimed, complete):
                assert bar.asked("make", order_id, barista="b")["accepted"]
            # This one is complete in its row, and its token never came back.
            token = bar.row(complete)["TaskToken"]
            bar.plan_faults({token: {"call": 1, "times": 99, "how": "before"}})
            assert bar.end_of(bar.ask("complete", complete, barista="b"))["status"] == "FAILED"
            assert bar.asked("cancel", cancelled, user="1")["accepted"]
            bar.end_of(bar.row(cancelled)["executionId"])
            assert bar.queue() == {new, chosen, claimed, complete}
            rows = bar.rows()
            assert not [order_id for order_id, ends in bar.ends_told().items() if order_id != cancelled], (
                "told early"
            )

        with (
            Emulator.start(data_dir=tmp_path, environment=environment, any_credentials=True) as emulator,
            ExitStack() as closing_after,
        ):
            again = dataclasses.replace(bar, emulator=emulator, clients=Clients(emulator.endpoint))
            closing_after.callback(again.close)
            courier.use(again.clients, monkeypatch)
            assert again.rows() == rows
            assert again.queue() == {new, chosen, claimed, complete}
            # What people do in the meantime: the row decides, though no execution is there to hear of it.
            assert again.asked("complete", claimed, barista="b")["accepted"]
            interrupted = [
                dict(again.clients.sfn.describe_execution(executionArn=entry["executionArn"]))
                for entry in again.executions("orderProcessorArn", "FAILED")
            ]
            assert {one["error"] for one in interrupted} == {"States.ServiceRestart"}
            assert len(interrupted) == 4
            assert not [one for one in courier.seen if one.function == "OrderEnded"], (
                "the emulator tells by now"
            )
            for execution in interrupted:
                order_id = json.loads(str(execution["input"]))["detail"]["orderId"]
                for _ in range(2):
                    courier.deliver(Delivery("OrderEnded", order_id, status_event(execution)))

            assert not again.queue()
            after = again.rows()
            assert {order_id: row["ORDERSTATE"] for order_id, row in after.items()} == {
                new: "CANCELLED",
                chosen: "CANCELLED",
                claimed: "COMPLETED",
                complete: "COMPLETED",
                cancelled: "CANCELLED",
            }
            assert all(row["ORDERSTATE"] in CLOSED for row in after.values())
            assert again.ends_told() == {
                new: ["OrderProcessor.OrderCancelled"],
                chosen: ["OrderProcessor.OrderCancelled"],
                claimed: ["OrderProcessor.OrderFinished"],
                complete: ["OrderProcessor.OrderFinished"],
                cancelled: ["OrderProcessor.OrderCancelled"],
            }
            # The shop goes on.
            again.attach()
            later = again.new_id()
            again.scan(later)
            until("the token of a new order", lambda: again.row(later).get("TaskToken"))
    finally:
        courier.close()
