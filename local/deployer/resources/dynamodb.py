"""Amazon DynamoDB: tables, and the items that a program puts into them at first."""

# ruff: noqa: D102 -- the methods are those of Handler, described there

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from local.deployer.resources.base import (
    Handler,
    Live,
    Settings,
    error_code,
    is_missing,
    key_values,
    pairs,
    retag,
    tags_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.deployer.values import Properties


class TableHandler(Handler):
    """`aws.dynamodb.Table`."""

    type = "aws:dynamodb/table:Table"
    applied = frozenset(
        {
            "name",
            "hashKey",
            "rangeKey",
            "attributes.name",
            "attributes.type",
            "billingMode",
            "readCapacity",
            "writeCapacity",
            "streamEnabled",
            "streamViewType",
            "ttl.enabled",
            "ttl.attributeName",
            "pointInTimeRecovery.enabled",
            "deletionProtectionEnabled",
            "tags.*",
        }
    )
    not_applied: ClassVar[Mapping[str, str]] = {
        "serverSideEncryption.enabled": "the emulator keeps its data in memory",
        "serverSideEncryption.kmsKeyArn": "the emulator keeps its data in memory",
        "pointInTimeRecovery.recoveryPeriodInDays": "the emulator keeps no backups",
        "tableClass": "it concerns AWS's prices only",
    }
    fixed = frozenset({"hashKey", "rangeKey", "attributes"})

    def wanted(self, name: str, inputs: Properties) -> Settings:
        billing = inputs.get("billingMode") or "PROVISIONED"
        attributes: Any = inputs.get("attributes") or []
        ttl: Any = inputs.get("ttl") or {}
        recovery: Any = inputs.get("pointInTimeRecovery") or {}
        return {
            "name": self.name_of(name, inputs),
            "hashKey": inputs.get("hashKey"),
            "rangeKey": inputs.get("rangeKey"),
            "attributes": {attribute["name"]: attribute["type"] for attribute in attributes},
            "billingMode": billing,
            "readCapacity": inputs.get("readCapacity") if billing == "PROVISIONED" else None,
            "writeCapacity": inputs.get("writeCapacity") if billing == "PROVISIONED" else None,
            "streamViewType": inputs.get("streamViewType") if inputs.get("streamEnabled") else None,
            "ttl": ttl.get("attributeName") if ttl.get("enabled", True) else None,
            "pointInTimeRecovery": bool(recovery.get("enabled", False)),
            "deletionProtectionEnabled": bool(inputs.get("deletionProtectionEnabled", False)),
            "tags": tags_of(inputs),
        }

    def read(self, wanted: Settings) -> Live | None:
        client, name = self.clients.dynamodb, wanted["name"]
        try:
            table = client.describe_table(TableName=name)["Table"]
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        tags = client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
        keys = {key["KeyType"]: key["AttributeName"] for key in table["KeySchema"]}
        billing = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
        capacity: Any = table.get("ProvisionedThroughput", {}) if billing == "PROVISIONED" else {}
        stream = table.get("StreamSpecification", {})
        settings: Settings = {
            "name": name,
            "hashKey": keys["HASH"],
            "rangeKey": keys.get("RANGE"),
            "attributes": {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]},
            "billingMode": billing,
            "readCapacity": capacity.get("ReadCapacityUnits"),
            "writeCapacity": capacity.get("WriteCapacityUnits"),
            "streamViewType": stream.get("StreamViewType") if stream.get("StreamEnabled") else None,
            "ttl": ttl.get("AttributeName") if ttl.get("TimeToLiveStatus") == "ENABLED" else None,
            "pointInTimeRecovery": recovery == "ENABLED",
            "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
            "tags": pairs(tags),
        }
        outputs: Settings = {"arn": table["TableArn"]}
        if settings["streamViewType"]:
            outputs |= {"streamArn": table["LatestStreamArn"], "streamLabel": table["LatestStreamLabel"]}
        return Live(name, settings, outputs)

    def create(self, wanted: Settings) -> None:
        keys = [("HASH", wanted["hashKey"]), ("RANGE", wanted["rangeKey"])]
        request: dict[str, Any] = {
            "TableName": wanted["name"],
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for kind, key in keys if key],
            "AttributeDefinitions": key_values(wanted["attributes"], "AttributeName", "AttributeType"),
            "DeletionProtectionEnabled": wanted["deletionProtectionEnabled"],
            "Tags": key_values(wanted["tags"]),
            **_billing(wanted),
        }
        if wanted["streamViewType"]:
            request["StreamSpecification"] = _stream(wanted)
        self.clients.dynamodb.create_table(**request)
        self._apply_extras(wanted, frozenset({"ttl", "pointInTimeRecovery"}), Settings())

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
        retag(
            live,
            wanted,
            lambda gone: client.untag_resource(ResourceArn=live.outputs["arn"], TagKeys=gone),
            lambda tags: client.tag_resource(ResourceArn=live.outputs["arn"], Tags=key_values(tags)),
        )

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


class TableItemHandler(Handler):
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

    def read(self, wanted: Settings) -> Live | None:
        key = {name: wanted["item"][name] for name in wanted["keys"]}
        try:
            found = self.clients.dynamodb.get_item(
                TableName=wanted["tableName"], Key=key, ConsistentRead=True
            )
        except ClientError as error:
            # There is no such table, or only one with other keys, which is about to be replaced.
            if is_missing(error) or error_code(error) == "ValidationException":
                return None
            raise
        if "Item" not in found:
            return None
        values = [str(next(iter(value.values()))) for value in key.values()]
        named = zip(wanted["keys"], values, strict=True)
        id_ = "|".join([wanted["tableName"], *(part for pair in named for part in pair)])
        outputs = dict(zip(("hashKeyValue", "rangeKeyValue"), values, strict=False))
        return Live(id_, dict(wanted), outputs)

    def create(self, wanted: Settings) -> None:
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

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        raise AssertionError("a living item always equals what is wanted")

    def delete(self, live: Live) -> None:
        key = {name: live.settings["item"][name] for name in live.settings["keys"]}
        self.clients.dynamodb.delete_item(TableName=live.settings["tableName"], Key=key)

    def identity_of(self, wanted: Settings) -> Settings:
        key = {name: wanted["item"][name] for name in wanted["keys"]}
        return {"tableName": wanted["tableName"], "keys": wanted["keys"], "item": key}

    def settings_of_id(self, id_: str) -> Settings:
        raise NotImplementedError("an item cannot be looked up by its id alone")
