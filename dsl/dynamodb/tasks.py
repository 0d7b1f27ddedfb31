"""Tasks that read and write items, by the optimised integration of Step Functions.

GetItem, PutItem, UpdateItem and DeleteItem: https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html.
Queries and transactions are in `dsl.dynamodb.queries` and `dsl.dynamodb.transactions`, other calls in `dsl.sdk`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, Literal, TypeAlias, get_args

from asl.words import listed
from dsl.arguments import explained
from dsl.dynamodb.attributes import I, Table
from dsl.dynamodb.conditions import ExpressionNames, Update, condition_text, update_text
from dsl.errors import DefinitionError, building
from dsl.states.catching import transient
from dsl.states.tasks import Permission, Task
from dsl.values.expressions import Path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsl.dynamodb.attributes import Key, Value
    from dsl.dynamodb.conditions import TableCondition
    from dsl.states.tasks import Output, Retries, Role, Seconds
    from dsl.states.wiring import Reads
    from dsl.values.payloads import Payload
    from dsl.values.references import Shape

CONDITIONAL_CHECK_FAILED: Final = "DynamoDB.ConditionalCheckFailedException"
"""What a write fails with when its condition does not hold."""

TRANSIENT: Final = transient(
    "DynamoDB.InternalServerErrorException",
    "DynamoDB.InternalServerError",
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.RequestLimitExceededException",
    "DynamoDB.RequestLimitExceeded",
    "DynamoDB.ThrottlingException",
    "DynamoDB.TransactionConflictException",
    "DynamoDB.SdkClientException",
)
"""Faults that pass by themselves. Both of the spellings that are around: the service's exception, with and
without the suffix that AWS's Java SDK gives it."""

ReturnValues: TypeAlias = Literal["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"]


def _permission(action: str, table: Table[I]) -> tuple[Permission, ...]:
    return (Permission(f"dynamodb:{action}", str(table.arn)),)


class GetItem(Task, Generic[I]):
    """Reads one item: just the attributes that the workflow reads from `Item`, as far as they are known."""

    def __init__(
        self,
        name: str,
        table: Table[I],
        key: Key,
        *,
        consistent: bool,
        timeout: Seconds = None,
        retry: Retries = TRANSIENT,
        credentials: Role = None,
        into: Shape | None = None,
        output: Output = None,
        comment: str | None = None,
    ) -> None:
        self._table = table
        with building(name):
            Table.check(table)
            parameters: dict[str, Payload] = {"TableName": table.name, "Key": table.key_values(key)}
        if consistent:
            parameters["ConsistentRead"] = True
        super().__init__(
            name,
            "arn:aws:states:::dynamodb:getItem",
            parameters,
            permissions=_permission("GetItem", table),
            timeout=timeout,
            retry=retry,
            credentials=credentials,
            into=into,
            output=output,
            comment=comment,
        )

    @property
    def Item(self) -> I:  # noqa: N802
        """The item; missing when there is none of this key."""
        return self._table.item(Path(self.root).child("Item", optional=True))

    def call(self, reads: Reads) -> Mapping[str, Payload]:
        """Return the request, with a projection where only some attributes are read."""
        read = reads.get(self.root, ())
        if not read or any(len(path.steps) < 2 for path in read):
            return self.parameters  # nobody reads the answer, or somebody all of it
        names = ExpressionNames(self._table)
        projection = ", ".join(names.name(name) for name in sorted({str(path.steps[1]) for path in read}))
        return {**self.parameters, "ProjectionExpression": projection, **names.parameters()}


