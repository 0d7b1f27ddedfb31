"""How an execution moves: into states, out of them, to its end, or by way of a retrier or a catcher."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asl.execution import faults
from asl.execution.faults import QueryFault, RuntimeFault, StateFault
from asl.execution.history import HistoryFull
from asl.execution.records import ABORTED, FAILED, SUCCEEDED, TIMED_OUT, Frame, Visit, error_output
from asl.execution.retrying import choose_catcher, choose_retrier
from asl.execution.values import dump, is_too_large, placed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asl.execution.program import PreparedState
    from asl.execution.records import Execution
    from asl.execution.retrying import Catcher
    from asl.execution.sight import Sight


def go_to(frame: Frame, name: str, data: Any, text: str) -> None:
    """Let a frame enter a state as its next step."""
    frame.target, frame.target_input, frame.target_text = name, data, text
    frame.execution.engine.scheduler.soon(lambda: _enter(frame))


def _enter(frame: Frame) -> None:
    execution = frame.execution
    if frame.done or not execution.is_running:
        return
    state = frame.program.state(frame.target)
    visit = Visit(frame, state, frame.target_input, frame.target_text, execution.engine.now())
    frame.visit = visit
    try:
        visit.entered = publish(
            visit, f"{state.type}StateEntered", {"name": state.name, "input": visit.input_text}
        )
        begin(visit)
    except StateFault as fault:
        fail(visit, fault)


def begin(visit: Visit) -> None:
    """Do what a state does, from its start; again for each retry. Raises StateFault."""
    state = visit.state
    if state.input_path is not None:
        visit.data = state.input_path(visit.sight(visit.input))
        visit.engine.observe(visit, "afterInputPath", visit.data)
    engine = visit.execution.engine
    try:
        engine.behaviours[state.type](visit)
    except StateFault:
        raise
    except Exception as error:
        if engine.scheduler.virtual:  # whoever runs it sees the error
            raise
        import logging

        logging.getLogger(__name__).exception(
            "the state %s of %s could not be run", state.name, visit.execution.arn
        )
        raise RuntimeFault(f"{type(error).__name__}: {error}") from None


def again(visit: Visit) -> None:
    """Do what a state does once more, after a retrier's delay or a redrive."""
    if visit.is_over or visit.frame.done or not visit.execution.is_running:
        return
    try:
        begin(visit)
    except StateFault as fault:
        fail(visit, fault)


def publish(visit: Visit, kind: str, details: Mapping[str, Any] | None = None) -> int:
    """Add an event to the history, after the last of the visit's branch."""
    execution = visit.frame.execution
    return execution.history.publish(visit.frame.chain, execution.engine.now(), kind, details)


# --- Out of a state ---


def complete(visit: Visit, result: Any) -> None:
    """Make a state's output of its result, and leave it. Raises StateFault."""
    state = visit.state
    visit.engine.observe(visit, "result", result)
    if state.language == "JSONata":
        sight = visit.sight(visit.input, {"input": visit.input, "result": result})
        output = state.output(sight) if state.output is not None else result
    else:
        if state.result_selector is not None:
            result = state.result_selector(visit.sight(result))
            visit.engine.observe(visit, "afterResultSelector", result)
        output = _placed(visit, state.result_path, result)
        visit.engine.observe(visit, "afterResultPath", output)
        if state.output_path is not None:
            output = state.output_path(visit.sight(output))
        sight = visit.sight(result)
    leave(visit, output, state.next, state.assign(sight) if state.assign is not None else None)


def pass_on(visit: Visit) -> None:
    """Leave a state that has no result: Wait, Succeed. Raises StateFault."""
    state = visit.state
    sight = visit.sight(visit.data)
    if state.language == "JSONata":
        output = state.output(sight) if state.output is not None else visit.input
    else:
        output = visit.data if state.output_path is None else state.output_path(sight)
    leave(visit, output, state.next, state.assign(sight) if state.assign is not None else None)


def _placed(visit: Visit, path: tuple[str | int, ...] | None, result: Any) -> Any:
    if path == ():
        return result
    if path is None:
        return visit.input
    try:
        return placed(visit.input, path, result)
    except LookupError:
        written = "$" + "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in path)
        raise StateFault(
            faults.RESULT_PATH_MATCH,
            f"{_prefix(visit)}Unable to apply ReferencePath {written} to input {visit.input_text}",
        ) from None


