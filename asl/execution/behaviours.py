"""What each type of state does when it is entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asl.execution import branches
from asl.execution.faults import RuntimeFault, StateFault
from asl.execution.queries import unexpected
from asl.execution.tasks import begin_task
from asl.execution.transitions import complete, fail, leave, pass_on
from asl.execution.values import shown
from asl.timestamps import read_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asl.execution.records import Visit

NO_NEXT: Final = "Failed to transition out of the state. The state does not point to a next state."


def _pass(visit: Visit) -> None:
    state = visit.state
    if state.language == "JSONata":
        pass_on(visit)
        return
    if state.result is not None:
        result = state.result(visit.sight(visit.data))
    elif state.arguments is not None:
        result = state.arguments(visit.sight(visit.data))
        visit.engine.observe(visit, "arguments", result)
    else:
        result = visit.data
    complete(visit, result)


def _choice(visit: Visit) -> None:
    state = visit.state
    sight = visit.sight(visit.data)
    rule = next((rule for rule in state.rules if rule.test(sight)), None)
    target = rule.next if rule is not None else state.default
    if target is None:
        raise RuntimeFault(NO_NEXT)
    assign = rule.assign if rule is not None else state.assign
    output: Any
    if state.language == "JSONata":
        make = rule.output if rule is not None and rule.output is not None else state.output
        output = make(sight) if make is not None else visit.input
    else:
        output = visit.data if state.output_path is None else state.output_path(sight)
    visit.engine.observe(visit, "chosen", None if rule is None else state.rules.index(rule))
    leave(visit, output, target, assign(sight) if assign is not None else None)


def _wait(visit: Visit) -> None:
    scheduler = visit.engine.scheduler
    until = _wait_until(visit)
    timer = (
        scheduler.later(_seconds(visit), lambda: _waited(visit))
        if until is None
        else scheduler.at(until, lambda: _waited(visit))
    )
    visit.timers.append(timer)


def _wait_until(visit: Visit) -> float | None:
    state = visit.state
    if state.until is None:
        return None
    text = state.until(visit.sight(visit.data))
    at = read_timestamp(text) if isinstance(text, str) else None
    if at is None:
        if state.language == "JSONata":
            raise unexpected(state.raw["Timestamp"], "Timestamp", "timestamp", text)
        field = "TimestampPath" if "TimestampPath" in state.raw else "Timestamp"
        raise RuntimeFault(
            f"The {field} parameter does not reference a valid ISO-8601 extended offset date-time format string: "
            f"{state.raw[field]} == {shown(text)}"
        )
    return at


def _seconds(visit: Visit) -> float:
    limit = visit.state.timeout
    seconds = 0.0 if limit is None else limit.value(visit.sight(visit.data))
    if limit is not None and seconds < 0:
        raise RuntimeFault(
            f"The {limit.field} parameter references a negative value: {limit.text} == {seconds}"
        )
    return seconds


def _waited(visit: Visit) -> None:
    if visit.is_over or visit.frame.done:
        return
    try:
        pass_on(visit)
    except StateFault as fault:
        fail(visit, fault)


def _fail_state(visit: Visit) -> None:
    state = visit.state
    sight = visit.sight(visit.data)
    error, cause = (
        None if word is None else _word(word(sight), field)
        for word, field in ((state.error, "Error"), (state.cause, "Cause"))
    )
    raise StateFault(error, cause)


def _word(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise RuntimeFault(f"The {field} field of a Fail state takes a string, not {shown(value)}")
    return value


def _map(visit: Visit) -> None:
    from asl.execution import maps  # with all that distributed maps need

    maps.begin(visit)


BEHAVIOURS: Final[Mapping[str, Callable[[Visit], None]]] = {
    "Choice": _choice,
    "Fail": _fail_state,
    "Map": _map,
    "Parallel": branches.begin,
    "Pass": _pass,
    "Succeed": pass_on,
    "Task": begin_task,
    "Wait": _wait,
}
