"""`validate`: check definitions in files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from asl.commands.problems import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asl.commands.problems import Commands
    from asl.reports.findings import Report

DEFAULT_LIMIT: Final = 100
_DESCRIPTION: Final = """\
Checks definitions in Amazon States Language: JSON or YAML, also inside SAM and CloudFormation templates
(AWS::Serverless::StateMachine, AWS::StepFunctions::StateMachine), with the files that those name.

An ERROR is what AWS refuses to create. A WARNING is what AWS creates although it cannot work, or what is
surely not meant. docs/diagnostics.md lists the codes.
"""
_EPILOG: Final = """\
exit status:
  0  nothing is wrong (or only warnings, without --strict)
  1  there are errors, or warnings with --strict
  2  the arguments make no sense, or a file could not be read

examples:
  %(prog)s order.asl.json
  %(prog)s --strict template.yaml flows/
  %(prog)s 'flows/**/*.asl.yaml'
  %(prog)s --type EXPRESS enrich.asl.json
  terraform output -raw definition | %(prog)s -
  %(prog)s --format sarif flows/ > flows.sarif
"""


def add(commands: Commands) -> None:
    """Describe the command's arguments."""
    described = commands.add_parser(
        "validate",
        help="check definitions in files",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    described.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a file, a directory (of which the definitions are found), a pattern, or - for standard input",
    )
    described.add_argument(
        "--format",
        choices=("text", "json", "sarif"),
        default="text",
        help="text for people; json as ValidateStateMachineDefinition answers, a line for each file; "
        "sarif for code scanning (default: text)",
    )
    described.add_argument(
        "--type",
        choices=("STANDARD", "EXPRESS"),
        help="what the machines are, where no template says it: an EXPRESS one cannot wait for jobs or tokens",
    )
    described.add_argument(
        "--root",
        metavar="FOLDER",
        help="read the files that templates name only below this folder (default: the directory that is given, "
        "or the folder of the template)",
    )
    described.add_argument("--strict", action="store_true", help="let warnings fail too")
    described.add_argument(
        "--max-diagnostics",
        type=_limit,
        default=DEFAULT_LIMIT,
        metavar="N",
        help=f"how many are listed for one file, errors first (default: {DEFAULT_LIMIT})",
    )
    described.set_defaults(run=run)


def _limit(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) <= 1000 or len(text) > 4:
        raise argparse.ArgumentTypeError("it has to be a number from 1 to 1000")
    return int(text)


def run(chosen: argparse.Namespace) -> int:
    """Check the files, print what was found, and return the exit status."""
    reports, problems = _reports(chosen.files, chosen.max_diagnostics, chosen.type, chosen.root)
    _print(reports, problems, chosen.format, strict=chosen.strict)
    if problems or any(report.failed for report in reports):
        return 2
    errors = sum(report.errors for report in reports)
    warnings = sum(report.warnings for report in reports)
    return 1 if errors or (chosen.strict and warnings) else 0


def _reports(
    names: Sequence[str], limit: int, execution_type: str | None, root: str | None
) -> tuple[list[Report], list[str]]:
    """One report a file. One that a template names is reported as that template uses it, and only so."""
    from asl.commands.targets import data_of, targets
    from asl.reports.findings import check

    reports: dict[object, Report] = {}
    problems: list[str] = []
    for target in targets(names, Path(root) if root is not None else None):
        try:
            found = check(target, data_of(target), limit, execution_type)
        except CommandError as error:
            problems.append(str(error))
            continue
        for report in found:
            key = report.path.resolve() if report.path is not None else report.name
            if report.linked or key not in reports:
                name = reports[key].name if key in reports else report.name
                report.name = name
                reports[key] = report
    if not reports and not problems:
        problems.append(f"There is no definition in {', '.join(names)}.")
    return list(reports.values()), problems


def _print(reports: Sequence[Report], problems: Sequence[str], form: str, *, strict: bool) -> None:
    if form == "json":
        from asl.reports.json_report import json_line

        for report in reports:
            print(json_line(report, strict=strict))
    elif form == "sarif":
        from asl.reports.sarif_report import sarif

        print(sarif(reports, problems))
    elif reports:
        from asl.reports.text_report import TextReport

        TextReport(sys.stdout).write(reports)
    for problem in problems:
        print(problem, file=sys.stderr)
