"""Formats rows, states, executions and steps of the walkthrough as lines of text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.text import Text

from local.cli.screen import FieldLine
from local.masking import mask_text
from local.orders.messages import SOURCE
from local.orders.walkthrough import ManagerInput, Scan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from local.cli.screen import Line, Screen
    from local.masking import JSON
    from local.orders.executions import CurrentWait, WorkflowExecution
    from local.orders.history import StatePassed
    from local.orders.rows import StoredOrder
    from local.orders.walkthrough import StepResult

# What people look for first, first. Attributes that aren't listed follow in the order of their names.
_ORDER = (
    "PK",
    "SK",
    "ORDERSTATE",
    "reason",
    "USERID",
    "drinkOrder",
    "orderNumber",
    "baristaUserId",
    "TaskToken",
    "tokenIssuedAt",
    "executionId",
    "createdAt",
    "announcedAt",
    "TS",
)
CONDITION_NOT_MET = "DynamoDB.ConditionalCheckFailedException"
_KIND_STYLES = {"Task": "cyan", "Choice": "yellow", "Wait": "magenta", "Succeed": "green", "Fail": "red"}
_STATE_STYLES = {
    "CREATED": "bold yellow",
    "WAITING_COMPLETION": "bold cyan",
    "COMPLETED": "bold green",
    "SUCCEEDED": "green",
    "RUNNING": "cyan",
}


def states_text(screen: Screen, states: Collection[StatePassed], *, running: bool = False) -> Text:
    """Return states on one line, in the order in which they were entered."""
    text = Text()
    for at, state in enumerate(states):
        if at:
            text.append(f" {screen.arrow} ", style="dim")
        text.append(state.name, style=_KIND_STYLES.get(state.kind, ""))
        if state.failures == (CONDITION_NOT_MET,):
            # How a conditional write says no; the workflow goes on another way, and nothing is wrong.
            text.append(" (condition not met)", style="dim")
        elif state.failures:
            attempts = "an attempt" if len(state.failures) == 1 else f"{len(state.failures)} attempts"
            text.append(f" ({attempts} failed: {state.failure})", style="red")
        if running and state.left is None and at == len(states) - 1:
            text.append(" (waits here)" if state.kind in ("Task", "Wait") else " (is here)", style="bold")
    return text if states else Text("none", style="dim")


def labelled(label: str, lines: Iterable[Line]) -> list[Line]:
    """Return lines with a label before the first."""
    return [("" if at else label, value) for at, (_, value) in enumerate(lines)]


def row_lines(
    screen: Screen,
    row: StoredOrder | None,
    *,
    changed: Collection[str] | None = None,
    same: Collection[str] = (),
) -> list[Line]:
    """Return a row, one attribute a line.

    Args:
        screen: Where it will be shown.
        row: The row; None where there is none.
        changed: If given, only these attributes are shown.
        same: Those that are only named, as being as before.
    """
    if row is None:
        return [("", Text("no such row", style="dim"))]
    names = sorted(row.attributes, key=lambda name: (_ORDER.index(name) if name in _ORDER else 99, name))
    shown = [name for name in names if changed is None or name in changed]
    width = max((len(name) for name in shown), default=0) + 2
    lines: list[Line] = []
    for name in shown:
        value = row.attributes[name]
        if name == "ORDERSTATE":
            text = Text(str(value), style=_STATE_STYLES.get(str(value), "bold red"))
        else:
            text = _value(screen, row.drink if name == "drinkOrder" else value)
        lines.append(("", FieldLine(name, text, width)))
    as_before = [name for name in names if name in same]
    if as_before:
        lines.append(("", Text(f"as before: {', '.join(as_before)}", style="dim")))
    return lines


def execution_lines(screen: Screen, execution: WorkflowExecution) -> list[Line]:
    """Return the status of an execution and the states that it entered."""
    text = Text(execution.status, style=_STATE_STYLES.get(execution.status, "bold red"))
    text.append(f"  {execution.name}", style="dim")
    if execution.stopped is not None:
        text.append(f"  {(execution.stopped - execution.started).total_seconds():.2f} s", style="dim")
    lines: list[Line] = [("", text)]
    if execution.failure:
        lines.append(("", Text(execution.failure, style="red")))
    if execution.states is None:
        lines.append(
            ("", Text("express executions keep no history here; see the workflow's log", style="dim"))
        )
    else:
        lines.append(("", states_text(screen, execution.states, running=execution.status == "RUNNING")))
    return lines


def waiting_text(waiting: CurrentWait, now: datetime | None = None) -> str:
    """Return whom an order waits for, since how long, and how much time is left."""
    now = now or datetime.now(UTC)
    text = f"for the {waiting.person}, for {duration((now - waiting.since).total_seconds())}"
    left = waiting.left(now)
    if left is None:
        return text
    return f"{text}; {duration(left)} left" if left > 0 else f"{text}; the time is over"


def duration(seconds: float) -> str:
    """Return a number of seconds in words: `42 s`, `14 min 18 s`, `2 h 05 min`."""
    whole = max(0, int(seconds))
    if whole < 100:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 100:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def show_step(screen: Screen, result: StepResult) -> None:
    """Show a step of the walkthrough that has happened."""
    step = result.step
    title = Text(f"{step.number}  ", style="bold magenta")
    title.append(step.title, style="bold")
    title.append(f"  {result.seconds:.2f} s", style="dim")
    screen.line(title)
    lines: list[Line] = []
    match step.sends:
        case Scan():
            event = result.sent if isinstance(result.sent, dict) else {}
            lines.append(("event", Text(f"{event.get('detail-type')} from {SOURCE}", style="default")))
            lines.append(("", screen.json(event.get("detail"))))
        case ManagerInput(document):
            lines.append(("input", screen.json(document)))
    for machine, states in result.passed:
        running = machine == _machine(result.seen.processor) and _runs(result.seen.processor)
        lines.append(("states", Text(machine, style="dim")))
        lines.append(("", states_text(screen, states, running=running)))
    if step.number > 1:
        row = row_lines(screen, result.seen.row, changed=result.changed, same=result.same)
        lines += labelled("row", row)
    lines += labelled("checks", [("", screen.tick_line(check.says)) for check in step.checks])
    screen.fields(lines)
    screen.line()


def _value(screen: Screen, value: JSON) -> Text:
    return Text(mask_text(value), style="default") if isinstance(value, str) else screen.json(value)


def _machine(execution: WorkflowExecution | None) -> str:
    return execution.machine if execution is not None else ""


def _runs(execution: WorkflowExecution | None) -> bool:
    return execution is not None and execution.status == "RUNNING"
