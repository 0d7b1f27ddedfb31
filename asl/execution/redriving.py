"""Redrive: an execution that failed goes on with the states that did not succeed.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.execution import transitions
from asl.execution.faults import RequestError
from asl.execution.records import RUNNING, SUCCEEDED

if TYPE_CHECKING:
    from asl.execution.records import Execution, Frame, Visit

_PERIOD: Final = 14 * 24 * 3600.0
"""Seconds after its end in which an execution can be redriven."""


def reason_against(execution: Execution) -> str | None:
    """Return why an execution cannot be redriven, None if it can."""
    if execution.kind == "EXPRESS":
        return "Execution is EXPRESS and cannot be redriven"
    if execution.status in (RUNNING, SUCCEEDED):
        return f"Execution is {execution.status} and cannot be redriven"
    if execution.stopped_at is not None and execution.engine.now() - execution.stopped_at > _PERIOD:
        return "Execution is not in the redrivable period"
    return None


def redrive(execution: Execution) -> None:
    """Let an execution go on. Raises RequestError if it cannot."""
    reason = reason_against(execution)
    if reason is not None:
        raise RequestError("ExecutionNotRedrivable", reason)
    engine = execution.engine
    execution.status, execution.error, execution.cause = RUNNING, None, None
    execution.stopped_at = None
    execution.redrive_count += 1
    execution.redriven_at = engine.now()
    details: dict[str, Any] = {"redriveCount": execution.redrive_count}
    execution.history.publish(execution.root.chain, engine.now(), "ExecutionRedriven", details)
    if execution.machine.timeout is not None:
        execution.timer = engine.scheduler.later(
            execution.machine.timeout, lambda: transitions.time_out(execution), is_deadline=True
        )
    engine.announce(execution)
    _resume(execution.root)


def _resume(frame: Frame) -> None:
    frame.done = False
    visit = frame.visit
    if visit is None or visit.is_over:  # it was stopped between two states
        transitions.go_to(frame, frame.target, frame.target_input, frame.target_text)
        return
    waiting = [inner for inner in visit.frames if not _is_done(inner)]
    visit.retries.clear()
    visit.token = None
    run = _map_run(visit)
    if run is not None:
        visit.engine.scheduler.soon(run.redrive)
        return
    if not waiting or visit.state.type not in ("Map", "Parallel") or visit.open == 0:
        visit.engine.scheduler.soon(_again(visit))
        return
    visit.work.resume()
    for inner in waiting:
        inner.chain.go_on_from(frame.chain.last)
        _resume(inner)


def _map_run(visit: Visit) -> Any:
    """Return the map run of a distributed Map state that did not come to its end, None for other states."""
    runs = [run for run in visit.engine.map_runs.values() if run.visit is visit]
    return runs[-1] if runs and runs[-1].children and runs[-1].status != SUCCEEDED else None


def _again(visit: Visit) -> Any:
    return lambda: transitions.again(visit)


def _is_done(frame: Frame) -> bool:
    """Whether a branch came to its end."""
    return frame.visit is not None and frame.visit.is_over and frame.done
