"""Everything that one exploration can be in, and all that can happen next.

A world is a value. `happenings` yields each thing that can happen in it, with the world after it: a scan, a step of
an execution, a timer, a delivery, a repeated delivery, a call of a function, a crash, a request of a person, a fault.
What may happen only so many times is paid for from the budget.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.model import expressions, machines
from tests.model.functions import Call, Run, next_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.model.machines import Position, Shop
    from tests.model.rules import Ghost

LOST = "DynamoDB.SdkClientException"
TERMINAL = {
    "OrderProcessor.OrderFinished": "COMPLETED",
    "OrderProcessor.OrderCancelled": "CANCELLED",
    "OrderProcessor.OrderTimeOut": "TIMED_OUT",
    "OrderProcessor.ShopUnavailable": "REJECTED",
}
TOKEN_GONE = "Sfn.TaskDoesNotExistException"
SENDS = {"sendTaskSuccess", "sendTaskFailure"}


class Ask(NamedTuple):
    """A request of a person: the manager's input, as JSON, and who it is from."""

    action: str
    order: int
    by: str
    text: str


class Request(NamedTuple):
    """An execution of the manager; `wrote` is the row as it left it, if it changed it, `unsure` after a lost answer."""

    ask: Ask
    at: Position
    wrote: str = ""
    unsure: bool = False


class Execution(NamedTuple):
    """An execution of the processor that has not ended: at a task (`run`), or waiting for its token (`wait`)."""

    order: int
    at: Position
    status: str


class Budget(NamedTuple):
    """How often what may happen may happen."""

    asks: int = 0
    redeliveries: int = 0
    crashes: int = 0
    stops: int = 0
    faults: int = 0


class World(NamedTuple):
    """Rows, queue and number as DynamoDB's JSON; executions; what is on the bus; what is at work; and the budget."""

    rows: tuple[str, ...]
    queue: str
    number: str
    scans: tuple[int, ...]
    executions: tuple[Execution, ...]
    bus: tuple[Run, ...]
    runs: tuple[Run, ...]
    requests: tuple[Request, ...]
    budget: Budget
    ghosts: tuple[Ghost, ...]


class Scenario(NamedTuple):
    """What is explored: the shop, the people's repertoire, the budget."""

    shop: Shop
    asks: tuple[Ask, ...]
    budget: Budget
    orders: int = 1


class Happening(NamedTuple):
    """One thing that happens: what, to which order, the world after it, and the request or terminal event in it."""

    what: str
    order: int
    after: World
    request: Request | None = None
    announced: str = ""
    event: str = ""
    by: str = ""


def order_id(order: int) -> str:
    """The id of an order."""
    return f"order-{order}"


def user_id(order: int) -> str:
    """Its customer."""
    return f"customer-{order}"


def _replace(items: tuple[Any, ...], at: int, *by: Any) -> tuple[Any, ...]:
    return (*items[:at], *by, *items[at + 1 :])


def _with(items: tuple[Any, ...], one: Any) -> tuple[Any, ...]:
    return tuple(sorted((*items, one)))


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
    return entry["DetailType"], json.dumps(entry["Detail"], sort_keys=True)