def leave(visit: Visit, output: Any, target: str | None, assigned: Mapping[str, Any] | None) -> None:
    """Leave a state with its output, for the next state or for the end of its scope. Raises StateFault."""
    frame, state = visit.frame, visit.state
    text = visit.input_text if output is visit.input else dump(output)
    if is_too_large(text):
        raise StateFault(faults.DATA_LIMIT_EXCEEDED, too_large(state.name))
    details: dict[str, Any] = {"name": state.name, "output": text}
    if assigned:
        texts = {name: dump(value) for name, value in assigned.items()}
        if is_too_large("".join(texts.values())):
            raise StateFault(faults.DATA_LIMIT_EXCEEDED, too_large(state.name))
        details["assignedVariables"] = texts
    publish(visit, f"{state.type}StateExited", details)
    visit.is_over = True
    visit.cancel_timers()
    visit.execution.engine.observe(visit, "left", output)
    if assigned:
        frame.variables = {**frame.variables, **assigned}
    if target is not None:
        go_to(frame, target, output, text)
        return
    frame.done, frame.result = True, output
    if frame.parent is None:
        _succeed(frame.execution, text)
    else:
        frame.parent.work.done(frame)


def too_large(name: str) -> str:
    """Return the cause of States.DataLimitExceeded."""
    return f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit."


# --- When something goes wrong ---


def _prefix(visit: Visit) -> str:
    return (
        f"An error occurred while executing the state '{visit.state.name}' "
        f"(entered at the event id #{visit.entered}). "
    )


def explain(visit: Visit, fault: StateFault) -> None:
    """Say in the cause of a fault where it happened, once."""
    if isinstance(fault, HistoryFull):
        return
    if isinstance(fault, (RuntimeFault, QueryFault)) and fault.cause == fault.reason:
        fault.cause = _prefix(visit) + fault.reason


def fail(visit: Visit, fault: StateFault) -> None:
    """Let a state fail: retry it, catch the fault, or let its scope fail."""
    if visit.is_over or visit.frame.done or not visit.execution.is_running:
        return
    explain(visit, fault)
    visit.cancel_timers()
    try:
        _note_evaluation(visit, fault)
        if fault.is_fatal:
            end(visit.execution, FAILED, fault, visit.frame)
        elif not _retry(visit, fault):
            _catch(visit, fault)
    except HistoryFull as full:
        end(visit.execution, FAILED, full, visit.frame)


def _note_evaluation(visit: Visit, fault: StateFault) -> None:
    if isinstance(fault, QueryFault) and fault.error == faults.QUERY_EVALUATION:
        details = {
            "error": fault.error,
            "cause": fault.cause,
            "location": fault.location,
            "state": visit.state.name,
        }
        publish(visit, "EvaluationFailed", details)


def _retry(visit: Visit, fault: StateFault) -> bool:
    retrier = choose_retrier(visit.state.retriers, visit.retries, fault)
    if retrier is None:
        return False
    engine = visit.engine
    before = visit.retries.get(retrier.index, 0)
    visit.retries[retrier.index] = before + 1
    visit.attempt += 1
    visit.token = None
    delay = retrier.delay(before, engine.random)
    engine.observe(visit, "retried", (retrier.index, delay))
    visit.timers.append(engine.scheduler.later(delay, lambda: again(visit)))
    return True


def _catch(visit: Visit, fault: StateFault) -> None:
    composite = visit.state.type in ("Map", "Parallel")
    before = visit.frame.chain.last
    if composite:
        publish(visit, f"{visit.state.type}StateFailed")
    catcher = choose_catcher(visit.state.catchers, fault)
    if catcher is None:
        _give_up(visit, fault)
        return
    visit.engine.observe(visit, "caught", catcher.index)
    try:
        output, assigned = _caught(visit, catcher, error_output(fault))
        leave(visit, output, catcher.next, assigned)
    except StateFault as second:
        explain(visit, second)
        if composite and not second.is_fatal:
            visit.frame.chain.go_on_from(before)
        _note_evaluation(visit, second)
        if second.is_fatal:
            end(visit.execution, FAILED, second, visit.frame)
            return
        if composite:
            publish(visit, f"{visit.state.type}StateFailed")
        _give_up(visit, second)


