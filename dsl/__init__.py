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

from typing import TYPE_CHECKING

from dsl.errors import DefinitionError, DslError, InvalidDefinitionError, UnboundNameError
from dsl.machine.state_machine import StateMachine
from dsl.states.map_data import ItemBatcher, ItemReader, ResultWriter, s3_file, s3_inventory, s3_objects
from dsl.states.nesting import distributed_map, map_, parallel
from dsl.states.simple import Choice, Fail, Pass, Succeed, Wait, choice, fail, pass_, succeed, wait
from dsl.states.tasks import CaughtError, Permission, Retry, Task
from dsl.states.wiring import Chain, State, Target, end, wire
from dsl.states.written import written
from dsl.values.conditions import Condition
from dsl.values.context import context
from dsl.values.expressions import Json, JsonObject
from dsl.values.payloads import Payload
from dsl.values.placeholders import Placeholder, bind, placeholders
from dsl.values.places import slot, variable
from dsl.values.references import (
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
from dsl.values.type_tests import is_boolean, is_null, is_number, is_present, is_string, is_timestamp

if TYPE_CHECKING:
    from dsl import (
        batch,
        bedrock,
        dynamodb,
        ecs,
        events,
        glue,
        http,
        intrinsics,
        jobs,
        jsonata,
        lambda_,
        scheduler,
        sdk,
        sns,
        sqs,
        stepfunctions,
    )

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
    "batch",
    "bedrock",
    "bind",
    "choice",
    "context",
    "distributed_map",
    "dynamodb",
    "ecs",
    "end",
    "events",
    "fail",
    "glue",
    "http",
    "intrinsics",
    "is_boolean",
    "is_null",
    "is_number",
    "is_present",
    "is_string",
    "is_timestamp",
    "jobs",
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
    "s3_inventory",
    "s3_objects",
    "scheduler",
    "sdk",
    "slot",
    "sns",
    "sqs",
    "stepfunctions",
    "succeed",
    "variable",
    "view",
    "wait",
    "wire",
    "written",
]


def __getattr__(name: str) -> object:
    """Load a service's module when it is first asked for: nobody waits for what they do not use."""
    if name in __all__:  # the rest of them is here
        from importlib import import_module

        return import_module(f"dsl.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the language, and not the modules that it is made of."""
    return sorted(__all__)
