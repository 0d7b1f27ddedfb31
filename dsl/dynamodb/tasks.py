"""Tasks that read and write items, by the optimised integration of Step Functions.

GetItem, PutItem, UpdateItem and DeleteItem: https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html.
Queries and transactions are in `dsl.dynamodb.queries` and `dsl.dynamodb.transactions`, other calls in `dsl.sdk`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeAlias, cast, get_args

from asl.words import did_you_mean, listed
from dsl.arguments import explained
from dsl.dynamodb.attributes import I, Item, Table, descriptor
from dsl.dynamodb.conditions import ExpressionNames, Update, condition_text, update_text
from dsl.errors import DefinitionError, building
from dsl.options import RequestOptions
from dsl.states.retries import transient
from dsl.states.tasks import Permission, Task
from dsl.values.expressions import ReferencePath
from dsl.values.references import fields

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Unpack

    from dsl.dynamodb.attributes import Key, Value
    from dsl.dynamodb.conditions import TableCondition
    from dsl.states.wiring import Reads
    from dsl.values.expressions import Json, JsonObject
    from dsl.values.payloads import Payload

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
"""The transient errors, which tasks retry by default, in both spellings: the service's exception, with and
without the suffix that AWS's Java SDK gives it."""

ReturnValues: TypeAlias = Literal["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"]


class _ItemTask(Task, Generic[I]):
    """A task that reads or writes one item of a table."""

    def __init__(
        self,
        name: str,
        action: str,
        table: Table[I],
        parameters: Mapping[str, Payload],
        **options: Unpack[RequestOptions],
    ) -> None:
        self._table = table
        super().__init__(
            name,
            f"arn:aws:states:::dynamodb:{action[0].lower()}{action[1:]}",
            parameters,
            permissions=(Permission(f"dynamodb:{action}", str(table.arn)),),
            default_retry=TRANSIENT,
            **options,
        )


class GetItem(_ItemTask[I]):
    """Reads one item: just the attributes that the workflow reads from `Item`, as far as they are known."""

    @property
    def Item(self) -> I:  # noqa: N802
        """The item; missing when there is none of this key."""
        return self._table.item(ReferencePath(self.root).child("Item", optional=True))

    def response_fault(self, response: Mapping[str, Json], document: JsonObject) -> str | None:
        return _row_fault(self._table, response.get("Item"), "Item", _projected(document))

    def call(self, reads: Reads) -> Mapping[str, Payload]:
        """Return the request, with a projection where only some attributes are read."""
        read = reads.get(self.root, ())
        if not read or any(len(path.steps) < 2 for path in read):
            return self.parameters  # nothing reads the response, or something reads all of it
        names = ExpressionNames(self._table)
        projection = ", ".join(names.name(name) for name in sorted({str(path.steps[1]) for path in read}))
        return {**self.parameters, "ProjectionExpression": projection, **names.parameters()}


class PutItem(_ItemTask[I]):
    """Writes a whole item."""


class _ReturningTask(_ItemTask[I]):
    """A write that answers with what the item was or became, as far as `returns` asks for it."""

    _returns_hint: str

    def __init__(
        self,
        name: str,
        action: str,
        table: Table[I],
        parameters: Mapping[str, Payload],
        *,
        returns: ReturnValues,
        condition: TableCondition | None,
        updates: Sequence[Update] = (),
        **options: Unpack[RequestOptions],
    ) -> None:
        if returns != "NONE":
            parameters = {**parameters, "ReturnValues": returns}
        super().__init__(name, action, table, parameters, **options)
        self.returns = returns
        self._sure = _certain(returns, updates, condition)
        self._touched = frozenset(attribute for update in updates for attribute in update.assigned)

    @property
    def Attributes(self) -> I:  # noqa: N802
        """The attributes that `returns` asks for.

        Raises:
            DefinitionError: the task asks for none.
        """
        if self.returns == "NONE":
            raise self.mistake(f"it asks for no attributes; give {self._returns_hint}")
        # DynamoDB leaves them out when there is none: the item was new, or it had nothing of what was asked for.
        path = ReferencePath(self.root).child(
            "Attributes", optional=self.returns != "ALL_NEW" and not self._sure
        )
        return self._table.item(path, self._sure, self._touched if "UPDATED" in self.returns else None)

    def response_fault(self, response: Mapping[str, Json], document: JsonObject) -> str | None:
        if "Attributes" in response and self.returns == "NONE":
            return "asks for no attributes, so there can be no 'Attributes'"
        return _row_fault(self._table, response.get("Attributes"), "Attributes")


class UpdateItem(_ReturningTask[I]):
    """Writes some attributes of an item; what it was or became is in `Attributes`."""

    _returns_hint = "returns='ALL_NEW' or another value"


