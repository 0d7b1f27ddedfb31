"""Reports for programs, in the shape of AWS's ValidateStateMachineDefinition."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asl.reports.findings import Report


def json_line(report: Report, *, strict: bool) -> str:
    """One file as a line of JSON: `file`, and what ValidateStateMachineDefinition answers.

    With `strict`, a warning makes the result FAIL, as it makes the command fail.
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
    """
    failed = report.failed or report.errors or (strict and report.warnings)
    return json.dumps(
        {
            "file": report.name,
            "result": "FAIL" if failed else "OK",
            "diagnostics": [found.diagnostic.to_json() for found in report.found],
            "truncated": report.truncated,
        }
    )
