"""The event bus and the three tables, and the names by which workflows and functions know them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi_aws as aws

from infra import Table, TableConfig
from program.menu import config_items, counting_items

if TYPE_CHECKING:
    import pulumi

    from infra import Place
    from program.settings import StackSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What holds the shop's state and carries its events."""

    bus: aws.cloudwatch.EventBus
    orders: Table
    config: Table
    counting: Table

    @classmethod
    def build(cls, settings: StackSettings, place: Place) -> Storage:
        """Declare the bus and the tables with their first values."""
        return cls(
            bus=aws.cloudwatch.EventBus(
                "Serverlesspresso", name=place.name("Serverlesspresso"), tags=place.tags
            ),
            orders=Table(
                "serverlesspresso-order-table",
                TableConfig(partition_key="PK", sort_key="SK", protected=settings.protect_data),
                place=place,
            ),
            config=Table(
                "serverlesspresso-config-table",
                TableConfig(
                    partition_key="PK",
                    first_items=config_items(max_orders_in_queue=settings.max_orders_in_queue),
                    protected=settings.protect_data,
                ),
                place=place,
            ),
            counting=Table(
                "serverlesspresso-counting-table",
                TableConfig(
                    partition_key="PK", first_items=counting_items(), protected=settings.protect_data
                ),
                place=place,
            ),
        )

    def bindings(self) -> dict[str, pulumi.Input[str | int]]:
        """Return the workflows' placeholders that stand for parts of the storage."""
        return {
            "OrderTableName": self.orders.name,
            "OrderTableArn": self.orders.arn,
            "ConfigTableName": self.config.name,
            "ConfigTableArn": self.config.arn,
            "CountingTableName": self.counting.name,
            "CountingTableArn": self.counting.arn,
            "EventBusName": self.bus.name,
            "EventBusArn": self.bus.arn,
        }
