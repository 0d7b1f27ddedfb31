"""The model's DynamoDB against the emulator's: the same requests, the same items, the same outcomes."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from local.deployer.clients import Clients
from tests.model import expressions

if TYPE_CHECKING:
    from local.stacks.emulator import Emulator

ROW: expressions.Item = {
    "PK": {"S": "p"},
    "state": {"S": "CREATED"},
    "n": {"N": "9"},
    "set": {"SS": ["a", "b"]},
}
ITEMS: list[expressions.Item] = [{}, ROW, {**ROW, "state": {"S": "CLOSED"}, "n": {"N": "10"}}]
CONDITIONS = [
    "attribute_not_exists(PK)",
    "attribute_exists(#state) AND #state = :created",
    "#state = :created OR #state = :closed",
    "#state IN (:created, :closed) AND attribute_not_exists(absent)",
    "NOT (#state = :created)",
    "(attribute_exists(PK) AND #state = :created) OR #state = :closed",
    "#state = :created OR #state = :closed AND n < :ten",
    "#state <> :created",
    "absent <> :created",
    "absent < :created",
    "n < :ten",
    "n <= :ten",
    "size(#set) < :two",
    "size(#set) <= :two",
    "size(absent) < :two",
    "contains(#set, :a) AND contains(#set, :created)",
    "contains(#set, :a) OR contains(absent, :a)",
]
UPDATES = [
    "SET #state = :closed, n = :ten",
    "SET #state = :closed REMOVE n",
    "SET #state = if_not_exists(#state, :closed), absent = if_not_exists(absent, :a), n = :ten",
    "ADD n :ten",
    "ADD #set :members",
    "DELETE #set :members",
    "DELETE #set :both",
    "REMOVE absent",
]
NAMES = {"#state": "state", "#set": "set"}
VALUES: dict[str, dict[str, Any]] = {
    ":created": {"S": "CREATED"},
    ":closed": {"S": "CLOSED"},
    ":ten": {"N": "10"},
    ":two": {"N": "2"},
    ":a": {"S": "a"},
    ":members": {"SS": ["a", "c"]},
    ":both": {"SS": ["a", "b"]},
}


def used(table: dict[str, Any], *texts: str) -> dict[str, Any]:
    """Return what of a table of placeholders is used: DynamoDB refuses the rest."""
    words = {word for text in texts for word in expressions.tokens(text)}
    return {name: value for name, value in table.items() if name in words}


def comparable(item: Any) -> str:
    return json.dumps(
        {name: sorted(value["SS"]) if "SS" in value else value for name, value in item.items()},
        sort_keys=True,
    )


def test_conditions_and_updates_do_in_the_model_what_they_do_in_the_emulator(emulator: Emulator) -> None:
    tables = Clients(emulator.endpoint).dynamodb
    tables.create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    key: Any = {"PK": {"S": "p"}}
    cases = [(condition, UPDATES[0]) for condition in CONDITIONS]
    cases += [("attribute_exists(PK)", update) for update in UPDATES]
    for item in ITEMS:
        for condition, update in cases:
            tables.delete_item(TableName="things", Key=key)
            if item:
                tables.put_item(TableName="things", Item=item)
            parameters = {
                "Key": key,
                "UpdateExpression": update,
                "ConditionExpression": condition,
                "ReturnValues": "ALL_OLD",
            }
            if values := used(VALUES, condition, update):
                parameters["ExpressionAttributeValues"] = values
            if names := used(NAMES, condition, update):
                parameters["ExpressionAttributeNames"] = names
            with contextlib.suppress(tables.exceptions.ConditionalCheckFailedException):
                done = False
                tables.update_item(TableName="things", **parameters)
                done = True
            after = tables.get_item(TableName="things", Key=key, ConsistentRead=True).get("Item", {})
            answer = expressions.request("updateItem", parameters, item)
            assert answer.done is done, (condition, item)
            assert comparable(answer.item) == comparable(after), (update, item)


@pytest.mark.parametrize(
    "expression", ["a BETWEEN :b AND :c", "begins_with(a, :b)", "a = b + :c", "a.b = :c"]
)
def test_an_expression_that_the_model_does_not_read_is_an_error(expression: str) -> None:
    with pytest.raises(expressions.UnknownExpressionError):
        expressions.condition(expression)
