"""The event "Step Functions Execution Status Change" on the default bus, at every change of a STANDARD execution.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from asl.execution.redriving import reason_against
from asl.execution.values import is_too_large

if TYPE_CHECKING:
    from asl.execution import Execution

SOURCE: Final = "aws.states"
DETAIL_TYPE: Final = "Step Functions Execution Status Change"
LARGEST_DATA: Final = 248_000
"""Bytes of input and output, of which each is left out where the event would be too large for the bus."""


def status_event(execution: Execution) -> dict[str, Any]:
    """Return the entry for PutEvents."""
    reason = reason_against(execution)
    detail: dict[str, Any] = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _milliseconds(execution.started_at),
        "stopDate": _milliseconds(execution.stopped_at),
        **_data("input", execution.input_text),
        **_data("output", execution.output_text),
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": execution.redrive_count,
        "redriveDate": _milliseconds(execution.redriven_at),
        "redriveStatus": "REDRIVABLE" if reason is None else "NOT_REDRIVABLE",
        "redriveStatusReason": reason,
        "error": execution.error,
        "cause": execution.cause,
    }
    return {
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": json.dumps(detail, ensure_ascii=False),
        "Resources": [execution.arn],
    }


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _data(name: str, text: str | None) -> dict[str, Any]:
    if text is None:
        return {name: None, f"{name}Details": None}
    included = not is_too_large(text, LARGEST_DATA)
    return {name: text if included else None, f"{name}Details": {"included": included}}
