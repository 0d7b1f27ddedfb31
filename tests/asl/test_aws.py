"""A table of truth: what AWS answered to definitions, and that the checker agrees.

`aws/` has a file for each source. A row says what was tried, with a small definition of our own for it; AWS's answer
(`refused` when a machine is created, `accepted`, or accepted and `fails when run`); the day; AWS's code where it gave
one, or ours for what fails later; and the rule of the checker that rests on it.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Literal, NotRequired, TypedDict

import pytest

from asl.checking import validate
from asl.checking.rules import RULES
from asl.checking.rules.registry import RECORDED
from asl.checking.view import View


class Row(TypedDict):
    """An answer of AWS."""

    what: str
    answer: Literal["refused", "accepted", "fails when run"]
    code: NotRequired[str]
    rule: NotRequired[str]
    type: NotRequired[str]
    """STANDARD or EXPRESS, where it matters."""
    quiet: NotRequired[bool]
    """Whether there is nothing to warn of either."""
    source: NotRequired[str]
    """Where it is not that of the whole file."""
    date: str
    definition: dict[str, object]


class Table(TypedDict):
    """What one source tells."""

    source: str
    how: str
    rows: list[Row]


TABLES: dict[str, Table] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(__file__).with_name("aws").glob("*.json"))
}


@pytest.mark.parametrize("name", TABLES)
def test_the_checker_agrees_with_aws(name: str) -> None:
    wrong = []
    for row in TABLES[name]["rows"]:
        found = validate(row["definition"], execution_type=row.get("type"))
        errors = [d.code for d in found if d.severity == "ERROR"]
        warnings = [d.code for d in found if d.severity == "WARNING"]
        match row["answer"]:
            case "refused":
                agrees = row.get("code") in errors
            case "accepted":
                agrees = errors == [] and not (row.get("quiet") and warnings)
            case "fails when run":
                agrees = errors == [] and row.get("code") in warnings
        if not agrees:
            wrong.append(f"{row['what']}: AWS {row['answer']}, found {errors} and warned of {warnings}")
    assert wrong == [], "\n".join(wrong)


def test_every_row_says_where_it_comes_from() -> None:
    for table in TABLES.values():
        for row in table["rows"]:
            assert row.get("source", table["source"]).startswith(
                ("https://", "cdk-preflight", "a public test")
            )
            assert date(2016, 12, 1) < date.fromisoformat(row["date"]) <= date.today()
            assert ("code" in row) == (row["answer"] != "accepted")


def test_every_rule_that_is_said_to_be_recorded_has_a_row_that_it_answers() -> None:
    named = {row["rule"] for table in TABLES.values() for row in table["rows"] if "rule" in row}
    assert named == {rule.name for rule in RULES if rule.evidence == RECORDED}


def test_a_rule_answers_the_rows_that_name_it() -> None:
    rules = {rule.name: rule for rule in RULES}
    for table in TABLES.values():
        for row in table["rows"]:
            if "rule" not in row:
                continue
            rule = rules[row["rule"]]
            view = View(row["definition"], execution_type=row.get("type"))
            subjects: dict[str, list[tuple[object, ...]]] = {
                "machine": [()],
                "scope": [(scope,) for scope in view.scopes],
                "state": [(state,) for state in view.states],
            }
            found = [finding for them in subjects[rule.subject] for finding in rule.check(*them, view)]
            assert found, f"{rule.name} says nothing of {row['what']}"
            assert rule.code == row.get("code")


def test_the_page_says_how_many_rows_there_are() -> None:
    page = (Path(__file__).parents[2] / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    count = sum(len(table["rows"]) for table in TABLES.values())
    assert f"{count} responses" in page