def _caught(visit: Visit, catcher: Catcher, error: Mapping[str, Any]) -> tuple[Any, Mapping[str, Any] | None]:
    sight: Sight
    if visit.state.language == "JSONata":
        sight = visit.sight(visit.input, {"input": visit.input, "errorOutput": error})
        output = catcher.output(sight) if catcher.output is not None else error
    else:
        sight = visit.sight(error)
        output = _placed(visit, catcher.result_path, error)
    return output, catcher.assign(sight) if catcher.assign is not None else None


def _give_up(visit: Visit, fault: StateFault) -> None:
    """Let a scope fail with the fault of one of its states."""
    frame = visit.frame
    visit.engine.observe(visit, "failed", fault)
    if frame.parent is None:
        end(frame.execution, FAILED, fault, frame)
        return
    if visit.state.type == "Task":
        frame.execution.history.aside(frame.chain, frame.execution.engine.now(), "TaskStateAborted")
    frame.done = True
    # Where it happened is in the cause already: to the state around it, it is an error like any other.
    fault = StateFault(fault.error, fault.cause, alias=fault.alias)
    frame.parent.work.failed(frame, fault)


# --- The end ---


def start(execution: Execution) -> None:
    """Let an execution begin."""
    details: dict[str, Any] = {"input": execution.input_text, "roleArn": execution.machine.role_arn}
    if execution.via is not None:
        details[execution.via_field] = execution.via
    engine = execution.engine
    execution.history.end(0, engine.now(), "ExecutionStarted", details)
    seconds = execution.machine.timeout
    if seconds is not None:
        execution.timer = engine.scheduler.later(seconds, lambda: time_out(execution), is_deadline=True)
    engine.announce(execution)
    go_to(execution.root, execution.root.target, execution.input, execution.input_text)


def _succeed(execution: Execution, text: str) -> None:
    execution.output_text = text
    _close(execution, SUCCEEDED)
    execution.history.end(
        execution.root.chain.tail, execution.engine.now(), "ExecutionSucceeded", {"output": text}
    )
    _ended(execution)


def end(execution: Execution, status: str, fault: StateFault, frame: Frame | None = None) -> None:
    """End an execution that fails or is stopped; whatever still runs in it is cancelled."""
    if not execution.is_running:
        return
    execution.error, execution.cause = fault.error, fault.cause
    _close(execution, status)
    details = {"error": fault.error, "cause": fault.cause}
    previous = 0 if status == TIMED_OUT else (frame or execution.root).chain.tail
    names = {FAILED: "ExecutionFailed", ABORTED: "ExecutionAborted", TIMED_OUT: "ExecutionTimedOut"}
    execution.history.end(previous, execution.engine.now(), names[status], details)
    _ended(execution)


def time_out(execution: Execution) -> None:
    """End an execution whose machine's TimeoutSeconds are over."""
    end(execution, TIMED_OUT, StateFault(faults.TIMEOUT if execution.kind == "EXPRESS" else None))


def _close(execution: Execution, status: str) -> None:
    execution.status = status
    execution.stopped_at = execution.engine.now()
    if execution.timer is not None:
        execution.timer.cancel()
        execution.timer = None
    cancel(execution.root)


def _ended(execution: Execution) -> None:
    execution.engine.announce(execution)
    for tell in execution.on_end:
        tell(execution)
    execution.on_end.clear()
    if execution.status == SUCCEEDED or execution.kind == "EXPRESS":
        execution.root.visit = None  # nobody can redrive it, so it is not needed where it was


def cancel(frame: Frame) -> None:
    """Let nothing more happen in a frame, nor in the frames within."""
    visit = frame.visit
    frame.done = True
    if visit is None or visit.is_over:
        return
    visit.cancel_timers()
    if visit.task is not None:
        visit.task.cancel()
    for inner in visit.frames:
        if not inner.done:
            cancel(inner)
    if visit.work is not None:
        visit.work.cancel()


def state_of(frame: Frame) -> PreparedState | None:
    """Return the state that a frame is in, None between states."""
    visit = frame.visit
    return None if visit is None or visit.is_over else visit.state
