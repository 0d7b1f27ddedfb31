"""All that can happen to one order next.

`Actions` yields each thing that can happen, with what the order is afterwards: a scan, a step of an execution, a timer,
a delivery, a repeated delivery, a call of a function, a crash, a request of a person, a fault. What may happen only so
many times has a cost, which is paid from the budget.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tests.model import expressions, machines
from tests.model.functions import Call, Run, next_call
from tests.model.language import canonical
from tests.model.values import (
    ASK,
    CRASH,
    FAULT,
    REDELIVERY,
    STOP,
    TERMINAL,
    Execution,
    Happening,
    Local,
    Request,
    Scenario,
    Surroundings,
    joined,
    order_id,
    replaced,
    scanned,
    waits,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.model.machines import Position

REFUSED = "DynamoDB.ConditionalCheckFailedException"
TOKEN_GONE = "Sfn.TaskDoesNotExistException"
SENDS = {"sendTaskSuccess", "sendTaskFailure"}


@cache
def _target(operation: str, parameters: str) -> tuple[str, str, str]:
    """Table, partition key and sort key of a request; the last is "" where there is none."""
    given = json.loads(parameters)
    key = given["Item"] if operation == "putItem" else given["Key"]
    return given["TableName"], key["PK"]["S"], key.get("SK", {"S": ""})["S"]


@cache
def _event(parameters: str) -> tuple[str, str]:
    """Detail-type and detail of the event that a task puts, once it is known to fit its schema."""
    entry = json.loads(parameters)["Entries"][0]
    machines.check_event(entry)
    return entry["DetailType"], canonical(entry["Detail"])


@cache
def _status_event(order: int, execution: str, status: str) -> Run:
    detail = {"executionArn": execution, "status": status, "input": scanned(order)}
    return Run("OrderEnded", canonical({"detail": detail}))


@cache
def carried_out(operation: str, parameters: str, before: str) -> tuple[bool, str, str]:
    """Return a request to DynamoDB on an item: whether it was done, the item after it, and the answer as JSON."""
    answer = expressions.request(operation, json.loads(parameters), json.loads(before))
    name = "Item" if operation == "getItem" else "Attributes"
    result = {name: answer.returned} if answer.returned else {}
    return answer.done, canonical(answer.item), canonical(result)


@cache
def _refusal(row: str) -> str:
    """Return what a function is answered whose condition does not hold for a row, as JSON."""
    item = json.loads(row)
    response = {"Item": item} if item else {}
    return canonical({"error": "ConditionalCheckFailedException", "response": response})


class Written(NamedTuple):
    """What a request to DynamoDB did: whether it was done, the order after it, the answer, how many numbers it drew."""

    done: bool
    after: Local
    answer: str
    drawn: int = 0


class Actions:
    """All that can happen to one order in a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.shop = scenario.shop
        self.budget = scenario.budget

    # --- The scan, and its repetition ---

    def scan(self, local: Local) -> Iterator[Happening]:
        """Yield the scan of the order, or its repetition."""
        again = local.scans > 0
        if again and not self.budget.redeliveries:
            return
        order = local.order
        at = machines.begin("processor", f"execution-{order}-{local.scans}", scanned(order), self.shop)
        after = local._replace(scans=local.scans + 1, executions=(*local.executions, Execution(at, "run")))
        yield Happening(f"scan {order}{' again' * again}", after, REDELIVERY * again)

    # --- The processor ---

    def processor(self, local: Local, index: int, surroundings: Surroundings) -> Iterator[Happening]:
        """Yield the next step of an execution, its timer, and its end by hand or by a fault."""
        at, status = local.executions[index]
        name = at.execution

        def moved(local: Local, to: Position, status: str = "run") -> Local:
            if to.end:
                assert to.end.startswith("SUCCEEDED"), f"the processor ended {to.end}"
                assert "token-" not in to.data, "a token is in the processor's output"
                return local._replace(executions=replaced(local.executions, index))
            return local._replace(executions=replaced(local.executions, index, Execution(to, status)))

        if status == "wait":
            late = machines.failed(at, "States.Timeout", "", self.shop)
            yield Happening(f"{name}: the timer fires in {at.state}", moved(local, late))
        else:
            yield from self._task(local, at, surroundings, moved)
        if self.budget.stops:
            for end in ("ABORTED", "FAILED") if status == "run" else ("ABORTED",):
                ended = local._replace(bus=joined(local.bus, _status_event(local.order, name, end)))
                after = ended._replace(executions=replaced(ended.executions, index))
                yield Happening(f"{name}: {end} before {at.state}", after, STOP, by=name)

    def _task(
        self, local: Local, at: Position, surroundings: Surroundings, moved: Callable[..., Local]
    ) -> Iterator[Happening]:
        resource = machines.definition(at)["Resource"]
        filled = machines.parameters(at)
        what, by = f"{at.execution}: {at.state}", at.execution
        again = at._replace(retries=at.retries + 1)
        may_fail = self.budget.faults and at.retries < 2
        if "dynamodb:" in resource:
            wrote = self.dynamodb(local, resource.rpartition(":")[2], filled, surroundings)
            to = (
                machines.answered(at, wrote.answer, self.shop)
                if wrote.done
                else machines.failed(at, REFUSED, "", self.shop)
            )
            yield Happening(what, moved(wrote.after, to), by=by, drawn=wrote.drawn)
            if may_fail:
                yield Happening(f"{what} (not done)", moved(local, again), FAULT, by=by)
                lost = moved(wrote.after, again)
                yield Happening(f"{what} (answer lost)", lost, FAULT, by=by, drawn=wrote.drawn)
            return
        detail_type, detail = _event(filled)
        if resource.endswith("waitForTaskToken"):
            event = Run(detail_type.rpartition(".")[2], f'{{"detail": {detail}}}')
            after = local._replace(bus=joined(local.bus, event))
            yield Happening(what, moved(after, at, "wait"), by=by)
            if may_fail:
                yield Happening(f"{what} (answer lost)", moved(after, again), FAULT, by=by)
            return
        to = machines.answered(at, '{"Entries": [{}], "FailedEntryCount": 0}', self.shop)
        yield Happening(what, moved(local, to), announced=detail_type, event=detail, by=by)
        if may_fail:
            lost_answer = f"{detail_type} lost"
            yield Happening(f"{what} (answer lost)", moved(local, again), FAULT, announced=lost_answer, by=by)

    # --- The bus and the functions ---

    def deliveries(self, local: Local, index: int) -> Iterator[Happening]:
        """Yield an event is delivered, for the last time or not."""
        run = local.bus[index]
        # An event that is delivered later is one that is delivered now to a function that is slow to begin.
        taken = local._replace(bus=replaced(local.bus, index))
        yield from self.function(taken, run, "delivered, ")
        if self.budget.redeliveries:
            for happening in self.function(local, run, "delivered not for the last time, "):
                yield happening._replace(cost=happening.cost + REDELIVERY)

    def function(self, local: Local, run: Run, how: str = "") -> Iterator[Happening]:
        """Yield the next call of a function that is not among the runs."""
        call = next_call(run)
        assert isinstance(call, Call), f"{run.function} makes no call at all"
        what = f"{run.function} {local.order}: {how}{call.operation}"
        after, answer, announced, event = self._call(local, call)
        continued = run._replace(answers=(*run.answers, answer))
        # Two deliveries at the same moment: each may find that the end has not been announced yet.
        if how and any((other.function, other.event) == (run.function, run.event) for other in local.runs):
            announced = f"{announced} together"
        goes_on = isinstance(next_call(continued), Call)
        now = after._replace(runs=joined(after.runs, continued)) if goes_on else after
        yield Happening(what, now, announced=announced, event=event, by=run.function)
        if self.budget.crashes:
            retried = after._replace(bus=joined(after.bus, Run(run.function, run.event)))
            if announced:
                announced = f"{announced} and crashed"
            crashed = f"{what}, then a crash"
            yield Happening(crashed, retried, CRASH, announced=announced, event=event, by=run.function)

    def _call(self, local: Local, call: Call) -> tuple[Local, str, str, str]:
        """Return the order after a call, the answer, and the terminal event with its detail if it was one."""
        match call.operation:
            case "update_item" | "get_item":
                operation = {"update_item": "updateItem", "get_item": "getItem"}[call.operation]
                wrote = self.dynamodb(local, operation, call.parameters, Surroundings())
                if wrote.done:
                    return wrote.after, wrote.answer, "", ""
                return local, _refusal(local.row), "", ""
            case "put_events":
                detail_type, detail = published(call)
                answer = '{"Entries": [{}], "FailedEntryCount": 0, "by": "put_events"}'
                return local, answer, detail_type if detail_type in TERMINAL else "", detail
            case "send_task_failure":
                given = json.loads(call.parameters)
                told = self.end_task(local, given["taskToken"], given["error"])
                return told or local, "{}" if told else '{"error": "TaskDoesNotExist"}', "", ""
        raise AssertionError(call.operation)

    # --- People, and the manager ---

    def asks(self, local: Local) -> Iterator[Happening]:
        """Each request that somebody may make, up to its first step."""
        taken = {request.at.execution for request in local.requests}
        name = next(name for name in (f"manager-{number}" for number in range(1, 9)) if name not in taken)
        for ask in self.scenario.asks:
            if ask.order != local.order:
                continue
            request = Request(ask, machines.begin("manager", name, ask.text, self.shop))
            if request.at.end:
                yield Happening(f"{ask.by}'s {ask.action}: refused at once", local, ASK, request)
                continue
            # A request that is slow to begin is one that is made later.
            yield from self.manager(local, request, ASK)

    def manager(self, gone: Local, request: Request, making: int = 0) -> Iterator[Happening]:
        """Yield the next step of a request that is not among those of the order. `making` is what it costs to make
        it."""
        ask, at = request.ask, request.at
        filled = machines.parameters(at)
        operation = machines.definition(at)["Resource"].rpartition(":")[2]
        what = f"{ask.by}'s {ask.action or 'choice'}: {at.state}"

        def moved(local: Local, to: Request, what: str, cost: int = 0) -> Happening:
            after = local if to.at.end else local._replace(requests=joined(local.requests, to))
            return Happening(what, after, making + cost, to, by="manager")

        def again() -> Request:
            return request._replace(at=at._replace(retries=at.retries + 1), unsure=True)

        may_fail = self.budget.faults and at.retries < 2
        if operation in SENDS:
            given = json.loads(filled)
            ended = self.end_task(gone, given["TaskToken"], given.get("Error", ""))
            to = (
                machines.answered(at, "{}", self.shop)
                if ended
                else machines.failed(at, TOKEN_GONE, "", self.shop)
            )
            yield moved(ended or gone, request._replace(at=to), what)
            if may_fail and ended:
                yield moved(ended, again(), f"{what} (answer lost)", FAULT)
            return
        wrote = self.dynamodb(gone, operation, filled, Surroundings())
        to = (
            machines.answered(at, wrote.answer, self.shop)
            if wrote.done
            else machines.failed(at, REFUSED, "", self.shop)
        )
        row = request.wrote if wrote.after.row == gone.row else wrote.after.row
        yield moved(wrote.after, request._replace(at=to, wrote=row), what)
        if may_fail and operation != "getItem":
            yield moved(wrote.after, again()._replace(wrote=row), f"{what} (answer lost)", FAULT)

    def stopped(self, gone: Local, request: Request) -> Iterator[Happening]:
        """Yield a request is stopped halfway; that before it was made at all is one that is never made."""
        if self.budget.crashes:
            what = f"{request.ask.by}'s {request.ask.action or 'choice'}: stopped before {request.at.state}"
            yield Happening(what, gone, CRASH)

    # --- What they all do to the tables and the tokens ---

    def dynamodb(self, local: Local, operation: str, parameters: str, surroundings: Surroundings) -> Written:
        """Carry out a request."""
        table, partition, key = _target(operation, parameters)
        if table == "${OrderTableName}":
            assert (partition, key) == ("orders", order_id(local.order))
            done, row, answer = carried_out(operation, parameters, local.row)
            return Written(done, local if row == local.row else local._replace(row=row), answer)
        assert table == "${CountingTableName}"
        if partition == "orderID":
            before = canonical({"PK": {"S": partition}, "IDvalue": {"N": str(surroundings.number)}})
            done, after, answer = carried_out(operation, parameters, before)
            return Written(done, local, answer, int(json.loads(after)["IDvalue"]["N"]) - surroundings.number)
        assert partition == "activeOrders"
        others = tuple(f"another-{number}" for number in range(surroundings.holding))
        before = queue_item((*others, order_id(local.order)) if local.place else others)
        done, after, answer = carried_out(operation, parameters, before)
        holding = set(json.loads(after).get("orders", {"SS": []})["SS"])
        place = order_id(local.order) in holding
        if place != local.place:
            self.check_queue(len(holding))
        assert holding - {order_id(local.order)} == set(others), (
            "promise 3: a step moved another order's place"
        )
        return Written(done, local._replace(place=place), answer)

    def check_queue(self, holding: int) -> None:
        """Raise unless so many may hold a place."""
        assert holding <= max(self.shop.places, 0), (
            f"promise 3: {holding} orders in a queue of {self.shop.places}"
        )

    def end_task(self, local: Local, token: str, error: str) -> Local | None:
        """Return the order after a token came back; None if nobody waits for it."""
        index = waits(local, token)
        if index is None:
            return None
        at = local.executions[index].at
        to = machines.failed(at, error, "", self.shop) if error else machines.answered(at, "{}", self.shop)
        assert not to.end, "a token ended an execution at once"
        return local._replace(executions=replaced(local.executions, index, Execution(to, "run")))


@cache
def published(call: Call) -> tuple[str, str]:
    """Detail-type and detail of the event that a function publishes, once it is known to fit its schema."""
    entry = json.loads(call.parameters)["Entries"][0]
    entry["Detail"] = json.loads(entry["Detail"])
    machines.check_event(entry)
    return entry["DetailType"], canonical(entry["Detail"])


@cache
def queue_item(holding: tuple[str, ...]) -> str:
    """Return the item `activeOrders` as DynamoDB's JSON."""
    orders = {"orders": {"SS": sorted(holding)}} if holding else {}
    return canonical({"PK": {"S": "activeOrders"}} | orders)
