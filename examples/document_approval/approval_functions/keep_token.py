"""KeepToken: puts the task token of a review into the document's row, where the reviewer's page finds it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Mapping


def handler(event: Mapping[str, Any], _context: object) -> None:
    """Handle one `Document.ReviewRequested`. A document that is decided already keeps no token."""
    client = boto3.client("dynamodb")
    try:
        client.update_item(
            TableName=os.environ["DOCUMENT_TABLE_NAME"],
            Key={"documentId": {"S": event["detail"]["documentId"]}},
            UpdateExpression="SET TaskToken = :token",
            ConditionExpression="#status = :waiting",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":token": {"S": event["detail"]["TaskToken"]},
                ":waiting": {"S": "waiting"},
            },
        )
    except client.exceptions.ConditionalCheckFailedException:
        return
