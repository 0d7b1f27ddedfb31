"""A language for AWS Step Functions workflows that compiles to checked Amazon States Language.

shop = dynamodb.get_item("Get the shop", config_table, key={"PK": "config"})
serve = events.put_events("Tell the barista", OrderPlaced(orderId=order.orderId))
closed = fail("Closed", error="Closed", cause="The shop is closed")

shop >> choice("Is it open?", (shop.Item.storeOpen, serve), otherwise=closed)
serve >> end

machine = StateMachine("Order", start=shop)
machine.definition()     # Amazon States Language
machine.policy()         # the IAM policy of its role
"""

from dsl import dynamodb, events, intrinsics, jsonata, lambda_, sdk
from dsl.conditions import Condition, is_boolean, is_null, is_number, is_present, is_string, is_timestamp
from dsl.context import context
from dsl.errors import DefinitionError, DslError, InvalidDefinitionError, UnboundNameError
from dsl.expressions import Json, JsonObject
from dsl.machine import StateMachine
from dsl.map_data import ItemBatcher, ItemReader, ResultWriter, s3_file, s3_objects
from dsl.nesting import distributed_map, map_, parallel
from dsl.payloads import Payload
from dsl.placeholders import Placeholder, bind, placeholders
from dsl.places import slot, variable
from dsl.references import (
    Anything,
    Array,
    Bool,
    Integer,
    Number,
    OneOf,
    Reference,
    Shape,
    Str,
    Timestamp,
    json_schema,
    optional,
    required,
    view,
)
from dsl.states import Choice, Fail, Pass, Succeed, Wait, choice, fail, pass_, succeed, wait
from dsl.tasks import CaughtError, Permission, Retry, Task
from dsl.wiring import Chain, State, Target, end
from dsl.written import written

__all__ = [
    "Anything",
    "Array",
    "Bool",
    "CaughtError",
    "Chain",
    "Choice",
    "Condition",
    "DefinitionError",
    "DslError",
    "Fail",
    "Integer",
    "InvalidDefinitionError",
    "ItemBatcher",
    "ItemReader",
    "Json",
    "JsonObject",
    "Number",
    "OneOf",
    "Pass",
    "Payload",
    "Permission",
    "Placeholder",
    "Reference",
    "ResultWriter",
    "Retry",
    "Shape",
    "State",
    "StateMachine",
    "Str",
    "Succeed",
    "Target",
    "Task",
    "Timestamp",
    "UnboundNameError",
    "Wait",
    "bind",
    "choice",
    "context",
    "distributed_map",
    "dynamodb",
    "end",
    "events",
    "fail",
    "intrinsics",
    "is_boolean",
    "is_null",
    "is_number",
    "is_present",
    "is_string",
    "is_timestamp",
    "json_schema",
    "jsonata",
    "lambda_",
    "map_",
    "optional",
    "parallel",
    "pass_",
    "placeholders",
    "required",
    "s3_file",
    "s3_objects",
    "sdk",
    "slot",
    "succeed",
    "variable",
    "view",
    "wait",
    "written",
]
