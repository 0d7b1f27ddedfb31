"""A connection to one stack: its clients, and what its workflows say about their pauses."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.orders.executions import pauses

if TYPE_CHECKING:
    from local.orders.client import OrderClient
    from local.stacks.stack import Stack


@dataclass(frozen=True, slots=True)
class StackSource:
    """Where a stack is at this moment.

    Attributes:
        stack: The stack; None if there is none.
        identity: Changes when the stack is started anew, so that nothing of the old one is shown.
        why: Why there is none, in a sentence that says what to do.
        orders: Its clients, if somebody has made them already.
    """

    stack: Stack | None
    identity: str = ""
    why: str = ""
    orders: OrderClient | None = None


class StackConnection:
    """The clients of a stack, and an event that is set when its readers are to stop.

    Args:
        orders: The clients; they outlive a link, since making them anew at each attempt would keep a processor busy.
        identity: The `Source.identity` of the stack.

    Raises:
        botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: The stack does not answer.
    """

    def __init__(self, orders: OrderClient, identity: str) -> None:
        self.stack = orders.stack
        self.identity = identity
        self.closed = threading.Event()
        self.orders = orders
        # All at once: boto3 makes one client at a time, and several threads will ask for them.
        self.tables, self.states, self.events = orders.tables, orders.states, orders.events
        self.queues = orders.queues
        self.tokens = orders.tokens
        self.processor, self.manager = orders.machine_arns
        definition = self.states.describe_state_machine(stateMachineArn=self.processor)["definition"]
        self.pauses = pauses(json.loads(definition))
        self.manager_is_express = orders.manager_is_express

    def is_manager(self, execution_arn: str) -> bool:
        """Return whether an execution is one of the manager; otherwise it is one of the processor."""
        return execution_arn.split(":")[6:7] == [self.manager.rpartition(":")[2]]