class UpdateItem(Task, Generic[I]):
    """Writes one item; what it was or became is in `Attributes`, as far as `returns` asks for it."""

    def __init__(
        self,
        name: str,
        table: Table[I],
        key: Key,
        update: Update | Sequence[Update],
        *,
        condition: TableCondition | None,
        returns: ReturnValues,
        timeout: Seconds = None,
        retry: Retries = TRANSIENT,
        credentials: Role = None,
        into: Shape | None = None,
        output: Output = None,
        comment: str | None = None,
    ) -> None:
        self._table = table
        self._returns = returns
        names = ExpressionNames(table)
        updates = [update] if isinstance(update, Update) else list(update)
        with building(name):
            _check_returns(returns, ReturnValues)
            _check_changes(updates, table)
            parameters: dict[str, Payload] = {
                "TableName": table.name,
                "Key": table.key_values(key),
                "UpdateExpression": update_text(updates, names),
            }
            if condition is not None:
                parameters["ConditionExpression"] = condition_text(condition, names)
        parameters.update(names.parameters())
        if returns != "NONE":
            parameters["ReturnValues"] = returns
        self._sure = _certain(returns, updates, condition)
        self._touched = frozenset(attribute for clause in updates for attribute in clause.assigned)
        super().__init__(
            name,
            "arn:aws:states:::dynamodb:updateItem",
            parameters,
            permissions=_permission("UpdateItem", table),
            timeout=timeout,
            retry=retry,
            credentials=credentials,
            into=into,
            output=output,
            comment=comment,
        )

    @property
    def Attributes(self) -> I:  # noqa: N802
        """The attributes that `returns` asks for.

        Raises:
            DefinitionError: the task asks for none.
        """
        if self._returns == "NONE":
            raise self._error("it asks for no attributes; give returns='ALL_NEW' or another value")
        # DynamoDB leaves them out when there is none: the item was new, or everything asked for was taken away.
        path = Path(self.root).child("Attributes", optional=self._returns != "ALL_NEW" and not self._sure)
        return self._table.item(path, self._sure, self._touched if "UPDATED" in self._returns else None)


def _check_returns(returns: str, known: object) -> None:
    if returns not in get_args(known):
        raise DefinitionError(f"returns= takes {listed(get_args(known), 'or')}, and not {returns!r}")


def _check_changes(updates: Sequence[Update], table: Table[I]) -> None:
    for update in updates:
        given: object = update
        if not isinstance(given, Update):
            raise DefinitionError(f"{given!r} is no change; make one by set_(), add(), remove() or delete()")
        for attribute in update.assigned:
            if attribute in table.key:
                raise DefinitionError(f"an update cannot change the key ({attribute})")
            if update.clause == "REMOVE" and not table.attribute(attribute).optional:
                raise DefinitionError(
                    f"it removes {attribute!r}, which every {table.item.__name__} has; declare it optional"
                )


def _certain(
    returns: ReturnValues, updates: Sequence[Update], condition: TableCondition | None
) -> frozenset[str]:
    """Return the attributes that are sure to be in the answer: what the condition asked for, and what was written."""
    before = frozenset() if condition is None else condition.implied()
    given = {name for update in updates if update.clause in {"SET", "ADD"} for name in update.assigned}
    taken = {name for update in updates if update.clause in {"REMOVE", "DELETE"} for name in update.assigned}
    return {
        "NONE": frozenset[str](),
        "ALL_OLD": before,
        "UPDATED_OLD": before & (given | taken),
        "ALL_NEW": (before - taken) | given,
        "UPDATED_NEW": frozenset(given),
    }[returns]


class PutItem(Task, Generic[I]):
    """Writes a whole item."""

    def __init__(
        self,
        name: str,
        table: Table[I],
        item: Mapping[str, Value],
        *,
        condition: TableCondition | None,
        timeout: Seconds = None,
        retry: Retries = TRANSIENT,
        credentials: Role = None,
        into: Shape | None = None,
        output: Output = None,
        comment: str | None = None,
    ) -> None:
        with building(name):
            names = ExpressionNames(table)
            parameters: dict[str, Payload] = {"TableName": table.name, "Item": table.complete(item)}
            if condition is not None:
                parameters["ConditionExpression"] = condition_text(condition, names)
        parameters.update(names.parameters())
        super().__init__(
            name,
            "arn:aws:states:::dynamodb:putItem",
            parameters,
            permissions=_permission("PutItem", table),
            timeout=timeout,
            retry=retry,
            credentials=credentials,
            into=into,
            output=output,
            comment=comment,
        )