class Actions:
    """All that can happen in a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.shop = scenario.shop
        self._writes: dict[tuple[str, str, str], tuple[bool, str, str]] = {}
        # Each request is an execution of its own, and its name goes into the row.
        self._new_requests = {
            left: [
                Request(ask, machines.begin("manager", f"manager-{left}", json.loads(ask.text), self.shop))
                for ask in scenario.asks
            ]
            for left in range(1, scenario.budget.asks + 1)
        }

    def happenings(self, world: World) -> Iterator[Happening]:
        """Everything that can happen next."""
        yield from self._scans(world)
        for index, execution in enumerate(world.executions):
            yield from self._processor(world, index, execution)
        for index, run in enumerate(world.bus):
            yield from self._deliveries(world, index, run)
        for index, run in enumerate(world.runs):
            if not index or world.runs[index - 1] != run:
                yield from self._function(world._replace(runs=_replace(world.runs, index)), run)
        if world.budget.asks:
            yield from self._asks(world)
        for index, request in enumerate(world.requests):
            if not index or world.requests[index - 1] != request:
                gone = world._replace(requests=_replace(world.requests, index))
                yield from self._manager(gone, request)
                if world.budget.crashes:
                    budget = world.budget._replace(crashes=world.budget.crashes - 1)
                    what = f"{request.ask.by}'s {request.ask.action or 'choice'}: stopped before {request.at.state}"
                    yield Happening(what, request.ask.order, gone._replace(budget=budget))

    def is_quiet(self, world: World) -> bool:
        """Whether nothing must happen any more."""
        return all(world.scans) and not (world.executions or world.bus or world.runs or world.requests)

    # --- The scan, and its repetition ---

    def _scans(self, world: World) -> Iterator[Happening]:
        for order, scans in enumerate(world.scans):
            if scans and not world.budget.redeliveries:
                continue
            spent = min(scans, 1)
            budget = world.budget._replace(redeliveries=world.budget.redeliveries - spent)
            at = machines.begin(
                "processor",
                f"execution-{order}-{scans}",
                {"detail": {"userId": user_id(order), "orderId": order_id(order)}},
                self.shop,
            )
            yield Happening(
                f"scan {order}" + (" again" if scans else ""),
                order,
                world._replace(
                    scans=_replace(world.scans, order, scans + 1),
                    executions=(*world.executions, Execution(order, at, "run")),
                    budget=budget,
                ),
            )

    # --- The processor ---

    def _processor(self, world: World, index: int, execution: Execution) -> Iterator[Happening]:
        order, at, status = execution
        name = at.execution

        def moved(world: World, to: Position, status: str = "run") -> World:
            if to.end:
                assert to.end.startswith("SUCCEEDED"), f"the processor ended {to.end}"
                assert "token-" not in to.data, "a token is in the processor's output"
                return world._replace(executions=_replace(world.executions, index))
            return world._replace(executions=_replace(world.executions, index, Execution(order, to, status)))

        if status == "wait":
            late = machines.failed(at, "States.Timeout", "", self.shop)
            yield Happening(f"{name}: the timer fires in {at.state}", order, moved(world, late))
        else:
            yield from self._task(world, order, at, moved)
        if world.budget.stops:
            spent = world._replace(budget=world.budget._replace(stops=world.budget.stops - 1))
            for end in ("ABORTED", "FAILED") if status == "run" else ("ABORTED",):
                ended = self._status_event(spent, order, name, end)
                after = ended._replace(executions=_replace(ended.executions, index))
                yield Happening(f"{name}: {end} before {at.state}", order, after, by=name)

    def _task(self, world: World, order: int, at: Position, moved: Any) -> Iterator[Happening]:
        state = machines.definition(at)
        resource = state["Resource"]
        filled = machines.parameters(at)
        what = f"{at.execution}: {at.state}"
        again = at._replace(retries=at.retries + 1)
        fault = world._replace(budget=world.budget._replace(faults=world.budget.faults - 1))
        may_fail = world.budget.faults and at.retries < 2
        if "dynamodb:" in resource:
            operation = resource.rpartition(":")[2]
            done, after, result = self._dynamodb(world, order, operation, filled)
            to = (
                machines.answered(at, result, self.shop)
                if done
                else machines.failed(at, "DynamoDB.ConditionalCheckFailedException", "", self.shop)
            )
            yield Happening(what, order, moved(after, to), by=at.execution)
            if may_fail:
                yield Happening(f"{what} (not done)", order, moved(fault, again), by=at.execution)
                _, after, _ = self._dynamodb(fault, order, operation, filled)
                yield Happening(f"{what} (answer lost)", order, moved(after, again), by=at.execution)
            return
        detail_type, detail = _event(filled)
        if resource.endswith("waitForTaskToken"):
            function = detail_type.rpartition(".")[2]
            event = Run(function, f'{{"detail": {detail}}}')
            after = world._replace(bus=_with(world.bus, event))
            yield Happening(what, order, moved(after, at, "wait"), by=at.execution)
            if may_fail:
                after = fault._replace(bus=_with(fault.bus, event))
                yield Happening(f"{what} (answer lost)", order, moved(after, again), by=at.execution)
            return
        to = machines.answered(at, '{"Entries": [{}], "FailedEntryCount": 0}', self.shop)
        yield Happening(what, order, moved(world, to), announced=detail_type, event=detail, by=at.execution)
        if may_fail:
            yield Happening(
                f"{what} (answer lost)",
                order,
                moved(fault, again),
                announced=f"{detail_type} lost",
                by=at.execution,
            )

    def _status_event(self, world: World, order: int, execution: str, status: str) -> World:
        given = json.dumps({"detail": {"userId": user_id(order), "orderId": order_id(order)}})
        detail = {"executionArn": execution, "status": status, "input": given}
        event = Run("OrderEnded", json.dumps({"detail": detail}, sort_keys=True))
        return world._replace(bus=_with(world.bus, event))

    # --- The bus and the functions ---

    def _deliveries(self, world: World, index: int, run: Run) -> Iterator[Happening]:
        if index and world.bus[index - 1] == run:
            return
        # An event that is delivered later is one that is delivered now to a function that is slow to begin.
        yield from self._function(world._replace(bus=_replace(world.bus, index)), run, "delivered, ")
        if world.budget.redeliveries:
            budget = world.budget._replace(redeliveries=world.budget.redeliveries - 1)
            yield from self._function(world._replace(budget=budget), run, "delivered not for the last time, ")

    def _order_of(self, run: Run) -> int:
        text = run.event
        return next(
            order for order in range(self.scenario.orders) if f'order-{order}"' in text.replace('\\"', '"')
        )

    def _function(self, world: World, run: Run, how: str = "") -> Iterator[Happening]:
        """The next call of a function that is not among the runs of the world."""
        order = self._order_of(run)
        call = next_call(run)
        assert isinstance(call, Call), f"{run.function} makes no call at all"
        what = f"{run.function} {order}: {how}{call.operation}"
        after, answer, announced, event = self._call(world, order, call)
        continued = run._replace(answers=(*run.answers, answer))
        # Two deliveries at the same moment: each may find that the end has not been announced yet.
        if how and any((other.function, other.event) == (run.function, run.event) for other in world.runs):
            announced = f"{announced} together"
        if isinstance(next_call(continued), Call):
            going_on = after._replace(runs=_with(after.runs, continued))
            yield Happening(what, order, going_on, announced=announced, event=event, by=run.function)
        else:
            yield Happening(what, order, after, announced=announced, event=event, by=run.function)
        if world.budget.crashes:
            budget = world.budget._replace(crashes=world.budget.crashes - 1)
            retried = after._replace(bus=_with(after.bus, Run(run.function, run.event)), budget=budget)
            if announced:
                announced = f"{announced} and crashed"
            yield Happening(
                f"{what}, then a crash", order, retried, announced=announced, event=event, by=run.function
            )

    def _call(self, world: World, order: int, call: Call) -> tuple[World, str, str, str]:
        """The world after a call, the answer, and the terminal event with its detail if it was one."""
        match call.operation:
            case "update_item" | "get_item":
                operation = {"update_item": "updateItem", "get_item": "getItem"}[call.operation]
                done, after, result = self._dynamodb(world, order, operation, call.parameters)
                if done:
                    return after, result, "", ""
                row = json.loads(world.rows[order])
                response = {"Item": row} if row else {}
                error = {"error": "ConditionalCheckFailedException", "response": response}
                return world, json.dumps(error, sort_keys=True), "", ""
            case "put_events":
                entry = json.loads(call.parameters)["Entries"][0]
                entry["Detail"] = json.loads(entry["Detail"])
                machines.check_event(entry)
                answer = '{"Entries": [{}], "FailedEntryCount": 0, "by": "put_events"}'
                announced = entry["DetailType"] if entry["DetailType"] in TERMINAL else ""
                return world, answer, announced, json.dumps(entry["Detail"], sort_keys=True)
            case "send_task_failure":
                given = json.loads(call.parameters)
                told = self._end_task(world, given["taskToken"], given["error"])
                return told or world, "{}" if told else '{"error": "TaskDoesNotExist"}', "", ""
        raise AssertionError(call.operation)

    # --- People, and the manager ---

    def _asks(self, world: World) -> Iterator[Happening]:
        budget = world.budget._replace(asks=world.budget.asks - 1)
        for request in self._new_requests[world.budget.asks]:
            ask, at = request.ask, request.at
            asked = world._replace(budget=budget)
            if at.end:
                yield Happening(f"{ask.by}'s {ask.action}: refused at once", ask.order, asked, request)
            else:
                # A request that is slow to begin is one that is made later.
                yield from self._manager(asked, request)

    def _manager(self, gone: World, request: Request) -> Iterator[Happening]:
        """The next step of a request that is not among those of the world."""
        ask, at = request.ask, request.at
        order = ask.order
        state = machines.definition(at)
        filled = machines.parameters(at)
        operation = state["Resource"].rpartition(":")[2]
        what = f"{ask.by}'s {ask.action or 'choice'}: {at.state}"

        def moved(world: World, to: Request, what: str) -> Happening:
            if to.at.end:
                return Happening(what, order, world, to, by="manager")
            return Happening(
                what, order, world._replace(requests=_with(world.requests, to)), to, by="manager"
            )

        fault = gone._replace(budget=gone.budget._replace(faults=gone.budget.faults - 1))
        again = request._replace(at=at._replace(retries=at.retries + 1))
        may_fail = gone.budget.faults and at.retries < 2
        if operation in SENDS:
            given = json.loads(filled)
            error = given.get("Error", "")
            ended = self._end_task(gone, given["TaskToken"], error)
            to = (
                machines.answered(at, "{}", self.shop)
                if ended
                else machines.failed(at, TOKEN_GONE, "", self.shop)
            )
            yield moved(ended or gone, request._replace(at=to), what)
            if may_fail and ended:
                lost = self._end_task(fault, given["TaskToken"], error)
                assert lost is not None
                yield moved(lost, again._replace(unsure=True), f"{what} (answer lost)")
            return
        done, after, result = self._dynamodb(gone, order, operation, filled)
        to = (
            machines.answered(at, result, self.shop)
            if done
            else machines.failed(at, "DynamoDB.ConditionalCheckFailedException", "", self.shop)
        )
        wrote = request.wrote if after.rows == gone.rows else after.rows[order]
        yield moved(after, request._replace(at=to, wrote=wrote), what)
        if may_fail and operation != "getItem":
            _, after, _ = self._dynamodb(fault, order, operation, filled)
            wrote = request.wrote if after.rows == gone.rows else after.rows[order]
            lost_request = again._replace(wrote=wrote, unsure=True)
            yield moved(after, lost_request, f"{what} (answer lost)")

    # --- What they all do to the tables and the tokens ---

    def _dynamodb(self, world: World, order: int, operation: str, parameters: str) -> tuple[bool, World, str]:
        """Whether a request was carried out, the world after it, and the answer as JSON."""
        table, partition, key = _target(operation, parameters)
        if table == "${OrderTableName}":
            assert (partition, key) == ("orders", order_id(order))
            before = world.rows[order]
        else:
            assert table == "${CountingTableName}"
            before = {"activeOrders": world.queue, "orderID": world.number}[partition]
        cached = self._writes.get((operation, parameters, before))
        if cached is None:
            answer = expressions.request(operation, json.loads(parameters), json.loads(before))
            if operation == "getItem":
                result = {"Item": answer.returned} if answer.returned else {}
            else:
                result = {"Attributes": answer.returned} if answer.returned else {}
            cached = (
                answer.done,
                json.dumps(answer.item, sort_keys=True),
                json.dumps(result, sort_keys=True),
            )
            self._writes[operation, parameters, before] = cached
        done, after, text = cached
        if after == before:
            return done, world, text
        if table == "${OrderTableName}":
            return done, world._replace(rows=_replace(world.rows, order, after)), text
        if partition == "activeOrders":
            return done, world._replace(queue=after), text
        return done, world._replace(number=after), text

    def _end_task(self, world: World, token: str, error: str) -> World | None:
        """The world after a token came back; None if nobody waits for it."""
        for index, (order, at, status) in enumerate(world.executions):
            if status == "wait" and at.token == token:
                to = (
                    machines.failed(at, error, "", self.shop)
                    if error
                    else machines.answered(at, "{}", self.shop)
                )
                assert not to.end, "a token ended an execution at once"
                moved = Execution(order, to, "run")
                return world._replace(executions=_replace(world.executions, index, moved))
        return None
