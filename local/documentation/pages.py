"""Renews what the pages of the documentation take from the code.

A page marks such a part with `<!-- generated: KIND ARGUMENT -->` and `<!-- end -->`:

- `graph MODULE:OBJECT` is the picture of a workflow as a Mermaid diagram, with the options of `python -m dsl graph`;
- `walkthrough` is what `espresso demo` prints;
- `diagnostics` lists every code that the checker answers with;
- `costs NUMBER` is one of the tables of `espresso costs`.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dsl.commands.line import parser

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"(<!-- generated: (?P<kind>\w+)(?: (?P<argument>[^\n]+?))? -->\n).*?(<!-- end -->)", re.DOTALL
)


def graph(arguments: str) -> str:
    """Return the picture that `python -m dsl graph` draws, as a fenced Mermaid diagram.

    Raises:
        CommandError: there is no such workflow or state.
    """
    picture = io.StringIO()
    chosen = parser().parse_args(["graph", *shlex.split(arguments)])
    with contextlib.redirect_stdout(picture):
        chosen.run(chosen)
    return f"```mermaid\n{picture.getvalue().rstrip()}\n```\n"


def walkthrough(_: str = "") -> str:
    """Return what the demo prints, without colours.

    Raises:
        subprocess.CalledProcessError: the demo failed; its output is on standard error.
    """
    ran = subprocess.run(
        [Path(sys.executable).with_name("espresso"), "demo"],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "110"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return f"```text\n{ran.stdout.strip()}\n```\n"


def diagnostics(_: str = "") -> str:
    """Return every code of the checker, with what AWS does and an example."""
    from asl.reports.catalogue import page

    return page()


def costs(number: str) -> str:
    """Return a table of `espresso costs`, counted from 1."""
    from local.costs.report import markdown, tables

    return f"{markdown(list(tables())[int(number) - 1])}\n"


MAKERS: Mapping[str, Callable[[str], str]] = {
    "graph": graph,
    "walkthrough": walkthrough,
    "diagnostics": diagnostics,
    "costs": costs,
}


def renewed(text: str, makers: Mapping[str, Callable[[str], str]] = MAKERS) -> str:
    """Return the page with its generated parts made anew; parts that `makers` has no maker for stay as they are.

    Raises:
        KeyError: the page asks for a kind that does not exist.
    """

    def renew(block: re.Match[str]) -> str:
        kind = block["kind"]
        if kind not in MAKERS:
            raise KeyError(f"the page asks for {kind!r}; there are {', '.join(MAKERS)}")
        if kind not in makers:
            return block[0]
        return f"{block[1]}{makers[kind](block['argument'] or '')}{block[4]}"

    return _BLOCK.sub(renew, text)


def pages() -> list[Path]:
    """Return the pages that people read."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def main() -> None:
    """Renew every page, and say which changed."""
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = renewed(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"renewed {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
