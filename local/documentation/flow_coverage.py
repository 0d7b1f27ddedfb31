"""Pictures of the workflows in the colours of what the flow tests passed.

    python -m pytest tests/flows --stepfunctions-coverage build/flows.json
    python -m local.documentation.flow_coverage build/flows.json build

writes `build/<workflow>.coverage.svg`: green is what some test passed, red what none did.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from asl.drawing import svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

GREEN: Final = "#2e9e5b"
RED: Final = "#d9352b"

_KINDS: Final = {"next": "next", "rule": "choice", "default": "default", "catch": "catch"}
"""The kinds of a transition as the pictures name them. Retries are not drawn."""


def coloured(
    document: dict[str, object], coverage: Mapping[str, Sequence[Mapping[str, object]]], *, title: str
) -> str:
    """Draw a definition, coloured by one machine's counts in the JSON that the pytest plugin writes.

    An edge of the picture may stand for several rules or catchers; it is green once all of them were passed.
    """
    rules = "\n".join(_rules(coverage))
    picture = svg(document, title=title)
    return picture.replace("</style>", f"{escape(rules)}\n</style>", 1)


def _rules(coverage: Mapping[str, Sequence[Mapping[str, object]]]) -> Iterator[str]:
    # The picture's own rules for ends are more specific than these, and green; so these are important.
    for state in coverage["states"]:
        colour = GREEN if state["passes"] else RED
        yield f".workflow [data-state={_quoted(state['name'])}]>.shape{{stroke:{colour}!important;stroke-width:2.2}}"
    edges: dict[tuple[str, str, str], bool] = {}
    for way in coverage["transitions"]:
        kind = _KINDS.get(str(way["kind"]))
        if kind is not None:
            key = str(way["from"]), str(way["to"]), kind
            edges[key] = edges.get(key, True) and bool(way["passes"])
    for (source, target, kind), passed in edges.items():
        where = f"[data-from={_quoted(source)}][data-to={_quoted(target)}][data-kind={_quoted(kind)}]"
        yield f".workflow path{where}{{stroke:{GREEN if passed else RED}!important;stroke-width:1.8}}"


def _quoted(text: object) -> str:
    """Return a CSS string. Its quotes and backslashes are escaped, so a state's name cannot end it."""
    plain = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\a ")
    return f'"{plain}"'


def write(report: Path, folder: Path) -> list[Path]:
    """Write the pictures of the workflows that the report counts; the files that were written."""
    from workflows import order_manager, order_processor

    counts = json.loads(report.read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for machine in (order_processor, order_manager):
        if machine.name in counts:
            path = folder / f"{machine.name}.coverage.svg"
            picture = coloured(dict(machine.definition()), counts[machine.name], title=machine.name)
            path.write_text(picture, encoding="utf-8")
            written.append(path)
    return written


if __name__ == "__main__":
    for made in write(Path(sys.argv[1]), Path(sys.argv[2])):
        print(made)
