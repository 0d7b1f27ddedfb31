"""Transactions: up to 100 writes in any tables, all of them or none.

    transact_write(
        "Take the seat",
        transact_update(seats, {"PK": trip.seat}, set_(holder=trip.guest), condition=~attr("holder").exists()),
        transact_put(bookings, {"PK": trip.id, "seat": trip.seat}),
    ).catch(TRANSACTION_CANCELLED, to=sold_out)

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dsl.arguments import explained
from dsl.dynamodb.conditions import ExpressionNames, Update, condition_text, update_text
from dsl.dynamodb.queries import sdk_call, sdk_parameters, sdk_values
from dsl.errors import DefinitionError
from dsl.options import RequestOptions
from dsl.permissions.policy import Permission
from dsl.states.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Unpack

    from dsl.dynamodb.attributes import I, Key, Table, Value
    from dsl.dynamodb.conditions import TableCondition
    from dsl.values.payloads import Payload

TRANSACTION_CANCELLED: Final = "DynamoDb.TransactionCanceledException"
"""What a transaction fails with when one of its conditions does not hold; its cause says which."""

MAX_ITEMS: Final = 100  # of one transaction


@dataclass(frozen=True, slots=True)
class TransactWriteItem:
    """One part of a transaction; use `transact_put()` and its like."""

    kind: str
    parameters: Mapping[str, Payload]
    permission: Permission


def _write(
    kind: str,
    action: str,
    table: Table[I],
    parameters: dict[str, Payload],
    condition: TableCondition | None,
    names: ExpressionNames[I],
) -> TransactWriteItem:
    if condition is not None:
        parameters["ConditionExpression"] = condition_text(condition, names)
    given: dict[str, Payload] = {"TableName": table.name, **parameters, **sdk_parameters(names)}
    return TransactWriteItem(kind, given, Permission(f"dynamodb:{action}", str(table.arn)))


@explained
def transact_put(
    table: Table[I], item: Mapping[str, Value], *, condition: TableCondition | None = None
) -> TransactWriteItem:
    """Write a whole item.

    Raises:
        DefinitionError: an attribute is not declared, a value does not fit, or one that every item has is missing.
    """
    values = sdk_values(table.complete(item))
    return _write("Put", "PutItem", table, {"Item": values}, condition, ExpressionNames(table))


@explained
def transact_update(
    table: Table[I], key: Key, update: Update | Sequence[Update], *, condition: TableCondition | None = None
) -> TransactWriteItem:
    """Change the item of a key, or make it."""
    names = ExpressionNames(table)
    updates = [update] if isinstance(update, Update) else list(update)
    given: dict[str, Payload] = {
        "Key": sdk_values(table.key_values(key)),
        "UpdateExpression": update_text(updates, names),
    }
    return _write("Update", "UpdateItem", table, given, condition, names)


@explained
def transact_delete(
    table: Table[I], key: Key, *, condition: TableCondition | None = None
) -> TransactWriteItem:
    """Take the item of a key away."""
    given: dict[str, Payload] = {"Key": sdk_values(table.key_values(key))}
    return _write("Delete", "DeleteItem", table, given, condition, ExpressionNames(table))


@explained
def transact_check(table: Table[I], key: Key, condition: TableCondition) -> TransactWriteItem:
    """Ask for a condition of an item that the transaction does not write."""
    given: dict[str, Payload] = {"Key": sdk_values(table.key_values(key))}
    return _write("ConditionCheck", "ConditionCheckItem", table, given, condition, ExpressionNames(table))


@explained
def transact_write(
    name: str,
    *writes: TransactWriteItem,
    token: Payload = None,
    **options: Unpack[RequestOptions],
) -> Task:
    """Return a task that does all of the writes, or none; `token`, the same again, makes doing it twice harmless.

    Raises:
        DefinitionError: there are no writes, or more than 100.
    """
    given: tuple[object, ...] = writes
    if len(given) == 1 and isinstance(given[0], list | tuple):
        raise DefinitionError(
            "transact_write() takes the writes one by one: transact_write(name, *writes)", state=name
        )
    if not 1 <= len(writes) <= MAX_ITEMS:
        raise DefinitionError(f"a transaction takes 1 to {MAX_ITEMS} writes, not {len(writes)}", state=name)
    for write in writes:
        if not isinstance(write, TransactWriteItem):
            raise DefinitionError(
                f"{write!r} is no part of a transaction; use transact_put() and its like", state=name
            )
    parameters: dict[str, Payload] = {"TransactItems": [{write.kind: write.parameters} for write in writes]}
    if token is not None:
        parameters["ClientRequestToken"] = token
    resource, passing = sdk_call("transactWriteItems")
    return Task(
        name,
        resource,
        parameters,
        permissions=tuple(dict.fromkeys(write.permission for write in writes)),
        default_retry=passing,
        **options,
    )
