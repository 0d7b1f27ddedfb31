"""Parallel states, and what Parallel and inline Map states have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.execution.faults import StateFault
from asl.execution.records import Frame
from asl.execution.transitions import cancel, complete, fail, go_to, publish, state_of
from asl.execution.values import dump

if TYPE_CHECKING:
    from asl.execution.program import Program
    from asl.execution.records import Visit


def begin(visit: Visit) -> None:
    """Start all branches. Raises StateFault."""
    state = visit.state
    data = visit.data if state.arguments is None else state.arguments(visit.sight(visit.data))
    visit.engine.observe(visit, "arguments", data)
    started = publish(visit, "ParallelStateStarted")
    visit.frames.clear()
    visit.results = [None] * len(state.scopes)
    visit.open = len(state.scopes)
    visit.work = _Branches(visit)
    text = visit.input_text if data is visit.input else dump(data)
    for index, scope in enumerate(state.scopes):
        frame = new_frame(visit, scope, index, started)
        go_to(frame, scope.start_at, data, text)


def new_frame(visit: Visit, scope: Program, index: int, after: int) -> Frame:
    """Return a frame within a visit, which sees the variables of the scope around it."""
    frame = Frame(visit.execution, scope, visit, index, after, visit.frame.variables)
    visit.frames.append(frame)
    return frame


def cut(visit: Visit, failed: Frame) -> list[Frame]:
    """Cancel the other frames of a visit, whose events then go on after the failed one's last.

    Returns: those that were not done.
    """
    waiting = [frame for frame in visit.frames if not frame.done and frame is not failed]
    visit.frame.chain.go_on_from(failed.chain.last)
    return waiting


def note_abortion(visit: Visit, frame: Frame) -> None:
    """Record in which state a frame is cut."""
    state = state_of(frame)
    if state is not None:
        execution = visit.execution
        execution.history.beside(visit.frame.chain, execution.engine.now(), f"{state.type}StateAborted")


class _Branches:
    """The branches of one Parallel state."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    def done(self, frame: Frame) -> None:
        """Take the result of a branch."""
        visit = self.visit
        visit.results[frame.index] = frame.result
        visit.open -= 1
        if visit.open == 0:
            try:
                finish(visit)
            except StateFault as fault:
                fail(visit, fault)

    def failed(self, frame: Frame, fault: StateFault) -> None:
        """Take the fault that a branch failed with: it ends the others too."""
        try:
            for other in cut(self.visit, frame):
                note_abortion(self.visit, other)
                cancel(other)
        except StateFault as full:
            fault = full
        fail(self.visit, fault)

    def cancel(self) -> None:
        """Do nothing: the branches themselves are cancelled."""

    def resume(self) -> None:
        """Do nothing: all branches have begun, and each goes on by itself."""


def finish(visit: Visit) -> None:
    """Go on with the results of all branches or iterations. Raises StateFault."""
    execution, chain = visit.execution, visit.frame.chain
    if visit.frames:
        chain.go_on_from(max(inner.chain.last for inner in visit.frames))
    execution.history.aside(chain, execution.engine.now(), f"{visit.state.type}StateSucceeded")
    results, visit.results, visit.work = visit.results, [], None
    complete(visit, results)
