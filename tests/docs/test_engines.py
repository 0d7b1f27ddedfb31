"""Each row of docs/engines.md is shown by a test that exists, and each such test has its row."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
WITHOUT_A_ROW = {
    "test_the_engine_listens_for_this_machine_alone",
    "test_the_engine_serves_nobody_without_its_key_pair",
    "test_an_answer_to_a_stopped_execution_is_refused_by_the_client",
    # What only the embedded engine has; the page names them below the table.
    "test_an_update_counts_from_the_next_start_on",
}


def test_every_row_names_a_test_that_exists_and_every_test_has_a_row() -> None:
    page = (ROOT / "docs" / "engines.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")][2:]
    embedded, others = zip(*(re.findall(r"`(test_\w+)`", row) for row in rows), strict=True)
    for named, file in ((embedded, "test_embedded_engine.py"), (others, "test_engines.py")):
        source = (ROOT / "tests" / "flows" / file).read_text(encoding="utf-8")
        written = set(re.findall(r"^def (test_\w+)", source, re.MULTILINE))
        assert set(named) == written - WITHOUT_A_ROW
        assert len(named) == len(set(named))
