"""Sends the requests of an order to any stack, and reads the order.

    orders = OrderClient(stack)
    orders.scan("2", user_id="1")
    row = orders.wait_for_row("2", "a task token", lambda row: row.token is not None)
    outcome = orders.manage(messages.request("make", "2", barista_id="3"))

A row comes back without its task token. Inputs and outputs come back as they are; who shows them masks them, with the
tokens that this client has seen (`OrderClient.tokens`).
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.config import Config

from local.masking import SeenTokens
from local.orders import messages
from local.orders.executions import (
    CurrentWait,
    WorkflowExecution,
    from_answer,
    order_of,
    read_execution,
    waits_for,
)
from local.orders.problems import ExecutionEnded, OrderError, OrderOver, wait_until
from local.orders.rows import MenuItem, Shop, StoredOrder, read_item, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    import boto3
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, KeysAndAttributesUnionTypeDef
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_stepfunctions.client import SFNClient

    from local.masking import JSON
    from local.stacks.stack import Stack


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the manager answered to a request.

    Attributes:
        accepted: Whether it was carried out.
        reason: Why not, e.g. `NotOnTheMenu`; "" if it was.
        execution: The execution that answered.
    """

    accepted: bool
    reason: str
    execution: WorkflowExecution

    @property
    def message(self) -> str:
        """Why it was refused, in a sentence; "" if it was not."""
        if self.accepted:
            return ""
        said = self.execution.output.get("message") if isinstance(self.execution.output, dict) else None
        return str(said or f"{messages.REFUSALS.get(self.reason, 'the request was refused')}.")


