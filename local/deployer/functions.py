"""Provider functions (data sources) that a program may ask about where it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.deployer.errors import UnknownFunctionError
from local.deployer.names import PARTITION, Account

if TYPE_CHECKING:
    from local.deployer.values import Properties

KNOWN = (
    "aws:index/getCallerIdentity:getCallerIdentity",
    "aws:index/getPartition:getPartition",
    "aws:index/getRegion:getRegion",
)


def answer(token: str, arguments: Properties, account: Account) -> Properties:
    """Return what the AWS plugin would answer.

    Raises:
        UnknownFunctionError: The function is not known.
    """
    match token:
        case "aws:index/getCallerIdentity:getCallerIdentity":
            arn = f"arn:{PARTITION}:iam::{account.id}:root"
            return {"accountId": account.id, "arn": arn, "id": account.id, "userId": account.id}
        case "aws:index/getRegion:getRegion":
            region = str(arguments.get("region") or arguments.get("name") or account.region)
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
