"""Map states: what they iterate over, and inline iterations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.execution import distributed
from asl.execution.branches import cut, finish, new_frame, note_abortion
from asl.execution.faults import RuntimeFault, StateFault
from asl.execution.iterating import items_of, selected_item
from asl.execution.transitions import cancel, fail, go_to, publish
from asl.execution.values import dump

if TYPE_CHECKING:
    from asl.execution.iterating import IteratedItem
    from asl.execution.records import Frame, Visit

MOST_AT_ONCE: Final = 40
"""Iterations of an inline Map state that run at once (developer guide, "Map state in Inline mode")."""


def begin(visit: Visit) -> None:
    """Start a Map state. Raises StateFault."""
    spec = visit.state.map
    concurrency = 0
    if spec.max_concurrency is not None:
        concurrency = int(spec.max_concurrency.value(visit.sight(visit.data)))
        if concurrency < 0:
            raise RuntimeFault(
                f"Expected non-negative integer for MaxConcurrency, got '{concurrency}' instead."
            )
        visit.engine.observe(visit, "maxConcurrency", concurrency)
    if spec.distributed:
        distributed.begin(visit, spec, concurrency)
        return
    items = items_of(visit)
    publish(visit, "MapStateStarted", {"length": len(items)})
    visit.frames.clear()
    visit.results = [None] * len(items)
    visit.open = len(items)
    visit.next_index = 0
    visit.work = _Iterations(visit, items, visit.frame.chain.last)
    if not items:
        finish(visit)
        return
    for _ in range(min(len(items), concurrency or MOST_AT_ONCE)):
        visit.work.start_next()


def prepare(visit: Visit, failures: int) -> bool:
    """Work out what a Map state would iterate over, without doing it; whether so many failures are too many.

    Raises:
        StateFault: it cannot be worked out.
    """
    spec = visit.state.map
    if spec.max_concurrency is not None:
        visit.engine.observe(
            visit, "maxConcurrency", int(spec.max_concurrency.value(visit.sight(visit.data)))
        )
    if spec.distributed:
        distributed.inputs_of(visit, spec)
        tolerated = distributed.tolerated(visit, spec)
        return distributed.are_too_many(tolerated, failures, len(visit.results))
    items = items_of(visit)
    selected = [selected_item(visit, index, item) for index, item in enumerate(items)]
    visit.engine.observe(visit, "afterItemSelector", selected)
    return failures > 0


class _Iterations:
    """The iterations of one inline Map state."""

    def __init__(self, visit: Visit, items: list[IteratedItem], started: int) -> None:
        self.visit = visit
        self.items = items
        self.started = started
        self.is_stopped = False

    def start_next(self) -> None:
        """Start the iteration of the next item, if there is one."""
        visit = self.visit
        index = visit.next_index
        if index >= len(self.items):
            return
        visit.next_index += 1
        self._begin(index)

    def _begin(self, index: int) -> None:
        self.visit.engine.scheduler.soon(lambda: self._start(index))

    def _start(self, index: int) -> None:
        visit = self.visit
        if visit.is_over or visit.frame.done or visit.work is not self or self.is_stopped:
            return
        scope = visit.state.scopes[0]
        frame = new_frame(visit, scope, index, self.started)
        try:
            data = selected_item(visit, index, self.items[index])
            execution = visit.execution
            execution.history.publish(
                frame.chain,
                execution.engine.now(),
                "MapIterationStarted",
                {"name": visit.state.name, "index": index},
            )
        except StateFault as fault:
            visit.frames.remove(frame)
            self.is_stopped = True
            self._cut_others(frame)
            fail(visit, fault)
            return
        go_to(frame, scope.start_at, data, dump(data))

    def _cut_others(self, failed: Frame) -> None:
        visit = self.visit
        now = visit.engine.now()
        for other in cut(visit, failed):
            details = {"name": visit.state.name, "index": other.index}
            visit.execution.history.beside(visit.frame.chain, now, "MapIterationAborted", details)
            note_abortion(visit, other)
            cancel(other)

    def done(self, frame: Frame) -> None:
        """Take the result of an iteration."""
        visit = self.visit
        details = {"name": visit.state.name, "index": frame.index}
        try:
            visit.execution.history.publish(frame.chain, visit.engine.now(), "MapIterationSucceeded", details)
        except StateFault as fault:
            fail(visit, fault)
            return
        visit.results[frame.index] = frame.result
        visit.open -= 1
        if visit.open:
            self.start_next()
        else:
            try:
                finish(visit)
            except StateFault as fault:
                fail(visit, fault)

    def failed(self, frame: Frame, fault: StateFault) -> None:
        """Take the fault of an iteration: it ends the others too."""
        visit = self.visit
        try:
            self._cut_others(frame)
            details = {"name": visit.state.name, "index": frame.index}
            visit.execution.history.beside(
                visit.frame.chain, visit.engine.now(), "MapIterationFailed", details
            )
        except StateFault as full:
            fault = full
        self.is_stopped = True
        fail(visit, fault)

    def cancel(self) -> None:
        """Start no more."""
        self.is_stopped = True

    def resume(self) -> None:
        """Start those that were about to begin when it was stopped; the others go on by themselves."""
        self.is_stopped = False
        begun = {frame.index for frame in self.visit.frames}
        for index in range(self.visit.next_index):
            if index not in begun:
                self._begin(index)
