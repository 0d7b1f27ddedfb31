"""The four functions, each with just what it needs to know and may do."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra import Function, FunctionConfig, allow, python_sources

if TYPE_CHECKING:
    import pulumi

    from infra import Place
    from program.settings import StackSettings
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
        cls, settings: StackSettings, place: Place, storage: Storage, *, processor_arn: pulumi.Output[str]
    ) -> Functions:
        """Declare the functions."""
        orders, bus = storage.orders, storage.bus
        executions = processor_arn.apply(lambda arn: f"{arn.replace(':stateMachine:', ':execution:')}:*")
        keeps_token = (
            allow("dynamodb:UpdateItem", on=orders.arn),
            # Releases an execution whose order was cancelled before its token was in the row. Step Functions judges
            # who may use a token by the state machine that issued it: docs/operations.md, "Who may use a task token".
            allow("states:SendTaskFailure", on=processor_arn),
        )
        announces = allow("events:PutEvents", on=bus.arn)
        common = FunctionConfig(
            description="",
            handler="",
            code=python_sources(_HANDLERS),
            log_retention_days=settings.log_retention_days,
        )

        def declare(name: str, config: FunctionConfig) -> Function:
            module = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
            return Function(name, replace(config, handler=f"handlers.{module}.handler"), place=place)

        return cls(
            sanitize_order=declare(
                "SanitizeOrder",
                # It touches nothing, and a workflow waits for it.
                replace(
                    common,
                    description="Checks a drink and its modifiers against the menu",
                    asynchronous=False,
                ),
            ),
            workflow_started=declare(
                "WorkflowStarted",
                replace(
                    _with_tokens(common, timer_seconds=settings.customer_timeout_seconds),
                    description="Stores the task token with which the customer's choice resumes the order",
                    environment={"ORDER_TABLE_NAME": orders.name},
                    statements=keeps_token,
                ),
            ),
            waiting_completion=declare(
                "WaitingCompletion",
                replace(
                    _with_tokens(common, timer_seconds=settings.barista_timeout_seconds),
                    description="Stores the token with which the barista ends the order, and notifies the baristas",
                    environment={"ORDER_TABLE_NAME": orders.name, "EVENT_BUS_NAME": bus.name},
                    statements=(*keeps_token, announces),
                ),
            ),
            order_ended=declare(
                "OrderEnded",
                replace(
                    common,
                    description="Closes, frees and announces an order whose workflow could not do so itself",
                    environment={
                        "ORDER_TABLE_NAME": orders.name,
                        "COUNTING_TABLE_NAME": storage.counting.name,
                        "EVENT_BUS_NAME": bus.name,
                    },
                    statements=(
                        allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=orders.arn),
                        allow("dynamodb:UpdateItem", on=storage.counting.arn),
                        announces,
                        # Reads an input that is too long for the event; the star is the execution's name.
                        allow("states:DescribeExecution", on=executions),
                    ),
                ),
            ),
        )

    def all(self) -> tuple[Function, ...]:
        """Each function."""
        return (self.sanitize_order, self.workflow_started, self.waiting_completion, self.order_ended)


def _with_tokens(config: FunctionConfig, *, timer_seconds: int) -> FunctionConfig:
    """Limit the delivery of events that carry a task token to its timer, after which the token is invalid."""
    shortest, longest = _EVENT_AGES
    return replace(
        config,
        longest_event_age_seconds=min(max(timer_seconds, shortest), longest),
        dead_letter_retention_seconds=TOKEN_DEAD_LETTER_SECONDS,
    )
