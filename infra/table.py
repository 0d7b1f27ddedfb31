"""`Table`: a DynamoDB table and the items that it starts with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infra.place import Place

Value: TypeAlias = str | bool | int | Sequence["Value"] | Mapping[str, "Value"]
"""What an attribute of a first item may hold. (Sets are not among it: DynamoDB has no empty ones.)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableConfig:
    """What a table is like.

    `partition_key` and `sort_key` hold strings. `first_items` are written when the table is made, under the
    logical names that are their keys, and never again. `protected` turns on point-in-time recovery and deletion
    protection: on AWS of the table, in Pulumi also of the first items, which are somebody's data by now. Tables are
    always encrypted at rest, with a key that DynamoDB owns (DynamoDB Developer Guide, "DynamoDB encryption at rest").
    """

    partition_key: str
    sort_key: str | None = None
    first_items: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    protected: bool = False


class Table(pulumi.ComponentResource):
    """A table that is paid by the request."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, config: TableConfig, *, place: Place, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        # What lies inside inherits it. Pulumi then refuses to delete a row or the table before AWS is asked.
        protection = pulumi.ResourceOptions(protect=config.protected or None)
        super().__init__("infra:index:Table", name, opts=pulumi.ResourceOptions.merge(protection, opts))
        keys = [config.partition_key, *([config.sort_key] if config.sort_key else [])]
        table = aws.dynamodb.Table(
            name,
            name=place.name(name),
            billing_mode="PAY_PER_REQUEST",
            hash_key=config.partition_key,
            range_key=config.sort_key,
            attributes=[aws.dynamodb.TableAttributeArgs(name=key, type="S") for key in keys],
            point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=config.protected),
            deletion_protection_enabled=config.protected,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        for item_name, item in config.first_items.items():
            aws.dynamodb.TableItem(
                f"{name}-{item_name}",
                table_name=table.name,
                hash_key=config.partition_key,
                range_key=config.sort_key,
                item=json.dumps({key: attribute_value(value) for key, value in item.items()}),
                # The item lives on: what the program says is its first value, not its present one.
                opts=pulumi.ResourceOptions(parent=self, ignore_changes=["item"]),
            )
        self.name = table.name
        self.arn = table.arn
        self.register_outputs({"name": self.name, "arn": self.arn})


def attribute_value(value: Value) -> dict[str, object]:
    """Return a Python value in DynamoDB's JSON: `True` -> `{"BOOL": true}`, `20` -> `{"N": "20"}`."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case Mapping():
            return {"M": {key: attribute_value(inner) for key, inner in value.items()}}
        case Sequence():
            return {"L": [attribute_value(inner) for inner in value]}
