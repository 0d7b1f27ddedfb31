"""The walkthrough: one drink order from the scanned code to the hand-over, in six steps.

The steps are data: what a person sends, and the checks that must then hold. `walk` sends a step and waits until its
checks hold; a step that does not happen is an error that names it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from local.orders import messages
from local.orders.problems import ExecutionEnded, OrderError, OrderOver, WaitedTooLong, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.masking import JSON
    from local.orders.client import OrderClient, Outcome
    from local.orders.executions import WorkflowExecution
    from local.orders.history import StatePassed
    from local.orders.rows import Shop, StoredOrder

DRINK = "Cappuccino"
ICON = "barista-icons_cappuccino-alternative"
LAST_STATE = "Emit - order finished"


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen of the order at one moment.

    Attributes:
        first: The row as it was when the customer was first waited for; None until then.
        row: The row.
        processor: The order's execution of the processor.
        outcome: What the manager answered in this step; None where nothing was asked of it.
        shop: The shop and its queue.
    """

    first: StoredOrder | None
    row: StoredOrder | None
    processor: WorkflowExecution | None
    outcome: Outcome | None
    shop: Shop


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be true after a step, and how to tell."""

    says: str
    holds: Callable[[Seen], bool]


@dataclass(frozen=True, slots=True)
class Scan:
    """Somebody scans a code: `Validator.NewOrder` on the bus."""

    order_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class ManagerInput:
    """Somebody asks something of `OrderManagerStateMachine`: the input of one execution."""

    document: dict[str, JSON]


@dataclass(frozen=True, slots=True)
class WalkthroughStep:
    """One step of the walkthrough.

    Attributes:
        number: From 1.
        title: What happens, in a few words.
        sends: What a person sends; None for a step that happens by itself.
        checks: What must be true before the next step.
        moves_processor: Whether the processor's own way is part of this step. It goes on by itself after the
            third step too; what it passes then belongs to the fourth.
        writes: The attributes of the row that are this step's to change, for the same reason; None for all.
    """

    number: int
    title: str
    sends: Scan | ManagerInput | None
    checks: tuple[Check, ...]
    moves_processor: bool = False
    writes: frozenset[str] | None = None


Passed: TypeAlias = "tuple[str, tuple[StatePassed, ...]]"


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that happened.

    Attributes:
        step: Which.
        sent: The event or the input that was sent; None if nothing was.
        passed: Workflow and states, for each workflow that moved; the processor's are those since the step
            before.
        seen: What the checks were made on.
        changed: The names of the row's attributes that this step changed.
        same: Those that are as the step before left them.
        seconds: How long it took until all checks held.
    """

    step: WalkthroughStep
    sent: JSON
    passed: tuple[Passed, ...]
    seen: Seen
    changed: frozenset[str]
    same: frozenset[str]
    seconds: float


class StepFailed(OrderError):  # noqa: N818
    """A step did not happen.

    Attributes:
        step: Which.
        missing: What did not come true, in words.
        execution: The execution to blame, with its error and cause, if there is one.
    """

    def __init__(
        self, step: WalkthroughStep, why: str, missing: tuple[str, ...], execution: WorkflowExecution | None
    ) -> None:
        self.step = step
        self.missing = missing
        self.execution = execution
        super().__init__(f"Step {step.number} ({step.title}) did not happen: {why}")


def steps(order_id: str = "2", user_id: str = "1", barista_id: str = "3") -> tuple[WalkthroughStep, ...]:
    """Return the six steps for one order, one customer and one barista."""
    drink = messages.drink_order(user_id, DRINK, icon=ICON)
    accepted = Check(
        "the manager accepts it", lambda seen: seen.outcome is not None and seen.outcome.accepted
    )
    return (
        WalkthroughStep(
            1,
            "The customer scans the QR code",
            Scan(order_id, user_id),
            (Check("the event starts OrderProcessorWorkflow", lambda seen: seen.processor is not None),),
        ),
        WalkthroughStep(
            2,
            "The workflow checks the shop, claims a place in the queue and waits for the customer",
            None,
            (
                _state_is("CREATED"),
                Check(
                    "the row holds a task token", lambda seen: seen.row is not None and bool(seen.row.token)
                ),
                Check("the order has a place in the queue", lambda seen: order_id in seen.shop.queue),
            ),
            moves_processor=True,
        ),
        WalkthroughStep(
            3,
            "The customer chooses a drink",
            ManagerInput(messages.request("put", order_id, barista_id=barista_id, body=drink)),
            (
                accepted,
                Check(
                    f"the row holds the {DRINK.lower()}",
                    lambda seen: (
                        seen.row is not None
                        and isinstance(seen.row.drink, dict)
                        and seen.row.drink.get("drink") == DRINK
                    ),
                ),
            ),
            writes=frozenset({"drinkOrder"}),
        ),
        WalkthroughStep(
            4,
            "The workflow draws a number and waits for a barista",
            None,
            (
                _state_is("WAITING_COMPLETION"),
                Check(
                    "the row holds the number", lambda seen: bool(seen.row and seen.row.number is not None)
                ),
                Check("the row holds a new task token", _has_newer_token),
            ),
            moves_processor=True,
        ),
        WalkthroughStep(
            5,
            "A barista claims the order",
            ManagerInput(messages.request("make", order_id, barista_id=barista_id)),
            (
                accepted,
                Check(
                    "the row says who makes it",
                    lambda seen: seen.row is not None and seen.row.barista_id == barista_id,
                ),
            ),
        ),
        WalkthroughStep(
            6,
            "The barista hands the drink over",
            ManagerInput(messages.request("complete", order_id, barista_id=barista_id, body=drink)),
            (
                accepted,
                _state_is("COMPLETED"),
                Check(
                    "OrderProcessorWorkflow has succeeded",
                    lambda seen: seen.processor is not None and seen.processor.status == "SUCCEEDED",
                ),
                Check(
                    f"its last state was {LAST_STATE!r}",
                    lambda seen: bool(
                        seen.processor
                        and seen.processor.states
                        and seen.processor.states[-1].name == LAST_STATE
                    ),
                ),
                Check("the place in the queue is free again", lambda seen: order_id not in seen.shop.queue),
            ),
            moves_processor=True,
        ),
    )


