"""Distributed Map states: each item, or each batch, is an execution of its own.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final

from asl.execution import faults
from asl.execution.faults import RuntimeFault, StateFault
from asl.execution.files import ReadRequest
from asl.execution.items import read
from asl.execution.iterating import items_of, selected_item
from asl.execution.records import FAILED, SUCCEEDED, Execution, Frame
from asl.execution.transitions import complete, end, explain, fail, publish, start
from asl.execution.values import LARGEST, dump, given
from asl.execution.writing import write

if TYPE_CHECKING:
    from asl.execution.iterating import IteratedItem
    from asl.execution.program import BatchSpec, MapRequest, MapSpec
    from asl.execution.records import Visit

MOST_AT_ONCE: Final = 10_000
TOO_MANY_FAILED: Final = "The specified tolerated failure threshold was exceeded"


def begin(visit: Visit, spec: MapSpec, concurrency: int) -> None:
    """Start a map run. Raises StateFault."""
    items = items_of(visit) if spec.reader is None else None
    publish(visit, "MapStateStarted", {"length": 0 if items is None else len(items)})
    run = MapRun(visit, spec, concurrency, tolerated(visit, spec))
    publish(visit, "MapRunStarted", {"mapRunArn": run.arn})
    visit.engine.map_runs[run.arn] = run
    visit.work = run
    try:
        run.inputs = inputs_of(visit, spec, items)
    except StateFault as fault:
        explain(visit, fault)
        run.close_failed(fault)
        raise
    run.items = len(visit.results)
    run.go_on()


def inputs_of(visit: Visit, spec: MapSpec, items: list[IteratedItem] | None = None) -> list[Any]:
    """Return the inputs of the executions of a map run: items, or batches of them. Raises StateFault."""
    if items is None:
        items = items_of(visit) if spec.reader is None else _read(visit, spec.reader)
    visit.results = [None] * len(items)
    inputs = [selected_item(visit, index, item) for index, item in enumerate(items)]
    visit.engine.observe(visit, "afterItemSelector", inputs)
    if spec.batch is not None:
        inputs = _batches(inputs, visit, spec.batch)
        visit.engine.observe(visit, "afterItemBatcher", inputs)
    return inputs


def tolerated(visit: Visit, spec: MapSpec) -> tuple[int, float]:
    """Return how many items may fail, as a number and in percent."""
    sight = visit.sight(visit.data)
    count, percentage = 0, 0.0
    if spec.tolerated_count is not None:
        count = int(spec.tolerated_count.value(sight))
        if count < 0:
            raise RuntimeFault("ToleratedFailureCount cannot be negative.")
        visit.engine.observe(visit, "toleratedFailureCount", count)
    if spec.tolerated_percentage is not None:
        percentage = spec.tolerated_percentage.value(sight)
        if not 0 <= percentage <= 100:
            raise RuntimeFault("ToleratedFailurePercentage must be between 0 and 100.")
        visit.engine.observe(visit, "toleratedFailurePercentage", percentage)
    return count, percentage


def are_too_many(tolerated: tuple[int, float], failed: int, whole: int) -> bool:
    """Whether more items failed than are tolerated.

    Of two limits each counts, but one of 0 as none where the other is more (measured in Step Functions by the authors
    of sfnx, September 2026).
    """
    count, percentage = tolerated
    if not count and not percentage:
        return failed > 0
    return (count > 0 and failed > count) or (percentage > 0 and failed * 100 > percentage * max(1, whole))


def _read(visit: Visit, reader: MapRequest) -> list[IteratedItem]:
    sight = visit.sight(visit.data)
    most = None if reader.max_items is None else int(reader.max_items.value(sight))
    arguments = None if reader.arguments is None else reader.arguments(sight)
    request = ReadRequest(reader.resource or "", arguments, reader.config)
    return read(request, visit.engine.reader, most)


def _batches(inputs: list[Any], visit: Visit, batch: BatchSpec) -> list[Any]:
    sight = visit.sight(visit.data)
    most_items = None if batch.most_items is None else int(batch.most_items.value(sight))
    most_bytes = LARGEST if batch.most_bytes is None else int(batch.most_bytes.value(sight))
    common: dict[str, Any] = {} if batch.input is None else {"BatchInput": batch.input(sight)}
    room = most_bytes - len(dump({**common, "Items": []}).encode())
    batches: list[list[Any]] = []
    size = 0
    for item in inputs:
        length = len(dump(item).encode()) + 1
        full = not batches or len(batches[-1]) == most_items or (batches[-1] and size + length > room)
        if full:
            batches.append([])
            size = 0
        batches[-1].append(item)
        size += length
    return [{**common, "Items": items} for items in batches]


class MapRun:
    """One run of a distributed Map state."""

    def __init__(
        self,
        visit: Visit,
        spec: MapSpec,
        concurrency: int,
        tolerated: tuple[int, float],
    ) -> None:
        engine, execution = visit.engine, visit.execution
        self.visit = visit
        self.spec = spec
        self.inputs: list[Any] = []
        self.items = 0
        self.concurrency = concurrency
        self.tolerated_count, self.tolerated_percentage = tolerated
        self.label = spec.label or engine.new_id()
        machine = execution.machine
        self.machine = machine.of_map(self.label)
        self.arn = f"{machine.arn.replace(':stateMachine:', ':mapRun:')}/{self.label}:{engine.new_id()}"
        self.children: list[Execution] = []
        self.failed = 0
        """How many items failed: of a batch, each."""
        self.open = 0
        self.started_at = engine.now()
        self.stopped_at: float | None = None
        self.status = "RUNNING"
        self.redrive_count = 0
        self.redriven_at: float | None = None
        self._next = 0
        self._unsuccessful: deque[Execution] = deque()
        """What a redrive is still to let go on."""

    def go_on(self) -> None:
        """Start as many executions as may run at once. Raises StateFault at the end."""
        most = self.concurrency or MOST_AT_ONCE
        while self.open < most and self._unsuccessful:
            self._redrive(self._unsuccessful.popleft())
        while self.open < most and self._next < len(self.inputs):
            self.children.append(self._start(self._next))
            self._next += 1
        if not self.open and self._next >= len(self.inputs):
            self._finish()

    def _start(self, index: int) -> Execution:
        visit = self.visit
        engine, execution = visit.engine, visit.execution
        scope = visit.state.scopes[0]
        name = engine.new_id()
        data = self.inputs[index]
        child = Execution(
            engine,
            self.machine,
            self.machine.execution_arn(name),
            name,
            data,
            dump(data),
            self.spec.execution_type,
        )
        child.parent, child.map_run = execution, self.arn
        child.root = Frame(child, scope, None, index, 0, visit.frame.variables)
        child.on_end.append(self._ended)
        execution.children.append(child)
        engine.executions[child.arn] = child
        self.open += 1
        start(child)
        return child

    def redrive(self) -> None:
        """Go on after a failure: with the executions that did not succeed, then with the items that had none."""
        self.status, self.stopped_at = "RUNNING", None
        self.failed = 0
        self.redrive_count += 1
        self.redriven_at = self.visit.engine.now()
        self.visit.work = self
        self._unsuccessful.extend(child for child in self.children if child.status != SUCCEEDED)
        details = {"mapRunArn": self.arn, "redriveCount": self.redrive_count}
        publish(self.visit, "MapRunRedriven", details)
        self.go_on()

    def _redrive(self, child: Execution) -> None:
        if child.kind == "EXPRESS":  # is done again from its start
            at = self.children.index(child)
            self.children[at] = self._start(at)
            return
        from asl.execution.redriving import redrive

        child.on_end.append(self._ended)
        self.open += 1
        redrive(child)

    def _ended(self, child: Execution) -> None:
        if self.status != "RUNNING":
            return
        self.open -= 1
        if child.status != SUCCEEDED:
            self.failed += 1 if self.spec.batch is None else len(child.input["Items"])
        try:
            if child.status != SUCCEEDED and self._is_too_much():
                self._fail(StateFault(faults.EXCEED_TOLERATED_FAILURE, TOO_MANY_FAILED))
            else:
                self.go_on()
        except StateFault as fault:
            fail(self.visit, fault)

    def _is_too_much(self) -> bool:
        tolerated = self.tolerated_count, self.tolerated_percentage
        return are_too_many(tolerated, self.failed, self.items)

    def _finish(self) -> None:
        visit = self.visit
        self._close("SUCCEEDED")
        result: Any
        if self.spec.writer is not None:
            result = write(visit, self.spec.writer, self.arn, self.children)
        else:
            result = [_result(child) for child in self.children]
        now = visit.engine.now()
        visit.execution.history.aside(visit.frame.chain, now, "MapRunSucceeded")
        visit.execution.history.aside(visit.frame.chain, now, "MapStateSucceeded")
        complete(visit, result)

    def _fail(self, fault: StateFault) -> None:
        self.close_failed(fault)
        self._stop_children()
        raise fault

    def close_failed(self, fault: StateFault) -> None:
        """End the run, with why. Raises StateFault if the history is full."""
        self._close("FAILED")
        publish(self.visit, "MapRunFailed", {"error": fault.error, "cause": fault.cause})

    def _close(self, status: str) -> None:
        self.status = status
        self.stopped_at = self.visit.engine.now()
        self.visit.work = None

    def _stop_children(self) -> None:
        for child in self.children:
            if child.is_running:
                child.on_end.clear()
                end(child, "ABORTED", StateFault(None))

    def cancel(self) -> None:
        """Stop what still runs, since the execution around it has ended."""
        if self.status == "RUNNING":
            self._close("ABORTED")
            self._stop_children()

    def counts(self) -> dict[str, int]:
        """Count executions by what became of them, as DescribeMapRun names them."""
        counts = {"pending": len(self.inputs) - len(self.children), "running": 0, "succeeded": 0, "failed": 0,
                  "timedOut": 0, "aborted": 0, "pendingRedrive": len(self._unsuccessful)}  # fmt: skip
        for child in self.children:
            counts[{"TIMED_OUT": "timedOut", FAILED: "failed"}.get(child.status, child.status.lower())] += 1
        return {**counts, "total": len(self.inputs)}


def _result(child: Execution) -> Any:
    """Return what an execution adds to the result: of one that failed and is tolerated, how (measured as above)."""
    if child.status == SUCCEEDED:
        return child.output
    return given(Status=child.status, Error=child.error, Cause=child.cause)
