"""Definitions with one fault each: it is found where it lies, and nothing else is said.

`planted/` has them by family, an object a line: the definition, and the code, severity and place of what is to be said.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest

from asl.checking import validate


class Case(TypedDict):
    """One fault."""

    fault: str
    definition: object
    type: NotRequired[str]
    """STANDARD or EXPRESS, where it matters."""
    code: str
    severity: str
    at: str | None


FAMILIES = sorted(Path(__file__).with_name("planted").glob("*.json"))
CASES: list[tuple[str, Case]] = [
    (f"{family.stem}: {case['fault']}", case)
    for family in FAMILIES
    for case in json.loads(family.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_a_planted_fault_is_found_with_one_message(case: Case) -> None:
    found = validate(case["definition"], execution_type=case.get("type"))
    assert [(d.code, d.severity, d.location) for d in found] == [(case["code"], case["severity"], case["at"])]


def test_every_family_has_its_faults() -> None:
    assert {family.stem for family in FAMILIES} == {
        "callbacks",
        "choices",
        "data_flow",
        "errors",
        "express",
        "fields",
        "flow",
        "intrinsics",
        "jsonata",
        "maps",
        "paths",
        "services",
        "variables",
    }
    assert len({name for name, _ in CASES}) == len(CASES) > 500
