"""Queries: the items of a partition, or of one of an index, a page at a time.

    found = query("Orders of the guest", order_table, key=(attr("PK") == guest.id) & attr("SK").begins_with("order#"))
    found.Items[0].total, found.Count, found.LastEvaluatedKey

A query goes through DynamoDB's SDK integration, since there is no optimised one:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from asl.services.errors import transient_errors
from asl.services.models import operation_model, sdk_name
from dsl.arguments import explained
from dsl.dynamodb.attributes import I
from dsl.dynamodb.conditions import ExpressionNames, condition_text
from dsl.errors import DefinitionError, building
from dsl.options import RequestOptions
from dsl.permissions.policy import Permission
from dsl.states.requests import present
from dsl.states.retries import transient
from dsl.states.tasks import Retry, Task
from dsl.values.expressions import ReferencePath
from dsl.values.references import Anything, Array, Number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from dsl.dynamodb.attributes import Table
    from dsl.dynamodb.conditions import TableCondition
    from dsl.values.payloads import Payload


def sdk_call(action: str) -> tuple[str, Retry]:
    """Return the resource of an SDK call of DynamoDB, and what of it is worth a retry."""
    return f"arn:aws:states:::aws-sdk:dynamodb:{action}", transient(
        *transient_errors(operation_model("dynamodb", action))
    )


def sdk_values(values: Mapping[str, Payload]) -> dict[str, Payload]:
    """Values in DynamoDB's notation, their types named as SDK integrations name them."""
    return {
        key: {sdk_name(letter): value for letter, value in typed.items()}
        if isinstance(typed, dict)
        else typed
        for key, typed in values.items()
    }


def sdk_parameters(names: ExpressionNames[I]) -> dict[str, Payload]:
    """Return the placeholders of a request's expressions, for an SDK integration."""
    found = names.parameters()
    values = found.get("ExpressionAttributeValues")
    if isinstance(values, dict):
        found["ExpressionAttributeValues"] = sdk_values(values)
    return found


class Items(Array[I], Generic[I]):
    """The items of a page."""

    __slots__ = ("_table",)

    def __init__(self, path: ReferencePath, table: Table[I]) -> None:
        super().__init__(path, table.item)
        self._table = table

    def _at(self, path: ReferencePath) -> I:
        return self._table.item(path, by_sdk=True)


class Query(Task, Generic[I]):
    """Finds the items of a key; use `query()`."""

    def __init__(
        self,
        name: str,
        table: Table[I],
        parameters: Mapping[str, Payload],
        permission: Permission,
        **options: Unpack[RequestOptions],
    ) -> None:
        self._table = table
        resource, default_retry = sdk_call("query")
        super().__init__(
            name, resource, parameters, permissions=(permission,), default_retry=default_retry, **options
        )

    @property
    def Items(self) -> Items[I]:  # noqa: N802
        """The items of this page."""
        return Items(ReferencePath(self.root).child("Items"), self._table)

    @property
    def each(self) -> I:
        """One item, as the runs of a map over `Items` see it."""
        return self._table.item(ReferencePath("$"), by_sdk=True)

    @property
    def Count(self) -> Number:  # noqa: N802
        """How many items the page has."""
        return Number(ReferencePath(self.root).child("Count"))

    @property
    def LastEvaluatedKey(self) -> Anything:  # noqa: N802
        """Where the next page starts; missing on the last."""
        return Anything(ReferencePath(self.root).child("LastEvaluatedKey", optional=True))


@explained
def query(
    name: str,
    table: Table[I],
    key: TableCondition,
    *,
    condition: TableCondition | None = None,
    index: str | None = None,
    limit: int | None = None,
    newest_first: bool = False,
    consistent: bool = False,
    start: Anything | None = None,
    **options: Unpack[RequestOptions],
) -> Query[I]:
    """Return a task that finds the items whose key meets the condition `key`, at most 1 MB of them.

    `condition` leaves out others after they were read; `start` is the `LastEvaluatedKey` of the page before.

    Raises:
        DefinitionError: an attribute is not declared, a value does not fit, or `key` asks for what is no key.
    """
    with building(name):
        names = ExpressionNames(table)
        parameters: dict[str, Payload] = {
            "TableName": table.name,
            "KeyConditionExpression": condition_text(key, names),
        }
        asked = key.implied()
        if index is None and not asked <= set(table.key):
            raise DefinitionError(
                f"the key of {table.item.__name__} is {' and '.join(table.key)}, and a query's key= asks for "
                f"{', '.join(sorted(asked - set(table.key)))}; ask for that in condition=, or name an index="
            )
        if index is None and table.key[0] not in asked:
            raise DefinitionError(
                f"a query's key= says which partition it reads: attr({table.key[0]!r}) == ..."
            )
        if condition is not None:
            parameters["FilterExpression"] = condition_text(condition, names)
    optional: dict[str, Payload] = {
        "IndexName": index,
        "Limit": limit,
        "ScanIndexForward": False if newest_first else None,
        "ConsistentRead": True if consistent else None,
        "ExclusiveStartKey": start,
    }
    parameters |= present(optional) | sdk_parameters(names)
    arn = str(table.arn) if index is None else f"{table.arn}/index/{index}"
    return Query(name, table, parameters, Permission("dynamodb:Query", arn), **options)
