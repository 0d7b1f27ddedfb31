"""A definition as an SVG picture that needs nothing beside itself and follows the reader's light or dark mode."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from asl.drawing.labels import printable
from asl.drawing.lettering import area, make_way
from asl.drawing.model import Graph
from asl.drawing.parts import CHOICE_TIP, LINE_HEIGHT
from asl.drawing.scene import lay_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asl.drawing.lettering import Area
    from asl.drawing.model import Node
    from asl.drawing.parts import Box, Label, Line, Panel

CORNER = 8.0

LIGHT: Final[Mapping[str, str]] = {
    "page": "#ffffff",
    "text": "#1f2933",
    "muted": "#65727f",
    "line": "#8b98a5",
    "task": "#f4f7fb",
    "task-edge": "#9fb3c8",
    "choice": "#fff7e6",
    "choice-edge": "#e0a93b",
    "wait": "#f6f1fd",
    "wait-edge": "#9a7bd0",
    "end": "#ebf7f0",
    "end-edge": "#48a878",
    "fail": "#fdf0ef",
    "fail-edge": "#d9645a",
    "catch": "#b5483c",
    "group": "#fafbfc",
    "group-edge": "#c5ced8",
    "passed": "#1f7a4d",
}
"""The colours by name. `svg(..., colours={"task": "#fff"})` replaces some of them, in both modes."""

DARK: Final[Mapping[str, str]] = {
    "page": "#0d1117",
    "text": "#e6edf3",
    "muted": "#97a3b0",
    "line": "#6b7785",
    "task": "#182230",
    "task-edge": "#48617c",
    "choice": "#2b2413",
    "choice-edge": "#b98a2e",
    "wait": "#231c33",
    "wait-edge": "#8f74c4",
    "end": "#12271d",
    "end-edge": "#3d8f67",
    "fail": "#2d1917",
    "fail-edge": "#c2574e",
    "catch": "#c07268",
    "group": "#11161d",
    "group-edge": "#37424f",
    "passed": "#56d394",
}

_RULES = """
text{font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
text{fill:var(--text);text-anchor:middle}
.name{font-size:13px;font-weight:500}
.caption{font-size:10.5px;fill:var(--muted)}
.page{fill:var(--page)}
.shape{fill:var(--task);stroke:var(--task-edge);stroke-width:1.3}
.choice>.shape{fill:var(--choice);stroke:var(--choice-edge)}
.wait>.shape,.callback>.shape{fill:var(--wait);stroke:var(--wait-edge)}
.callback>.shape{stroke-width:1.8;stroke-dasharray:5 3}
.ends>.shape{stroke:var(--end-edge)}
.succeed>.shape,.pass.ends>.shape{fill:var(--end);stroke:var(--end-edge)}
.fail>.shape{fill:var(--fail);stroke:var(--fail-edge)}
.group>.shape{fill:var(--group);stroke:var(--group-edge)}
.frame{fill:none;stroke:var(--group-edge);stroke-dasharray:3 4}
.glyph{fill:none;stroke:var(--wait-edge);stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}
.edge{fill:none;stroke:var(--line);stroke-width:1.4}
.edge.catch{stroke:var(--catch);stroke-dasharray:2 4;stroke-linecap:round}
.edge.shared{stroke:none}
.tip{fill:var(--line)}
.tip.catch{fill:var(--catch)}
.dot{fill:var(--line)}
.label{font-size:11px;fill:var(--muted)}
.label.catch{fill:var(--catch)}
.label.passed{fill:var(--passed)}
.passed>.shape{stroke:var(--passed);stroke-width:2.4}
.edge.passed,.edge.shared.passed{stroke:var(--passed);stroke-width:2.2}
.tip.passed{fill:var(--passed)}
"""


def svg(
    document: Mapping[str, object],
    *,
    title: str = "Workflow",
    passed: Sequence[str] = (),
    colours: Mapping[str, str] | None = None,
) -> str:
    """Draw a definition as a stand-alone SVG document.

    The ordinary course runs straight down. Every state is a `<g data-state="NAME" data-type="TYPE">`, every edge a
    `<path data-from="NAME" data-to="NAME">`, for a page to find; words at edges name them by `data-target` and
    `data-sources`, a name a line. `passed` are the names of the states that an
    execution went through, in order: they and the edges between them are emphasised. The picture follows the
    reader's light or dark mode; `colours` replaces colours of `LIGHT` by name. The same arguments give the same text.
    """
    graph = Graph.of(document)
    panels = lay_out(graph)
    picture = panels[0]
    steps = frozenset(pairwise(passed))
    chosen = {name: value for name, value in (colours or {}).items() if name in LIGHT}
    width, height = _n(picture.width), _n(picture.height)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" class="workflow" role="img" aria-label={_q(title)}>',
        f"<title>{escape(printable(title))}</title>",
        f"<desc>{escape(_description(graph))}</desc>",
        f"<style>{_style(chosen)}</style>",
        f'<rect class="page" width="{width}" height="{height}"/>',
    ]
    # Outer scopes first: what is inside a box is painted over it.
    for panel in panels:
        out.extend(_panel(panel, graph, frozenset(passed), steps))
    out.append("</svg>\n")
    return "\n".join(out)


def _style(chosen: Mapping[str, str]) -> str:
    def variables(colours: Mapping[str, str]) -> str:
        return ";".join(
            f"--{name}:{_colour(value)}" for name, value in (dict(colours) | dict(chosen)).items()
        )

    dark = f"@media(prefers-color-scheme:dark){{.workflow{{{variables(DARK)}}}}}"
    # Every rule is held to the picture, so that it can stand inside another page.
    rules = "\n".join(
        f".workflow {rule.replace(',.', ',.workflow .')}" for rule in _RULES.strip().splitlines()
    )
    return f".workflow{{{variables(LIGHT)}}}\n{dark}\n{rules}\n"


def _colour(value: str) -> str:
    """Keep a colour from leaving its declaration."""
    return "".join(c for c in value if c.isalnum() or c in "#(),.% -")


def _description(graph: Graph) -> str:
    kinds: dict[str, int] = {}
    for node in graph.nodes:
        kinds[node.type] = kinds.get(node.type, 0) + 1
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    waiting = [node.name for node in graph.nodes if node.waits]
    pauses = f" It waits for an answer at {', '.join(waiting)}." if waiting else ""
    return printable(f"A state machine of {len(graph.nodes)} states ({listed}).{pauses}")


def _panel(
    panel: Panel, graph: Graph, passed: frozenset[str], steps: frozenset[tuple[str, str]]
) -> list[str]:
    out = []
    words = [area(label) for label in panel.labels]
    if panel.start is not None:
        x, top, bottom = panel.start
        out.append(f'<circle class="dot" cx="{_n(x)}" cy="{_n(top)}" r="4.5"/>')
        out.append(
            f'<path class="edge" d="{_way([(x, top), (x, bottom - 6)], words)}"/>{_tip(x, bottom, "")}'
        )
    ordered = sorted(panel.lines, key=lambda line: _is_passed(line, graph, steps))
    out.extend(_line(line, graph, steps, words) for line in ordered)
    out.extend(_box(box, passed) for box in panel.boxes)
    out.extend(_label(label, panel, graph, steps) for label in panel.labels)
    return out


def _is_passed(line: Line, graph: Graph, steps: frozenset[tuple[str, str]]) -> bool:
    return (graph.nodes[line.source].name, graph.nodes[line.target].name) in steps


def _line(line: Line, graph: Graph, steps: frozenset[tuple[str, str]], words: Sequence[Area]) -> str:
    source, target = graph.nodes[line.source].name, graph.nodes[line.target].name
    state = (" catch" if line.kind == "catch" else "") + (" passed" if _is_passed(line, graph, steps) else "")
    ends = f"data-from={_q(source)} data-to={_q(target)} data-kind={_q(line.kind)}"
    x, y = (line.shared or line.corners)[-1]
    if not line.shared:
        path = _way([*line.corners[:-1], (x, y - 6)], words)
        return f'<path class="edge{state}" {ends} d="{path}"/>{_tip(x, y, state)}'
    rest = _way([*line.shared[:-1], (x, y - 6)], words)
    own = f'<path class="edge{state}" {ends} d="{_way(line.corners, words)}"/>'
    tip = _tip(x, y, state) if "passed" in state else ""
    return f'{own}<path class="edge shared{state}" {ends} d="{rest}"/>{tip}'


def _way(corners: list[tuple[float, float]], words: Sequence[Area]) -> str:
    """Return the path through the corners that leaves out where words stand."""
    return "".join(_rounded(piece) for piece in make_way(corners, words))


def _rounded(corners: list[tuple[float, float]]) -> str:
    """Return the path through the corners, each of them rounded as far as its two sides allow."""
    parts = [f"M{_n(corners[0][0])} {_n(corners[0][1])}"]
    for before, here, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(CORNER, _distance(before, here) / 2, _distance(here, after) / 2)
        first = _towards(here, before, radius)
        second = _towards(here, after, radius)
        parts.append(
            f"L{_n(first[0])} {_n(first[1])}Q{_n(here[0])} {_n(here[1])} {_n(second[0])} {_n(second[1])}"
        )
    parts.append(f"L{_n(corners[-1][0])} {_n(corners[-1][1])}")
    return "".join(parts)


def _distance(a: tuple[float, float], b: tuple[float, float]) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(here: tuple[float, float], there: tuple[float, float], by: float) -> tuple[float, float]:
    far = _distance(here, there) or 1.0
    return here[0] + (there[0] - here[0]) * by / far, here[1] + (there[1] - here[1]) * by / far


def _tip(x: float, y: float, state: str) -> str:
    return f'<path class="tip{state}" d="M{_n(x)} {_n(y)}l-4 -7.5h8z"/>'


def _box(box: Box, passed: frozenset[str]) -> str:
    node = box.node
    left, top = box.x - box.width / 2, box.y
    classes = ["state", node.type.lower() if node.type.isalpha() else "unknown"]
    classes += [
        name
        for name, on in (("callback", node.waits), ("ends", node.ends), ("group", bool(node.inner)))
        if on
    ]
    classes += ["passed"] if node.name in passed else []
    parts = [
        f'<g class="{" ".join(classes)}" data-state={_q(node.name)} data-type={_q(node.type)}>',
        f"<title>{escape(_tooltip(node))}</title>",
        _shape(box, left, top),
    ]
    parts += [
        f'<rect class="frame" x="{_n(left + x)}" y="{_n(top + y)}" width="{_n(w)}" height="{_n(h)}" rx="8"/>'
        for x, y, w, h in box.insides
        if len(box.insides) > 1
    ]
    middle = box.x + (8 if node.waits or node.type == "Wait" else 0)
    if node.waits or node.type == "Wait":
        glyph = _hourglass if node.waits else _clock
        parts.append(glyph(left + 18, top + box.height / 2))
    text_height = LINE_HEIGHT * len(box.lines) + (13 if node.caption else 0)
    y = top + (20 if node.inner else (box.height - text_height) / 2 + 12.5)
    parts.extend(_text("name", middle, y + LINE_HEIGHT * i, line) for i, line in enumerate(box.lines))
    if node.caption and not node.inner:
        parts.append(_text("caption", middle, y + LINE_HEIGHT * len(box.lines) - 1.5, node.caption))
    return "".join([*parts, "</g>"])


def _shape(box: Box, left: float, top: float) -> str:
    if box.node.type == "Choice":
        right, bottom, middle = left + box.width, top + box.height, top + box.height / 2
        tip = CHOICE_TIP
        points = [
            (left + tip, top),
            (right - tip, top),
            (right, middle),
            (right - tip, bottom),
            (left + tip, bottom),
            (left, middle),
        ]
        return f'<polygon class="shape" points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in points)}"/>'
    radius = 14.0 if box.node.inner else box.height / 2 if box.node.ends else 7.0
    return (
        f'<rect class="shape" x="{_n(left)}" y="{_n(top)}" width="{_n(box.width)}" height="{_n(box.height)}" '
        f'rx="{_n(min(radius, 24.0))}"/>'
    )


def _hourglass(x: float, y: float) -> str:
    return f'<path class="glyph" d="M{_n(x - 5)} {_n(y - 7)}h10m-10 14h10m-1 -14c0 5 -8 9 -8 14m0 -14c0 5 8 9 8 14"/>'


def _clock(x: float, y: float) -> str:
    return f'<path class="glyph" d="M{_n(x - 7)} {_n(y)}a7 7 0 1 1 14 0a7 7 0 1 1 -14 0m7 -4v4l3 2"/>'


def _tooltip(node: Node) -> str:
    kind = f"{node.type}: {node.caption}" if node.caption else node.type
    waits = ", waits for its task token" if node.waits else ""
    return printable(f"{node.name} ({kind}{waits})")


def _label(label: Label, panel: Panel, graph: Graph, steps: frozenset[tuple[str, str]]) -> str:
    lines = [panel.lines[number] for number in label.lines]
    state = " passed" if any(_is_passed(line, graph, steps) for line in lines) else ""
    sources = quoteattr("\n".join(printable(graph.nodes[line.source].name) for line in lines))
    ends = f" data-sources={sources} data-target={_q(graph.nodes[lines[0].target].name)}"
    kind = " catch" if label.kind == "catch" else ""
    return _text(f"label{kind}{state}", label.x, label.y, label.text, ends)


def _text(name: str, x: float, y: float, words: str, more: str = "") -> str:
    return f'<text class="{name}" x="{_n(x)}" y="{_n(y)}"{more}>{escape(printable(words))}</text>'


def _q(text: str) -> str:
    return quoteattr(printable(text))


def _n(value: float) -> str:
    """Write a coordinate with one decimal at most."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"