class DeleteItem(_ReturningTask[I]):
    """Deletes one item; what it was is in `Attributes`."""

    _returns_hint = "returns='ALL_OLD'"


@explained
def get_item(
    name: str, table: Table[I], key: Key, *, consistent: bool = True, **options: Unpack[RequestOptions]
) -> GetItem[I]:
    """Return a task that reads the item of a key, the newest version unless `consistent` is False.

    Raises:
        DefinitionError: the key is not the table's, or a value does not fit its attribute.
    """
    with building(name):
        Table.check(table)
        parameters: dict[str, Payload] = {"TableName": table.name, "Key": table.key_values(key)}
    if consistent:
        parameters["ConsistentRead"] = True
    return GetItem(name, "GetItem", table, parameters, **options)


@explained
def put_item(
    name: str,
    table: Table[I],
    item: Mapping[str, Value],
    *,
    condition: TableCondition | None = None,
    **options: Unpack[RequestOptions],
) -> PutItem[I]:
    """Return a task that writes a whole item in place of what was there, if the condition holds.

    Raises:
        DefinitionError: an attribute is not declared, a value does not fit, or one that every item has is missing.
    """
    names = ExpressionNames(table)
    with building(name):
        parameters: dict[str, Payload] = {"TableName": table.name, "Item": table.complete(item)}
        parameters |= _conditional(condition, names)
    return PutItem(name, "PutItem", table, parameters, **options)


@explained
def update_item(
    name: str,
    table: Table[I],
    key: Key,
    update: Update | Sequence[Update],
    *,
    condition: TableCondition | None = None,
    returns: ReturnValues = "NONE",
    **options: Unpack[RequestOptions],
) -> UpdateItem[I]:
    """Return a task that changes the item of a key, or makes it, if the condition holds.

    Raises:
        DefinitionError: an attribute is not declared, a value does not fit, or the update changes the key.
    """
    names = ExpressionNames(table)
    updates = [update] if isinstance(update, Update) else list(update)
    with building(name):
        _check_returns(returns, ReturnValues)
        _check_changes(updates, table)
        parameters: dict[str, Payload] = {
            "TableName": table.name,
            "Key": table.key_values(key),
            "UpdateExpression": update_text(updates, names),
            **_conditional(condition, names),
        }
    return UpdateItem(
        name,
        "UpdateItem",
        table,
        parameters,
        returns=returns,
        condition=condition,
        updates=updates,
        **options,
    )


@explained
def delete_item(
    name: str,
    table: Table[I],
    key: Key,
    *,
    condition: TableCondition | None = None,
    returns: Literal["NONE", "ALL_OLD"] = "NONE",
    **options: Unpack[RequestOptions],
) -> DeleteItem[I]:
    """Return a task that takes the item of a key away, if there is one and the condition holds.

    Raises:
        DefinitionError: the key is not the table's, an attribute is not declared, or a value does not fit.
    """
    names = ExpressionNames(table)
    with building(name):
        _check_returns(returns, Literal["NONE", "ALL_OLD"])
        parameters: dict[str, Payload] = {"TableName": table.name, "Key": table.key_values(key)}
        parameters |= _conditional(condition, names)
    return DeleteItem(name, "DeleteItem", table, parameters, returns=returns, condition=condition, **options)


def _conditional(condition: TableCondition | None, names: ExpressionNames[I]) -> dict[str, Payload]:
    """Return the parameters of a condition, and of all that was named in the expressions before it."""
    text: dict[str, Payload] = {}
    if condition is not None:
        text["ConditionExpression"] = condition_text(condition, names)
    return text | names.parameters()


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


def _projected(document: JsonObject) -> frozenset[str] | None:
    """Return the attributes that a read asks for; None for all of them."""
    parameters = cast("dict[str, Json]", document.get("Parameters", {}))
    projection = parameters.get("ProjectionExpression")
    if not isinstance(projection, str):
        return None
    names = cast("dict[str, str]", parameters.get("ExpressionAttributeNames", {}))
    return frozenset(names.get(name.strip(), name.strip()) for name in projection.split(","))


def _row_fault(table: Table[Item], row: Json, at: str, among: frozenset[str] | None = None) -> str | None:
    """Return what keeps an item of a response from being a row of the table; None for nothing."""
    declared = fields(table.item)
    for name, value in row.items() if isinstance(row, Mapping) else ():
        if name not in declared:
            return f"has no attribute {name!r} in {at}{did_you_mean(name, declared)}"
        if among is not None and name not in among:
            return f"does not ask for the attribute {name!r}, only for {', '.join(sorted(among))}"
        letter, _ = descriptor(declared[name].annotation)
        if isinstance(value, Mapping) and letter not in value:
            return f"answers {at}.{name} as {letter}, not as {', '.join(value)}"
    return None
