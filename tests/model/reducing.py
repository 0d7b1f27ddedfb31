"""All steps of all orders, each worked out once; and, on request, without those that make no difference.

What makes no difference, and why it may be left out (`reduce`):

- **A step that nobody can notice is taken at once, and nothing else before it.** It changes only what its own actor
  knows, and what it does is the same whenever it is done; so every interleaving is equal to one in which it comes
  first. Such steps are: the publishing of an event that nothing in the stack listens to; the return of a token that no
  execution waits on (none ever will: a token is waited on from the moment it is issued, and once); each step of an
  execution that is not the one that the row names (the name never changes, and that such a step changes nothing is
  promise 1, which is checked at every step); and, when an order is looked at by itself, the drawing of its number.
- **A request that only reads any more is taken out and answered at the end** with every row that was reached at all.
- **What no later state reads is forgotten**: of a request's data only the paths that the states ahead of it name.
- **Names that mean nothing are made the same**: executions of the manager are numbered by their place, and those that
  are over are "gone"; the execution that registered the order is number 0.

`test_what_is_left_out_makes_no_difference` compares the outcomes with those of the exploration that leaves out nothing.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.model import machines
from tests.model.functions import Call, next_call
from tests.model.language import canonical
from tests.model.rules import judge, judge_answer
from tests.model.values import (
    TERMINAL,
    Budget,
    Execution,
    Local,
    Request,
    Scenario,
    Surroundings,
    can_pay,
    is_quiet,
    owner,
    replaced,
    waits,
)
from tests.model.world import SENDS, Actions, published

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.model.machines import Position
    from tests.model.values import Ask, Happening

_REQUEST_NAME = re.compile(r"manager-\w+")


class Step:
    """One thing that can happen to an order; judged, and its outcome worked out, when somebody first asks for it."""

    __slots__ = ("_after", "_happening", "_local", "cost")

    def __init__(self, local: Local, happening: Happening) -> None:
        self.cost = happening.cost
        self._local = local
        self._happening = happening
        self._after = -1

    @property
    def what(self) -> str:
        """What happens."""
        return self._happening.what

    @property
    def drawn(self) -> int:
        """How many order numbers it draws."""
        return self._happening.drawn

    def after(self, orders: Orders) -> int:
        """Return the order after it. Raises BrokenPromise if it should not have happened."""
        if self._after < 0:
            self._after = orders.after(self._local, self._happening)
        return self._after


class Steps(NamedTuple):
    """What can happen to an order next; `first` if all of it may be taken before anything else in the world.

    What costs more than `payable` is not among it.
    """

    first: bool
    steps: tuple[Step, ...]
    payable: int


class Orders:
    """The orders that were met so far, by number, and their steps."""

    def __init__(self, scenario: Scenario, *, reduce: bool, alone: bool) -> None:
        self.scenario = scenario
        self.locals: list[Local] = []
        self.quiet: set[int] = set()
        self.reduce = reduce
        self.alone = alone
        self._actions: dict[int, Actions] = {}
        self._numbers: dict[Local, int] = {}
        self._steps: dict[tuple[int, tuple[int, ...], int], Steps] = {}
        self._readers: set[tuple[Ask, Position]] = set()

    def number_of(self, local: Local) -> int:
        """Return the number under which an order in this very state is kept."""
        number = self._numbers.setdefault(local, len(self.locals))
        if number == len(self.locals):
            self.locals.append(local)
            if is_quiet(local):
                self.quiet.add(number)
        return number

    def steps(self, order: int, holding: tuple[int, ...], number: int, payable: int) -> Steps:
        """Return what can happen to an order while one of so many others hold a place, and this was the last number.

        What nobody could pay for in any world so far is not worked out; it may be missing if it is not `payable`.
        """
        found = self._steps.get((order, holding, number))
        if found is None or not can_pay(found.payable, payable):
            payable |= found.payable if found else 0
            found = self._find(self.locals[order], holding, number, payable)
            self._steps[order, holding, number] = found
        return found

    def _find(self, local: Local, holding: tuple[int, ...], number: int, payable: int) -> Steps:
        actions = self._actions.get(payable)
        if actions is None:
            scenario = self.scenario._replace(budget=Budget.unpacked(payable))
            actions = self._actions[payable] = Actions(scenario)
        first = self.reduce and self._unnoticed(actions, local, holding, number)
        happenings = first or self._all(actions, local, holding, number)
        steps = tuple(Step(local, happening) for happening in dict.fromkeys(happenings))
        return Steps(bool(first), steps, payable)

    def after(self, local: Local, happening: Happening) -> int:
        """Return the order after a step, once it is known to keep the promises."""
        after = judge(local, happening)
        return self.number_of(self._tidied(after) if self.reduce else after)

    def _all(
        self, actions: Actions, local: Local, holding: tuple[int, ...], number: int
    ) -> Iterator[Happening]:
        yield from actions.scan(local)
        for index in range(len(local.executions)):
            yield from self._processor(actions, local, index, holding, number)
        for index, run in enumerate(local.bus):
            if not index or local.bus[index - 1] != run:
                yield from actions.deliveries(local, index)
        for index, run in enumerate(local.runs):
            if not index or local.runs[index - 1] != run:
                yield from actions.function(local._replace(runs=replaced(local.runs, index)), run)
        if actions.budget.asks:
            yield from actions.asks(local)
        for index, request in enumerate(local.requests):
            if not index or local.requests[index - 1] != request:
                yield from self._request(actions, local, index)

    def _processor(
        self, actions: Actions, local: Local, index: int, holding: tuple[int, ...], number: int
    ) -> Iterator[Happening]:
        at, status = local.executions[index]
        if status == "wait" or "activeOrders" not in machines.parameters(at):
            holding = holding[:1]
        for count in holding:
            yield from actions.processor(local, index, Surroundings(count, number))

    def _request(self, actions: Actions, local: Local, index: int) -> Iterator[Happening]:
        request = local.requests[index]
        gone = local._replace(requests=replaced(local.requests, index))
        yield from actions.manager(gone, request)
        yield from actions.stopped(gone, request)

    # --- What may be left out ---

    def _unnoticed(
        self, actions: Actions, local: Local, holding: tuple[int, ...], number: int
    ) -> list[Happening]:
        """Return the steps of one actor, if nobody can notice them."""
        named = owner(local.row)
        for index, (at, status) in enumerate(local.executions):
            if status != "run":
                continue
            drawing = self.alone and '"orderID"' in machines.parameters(at)
            if drawing or named not in ("", at.execution):
                return list(self._processor(actions, local, index, holding, number))
        for index, run in enumerate(local.runs):
            call = next_call(run)
            assert isinstance(call, Call)
            silent = call.operation == "put_events" and published(call)[0] not in TERMINAL
            in_vain = call.operation == "send_task_failure" and waits(local, _token(call.parameters)) is None
            if silent or in_vain:
                return list(actions.function(local._replace(runs=replaced(local.runs, index)), run))
        for index, request in enumerate(local.requests):
            operation = machines.definition(request.at)["Resource"].rpartition(":")[2]
            if operation in SENDS and waits(local, _token(machines.parameters(request.at))) is None:
                return list(self._request(actions, local, index))
        return []

    def _tidied(self, local: Local) -> Local:
        """Return the order without what makes no difference."""
        if local.requests:
            requests = []
            for request in local.requests:
                if only_reads(request.at) and not request.wrote and not request.unsure:
                    self._readers.add((request.ask, trimmed(request.at)))
                    continue
                wrote = request.wrote if self.scenario.budget.faults else "yes" * bool(request.wrote)
                requests.append(request._replace(at=trimmed(request.at), wrote=wrote))
            local = local._replace(requests=tuple(sorted(requests)))
        if local.requests or "manager-" in local.row:
            local = _with_names(local)
        if named := owner(local.row):
            enough = self.scenario.budget.redeliveries + 1
            local = local if local.scans == enough else local._replace(scans=enough)
            first = f"execution-{local.order}-0"
            if named != first and not (local.bus or local.runs or local.requests):
                local = _swapped(local, named, first)
        return local

    def answer_readers(self) -> int:
        """Answer the requests that only read, with every row that was reached. Returns how many answers there were."""
        rows = {_read_by_requests(local.row) for local in self.locals}
        for ask, at in self._readers:
            for row in rows:
                result = json.dumps({"Item": json.loads(row)} if row != "{}" else {})
                to = machines.answered(at, result, self.scenario.shop)
                judge_answer(to.end, to.data, ask, wrote=False)
        return len(rows) * len(self._readers)


@cache
def _token(parameters: str) -> str:
    given = json.loads(parameters)
    return str(given.get("TaskToken") or given["taskToken"])


@cache
def _ahead(machine: str, state: str) -> tuple[str, ...]:
    """Return the states that an execution in this one may still enter, itself included."""
    states = machines.MACHINES[machine]["States"]
    found: dict[str, None] = {}
    waiting = [state]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = None
        one = states[name]
        parts = [one, *one.get("Choices", []), *one.get("Catch", [])]
        waiting += [part["Next"] for part in parts if "Next" in part]
        waiting += [one["Default"]] if "Default" in one else []
    return tuple(found)


@cache
def _only_reads(machine: str, state: str) -> bool:
    states = machines.MACHINES[machine]["States"]
    tasks = [states[name]["Resource"] for name in _ahead(machine, state) if states[name]["Type"] == "Task"]
    return states[state].get("Resource", "").endswith("dynamodb:getItem") and all(
        resource.endswith(("dynamodb:getItem", "events:putEvents")) for resource in tasks
    )


def only_reads(at: Position) -> bool:
    """Whether a request has nothing left to do but to read the row and to say what it found."""
    return _only_reads(at.machine, at.state)


@cache
def _read_ahead(machine: str, state: str) -> tuple[frozenset[str] | None, bool]:
    """Return the paths of their data that the states ahead read, None for all of it; and whether they read the
    clock."""
    paths: set[str] = set()
    clock = whole = False

    def look(value: Any, key: str) -> None:
        nonlocal clock, whole
        if key == "ResultPath":
            return
        if isinstance(value, dict):
            for name, part in value.items():
                look(part, name)
        elif isinstance(value, list):
            for part in value:
                look(part, key)
        elif isinstance(value, str):
            clock = clock or "$$.State" in value or "$$.Task" in value
            whole = whole or (value == "$" and key != "OutputPath")
            paths.update(re.findall(r"(?<!\$)\$((?:\.\w+)+)", value))

    for name in _ahead(machine, state):
        one = machines.MACHINES[machine]["States"][name]
        look(one, "")
        ends_with_all = (
            one.get("End") and one.get("OutputPath", "$") == "$" and one.get("ResultPath", "$") != "$"
        )
        whole = whole or bool(ends_with_all)
    return None if whole else frozenset(paths), clock


@cache
def trimmed(at: Position) -> Position:
    """Return a position that knows only what the states ahead of it read."""
    paths, clock = _read_ahead(at.machine, at.state)
    if not clock:
        at = at._replace(entered=0)
    if paths is None:
        return at
    kept: dict[str, Any] = {}
    for path in sorted(paths):
        value, target = json.loads(at.data), kept
        *parents, last = path[1:].split(".")
        for word in parents:
            value = value.get(word) if isinstance(value, dict) else None
        if isinstance(value, dict) and last in value:
            for word in parents:
                target = target.setdefault(word, {})
            target[last] = value[last]
    return at._replace(data=canonical(kept))


@cache
def _read_by_requests(row: str) -> str:
    """Return a row as far as a request that only reads can tell it from others."""
    read = set()
    for name, state in machines.MACHINES["manager"]["States"].items():
        if _only_reads("manager", name):
            result = state["ResultPath"][2:]
            paths, _ = _read_ahead("manager", name)
            assert paths is not None
            read |= {path.split(".")[3] for path in paths if path.startswith(f".{result}.Item.")}
    return canonical({name: value for name, value in json.loads(row).items() if name in read})


def _renamed(at: Position, name: Callable[[str], str]) -> Position:
    return at._replace(execution=name(at.execution), data=name(at.data))


@cache
def _masked(request: Request) -> Request:
    return request._replace(
        at=_renamed(request.at, lambda text: _REQUEST_NAME.sub("manager", text)),
        wrote=_REQUEST_NAME.sub("manager", request.wrote),
    )


def _with_names(local: Local) -> Local:
    """Return the requests numbered by their place, and what is over called "gone"."""
    ordered = sorted(local.requests, key=_masked)
    names = {request.at.execution: f"manager-{number}" for number, request in enumerate(ordered, 1)}

    def name(text: str) -> str:
        return _REQUEST_NAME.sub(lambda found: names.get(found[0], "manager-gone"), text)

    requests = [
        request._replace(at=_renamed(request.at, name), wrote=name(request.wrote)) for request in ordered
    ]
    return local._replace(row=name(local.row), requests=tuple(sorted(requests)))


def _swapped(local: Local, one: str, other: str) -> Local:
    """Return the order with two of its executions' names exchanged."""

    def swap(text: str) -> str:
        return re.sub(f"{one}|{other}", lambda found: other if found[0] == one else one, text)

    executions = tuple(Execution(_renamed(at, swap), status) for at, status in local.executions)
    return local._replace(row=swap(local.row), executions=executions)
