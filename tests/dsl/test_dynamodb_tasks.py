"""Tasks that read and write items: what they request, and what is certain of their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from dsl import Retry, choice, end, is_present, succeed
from dsl.dynamodb import (
    TableCondition,
    Update,
    add,
    attr,
    delete,
    get_item,
    put_item,
    remove,
    set_,
    update_item,
)
from tests.dsl.samples import KEY, ask, body, definition, order, refused, states, table

if TYPE_CHECKING:
    from dsl.dynamodb import UpdateItem
    from tests.dsl.samples import Row

MAY_LACK = "which may not be there"


class TestGetItem:
    def test_an_item_is_read_as_it_is_now(self) -> None:
        compiled = body(get_item("Get", table, key=KEY))
        assert compiled["Resource"] == "arn:aws:states:::dynamodb:getItem"
        assert compiled["Parameters"] == {
            "TableName": "${RowTableName}",
            "Key": {"PK": {"S": "row"}, "SK": {"S": "1"}},
            "ConsistentRead": True,
        }

    def test_an_older_version_may_do(self) -> None:
        assert "ConsistentRead" not in body(get_item("Get", table, key=KEY, consistent=False))["Parameters"]

    def test_just_the_attributes_that_are_read_are_asked_for(self) -> None:
        got = get_item("Get", table, key=KEY)
        test = choice(
            "Open?", (got.Item.open & is_present(got.Item.token), succeed("Yes")), otherwise=succeed("No")
        )
        parameters = states(got >> test)["Get"]["Parameters"]
        assert parameters["ProjectionExpression"] == "#open, #token"
        assert parameters["ExpressionAttributeNames"] == {"#open": "open", "#token": "token"}

    def test_an_item_that_is_read_whole_is_asked_for_whole(self) -> None:
        got = get_item("Get", table, key=KEY)
        test = choice("There?", (is_present(got.Item), succeed("Yes")), otherwise=succeed("No"))
        assert "ProjectionExpression" not in states(got >> test)["Get"]["Parameters"]

    def test_transient_faults_are_tried_again(self) -> None:
        (retry,) = body(get_item("Get", table, key=KEY))["Retry"]
        assert "DynamoDB.ThrottlingException" in retry["ErrorEquals"]
        assert "DynamoDB.ConditionalCheckFailedException" not in retry["ErrorEquals"]

    def test_other_retries_take_the_place_of_the_usual_ones(self) -> None:
        assert "Retry" not in body(get_item("Get", table, key=KEY, retry=()))
        compiled = body(get_item("Get", table, key=KEY, retry=[Retry(("States.ALL",))]))
        assert [retry["ErrorEquals"] for retry in compiled["Retry"]] == [["States.ALL"]]


class TestPutItem:
    def test_a_whole_item_is_written(self) -> None:
        task = put_item("Put", table, {**KEY, "name": order.userId}, condition=~attr("PK").exists())
        compiled = body(task)
        assert compiled["Resource"] == "arn:aws:states:::dynamodb:putItem"
        assert compiled["Parameters"] == {
            "TableName": "${RowTableName}",
            "Item": {"PK": {"S": "row"}, "SK": {"S": "1"}, "name": {"S.$": "$.userId"}},
            "ConditionExpression": "attribute_not_exists(#PK)",
            "ExpressionAttributeNames": {"#PK": "PK"},
        }

    def test_a_put_without_a_condition_says_nothing_of_one(self) -> None:
        parameters = body(put_item("Put", table, {**KEY, "name": "x"}))["Parameters"]
        assert set(parameters) == {"TableName", "Item"}


class TestUpdateItem:
    def test_an_item_is_changed_if_the_condition_holds(self) -> None:
        task = update_item(
            "Write", table, key=KEY, update=set_(name="x"), condition=attr("name") == "y", returns="ALL_NEW"
        )
        compiled = body(task)
        assert compiled["Resource"] == "arn:aws:states:::dynamodb:updateItem"
        assert compiled["Parameters"] == {
            "TableName": "${RowTableName}",
            "Key": {"PK": {"S": "row"}, "SK": {"S": "1"}},
            "UpdateExpression": "SET #name = :x",
            "ConditionExpression": "#name = :y",
            "ExpressionAttributeNames": {"#name": "name"},
            "ExpressionAttributeValues": {":x": {"S": "x"}, ":y": {"S": "y"}},
            "ReturnValues": "ALL_NEW",
        }

    def test_an_update_that_returns_nothing_has_no_attributes(self) -> None:
        task = update_item("Write", table, key=KEY, update=set_(name="x"))
        with refused("it asks for no attributes; give returns='ALL_NEW' or another value", state="Write"):
            _ = task.Attributes


Returns = Literal["ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"]
EXISTS = attr("token").exists()


def write(returns: Returns, update: Update, condition: TableCondition | None = None) -> UpdateItem[Row]:
    return update_item("Write", table, key=KEY, update=update, condition=condition, returns=returns)


def reading(task: UpdateItem[Row], name: str) -> Any:
    return definition(task >> ask("Read", value=getattr(task.Attributes, name)) >> end)


class TestCertainty:
    """Which attributes are sure to be in the answer to an update, so that they are read without a test."""

    @pytest.mark.parametrize(
        ("returns", "update", "condition", "name"),
        [
            ("ALL_NEW", set_(token="x"), None, "token"),
            ("ALL_NEW", add("count", 1), None, "count"),
            ("ALL_NEW", add("members", {"x"}), None, "members"),
            ("ALL_NEW", set_(name="x"), EXISTS, "token"),
            ("ALL_NEW", set_(token="x"), None, "name"),
            ("ALL_OLD", set_(name="x"), EXISTS, "token"),
            ("ALL_OLD", set_(name="x"), EXISTS, "name"),
            ("ALL_OLD", remove("token"), EXISTS, "token"),
            ("UPDATED_OLD", set_(token="x"), EXISTS, "token"),
            ("UPDATED_OLD", remove("token"), EXISTS, "token"),
            ("UPDATED_NEW", add("count", 1), None, "count"),
        ],
    )
    def test_it_is_sure_to_be_there(
        self, returns: Returns, update: Update, condition: TableCondition | None, name: str
    ) -> None:
        assert reading(write(returns, update, condition), name)

    @pytest.mark.parametrize(
        ("returns", "update", "condition", "name"),
        [
            ("ALL_NEW", set_(name="x"), None, "token"),
            ("ALL_NEW", delete("members", {"x"}), attr("members").exists(), "members"),
            ("ALL_NEW", remove("token"), EXISTS, "token"),
            ("ALL_OLD", set_(token="x"), None, "token"),
            ("ALL_OLD", set_(token="x"), None, "name"),
            ("ALL_OLD", set_(token="x"), ~EXISTS, "token"),
            ("UPDATED_OLD", set_(token="x"), None, "token"),
            ("UPDATED_NEW", remove("token"), EXISTS, "token"),
        ],
    )
    def test_it_may_not_be_there(
        self, returns: Returns, update: Update, condition: TableCondition | None, name: str
    ) -> None:
        with pytest.raises(Exception, match=MAY_LACK):
            reading(write(returns, update, condition), name)

    @pytest.mark.parametrize(
        ("condition", "sure"),
        [
            (attr("token") == "x", True),
            (attr("token") < "x", True),
            (attr("token").is_in("x", "y"), True),
            (attr("token").begins_with("x"), True),
            (attr("token").contains("x"), True),
            (attr("token").size() > 1, True),
            (~(attr("token") == "x"), False),
            (attr("token") != "x", False),
            ((attr("token") == "x") & (attr("name") == "x"), True),
            ((attr("token") == "x") | (attr("name") == "x"), False),
            ((attr("token") == "x") | EXISTS, True),
        ],
        ids=["=", "<", "in", "begins_with", "contains", "size", "not =", "<>", "and", "or", "or both"],
    )
    def test_a_condition_that_held_tells_what_the_item_has(
        self, condition: TableCondition, sure: bool
    ) -> None:
        task = write("ALL_OLD", set_(name="x"), condition)
        if sure:
            assert reading(task, "token")
        else:
            with pytest.raises(Exception, match=MAY_LACK):
                reading(task, "token")

    def test_what_the_update_does_not_touch_is_not_among_what_it_touched(self) -> None:
        task = write("UPDATED_NEW", add("count", 1))
        with refused(
            "$.write.Attributes holds only what the update touches (count), so there is no 'name'; "
            "give returns='ALL_NEW' or 'ALL_OLD'"
        ):
            _ = task.Attributes.name

    def test_of_what_is_sure_to_be_there_just_that_is_kept(self) -> None:
        task = write("ALL_NEW", set_(token="x"))
        compiled = definition(task >> ask("Read", value=task.Attributes.token) >> end)
        assert compiled["States"]["Write"]["ResultSelector"] == {
            "Attributes": {"token": {"S.$": "$.Attributes.token.S"}}
        }
