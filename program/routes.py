"""Which event goes where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra import EventRoute, RouteConfig
from workflows.events import SOURCE

if TYPE_CHECKING:
    from infra import Function, Place, Workflow
    from program.storage import Storage


def new_order(storage: Storage, place: Place, processor: Workflow) -> EventRoute:
    """A QR scan starts the processor, if it names its user and its order in text.

    The empty prefix matches every string and nothing else; an event without ids could start nothing useful.
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
    storage: Storage, place: Place, detail_type: str, function: Function, name: str
) -> EventRoute:
    """A pause of the processor goes to the function that keeps its token."""
    return EventRoute(
        name,
        RouteConfig(
            description=f"{detail_type} goes to the function that keeps its task token",
            bus=storage.bus.name,
            pattern={"source": [SOURCE], "detail-type": [detail_type]},
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
