"""DynamoDB: tables, conditions and updates, and the tasks that use them."""

from dsl.dynamodb.attributes import Item, Key, List, StringSet, Table, digits
from dsl.dynamodb.conditions import (
    Attribute,
    TableCondition,
    Update,
    add,
    attr,
    delete,
    remove,
    set_,
    set_once,
)
from dsl.dynamodb.tasks import (
    CONDITIONAL_CHECK_FAILED,
    TRANSIENT,
    DeleteItem,
    GetItem,
    PutItem,
    UpdateItem,
    delete_item,
    get_item,
    put_item,
    update_item,
)

__all__ = [
    "CONDITIONAL_CHECK_FAILED",
    "TRANSIENT",
    "Attribute",
    "DeleteItem",
    "GetItem",
    "Item",
    "Key",
    "List",
    "PutItem",
    "StringSet",
    "Table",
    "TableCondition",
    "Update",
    "UpdateItem",
    "add",
    "attr",
    "delete",
    "delete_item",
    "digits",
    "get_item",
    "put_item",
    "remove",
    "set_",
    "set_once",
    "update_item",
]