class DeleteItem(Task, Generic[I]):
    """Takes one item away; what it was is in `Attributes`, if that is asked for."""

    def __init__(
        self,
        name: str,
        table: Table[I],
        key: Key,
        *,
        condition: TableCondition | None,
        returns: Literal["NONE", "ALL_OLD"],
        timeout: Seconds = None,
        retry: Retries = TRANSIENT,
        credentials: Role = None,
        into: Shape | None = None,
        output: Output = None,
        comment: str | None = None,
    ) -> None:
        names = ExpressionNames(table)
        self._table, self._returns = table, returns
        self._sure = frozenset[str]() if condition is None else condition.implied()
        with building(name):
            _check_returns(returns, Literal["NONE", "ALL_OLD"])
            parameters: dict[str, Payload] = {"TableName": table.name, "Key": table.key_values(key)}
            if condition is not None:
                parameters["ConditionExpression"] = condition_text(condition, names)
        parameters.update(names.parameters())
        if returns != "NONE":
            parameters["ReturnValues"] = returns
        super().__init__(
            name,
            "arn:aws:states:::dynamodb:deleteItem",
            parameters,
            permissions=_permission("DeleteItem", table),
            timeout=timeout,
            retry=retry,
            credentials=credentials,
            into=into,
            output=output,
            comment=comment,
        )

    @property
    def Attributes(self) -> I:  # noqa: N802
        """What the item was; missing when there was none.

        Raises:
            DefinitionError: the task does not ask for it.
        """
        if self._returns == "NONE":
            raise self._error("it asks for no attributes; give returns='ALL_OLD'")
        return self._table.item(Path(self.root).child("Attributes", optional=not self._sure), self._sure)


@explained
def get_item(
    name: str,
    table: Table[I],
    key: Key,
    *,
    consistent: bool = True,
    timeout: Seconds = None,
    retry: Retries = TRANSIENT,
    credentials: Role = None,
    into: Shape | None = None,
    output: Output = None,
    comment: str | None = None,
) -> GetItem[I]:
    """Return a task that reads the item of a key, the newest version unless `consistent` is False.

    Raises:
        DefinitionError: the key is not the table's, or a value does not fit its attribute.
    """
    return GetItem(
        name,
        table,
        key,
        consistent=consistent,
        timeout=timeout,
        retry=retry,
        credentials=credentials,
        into=into,
        output=output,
        comment=comment,
    )


@explained
def update_item(
    name: str,
    table: Table[I],
    key: Key,
    update: Update | Sequence[Update],
    *,
    condition: TableCondition | None = None,
    returns: ReturnValues = "NONE",
    timeout: Seconds = None,
    retry: Retries = TRANSIENT,
    credentials: Role = None,
    into: Shape | None = None,
    output: Output = None,
    comment: str | None = None,
) -> UpdateItem[I]:
    """Return a task that changes the item of a key, or makes it, if the condition holds.

    Raises:
        DefinitionError: an attribute is not declared, a value does not fit, or the update changes the key.
    """
    return UpdateItem(
        name,
        table,
        key,
        update,
        condition=condition,
        returns=returns,
        timeout=timeout,
        retry=retry,
        credentials=credentials,
        into=into,
        output=output,
        comment=comment,
    )


@explained
def put_item(
    name: str,
    table: Table[I],
    item: Mapping[str, Value],
    *,
    condition: TableCondition | None = None,
    timeout: Seconds = None,
    retry: Retries = TRANSIENT,
    credentials: Role = None,
    into: Shape | None = None,
    output: Output = None,
    comment: str | None = None,
) -> PutItem[I]:
    """Return a task that writes a whole item in place of what was there, if the condition holds.

    Raises:
        DefinitionError: an attribute is not declared, a value does not fit, or one that every item has is missing.
    """
    return PutItem(
        name,
        table,
        item,
        condition=condition,
        timeout=timeout,
        retry=retry,
        credentials=credentials,
        into=into,
        output=output,
        comment=comment,
    )


@explained
def delete_item(
    name: str,
    table: Table[I],
    key: Key,
    *,
    condition: TableCondition | None = None,
    returns: Literal["NONE", "ALL_OLD"] = "NONE",
    timeout: Seconds = None,
    retry: Retries = TRANSIENT,
    credentials: Role = None,
    into: Shape | None = None,
    output: Output = None,
    comment: str | None = None,
) -> DeleteItem[I]:
    """Return a task that takes the item of a key away, if there is one and the condition holds.

    Raises:
        DefinitionError: the key is not the table's, an attribute is not declared, or a value does not fit.
    """
    return DeleteItem(
        name,
        table,
        key,
        condition=condition,
        returns=returns,
        timeout=timeout,
        retry=retry,
        credentials=credentials,
        into=into,
        output=output,
        comment=comment,
    )