def walk(
    orders: OrderClient,
    *,
    order_id: str = "2",
    user_id: str = "1",
    barista_id: str = "3",
    deadline: float = 15.0,
) -> Iterator[StepResult]:
    """Take an order through all six steps, and yield each when it has happened.

    Args:
        orders: The stack to do it in.
        order_id: The order; it must be new.
        user_id: The customer.
        barista_id: The barista.
        deadline: How many seconds each step may take.

    Raises:
        StepFailed: A step did not happen.
        OrderError: There is such an order already.
    """
    if orders.row(order_id) is not None:
        raise OrderError(f"There is an order {order_id} already; the walkthrough needs a new one.")
    first: StoredOrder | None = None
    told: dict[str, JSON] = {}
    passed_before = 0
    for step in steps(order_id, user_id, barista_id):
        started = time.monotonic()
        sent, outcome = _send(orders, step, deadline)
        seen = _wait(orders, step, order_id, first, outcome, deadline)
        passed: list[Passed] = []
        if outcome is not None and outcome.execution.states:
            passed.append((outcome.execution.machine, outcome.execution.states))
        if step.moves_processor and seen.processor is not None and seen.processor.states:
            passed.append((seen.processor.machine, seen.processor.states[passed_before:]))
            passed_before = len(seen.processor.states)
        # The code that is scanned has no row yet; if the workflow was quick, it shows with the second step.
        row = dict(seen.row.attributes) if seen.row is not None and step.number > 1 else {}
        changed = {name: value for name, value in row.items() if name not in told or told[name] != value}
        same = frozenset(row.keys() - changed.keys())
        if step.writes is not None:
            changed = {name: value for name, value in changed.items() if name in step.writes}
        told |= changed
        yield StepResult(
            step, sent, tuple(passed), seen, frozenset(changed), same, time.monotonic() - started
        )
        if step.number > 1 and first is None:
            first = seen.row


def _send(orders: OrderClient, step: WalkthroughStep, deadline: float) -> tuple[JSON, Outcome | None]:
    match step.sends:
        case Scan(order_id, user_id):
            return orders.scan(order_id, user_id), None
        case ManagerInput(document):
            try:
                outcome = orders.manage(document, deadline=deadline)
            except ExecutionEnded as error:
                raise StepFailed(step, str(error), (), error.execution) from error
            except WaitedTooLong as error:
                raise StepFailed(step, str(error), (error.what,), None) from error
            if not outcome.accepted:
                raise StepFailed(
                    step,
                    f"the manager refused it: {outcome.reason}",
                    ("the manager accepts it",),
                    outcome.execution,
                )
            return document, outcome
    return None, None


def _wait(
    orders: OrderClient,
    step: WalkthroughStep,
    order_id: str,
    first: StoredOrder | None,
    outcome: Outcome | None,
    deadline: float,
) -> Seen:
    """Look until all checks of a step hold."""
    last: Seen | None = None

    def look() -> Seen | None:
        nonlocal last
        processor = orders.processor_execution(order_id)
        # The row after the execution: a row that is over then never meets an execution that isn't.
        last = Seen(first, orders.row(order_id), processor, outcome, orders.shop())
        if not _missing(step, last):
            return last
        if processor is not None and processor.failed:
            raise ExecutionEnded(processor)
        if processor is not None and processor.status != "RUNNING" and last.row is not None and last.row.over:
            raise OrderOver(order_id, last.row.state, last.row.reason)
        return None

    try:
        return wait_until(step.title, look, deadline)
    except ExecutionEnded as error:
        raise StepFailed(step, str(error), _missing(step, last), error.execution) from error
    except OrderOver as error:
        raise StepFailed(
            step, str(error), _missing(step, last), last.processor if last is not None else None
        ) from error
    except WaitedTooLong as error:
        missing = _missing(step, last)
        processor = last.processor if last is not None else None
        # A fault that was caught and led elsewhere is the likeliest reason.
        faults = [state for state in (processor.states or ()) if state.failures] if processor else []
        because = f" The last failure was in {faults[-1].name!r}: {faults[-1].failure}." if faults else ""
        raise StepFailed(
            step,
            f"within {error.seconds:g} s it was not so that {' and '.join(missing)}.{because}",
            missing,
            processor,
        ) from error


def _missing(step: WalkthroughStep, seen: Seen | None) -> tuple[str, ...]:
    return tuple(check.says for check in step.checks if seen is None or not check.holds(seen))


def _state_is(state: str) -> Check:
    return Check(f"the row says {state}", lambda seen: seen.row is not None and seen.row.state == state)


def _has_newer_token(seen: Seen) -> bool:
    if seen.row is None or seen.first is None:
        return False
    return seen.row.token != seen.first.token and seen.row.token_issued_at > seen.first.token_issued_at
