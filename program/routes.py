"""Which event goes where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra import EventRoute, RouteConfig
from program.functions import TOKEN_DEAD_LETTER_SECONDS
from workflows.events import SOURCE

if TYPE_CHECKING:
    from infra import Function, Place, Workflow
    from program.functions import Functions
    from program.settings import StackSettings
    from program.storage import Storage

SHORTEST_AGE_SECONDS: Final = 60
"""The shortest time for which EventBridge can be told to try (EventBridge API Reference, RetryPolicy)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Every route of the shop."""

    new_order: EventRoute
    workflow_started: EventRoute
    waiting_completion: EventRoute
    order_ended: EventRoute

    @classmethod
    def build(
        cls,
        settings: StackSettings,
        place: Place,
        storage: Storage,
        processor: Workflow,
        functions: Functions,
    ) -> Routes:
        """Declare the routes."""
        return cls(
            new_order=new_order(storage, place, processor),
            workflow_started=token_issued(
                storage,
                place,
                "OrderProcessor.WorkflowStarted",
                functions.workflow_started,
                timer_seconds=settings.customer_timeout_seconds,
            ),
            waiting_completion=token_issued(
                storage,
                place,
                "OrderProcessor.WaitingCompletion",
                functions.waiting_completion,
                timer_seconds=settings.barista_timeout_seconds,
            ),
            order_ended=processor_ended_badly(place, processor, functions.order_ended),
        )

    def all(self) -> tuple[EventRoute, ...]:
        """Each route."""
        return (self.new_order, self.workflow_started, self.waiting_completion, self.order_ended)


def new_order(storage: Storage, place: Place, processor: Workflow) -> EventRoute:
    """Return a QR scan starts the processor, if it names its user and its order in text.

    The empty prefix matches every string, and an array that has one, since EventBridge takes an array for any of
    its members (EventBridge User Guide, "Arrays in event patterns"); the processor refuses the latter. An event
    without ids could start nothing useful.
    """
    any_text = [{"prefix": ""}]
    return EventRoute(
        "NewOrder",
        RouteConfig(
            description="A new order starts the order processor",
            bus=storage.bus.name,
            pattern={
                "source": [SOURCE],
                "detail-type": ["Validator.NewOrder"],
                "detail": {"userId": any_text, "orderId": any_text},
            },
        ),
        processor,
        place=place,
    )


def token_issued(
    storage: Storage, place: Place, detail_type: str, function: Function, *, timer_seconds: int
) -> EventRoute:
    """Return a pause of the processor goes to the function that keeps its token.

    Delivery is tried for as long as the timer of the pause runs: a token outlives its timer never, so what comes
    later has nothing to bring. Its dead letters hold tokens, and are kept for a day only.
    """
    name = detail_type.rpartition(".")[2]
    return EventRoute(
        name,
        RouteConfig(
            description=f"{detail_type} goes to the function that keeps its task token",
            bus=storage.bus.name,
            pattern={"source": [SOURCE], "detail-type": [detail_type]},
            longest_event_age_seconds=max(timer_seconds, SHORTEST_AGE_SECONDS),
            dead_letter_retention_seconds=TOKEN_DEAD_LETTER_SECONDS,
        ),
        function,
        place=place,
    )


def processor_ended_badly(place: Place, processor: Workflow, function: Function) -> EventRoute:
    """Step Functions itself says, on the default bus, that an execution of the processor did not succeed."""
    return EventRoute(
        "OrderEnded",
        RouteConfig(
            description="An execution of the order processor was aborted, failed or timed out",
            pattern={
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {
                    "status": ["FAILED", "ABORTED", "TIMED_OUT"],
                    "stateMachineArn": [processor.arn],
                },
            },
        ),
        function,
        place=place,
    )
