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


FAMILIES: dict[str, list[Case]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted(Path(__file__).with_name("planted").glob("*.json"))
}


@pytest.mark.parametrize("family", FAMILIES)
def test_each_planted_fault_is_found_with_one_message(family: str) -> None:
    wrong = []
    for case in FAMILIES[family]:
        found = validate(case["definition"], execution_type=case.get("type"))
        told = [(d.code, str(d.severity), d.location) for d in found]
        if told != [(case["code"], case["severity"], case["at"])]:
            wrong.append(f"{case['fault']}: {told}")
    assert wrong == [], "\n".join(wrong)


def test_every_family_has_its_faults() -> None:
    assert set(FAMILIES) == {
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
    names = [(family, case["fault"]) for family, cases in FAMILIES.items() for case in cases]
    assert len(set(names)) == len(names) > 500
