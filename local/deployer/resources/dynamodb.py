"""Amazon DynamoDB: tables, and the items that a program puts into them at first."""

# ruff: noqa: D102 -- the methods are those of ResourceProvider, described there

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from local.deployer.resources.base import (
    Live,
    Property,
    ResourceProvider,
    Settings,
    Tagging,
    error_code,
    key_values,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef

    from local.deployer.values import Properties


class TableProvider(ResourceProvider):
    """`aws.dynamodb.Table`."""

    type = "aws:dynamodb/table:Table"
    properties: ClassVar[Mapping[str, Property]] = {
        "name": Property("TableName"),
        "hashKey": Property(),
        "rangeKey": Property(),
        "billingMode": Property("BillingModeSummary.BillingMode", "PROVISIONED"),
        "readCapacity": Property("ProvisionedThroughput.ReadCapacityUnits"),
        "writeCapacity": Property("ProvisionedThroughput.WriteCapacityUnits"),
        "streamViewType": Property("StreamSpecification.StreamViewType"),
        "deletionProtectionEnabled": Property("DeletionProtectionEnabled", default=False),
    }
    applied = frozenset(
        {
            "attributes.name",
            "attributes.type",
            "streamEnabled",
            "ttl.enabled",
            "ttl.attributeName",
            "pointInTimeRecovery.enabled",
        }
    )
    not_applied: ClassVar[Mapping[str, str]] = {
        "serverSideEncryption.enabled": "the emulator keeps its data in memory",
        "serverSideEncryption.kmsKeyArn": "the emulator keeps its data in memory",
        "pointInTimeRecovery.recoveryPeriodInDays": "the emulator keeps no backups",
        "tableClass": "it concerns AWS's prices only",
    }
    fixed = frozenset({"hashKey", "rangeKey", "attributes"})
    tagging = Tagging("dynamodb", "ResourceArn", list_tags="list_tags_of_resource")

    def wanted(self, name: str, inputs: Properties) -> Settings:
        attributes: Any = inputs.get("attributes") or []
        ttl: Any = inputs.get("ttl") or {}
        recovery: Any = inputs.get("pointInTimeRecovery") or {}
        settings = super().wanted(name, inputs) | {
            "attributes": {attribute["name"]: attribute["type"] for attribute in attributes},
            "ttl": ttl.get("attributeName") if ttl.get("enabled", True) else None,
            "pointInTimeRecovery": bool(recovery.get("enabled", False)),
        }
        if not inputs.get("streamEnabled"):
            settings["streamViewType"] = None
        return _without_capacity(settings)

    def read(self, wanted: Settings) -> Live | None:
        client, name = self.clients.dynamodb, wanted["name"]
        table = client.describe_table(TableName=name)["Table"]
        ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
        settings = _without_capacity(self.settings_in(table)) | {
            "hashKey": keys["HASH"],
            "rangeKey": keys.get("RANGE"),
            "attributes": {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]},
            "ttl": ttl.get("AttributeName") if ttl.get("TimeToLiveStatus") == "ENABLED" else None,
            "pointInTimeRecovery": recovery == "ENABLED",
        }
        if not table.get("StreamSpecification", {}).get("StreamEnabled"):
            settings["streamViewType"] = None
        return Live(name, settings, _outputs(table))

    def create(self, wanted: Settings) -> Live | None:
        keys = [("HASH", wanted["hashKey"]), ("RANGE", wanted["rangeKey"])]
        request: dict[str, Any] = {
            "TableName": wanted["name"],
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for kind, key in keys if key],
            "AttributeDefinitions": key_values(wanted["attributes"], "AttributeName", "AttributeType"),
            "DeletionProtectionEnabled": wanted["deletionProtectionEnabled"],
            **_billing(wanted),
            **self.tags(wanted),
        }
        if wanted["streamViewType"]:
            request["StreamSpecification"] = _stream(wanted)
        table = self.clients.dynamodb.create_table(**request)["TableDescription"]
        self._apply_extras(wanted, frozenset({"ttl", "pointInTimeRecovery"}), Settings())
        return Live(wanted["name"], wanted, _outputs(table))

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        client, name = self.clients.dynamodb, wanted["name"]
        request: dict[str, Any] = {}
        if changed & {"billingMode", "readCapacity", "writeCapacity"}:
            request |= _billing(wanted)
        if "deletionProtectionEnabled" in changed:
            request["DeletionProtectionEnabled"] = wanted["deletionProtectionEnabled"]
        if "streamViewType" in changed:
            request["StreamSpecification"] = _stream(wanted)
        if request:
            client.update_table(TableName=name, **request)
        self._apply_extras(wanted, changed, live.settings)

    def delete(self, live: Live) -> None:
        if live.settings["deletionProtectionEnabled"]:
            raise ValueError("its deletion protection is on; deploy it without, then delete it")
        self.clients.dynamodb.delete_table(TableName=live.id)

    def _apply_extras(self, wanted: Settings, changed: frozenset[str], before: Settings) -> None:
        """Set what DynamoDB sets by calls of its own."""
        client, name = self.clients.dynamodb, wanted["name"]
        if "ttl" in changed and (attribute := wanted["ttl"] or before.get("ttl")):
            specification: Any = {"AttributeName": attribute, "Enabled": wanted["ttl"] is not None}
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
        if "pointInTimeRecovery" in changed and wanted["pointInTimeRecovery"] != bool(
            before.get("pointInTimeRecovery")
        ):
            client.update_continuous_backups(
                TableName=name,
                PointInTimeRecoverySpecification={
                    "PointInTimeRecoveryEnabled": wanted["pointInTimeRecovery"]
                },
            )


