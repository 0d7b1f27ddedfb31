"""Provider functions (data sources) that a program may ask about where it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.engine.errors import UnknownFunctionError
from local.engine.names import PARTITION, Place

if TYPE_CHECKING:
    from local.engine.values import Properties

KNOWN = (
    "aws:index/getCallerIdentity:getCallerIdentity",
    "aws:index/getPartition:getPartition",
    "aws:index/getRegion:getRegion",
)


def answer(token: str, arguments: Properties, place: Place) -> Properties:
    """Return what the AWS plugin would answer. Raises UnknownFunctionError."""
    match token:
        case "aws:index/getCallerIdentity:getCallerIdentity":
            arn = f"arn:{PARTITION}:iam::{place.account}:root"
            return {"accountId": place.account, "arn": arn, "id": place.account, "userId": place.account}
        case "aws:index/getRegion:getRegion":
            region = str(arguments.get("region") or arguments.get("name") or place.region)
            return {
                "description": region,
                "endpoint": f"ec2.{region}.amazonaws.com",
                "id": region,
                "name": region,
                "region": region,
            }
        case "aws:index/getPartition:getPartition":
            return {
                "dnsSuffix": "amazonaws.com",
                "id": PARTITION,
                "partition": PARTITION,
                "reverseDnsPrefix": "com.amazonaws",
            }
    raise UnknownFunctionError(token, KNOWN)
