"""`espresso order`, `manage` and `show`: one order by hand, in the local stack or a deployed one."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from rich.text import Text

from local.cli import answers
from local.cli.describe import execution_lines, labelled, row_lines, states_text, waiting_text
from local.cli.screen import Screen
from local.orders import messages
from local.orders.client import OrderClient
from local.orders.problems import OrderError, StackNotFound, plain_answers
from local.stacks.regions import region_of
from local.stacks.stack import PROJECT_ROOT, Stack, StateFolder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.cli.screen import Line
    from local.masking import JSON, SeenTokens
    from local.orders.executions import CurrentWait, WorkflowExecution
    from local.orders.messages import Action
    from local.orders.rows import MenuItem, StoredOrder

DEFAULT_USER = "1"
DEFAULT_BARISTA = "3"


def target(name: str | None, region: str | None) -> Stack:
    """Return the stack that a command is about: a deployed one if it is named, else the local one.

    Raises:
        StackNotFound: No local stack runs.
        OrderError: Nothing says in which region a named stack is.
    """
    if name is not None and (name != "local" or region is not None):
        return Stack(name, region or region_of(name, folder=PROJECT_ROOT))
    from local.stacks.emulator import Emulator, EmulatorNotRunning

    folder = StateFolder()
    running = folder.read()
    try:
        Emulator.attach(folder.emulator_folder, deadline=5.0)
    except EmulatorNotRunning as error:
        if error.reason not in ("never started", "gone"):
            raise StackNotFound(f"{error}. `espresso down` stops it; its orders are lost.") from error
        raise StackNotFound(
            "No local stack runs. Start one with `espresso up`, or name a deployed one with --stack."
            if running is None
            else "The local stack is gone: its process no longer runs. `espresso up` starts a new one."
        ) from error
    if running is None:
        raise StackNotFound("An emulator runs, but nothing is deployed to it. `espresso up` deploys.")
    return running.stack


def order(stack: Stack, order_id: str, user_id: str, *, wait: float) -> int:
    """Scan a code as a customer does. Return the exit code: 1 if this started no new order."""
    orders = OrderClient(stack)
    screen = Screen(orders.tokens)
    with plain_answers(stack):
        known = orders.row(order_id)
        if known is not None:
            screen.problem(
                f"There is an order {order_id} already ({known.state}); a second scan of its code "
                f"starts nothing. `espresso show {order_id}` shows it."
            )
        event = orders.scan(order_id, user_id)
        detail = event["detail"]
        screen.line(Text(f"Scanned the code of order {order_id}", style="bold"))
        lines: list[Line] = [("event", f"{messages.NEW_ORDER} on {stack.bus}"), ("", screen.json(detail))]
        if known is not None:
            screen.fields(lines)
            return 1
        with screen.busy("Waiting for the workflow"):
            row = orders.wait_for_row(
                order_id,
                f"order {order_id} to wait for its drink",
                lambda row: row.over or row.token is not None,
                deadline=wait,
            )
        execution = orders.execution(row.execution_arn) if row.execution_arn else None
        if execution is not None and execution.states:
            running = execution.status == "RUNNING"
            lines.append(("states", states_text(screen, execution.states, running=running)))
        lines += labelled("row", row_lines(screen, row))
        screen.fields(lines)
    if row.over:
        raise OrderError(f"The order was not taken: {row.state}{f', {row.reason}' if row.reason else ''}.")
    screen.line(screen.tick_line(f"Order {order_id} waits for its drink: espresso manage put {order_id}"))
    return 0


def manage(
    stack: Stack,
    action: Action,
    order_id: str,
    *,
    user_id: str | None,
    barista_id: str | None,
    drink: str,
    modifiers: Sequence[str],
    icon: str,
    wait: float,
    as_json: bool = False,
) -> int:
    """Send one request through the manager. Return the exit code: 1 if it was refused."""
    orders = OrderClient(stack)
    screen = Screen(orders.tokens)
    with plain_answers(stack):
        if action == "cancel" and barista_id is None:
            user_id, barista = user_id or DEFAULT_USER, ""  # the customer's own: no barista asks
        else:
            barista = barista_id if barista_id is not None else DEFAULT_BARISTA
            user_id = user_id or DEFAULT_USER if action == "put" else user_id
        request = orders.request(
            action,
            order_id,
            user_id=user_id,
            barista_id=barista,
            drink=drink,
            modifiers=modifiers,
            icon=icon,
        )
        with screen.busy(f"Waiting for {stack.manager}"):
            outcome = orders.manage(request, deadline=wait)
        lines: list[Line] = [("input", screen.json(request))]
        row = orders.row(order_id) if as_json and not outcome.accepted else None
        if outcome.execution.states is not None:
            lines.append(("states", states_text(screen, outcome.execution.states)))
        if outcome.accepted:
            if action == "put":
                # The next request would be too early until the workflow waits again, with a number for the order.
                with screen.busy("Waiting for the order's number"):
                    row = orders.wait_for_row(
                        order_id,
                        f"order {order_id} to wait for a barista",
                        lambda row: row.over or row.number is not None,
                        deadline=wait,
                    )
            else:
                row = orders.row(order_id)
            lines += labelled("row", row_lines(screen, row))
        if not as_json:
            screen.fields(lines)
        why, hint = outcome.message, ""
        if outcome.reason == "NotOnTheMenu":
            menu = orders.menu()
            why, hint = _not_offered(drink, modifiers, menu) or why, _menu_hint(drink, modifiers, menu)
    if as_json:
        screen.document(answers.outcome(outcome, why, row, orders.tokens))
        return 0 if outcome.accepted else 1
    if outcome.accepted:
        screen.line(screen.tick_line("accepted"))
        return 0
    refused = Text()
    refused.append(f"{screen.cross} refused, {outcome.reason}: ", style="bold red")
    refused.append(why)
    screen.line(refused)
    if hint:
        screen.line(hint)
    return 1


def show(stack: Stack, order_id: str, *, as_json: bool = False) -> int:
    """Show everything that is known about an order. Return the exit code."""
    orders = OrderClient(stack)
    screen = Screen(orders.tokens)
    with plain_answers(stack):
        row = orders.row(order_id)
        if row is None:
            execution = orders.processor_execution(order_id)
            if execution is None:
                raise OrderError(f"There is no order {order_id} in the stack {stack.name} ({stack.place}).")
            if as_json:
                screen.document(_shown(order_id, None, None, [execution], [], orders.tokens))
                return 1
            screen.line(f"Order {order_id} has no row, but an execution:")
            screen.fields(execution_lines(screen, execution))
            return 1
        with screen.busy("Reading the executions"):
            own = orders.execution(row.execution_arn) if row.execution_arn else None
            scans = orders.processor_executions(order_id, since=row.created_at) or []
            requests = orders.manager_executions(order_id, since=row.created_at)
            waiting = orders.waits_for(own) if own is not None else None
    if as_json:
        executions = [
            *([own] if own is not None else []),
            *(one for one in scans if own is None or one.arn != own.arn),
        ]
        screen.document(_shown(order_id, row, waiting, executions, requests, orders.tokens))
        return 0
    number = f", number {row.number}" if row.number is not None else ""
    screen.line(Text(f"Order {order_id}{number}", style="bold"))
    lines = labelled("row", row_lines(screen, row))
    if waiting is not None:
        lines.append(("waits", Text(waiting_text(waiting), style="bold")))
    screen.fields(lines)
    screen.line()
    screen.line(Text(stack.processor, style="bold"))
    if own is not None:
        screen.fields(execution_lines(screen, own), width=0)
    for execution in scans:
        if own is None or execution.arn != own.arn:
            screen.fields(execution_lines(screen, execution), width=0)
    screen.line()
    screen.line(Text(stack.manager, style="bold"))
    if requests is None:
        screen.fields([("", "an EXPRESS workflow: it has no history, only a log group")], width=0)
    elif not requests:
        screen.fields([("", "there was no request for this order yet")], width=0)
    for execution in requests or []:
        screen.fields([("", _request_text(screen, execution.input, execution.output))], width=0)
        screen.fields(execution_lines(screen, execution), width=0, indent=6)
    return 0


def _request_text(screen: Screen, request: JSON, output: JSON) -> Text:
    text = Text(messages.action_of(request) or "?", style="bold")
    if isinstance(output, dict) and isinstance(output.get("accepted"), bool):
        if output["accepted"]:
            text.append(f"  {screen.tick} accepted", style="not bold green")
        else:
            text.append(f"  {screen.cross} refused: {output.get('reason')}", style="not bold red")
    return text


def _shown(
    order_id: str,
    row: StoredOrder | None,
    waiting: CurrentWait | None,
    scans: Sequence[WorkflowExecution],
    requests: Sequence[WorkflowExecution] | None,
    known: SeenTokens,
) -> dict[str, JSON]:
    return {
        "order": order_id,
        "row": answers.row(row),
        "waits": answers.waiting(waiting),
        "processor": [answers.execution(one, known) for one in scans],
        "manager": None if requests is None else [answers.execution(one, known) for one in requests],
    }


def _not_offered(drink: str, modifiers: Sequence[str], menu: Sequence[MenuItem]) -> str:
    """Return a sentence about the chosen options that a drink does not have; "" if it has all of them."""
    found = next((item for item in menu if item.name == drink and item.available), None)
    if found is None:
        return ""
    offered = {option for options in found.options.values() for option in options}
    refused = [
        text for text in modifiers if text.rpartition("=")[2].strip() not in offered or not _fits(text, found)
    ]
    return f"{drink} does not come with {', '.join(refused)}." if refused else ""


def _fits(modifier: str, drink: MenuItem) -> bool:
    name, separator, option = modifier.partition("=")
    return not separator or option.strip() in drink.options.get(name.strip(), ())


def _menu_hint(drink: str, modifiers: Sequence[str], menu: Sequence[MenuItem]) -> str:
    if _not_offered(drink, modifiers, menu):
        found = next(item for item in menu if item.name == drink)
        offers = "; ".join(f"{name}: {', '.join(options)}" for name, options in found.options.items())
        return f"It comes with {offers}." if offers else "It has no options."
    names = [item.name for item in menu if item.available]
    close = difflib.get_close_matches(drink, names, n=1)
    hint = f"On the menu: {', '.join(names) or 'nothing'}."
    return f"Did you mean {close[0]}? {hint}" if close and close[0] != drink else hint
