"""Reports for code scanning: SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from asl.checking.checker import CHECKER_FAILED
from asl.diagnostics import Severity
from asl.reports.catalogue import summaries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asl.reports.findings import Found, Report

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def sarif(reports: Sequence[Report], problems: Sequence[str]) -> str:
    """Return all files as one SARIF log. `problems` are files that could not be read."""
    known = summaries()
    codes = sorted({found.diagnostic.code for report in reports for found in report.found})
    numbers = {code: number for number, code in enumerate(codes)}
    worst: dict[str, Severity] = {}
    for report in reports:
        for found in report.found:
            if worst.get(found.diagnostic.code) != Severity.ERROR:
                worst[found.diagnostic.code] = found.diagnostic.severity
    run = {
        "tool": {
            "driver": {
                "name": "dsl validate",
                "rules": [_rule(code, known.get(code, ()), worst[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not problems and not any(report.failed for report in reports),
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": problem}} for problem in problems
                ],
            }
        ],
        "results": [
            _result(report, found, numbers[found.diagnostic.code])
            for report in reports
            for found in report.found
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(code: str, texts: Sequence[str], severity: Severity) -> dict[str, object]:
    rule: dict[str, object] = {
        "id": code,
        "name": "".join(word.capitalize() for word in code.split("_")),
        "defaultConfiguration": {"level": _LEVELS[severity]},
    }
    if code == CHECKER_FAILED:
        texts = ["The checker broke down over a definition."]
    if texts:
        rule["shortDescription"] = {"text": texts[0]}
        rule["fullDescription"] = {"text": " ".join(texts)}
        rule["help"] = {"text": "\n\n".join(texts), "markdown": "\n".join(f"- {text}" for text in texts)}
    return rule


def _result(report: Report, found: Found, number: int) -> dict[str, object]:
    diagnostic = found.diagnostic
    location: dict[str, object] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(report)},
            "region": {
                "startLine": found.start.line,
                "startColumn": found.start.column,
                "endLine": found.end.line,
                "endColumn": found.end.column,
            },
        }
    }
    if diagnostic.location:
        location["logicalLocations"] = [{"fullyQualifiedName": diagnostic.location}]
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": number,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": diagnostic.message},
        "locations": [location],
    }


def _uri(report: Report) -> str:
    """Return the file as a URI, relative to the current directory where it lies below it."""
    if report.path is None:
        return "stdin"
    path = report.path.absolute()
    try:
        return quote(path.relative_to(Path.cwd()).as_posix())
    except ValueError:
        return path.as_uri()
