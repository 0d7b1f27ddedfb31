"""One history: a plan that happens to orders on the real stack, and the promises that are asked of it.

Which of two things that happen at once comes first is left to the machine.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.faults.bar import CLOSED, TERMINAL, Bar, until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.faults.courier import Delivery
    from tests.faults.plans import Fault, Plan

TOLD_OF = {state: event for event, state in TERMINAL.items()}


class BrokenPromise(AssertionError):  # noqa: N818
    """A promise that did not hold from the outside."""


@dataclass
class Order:
    """One order of a history, and what is known of it."""

    order_id: str
    user: str
    rows: list[dict[str, Any]] = field(default_factory=lambda: [{}])
    scans: int = 0
    stopped: bool = False
    answers_lost: bool = False
    faulty_for_good: bool = False
    ended_crashed: bool = False
    spent: set[str] = field(default_factory=set)
    """The tokens whose timers have fired: the processor closes an order that nobody looked after, in its own time."""
    under_way: bool = False
    """Whether a manager was stopped since the last request: its write may still be on its way to the table."""


class History:
    """Lets a plan happen, on orders of its own."""

    def __init__(self, bar: Bar, plan: Plan) -> None:
        self.bar = bar
        self.courier = bar.courier
        self.random = random.Random(0)
        self.plan = plan
        self.number = plan.number
        self.kinds: Counter[str] = Counter()
        self.log: list[str] = []
        self.orders = [self._order(order, fault) for order, fault in enumerate(plan.faults)]

    def _order(self, number: int, fault: Fault | None) -> Order:
        order = Order(self.bar.new_id(), f"user-{number}")
        if fault is not None:
            self.bar.plan_faults({order.order_id: fault._asdict()})
            order.answers_lost = fault.how == "after"
            order.faulty_for_good = fault.times > 4
            once = f"call fails once, {fault.how} it is done"
            self.kinds["call fails for good" if order.faulty_for_good else once] += 1
        return order

    def run(self) -> Counter[str]:
        """Let it all happen, and check it. Returns how often what happened. BrokenPromise, with the history."""
        try:
            for order in self.orders:
                self.courier.hold(order.order_id)
            for act in self.plan.acts:
                order = self.orders[act.order]
                self.random = random.Random(act.chance)
                self.log.append(f"{order.order_id}: {act.step}")
                self._look(order, self._step(order, act.step))
            for order in self.orders:
                self._drain(order)
                self._look(order)
        except Exception as error:
            listed = "\n".join(f"  {line}" for line in self.log)
            raise BrokenPromise(
                f"history {self.number}: {type(error).__name__}: {error}\n{listed}"
            ) from error
        return self.kinds

    # --- What can happen ---

    def _step(self, order: Order, step: str) -> dict[str, Any] | None:
        """Let it happen. Returns the row after it if it had to be read for that."""
        self.kinds[step] += 1
        draw, bar = self.random, self.bar
        match step:
            case "scan" | "scan again":
                order.scans += 1
                bar.scan(order.order_id, order.user)
            case "deliver":
                self._deliver(order)
            case "redeliver":
                self._redeliver(order)
            case "crash":
                self._redeliver(order, crash_at=draw.choice((1, 1, 2)), carried_out=draw.random() < 0.7)
            case "at once":
                deliveries = self.courier.held(order.order_id)
                asks = [self._request(order, draw.choice(ASKS)) for _ in range(draw.choice((1, 2, 3)))]
                jobs: list[Callable[[], object]] = [
                    partial(self._ask, order, ask, alone=False) for ask in asks
                ]
                jobs += [partial(self.courier.deliver, one) for one in deliveries[-1:]]
                if draw.random() < 0.3:
                    jobs.append(lambda: self._timer(order))
                if sum(one.function == "OrderEnded" for one in deliveries[-1:]):
                    order.ended_crashed = True
                draw.shuffle(jobs)
                together(jobs)
            case "manager stopped":
                execution = bar.begin(self._request(order, draw.choice(ASKS)))
                time.sleep(draw.random() * 0.003)
                client = bar.clients.sfn
                try:
                    bar.stop(execution)
                except client.exceptions.ClientError:
                    self.kinds["manager stopped too late"] += 1
                order.under_way = True
            case "timer":
                self._timer(order)
            case "stop":
                self._stop(order)
            case _:
                return self._ask(order, self._request(order, step), alone=True)
        return None

    def _request(self, order: Order, step: str) -> dict[str, Any]:
        drink = {"drink": "Latte", "modifiers": []}
        action, user, barista, more = {
            "choose": ("", order.user, "", drink),
            "stranger": ("", "stranger", "", drink),
            "make": ("make", "", "b1", {}),
            "other make": ("make", "", "b2", {}),
            "unmake": ("unmake", "", "b1", {}),
            "complete": ("complete", "", "b1", {}),
            "other complete": ("complete", "", "b2", {}),
            "cancel": ("cancel", order.user, "", {}),
            "barista cancel": ("cancel", "", "b1", {}),
        }[step]
        body = {"userId": user, **more} if user else {}
        return {"action": action, "orderId": order.order_id, "baristaUserId": barista, "body": body}

    def _ask(self, order: Order, request: dict[str, Any], *, alone: bool) -> dict[str, Any] | None:
        before = order.rows[-1]
        under_way, order.under_way = order.under_way, False
        ended = self.bar.end_of(self.bar.begin(request))
        if order.faulty_for_good and ended["status"] == "FAILED":
            return None
        require(
            ended["status"] == "SUCCEEDED",
            7,
            f"{request['action']!r} ended {ended['status']}: {ended.get('cause')}",
        )
        answer = json.loads(ended["output"])
        require(
            not any(token in ended["output"] for token in self._tokens(order)), 8, "a token is in an output"
        )
        if answer["accepted"]:
            self.kinds["accepted"] += 1
            return None
        self.kinds[f"refused {answer['reason']}"] += 1
        # Functions that still run for this order may change the row meanwhile, and what a stopped manager had under
        # way; without them nothing else does.
        if alone and before and not order.stopped and not under_way:
            after = self.bar.row(order.order_id)
            moved = {name for name in before | after if before.get(name) != after.get(name)}
            by_timer = {"ORDERSTATE", "reason"} if order.spent else set()
            require(moved <= by_timer, 7, f"{request['action']!r} was refused and changed {sorted(moved)}")
            return after
        return None

    def _deliver(self, order: Order) -> None:
        """Deliver what came last, for the last time."""
        if self.courier.wait_held(order.order_id, deadline=0.4 if order.scans else 0.0) is not None:
            self._one_delivery(order, self.courier.held(order.order_id)[-1])

    def _redeliver(self, order: Order, *, crash_at: int | None = None, carried_out: bool = True) -> None:
        """Deliver anything that ever was on its way, and not for the last time, however old it is by now."""
        if order.scans:
            self.courier.wait_held(order.order_id, deadline=0.1)
        if ever := [one for one in self.courier.seen if one.order_id == order.order_id]:
            delivery = self.random.choice(ever)
            self._one_delivery(order, delivery, keep=True, crash_at=crash_at, carried_out=carried_out)
            self.kinds[f"{delivery.function} delivered, not for the last time"] += 1

    def _one_delivery(
        self,
        order: Order,
        delivery: Delivery,
        *,
        keep: bool = False,
        crash_at: int | None = None,
        carried_out: bool = True,
    ) -> None:
        answer = self.courier.deliver(delivery, crash_at=crash_at, carried_out=carried_out)
        if answer is None:
            self.kinds[f"{delivery.function} crashed"] += 1
            order.ended_crashed = order.ended_crashed or delivery.function == "OrderEnded"
        elif not keep:
            self.courier.discard(delivery)

    def _tokens(self, order: Order) -> list[str]:
        return [one.token for one in self.courier.seen if one.order_id == order.order_id and one.token]

    def _timer(self, order: Order) -> None:
        for token in self._tokens(order)[-1:]:
            self.kinds["timer fired"] += self._fire(order, token)

    def _fire(self, order: Order, token: str) -> bool:
        order.spent.add(token)
        return self.bar.fire_timer(token)

    def _stop(self, order: Order) -> None:
        row = order.rows[-1] or self.bar.row(order.order_id)
        client = self.bar.clients.sfn
        if row:
            try:
                self.bar.stop(row["executionId"])
                order.stopped = True
                self.kinds["stopped"] += 1
            except client.exceptions.ClientError:
                self.kinds["stopped too late"] += 1

    # --- To the end ---

    def _drain(self, order: Order) -> None:
        """Deliver what is left, let the timers fire, until the order's execution is over."""
        if not order.scans:
            return
        patience = 3.0 if order.faulty_for_good else 10.0
        row = order.rows[-1] or until_or_none(lambda: self.bar.row(order.order_id), patience)
        if not row:
            require(order.faulty_for_good, 4, "an order was scanned and never registered")
            return
        execution = row["executionId"]
        ended_seen = False
        end = time.monotonic() + 30
        patience = 0.0
        while True:
            for delivery in self.courier.held(order.order_id):
                self._one_delivery(order, delivery)
                ended_seen = ended_seen or delivery.function == "OrderEnded"
            status = self.bar.wire.call("states", "DescribeExecution", executionArn=execution)["status"]
            if status == "RUNNING":
                # A token that has just come back is given a moment; then time moves on.
                if patience > 0.03:
                    for token in self._tokens(order):
                        if token not in order.spent:
                            self._fire(order, token)
                time.sleep(0.015)
                patience += 0.015
            elif status == "SUCCEEDED":
                break
            else:
                late = self.bar.row(order.order_id)
                if "announcedAt" in late:
                    break
                self.courier.wait_held(order.order_id, lambda one: one.function == "OrderEnded", deadline=2.0)
            require(time.monotonic() < end, 4, f"the order is stuck: its execution is {status}")
        for delivery in self.courier.held(order.order_id):
            self._one_delivery(order, delivery)

    # --- What must be true ---

    def _look(self, order: Order, row: dict[str, Any] | None = None) -> None:
        row = self.bar.row(order.order_id) if row is None else row
        before = order.rows[-1]
        if not before:
            order.rows.append(row)
            return
        require(bool(row), 4, "the row is gone")
        if before["ORDERSTATE"] in CLOSED:
            require(
                row["ORDERSTATE"] == before["ORDERSTATE"],
                4,
                f"{before['ORDERSTATE']} became {row['ORDERSTATE']}",
            )
            require(
                row.get("TaskToken") == before.get("TaskToken"), 2, "an order that is over was given a token"
            )
        require(before.get("tokenIssuedAt", "") <= row.get("tokenIssuedAt", ""), 2, "tokenIssuedAt went back")
        for fixed in ("USERID", "executionId", "createdAt"):
            require(row[fixed] == before[fixed], 1, f"{fixed} changed")
        order.rows.append(row)

    def judge(self, rows: dict[str, dict[str, Any]], queue: set[str], told: dict[str, list[str]]) -> None:
        """Check the ends of all orders, once everything is quiet."""
        for order in self.orders:
            try:
                self._judge(order, rows.get(order.order_id, {}), queue, told.get(order.order_id, []))
            except BrokenPromise as error:
                listed = "\n".join(f"  {line}" for line in self.log)
                raise BrokenPromise(f"history {self.number}, {order.order_id}: {error}\n{listed}") from error

    def _judge(self, order: Order, row: dict[str, Any], queue: set[str], told: list[str]) -> None:
        require(order.order_id not in queue, 3, f"an order that is {row.get('ORDERSTATE')} holds a place")
        if not row:
            require(not order.scans or order.faulty_for_good, 4, "an order was lost")
            require(not told, 4, f"the end of no order was announced: {told}")
            return
        state = row["ORDERSTATE"]
        self.kinds[f"ended {state}"] += 1
        require(state in CLOSED, 4, f"an order was left {state}")
        require(bool(told), 4, f"nobody was told of the end of an order {state}")
        require(set(told) == {TOLD_OF[state]}, 4, f"the order is {state}, and {told} was announced")
        if len(told) > 1:
            require(
                order.answers_lost or order.ended_crashed or self._announced_itself(order, row), 4, f"{told}"
            )
            self.kinds["announced twice, as documented"] += 1

    def _announced_itself(self, order: Order, row: dict[str, Any]) -> bool:
        """Whether an execution was stopped between its last event and its end."""
        if not order.stopped:
            return False
        pages = self.bar.clients.sfn.get_execution_history(executionArn=row["executionId"], maxResults=1000)
        names = [
            event["stateEnteredEventDetails"]["name"]
            for event in pages["events"]
            if "stateEnteredEventDetails" in event
        ]
        return names[-1].startswith("Emit - ") and not names[-1].endswith("TT")


ASKS = ("choose", "make", "other make", "unmake", "complete", "other complete", "cancel", "barista cancel")


def require(holds: bool, promise: int, what: str) -> None:
    """Raise BrokenPromise unless it holds."""
    if not holds:
        raise BrokenPromise(f"promise {promise}: {what}")


def until_or_none(look: Callable[[], Any], deadline: float) -> Any:
    """Return what a look finds, or None if it finds nothing in time."""
    try:
        return until("it", look, deadline=deadline)
    except AssertionError:
        return None


def together(jobs: Sequence[Callable[[], object]]) -> None:
    """Do all at the same moment. Raises what the first of them raised."""
    gate = threading.Barrier(len(jobs))
    failures: list[BaseException] = []

    def work(job: Callable[[], object]) -> None:
        gate.wait(10)
        try:
            job()
        except BaseException as error:  # noqa: BLE001 -- raised again below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failures:
        raise failures[0]