def _outputs(table: TableDescriptionTypeDef) -> Settings:
    outputs = {"arn": table["TableArn"]}
    if table.get("StreamSpecification", {}).get("StreamEnabled"):
        outputs |= {"streamArn": table["LatestStreamArn"], "streamLabel": table["LatestStreamLabel"]}
    return outputs


def _without_capacity(settings: Settings) -> Settings:
    """Return a table's settings without the capacity that one billed on demand has no use for."""
    provisioned = settings["billingMode"] == "PROVISIONED"
    return settings if provisioned else settings | {"readCapacity": None, "writeCapacity": None}


def _billing(wanted: Settings) -> dict[str, Any]:
    request: dict[str, Any] = {"BillingMode": wanted["billingMode"]}
    if wanted["billingMode"] == "PROVISIONED":
        request["ProvisionedThroughput"] = {
            "ReadCapacityUnits": wanted["readCapacity"],
            "WriteCapacityUnits": wanted["writeCapacity"],
        }
    return request


def _stream(wanted: Settings) -> dict[str, Any]:
    if wanted["streamViewType"] is None:
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, "StreamViewType": wanted["streamViewType"]}


class TableItemProvider(ResourceProvider):
    """`aws.dynamodb.TableItem`: a first value. An item that lives already is never overwritten.

    On AWS the program says the same with `ignore_changes`; here it holds even without, since an emulator may
    be deployed to again without any memory of the first time.
    """

    type = "aws:dynamodb/tableItem:TableItem"
    applied = frozenset({"tableName", "hashKey", "rangeKey", "item"})

    def wanted(self, name: str, inputs: Properties) -> Settings:  # noqa: ARG002
        item = json.loads(str(inputs.get("item")))
        keys = [str(key) for key in (inputs.get("hashKey"), inputs.get("rangeKey")) if key]
        if missing := [key for key in keys if key not in item]:
            raise ValueError(f"the item lacks its key attribute {', '.join(missing)}")
        return {"tableName": inputs.get("tableName"), "keys": keys, "item": item}

    def owner(self, wanted: Settings) -> tuple[str, str]:
        return TableProvider.type, wanted["tableName"]

    def read(self, wanted: Settings) -> Live | None:
        try:
            found = self.clients.dynamodb.get_item(
                TableName=wanted["tableName"], Key=_key(wanted), ConsistentRead=True
            )
        except ClientError as error:
            if error_code(error) == "ValidationException":  # a table with other keys, soon to be replaced
                return None
            raise
        return self._live(wanted) if "Item" in found else None

    def create(self, wanted: Settings) -> Live | None:
        try:
            self.clients.dynamodb.put_item(
                TableName=wanted["tableName"],
                Item=wanted["item"],
                ConditionExpression="attribute_not_exists(#key)",
                ExpressionAttributeNames={"#key": wanted["keys"][0]},
            )
        except ClientError as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
        return self._live(wanted)

    @staticmethod
    def _live(wanted: Settings) -> Live:
        values = {name: str(next(iter(value.values()))) for name, value in _key(wanted).items()}
        id_ = "|".join([wanted["tableName"], *(part for pair in values.items() for part in pair)])
        outputs = dict(zip(("hashKeyValue", "rangeKeyValue"), values.values(), strict=False))
        return Live(id_, dict(wanted), outputs)

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        raise AssertionError("a living item always equals what is wanted")

    def delete(self, live: Live) -> None:
        self.clients.dynamodb.delete_item(TableName=live.settings["tableName"], Key=_key(live.settings))

    def identity_of(self, wanted: Settings) -> Settings:
        return {"tableName": wanted["tableName"], "keys": wanted["keys"], "item": _key(wanted)}

    def settings_of_id(self, id_: str) -> Settings:
        raise NotImplementedError("an item cannot be looked up by its id alone")


def _key(wanted: Settings) -> dict[str, Any]:
    """Return the key of an item."""
    return {name: wanted["item"][name] for name in wanted["keys"]}
