"""The four functions, each with just what it needs to know and may do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra import Function, FunctionConfig, allow, python_sources

if TYPE_CHECKING:
    import pulumi

    from infra import Place
    from program.settings import Settings
    from program.storage import Storage

TOKEN_DEAD_LETTER_SECONDS: Final = 24 * 60 * 60
"""For how long a dead letter with a task token is kept. Long enough for whom the alarm called to look at it; the
token in it is worthless by then, since it ended with its timer."""

# Lambda Developer Guide, "Configuring error handling settings for asynchronous invocations".
_EVENT_AGES: Final = (60, 21_600)

_HANDLERS = Path(__file__).resolve().parent.parent / "handlers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """The four of them."""

    sanitize_order: Function
    workflow_started: Function
    waiting_completion: Function
    order_ended: Function

    @classmethod
    def build(
        cls, settings: Settings, place: Place, storage: Storage, *, processor_arn: pulumi.Output[str]
    ) -> Functions:
        """Declare the functions."""
        return cls(
            sanitize_order=sanitize_order(settings, place),
            workflow_started=workflow_started(settings, place, storage, processor_arn=processor_arn),
            waiting_completion=waiting_completion(settings, place, storage, processor_arn=processor_arn),
            order_ended=order_ended(settings, place, storage, processor_arn=processor_arn),
        )

    def all(self) -> tuple[Function, ...]:
        """Each function."""
        return (self.sanitize_order, self.workflow_started, self.waiting_completion, self.order_ended)


def sanitize_order(settings: Settings, place: Place) -> Function:
    """The function that checks a drink against the menu. It touches nothing, and a workflow waits for it."""
    return Function(
        "SanitizeOrder",
        FunctionConfig(
            description="Checks a drink and its modifiers against the menu",
            handler="handlers.sanitize_order.handler",
            code=python_sources(_HANDLERS),
            asynchronous=False,
            log_retention_days=settings.log_retention_days,
        ),
        place=place,
    )


def workflow_started(
    settings: Settings, place: Place, storage: Storage, *, processor_arn: pulumi.Input[str]
) -> Function:
    """The function that stores the first task token."""
    return Function(
        "WorkflowStarted",
        FunctionConfig(
            description="Stores the task token with which the customer's choice resumes the order",
            handler="handlers.workflow_started.handler",
            code=python_sources(_HANDLERS),
            environment={"ORDER_TABLE_NAME": storage.orders.name},
            statements=(
                allow("dynamodb:UpdateItem", on=storage.orders.arn),
                # Releases an execution whose order was cancelled before its token was in the row.
                allow("states:SendTaskFailure", on=processor_arn),
            ),
            longest_event_age_seconds=_age(settings.customer_timeout_seconds),
            dead_letter_retention_seconds=TOKEN_DEAD_LETTER_SECONDS,
            log_retention_days=settings.log_retention_days,
        ),
        place=place,
    )


def waiting_completion(
    settings: Settings, place: Place, storage: Storage, *, processor_arn: pulumi.Input[str]
) -> Function:
    """The function that stores the second task token and the order number, and tells the baristas."""
    return Function(
        "WaitingCompletion",
        FunctionConfig(
            description="Stores the task token with which the barista ends the order, and tells the baristas",
            handler="handlers.waiting_completion.handler",
            code=python_sources(_HANDLERS),
            environment={"ORDER_TABLE_NAME": storage.orders.name, "EVENT_BUS_NAME": storage.bus.name},
            statements=(
                allow("dynamodb:UpdateItem", on=storage.orders.arn),
                allow("events:PutEvents", on=storage.bus.arn),
                allow("states:SendTaskFailure", on=processor_arn),
            ),
            longest_event_age_seconds=_age(settings.barista_timeout_seconds),
            dead_letter_retention_seconds=TOKEN_DEAD_LETTER_SECONDS,
            log_retention_days=settings.log_retention_days,
        ),
        place=place,
    )


def order_ended(
    settings: Settings, place: Place, storage: Storage, *, processor_arn: pulumi.Output[str]
) -> Function:
    """The function that closes the books on an order whose execution was aborted or failed."""
    executions = processor_arn.apply(lambda arn: f"{arn.replace(':stateMachine:', ':execution:')}:*")
    return Function(
        "OrderEnded",
        FunctionConfig(
            description="Closes, frees and announces an order whose workflow could not do so itself",
            handler="handlers.order_ended.handler",
            code=python_sources(_HANDLERS),
            environment={
                "ORDER_TABLE_NAME": storage.orders.name,
                "COUNTING_TABLE_NAME": storage.counting.name,
                "EVENT_BUS_NAME": storage.bus.name,
            },
            statements=(
                allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=storage.orders.arn),
                allow("dynamodb:UpdateItem", on=storage.counting.arn),
                allow("events:PutEvents", on=storage.bus.arn),
                # Reads an input that is too long for the event; the star is the execution's name.
                allow("states:DescribeExecution", on=executions),
            ),
            log_retention_days=settings.log_retention_days,
        ),
        place=place,
    )


def _age(timer_seconds: int) -> int:
    """For how long Lambda may try: what comes after the timer brings a token that nobody can use any more."""
    shortest, longest = _EVENT_AGES
    return min(max(timer_seconds, shortest), longest)
