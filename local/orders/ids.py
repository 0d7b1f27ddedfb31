"""What can be the id of an order: any key that DynamoDB takes, such as a UUID from a QR validator."""

from __future__ import annotations

LONGEST_ID = 1024
"""The bytes of UTF-8 that a sort key may have (DynamoDB Developer Guide, "Constraints in Amazon DynamoDB")."""


def problem_with(order_id: object) -> str:
    """Return why a value is not an order id, as the end of a sentence about it; "" if it is one."""
    if not isinstance(order_id, str):
        return "is not a text"
    if not order_id:
        return "is empty"
    try:
        size = len(order_id.encode())
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return "" if size <= LONGEST_ID else f"has more than {LONGEST_ID:,} bytes"
