"""The AWS calls that more than one function makes, and the clients for them, created once when first used."""

from __future__ import annotations

import json
import os
import time
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from handlers.contract import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_stepfunctions import SFNClient

    Row: TypeAlias = Mapping[str, AttributeValueTypeDef]
    """One item as DynamoDB's API has it, each value under the name of its type. Empty: no such item."""

EVENT_SOURCE: Final = "awsserverlessda.serverlesspresso"
IS_NEWER: Final = (
    "(attribute_not_exists(tokenIssuedAt) OR tokenIssuedAt < :issued)"
    # A time without a fraction is that of a whole second, and sorts behind all others of this second.
    " AND (attribute_not_exists(createdAt) OR createdAt <= :issued OR createdAt = :second)"
)
"""The condition of a token's write: it is newer than the row's, and not older than the order.

Its values are those of `when_issued`.
"""

_PARTITION: Final = "orders"
# A function has ten seconds: a call that hangs is given up early enough to try again.
_PATIENCE = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})


class EventNotAcceptedError(Exception):
    """EventBridge took the request and refused the event in it. Carries the service's `code`."""

    def __init__(self, detail_type: str, code: str) -> None:
        super().__init__(f"EventBridge did not accept {detail_type}: {code}")
        self.code = code


class TaskNotFailedError(Exception):
    """SendTaskFailure did not go through for a reason that may pass. Carries the service's `code`.

    It replaces botocore's error, whose message can quote the request, and so the token.
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"SendTaskFailure was refused: {code}")
        self.code = code


class WriteResult(NamedTuple):
    """What a conditional write found: the row after it if `done`, else the row that stood against it."""

    done: bool
    row: Row


@cache
def dynamodb() -> DynamoDBClient:
    """Return the DynamoDB client of this process."""
    return boto3.client("dynamodb", config=_PATIENCE)


@cache
def eventbridge() -> EventBridgeClient:
    """Return the EventBridge client of this process."""
    return boto3.client("events", config=_PATIENCE)


@cache
def stepfunctions() -> SFNClient:
    """Return the Step Functions client of this process."""
    return boto3.client("stepfunctions", config=_PATIENCE)


def order_table() -> str:
    """Return the name of the order table."""
    return os.environ["ORDER_TABLE_NAME"]


def order_key(order_id: str) -> dict[str, AttributeValueTypeDef]:
    """Return the key of one order's row."""
    return {"PK": {"S": _PARTITION}, "SK": {"S": order_id}}


def update_order(
    order_id: str, update: str, *, condition: str, values: Mapping[str, str | int]
) -> WriteResult:
    """Make one conditional write to an order's row, and stamp it with `TS`.

    `update` is the inside of a SET clause. `values` fills the `:name` in it and in `condition`, named
    without the colon; a str becomes DynamoDB's S, an int its N.
    """
    typed: dict[str, AttributeValueTypeDef] = {
        f":{name}": {"N": str(value)} if isinstance(value, int) else {"S": value}
        for name, value in values.items()
    }
    typed[":now"] = {"N": str(time.time_ns() // 1_000_000)}
    try:
        answer = dynamodb().update_item(
            TableName=order_table(),
            Key=order_key(order_id),
            UpdateExpression=f"SET {update}, TS = :now",
            ConditionExpression=condition,
            ExpressionAttributeValues=typed,
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb().exceptions.ConditionalCheckFailedException as failure:
        # botocore puts the members of a modelled error beside its "Error"; without a row there is no Item.
        found: Row = failure.response.get("Item", {})  # type: ignore[assignment]
        return WriteResult(done=False, row=found)
    return WriteResult(done=True, row=answer["Attributes"])


def when_issued(issued: str) -> dict[str, str]:
    """Return the values of `IS_NEWER` for a token that was issued at `issued`, as `contract.issued_at` returns it."""
    return {"issued": issued, "second": f"{issued[:19]}Z"}


def string(row: Row, name: str) -> str:
    """Return the string attribute `name` of a row, or "" where there is none."""
    return row.get(name, {}).get("S", "")


def number(row: Row, name: str) -> int:
    """Return the whole-number attribute `name` of a row. KeyError where there is none: the row is broken."""
    return int(row[name]["N"])


def publish(detail_type: str, detail: Mapping[str, object]) -> None:
    """Put one event on the bus. EventNotAcceptedError unless EventBridge took it."""
    answer = eventbridge().put_events(
        Entries=[
            {
                "EventBusName": os.environ["EVENT_BUS_NAME"],
                "Source": EVENT_SOURCE,
                "DetailType": detail_type,
                # An entry may have 256 KB of UTF-8; escaped, what people write in other letters takes up to six times.
                "Detail": json.dumps(detail, ensure_ascii=False),
            }
        ]
    )
    # PutEvents answers 200 even if it took none of the events (EventBridge API Reference, PutEvents).
    if answer["FailedEntryCount"]:
        raise EventNotAcceptedError(detail_type, answer["Entries"][0].get("ErrorCode", "no code given"))


def fail_cancelled_task(token: str) -> bool:
    """Fail the task of `token`, since its order was cancelled. Return False if the task is over.

    Raises:
        TaskNotFailedError: Step Functions refused the call.
    """
    try:
        stepfunctions().send_task_failure(
            taskToken=token,
            error="OrderCancelled",
            cause="The order was cancelled before this task token was stored.",
        )
    except ClientError as failure:
        code = failure.response["Error"]["Code"]
        if code in {"InvalidToken", "TaskDoesNotExist", "TaskTimedOut"}:
            return False
        raise TaskNotFailedError(code) from None
    return True


def obstacle(row: Row, *, execution_id: str, issued_at: str) -> str:
    """Return why a token issued at `issued_at` to `execution_id` must not be stored in `row`, in a few words."""
    if not row:
        return "there is no such order"
    if string(row, "executionId") != execution_id:
        return "the order belongs to another execution"
    state = string(row, "ORDERSTATE")
    if state not in {"CREATED", "WAITING_COMPLETION"}:
        return f"the order is {state}"
    if string(row, "tokenIssuedAt") >= issued_at:
        return "the row has this token or a newer one"
    if _is_older(issued_at, string(row, "createdAt")):
        return "the token is older than the order"
    return f"the order is {state} and not ready for this token"


def _is_older(issued_at: str, created_at: str) -> bool:
    try:
        return moment(issued_at) < moment(created_at)
    except ValueError:
        return False


def cancelled(row: Row, *, execution_id: str) -> bool:
    """Return whether the order of `execution_id` was cancelled, so that the execution waits for nothing."""
    return string(row, "ORDERSTATE") == "CANCELLED" and string(row, "executionId") == execution_id