class OrderClient:
    """Sends the requests of a stack's orders, and reads the orders.

    Args:
        stack: Where, and what the parts are called.
        session: The credentials to use; the stack's own if they aren't given.
    """

    def __init__(self, stack: Stack, session: boto3.Session | None = None) -> None:
        self.stack = stack
        self.tokens = SeenTokens()
        self._session = session or stack.session()

    def scan(self, order_id: str, user_id: str) -> dict[str, JSON]:
        """Put `Validator.NewOrder` on the bus, as a scanned QR code does. Return the event that was put.

        Raises:
            OrderError: The bus did not take it.
        """
        detail = messages.new_order(order_id, user_id)
        self.publish(messages.SOURCE, messages.NEW_ORDER, detail)
        return {"source": messages.SOURCE, "detail-type": messages.NEW_ORDER, "detail": detail}

    def publish(self, source: str, detail_type: str, detail: JSON) -> None:
        """Put an event on the bus.

        Raises:
            OrderError: The bus did not take it.
        """
        event = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
        answer = self.events.put_events(Entries=[{"EventBusName": self.stack.bus, **event}])  # type: ignore[typeddict-item]
        if answer["FailedEntryCount"]:
            entry = answer["Entries"][0]
            raise OrderError(
                f"The bus {self.stack.bus} refused the event: "
                f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}"
            )

    def request(
        self,
        action: messages.Action,
        order_id: str,
        *,
        user_id: str | None = None,
        barista_id: str = "",
        drink: str = "",
        modifiers: Sequence[str] = (),
        icon: str = "",
    ) -> dict[str, JSON]:
        """Return the input of `OrderManagerStateMachine` for what a person does, as the walkthrough writes it.

        A drink has the menu's icon if none is given, and a barista hands over what the row says was ordered. A
        cancellation with a `user_id` is the customer's.
        """
        body: JSON = {}
        match action:
            case "put":
                icon = icon or next((item.icon for item in self.menu() if item.name == drink), "")
                body = messages.drink_order(user_id or "", drink, modifiers, icon)
            case "complete":
                row = self.row(order_id)
                body = row.drink if row is not None and isinstance(row.drink, dict) else {}
            case "cancel" if user_id is not None:
                body = {"userId": user_id}
        return messages.request(action, order_id, barista_id=barista_id, body=body)

    def manage(self, request: Mapping[str, JSON], *, deadline: float = 30.0) -> Outcome:
        """Send a request to `OrderManagerStateMachine`, wait for its end and return the outcome.

        An EXPRESS manager answers its caller, and nobody later; a STANDARD one is asked until it has ended.

        Raises:
            ExecutionEnded: The execution failed: a fault of the stack, not a refusal.
            WaitedTooLong: It did not end within the deadline (seconds).
        """
        arn, text = self.machine_arns[1], json.dumps(request)
        name = _execution_name(request)
        if self.manager_is_express:
            execution = from_answer(
                self.states.start_sync_execution(stateMachineArn=arn, input=text, name=name)
            )
        else:
            started = self.states.start_execution(stateMachineArn=arn, input=text, name=name)["executionArn"]
            execution = self.wait_for_end(started, what=f"{self.stack.manager} to answer", deadline=deadline)
        output = execution.output
        if execution.failed or not isinstance(output, dict) or not isinstance(output.get("accepted"), bool):
            raise ExecutionEnded(execution)
        return Outcome(output["accepted"] is True, str(output.get("reason", "")), execution)

    def row(self, order_id: str) -> StoredOrder | None:
        """Return the row of an order as it is now; None if there is no such order."""
        answer = self.tables.get_item(
            TableName=self.stack.order_table,
            Key={"PK": {"S": "orders"}, "SK": {"S": order_id}},
            ConsistentRead=True,
        )
        item = answer.get("Item")
        for token in tokens_of(item or {}):
            self.tokens.add(token)
        return StoredOrder(read_item(item)) if item else None

    def wait_for_row(
        self, order_id: str, what: str, test: Callable[[StoredOrder], bool], *, deadline: float = 10.0
    ) -> StoredOrder:
        """Return the row as soon as it passes a test.

        Args:
            order_id: The order.
            what: What is waited for, to say so if it doesn't come.
            test: Tells whether this is it.
            deadline: How many seconds it may take.

        Raises:
            ExecutionEnded: The order's execution failed meanwhile, so that it can't come any more.
            OrderOver: The order came to its end without it.
            WaitedTooLong: It did not come.
        """
        looks = 0

        def look() -> StoredOrder | None:
            nonlocal looks
            looks += 1
            row = self.row(order_id)
            if row is not None and test(row):
                return row
            # The execution is asked less often: the row is the truth, this only saves waiting in vain.
            if looks % 10 == 0:
                execution = self.processor_execution(order_id)
                if execution is not None and execution.failed:
                    raise ExecutionEnded(execution)
                if row is not None and row.over and execution is not None and execution.status != "RUNNING":
                    raise OrderOver(order_id, row.state, row.reason)
            return None

        return wait_until(what, look, deadline)

    def wait_for_end(self, arn: str, *, what: str = "", deadline: float = 10.0) -> WorkflowExecution:
        """Return an execution as soon as it has ended; `what` says in an error what was waited for.

        Raises:
            WaitedTooLong: It still runs after the deadline (seconds).
        """
        wait_until(
            what or f"the execution {arn} to end",
            lambda: self.states.describe_execution(executionArn=arn)["status"] != "RUNNING" or None,
            deadline,
        )
        return self.execution(arn)

    def execution(self, arn: str) -> WorkflowExecution:
        """Return an execution with the states that it came to."""
        return read_execution(self.states, arn, self.tokens)

    def processor_execution(self, order_id: str) -> WorkflowExecution | None:
        """Return the processor's execution that an order belongs to; the newest about it if it has no row yet."""
        row = self.row(order_id)
        if row is not None and row.execution_arn:
            return self.execution(row.execution_arn)
        found = self.executions(self.machine_arns[0], order_id, newest=20)
        return found[-1] if found else None

    def processor_executions(
        self, order_id: str, since: datetime | None = None
    ) -> list[WorkflowExecution] | None:
        """Return the processor's executions about an order: its own, and those of later scans of the same code."""
        return self.executions(self.machine_arns[0], order_id, since=since)

    def manager_executions(
        self, order_id: str, since: datetime | None = None
    ) -> list[WorkflowExecution] | None:
        """Return the manager's executions about an order; None if the manager keeps none (EXPRESS)."""
        if self.manager_is_express:
            return None
        return self.executions(self.machine_arns[1], order_id, since=since)

    def executions(
        self, machine_arn: str, order_id: str, *, since: datetime | None = None, newest: int = 100
    ) -> list[WorkflowExecution]:
        """Return a workflow's executions about an order, oldest first.

        Step Functions has no index of inputs, so this opens them one by one, newest first.

        Args:
            machine_arn: The workflow.
            order_id: The order.
            since: Older ones are not opened.
            newest: How many are opened at most.
        """
        found: list[WorkflowExecution] = []
        opened = 0
        pages = self.states.get_paginator("list_executions").paginate(
            stateMachineArn=machine_arn, PaginationConfig={"PageSize": 100, "MaxItems": newest}
        )
        for page in pages:
            for entry in page["executions"]:
                # A minute of grace, for clocks that differ.
                if since is not None and entry["startDate"] < since - timedelta(minutes=1):
                    return found[::-1]
                opened += 1
                answer = self.states.describe_execution(executionArn=entry["executionArn"])
                if order_of(from_answer(answer).input) == order_id:
                    found.append(self.execution(entry["executionArn"]))
        return found[::-1]

    def waits_for(self, execution: WorkflowExecution) -> CurrentWait | None:
        """Return whom a running execution of the processor waits for; None if nobody."""
        return waits_for(self.states, execution)

    def shop(self) -> Shop:
        """Return the shop's settings, its queue and its menu as they are now."""
        config_table = self.stack.config_table
        config, menu, active = self._items(
            (config_table, "config"), (config_table, "menu"), (self.stack.counting_table, "activeOrders")
        )
        limit, drinks, orders = config.get("maxOrdersInQueue"), menu.get("value"), active.get("orders")
        return Shop(
            open=config.get("storeOpen") is True,
            limit=limit if isinstance(limit, int) else 0,
            queue=frozenset(str(order) for order in orders) if isinstance(orders, list) else frozenset(),
            drinks=drinks if isinstance(drinks, list) else [],
        )

    def menu(self) -> list[MenuItem]:
        """Return the drinks on the menu, in its order."""
        return [
            MenuItem(
                str(drink.get("drink", "")),
                str(drink.get("icon", "")),
                drink.get("available") is True,
                _options(drink.get("modifiers")),
            )
            for drink in self.shop().drinks
            if isinstance(drink, dict)
        ]

    def _items(self, *places: tuple[str, str]) -> list[Mapping[str, JSON]]:
        """Return the items at these places, a table and a key each, in one request; an empty one for none."""
        keys: dict[str, list[dict[str, AttributeValueTypeDef]]] = {}
        for table, key in places:
            keys.setdefault(table, []).append({"PK": {"S": key}})
        wanted: Mapping[str, KeysAndAttributesUnionTypeDef] = {
            table: {"Keys": some, "ConsistentRead": True} for table, some in keys.items()
        }
        found: dict[tuple[str, str], Mapping[str, JSON]] = {}
        while wanted:
            answer = self.tables.batch_get_item(RequestItems=wanted)
            for table, items in answer["Responses"].items():
                found |= {(table, item["PK"]["S"]): read_item(item) for item in items}
            wanted = answer.get("UnprocessedKeys", {})
        return [found.get(place, {}) for place in places]

    @cached_property
    def tables(self) -> DynamoDBClient:
        """The client for the tables."""
        return self._session.client("dynamodb", endpoint_url=self.stack.endpoint, config=self._config)

    @cached_property
    def events(self) -> EventBridgeClient:
        """The client for the bus."""
        return self._session.client("events", endpoint_url=self.stack.endpoint, config=self._config)

    @cached_property
    def states(self) -> SFNClient:
        """The client for the workflows."""
        client = self._session.client("stepfunctions", endpoint_url=self.stack.endpoint, config=self._config)
        host = urlsplit(client.meta.endpoint_url).hostname or ""
        if self.stack.endpoint is not None or host.startswith("states"):
            return client
        # AWS_ENDPOINT_URL names an emulator, which has no host of another name.
        config = client.meta.config.merge(Config(inject_host_prefix=False))
        return self._session.client("stepfunctions", config=config)

    @cached_property
    def queues(self) -> SQSClient:
        """The client for queues."""
        return self._session.client("sqs", endpoint_url=self.stack.endpoint, config=self._config)

    @cached_property
    def _config(self) -> Config:
        if self.stack.endpoint is None:
            return Config(
                retries={"mode": "standard"}, connect_timeout=10, read_timeout=70, max_pool_connections=20
            )
        return Config(
            proxies={},  # one for the outside world isn't for the loopback
            # StartSyncExecution goes to AWS's `sync-states.REGION.amazonaws.com`, for which botocore puts `sync-`
            # before whatever host there is. An emulator has no such sister.
            inject_host_prefix=False,
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=70,
            max_pool_connections=20,
        )

    @cached_property
    def machine_arns(self) -> tuple[str, str]:
        """The ARNs of the processor and the manager."""
        if self.stack.machine_arns is not None:
            return self.stack.machine_arns
        client = self._session.client("sts", endpoint_url=self.stack.endpoint, config=self._config)
        identity = client.get_caller_identity()
        # arn:PARTITION:sts::ACCOUNT:... also where the partition is China's or the government's.
        partition, account = identity["Arn"].split(":")[1], identity["Account"]
        prefix = f"arn:{partition}:states:{self.stack.region}:{account}:stateMachine:"
        return prefix + self.stack.processor, prefix + self.stack.manager

    @cached_property
    def manager_is_express(self) -> bool:
        """Whether the manager keeps no executions that could be read later."""
        return self.states.describe_state_machine(stateMachineArn=self.machine_arns[1])["type"] == "EXPRESS"


def _options(modifiers: JSON) -> dict[str, list[str]]:
    """Return what can be chosen of a drink, by what it is called; whatever is no such thing is passed over."""
    return {
        str(modifier.get("Name", "")): [str(option) for option in options]
        for modifier in (modifiers if isinstance(modifiers, list) else [])
        if isinstance(modifier, dict) and isinstance(options := modifier.get("Options"), list)
    }


def _execution_name(request: Mapping[str, JSON]) -> str:
    """Return a name that tells people what an execution is about, within the 80 characters that a name may have."""
    about = f"{request.get('orderId', '')}-{messages.action_of(request)}"
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', about)[:60]}-{uuid.uuid4().hex[:12]}"
