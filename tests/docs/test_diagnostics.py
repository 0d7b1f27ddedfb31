"""docs/diagnostics.md lists every code that the checker can answer with, and docs/checking.md shows what it prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from asl.checking.checker import CHECKER_FAILED
from asl.checking.rules import RULES
from asl.checking.structure import CODE
from asl.reading import CODES, read
from asl.reports.catalogue import codes, evidence, page, written
from dsl.commands.line import main
from local.documentation.pages import ROOT, diagnostics, renewed

if TYPE_CHECKING:
    from pathlib import Path

    from asl.reading import FileCode

PAGE = ROOT / "docs" / "diagnostics.md"
CHECKING = ROOT / "docs" / "checking.md"


def test_the_page_is_what_the_code_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert renewed(text, {"diagnostics": diagnostics}) == text, "run `make pictures`"


def test_every_code_has_a_row_and_a_section() -> None:
    text = page()
    expected = {rule.code for rule in RULES} | {kind.code for kind in CODES} | {CODE}
    assert set(codes()) == expected
    assert set(re.findall(r"^\| \[(\w+)\]\(#\w+\) \|", text, re.MULTILINE)) == expected
    assert re.findall(r"^### (\w+)$", text, re.MULTILINE) == sorted(expected)


def test_the_page_says_what_each_code_rests_on() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\(#\w+\) \| [A-Z or]+ \| ([a-z, ]+) \|", page(), re.MULTILINE)
    for code, grounds in evidence().items():
        assert grounds <= {"recorded", "documented", "inferred"}
        [row] = [row for name, row in rows if name == code]
        assert set(row.split(", ")) == grounds


def test_every_rule_is_on_the_page_with_its_example_and_what_the_checker_says_of_it() -> None:
    text = page()
    for rule in RULES:
        assert " ".join(rule.summary.split()) in text
        assert f"```json\n{written(rule.example)}\n```\n\n> " in text


@pytest.mark.parametrize(
    "kind", [kind for kind in CODES if kind.example.startswith("{")], ids=lambda kind: kind.code
)
def test_the_example_of_a_file_s_fault_has_that_fault(kind: FileCode) -> None:
    [source] = read("x.json", kind.example.encode())
    assert [fault.kind for fault in source.faults] == [kind]


def test_no_code_is_written_in_the_source_that_is_not_on_the_page() -> None:
    known = set(codes()) | {CHECKER_FAILED}
    written_codes = set()
    for path in (ROOT / "asl").rglob("*.py"):
        found = re.findall(
            r"(?:_rule|Diagnostic|FileCode)\(\s*(?:Severity\.\w+, )?\"([A-Z_]+)\"", path.read_text()
        )
        written_codes.update(found)
    assert written_codes
    assert written_codes <= known


def test_the_checker_prints_what_the_documentation_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = CHECKING.read_text(encoding="utf-8")
    example, output = re.findall(r"^```(?:json|text)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[:2]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "order.asl.json").write_text(example)
    main(["validate", "order.asl.json"])
    assert capsys.readouterr().out == output


def test_json_is_laid_out_as_a_person_would() -> None:
    assert written({"a": [1, {"b": None}]}) == '{"a": [1, {"b": null}]}'
    assert written({"a": "x" * 60, "b": ["y" * 60, "z" * 60]}) == (
        f'{{\n  "a": "{"x" * 60}",\n  "b": [\n    "{"y" * 60}",\n    "{"z" * 60}"\n  ]\n}}'
    )
