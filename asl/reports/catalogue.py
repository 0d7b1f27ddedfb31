"""Every code that the checker can answer with, and the page that lists them."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from asl.checking import Severity, validate
from asl.checking.rules import RULES
from asl.checking.rules.registry import DOCUMENTED, INFERRED, RECORDED
from asl.checking.structure import CODE as SHAPE
from asl.reading.faults import CODES as FILE_CODES

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH: Final = 108
_SHAPES: Final[tuple[tuple[str, dict[str, object]], ...]] = (
    ("The definition has the required fields.", {"States": {"Brew": {"Type": "Succeed"}}}),
    (
        "A field belongs to the type of its state, and is spelt as the language spells it.",
        {"StartAt": "Brew", "States": {"Brew": {"Type": "Pass", "Nxt": "Serve", "End": True}}},
    ),
    (
        "A value has the type and lies in the range that its field asks for.",
        {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": "5", "End": True}}},
    ),
    (
        "A field belongs to the query language of its state.",
        {"StartAt": "Brew", "States": {"Brew": {"Type": "Pass", "Output": "{% 1 %}", "End": True}}},
    ),
)
"""The schema layer in examples; its one code also serves rules."""

_AWS: Final = {
    Severity.ERROR: "AWS refuses to create a state machine from it.",
    Severity.WARNING: "AWS creates the state machine.",
}


class _Kind(NamedTuple):
    """One thing that is checked."""

    code: str
    severity: Severity
    evidence: str
    summary: str


@cache
def _kinds() -> list[_Kind]:
    shapes = [_Kind(SHAPE, Severity.ERROR, RECORDED, text) for text, _ in _SHAPES]
    rules = [_Kind(rule.code, rule.severity, rule.evidence, _in_one_line(rule.summary)) for rule in RULES]
    files = [_Kind(kind.code, kind.severity, kind.evidence, kind.summary) for kind in FILE_CODES]
    return [*shapes, *rules, *files]


def summaries() -> dict[str, list[str]]:
    """Return what each code stands for, in sentences: one for each rule that reports it."""
    return {code: [kind.summary for kind in _kinds() if kind.code == code] for code in codes()}


def codes() -> dict[str, set[Severity]]:
    """Return every code with the severities that it comes with."""
    found: dict[str, set[Severity]] = {}
    for kind in _kinds():
        found.setdefault(kind.code, set()).add(kind.severity)
    return found


def evidence() -> dict[str, set[str]]:
    """Return every code with what its severities rest on: `recorded`, `documented` or `inferred`."""
    return {code: {kind.evidence for kind in _kinds() if kind.code == code} for code in codes()}


def page(_: str = "") -> str:
    """Return the generated part of docs/diagnostics.md: a table of all codes, then each with its rules and examples."""
    return "\n".join([*_table(), "", *_sections()]) + "\n"


def _table() -> Iterator[str]:
    yield "| code | severity | rests on | what is checked |"
    yield "| --- | --- | --- | --- |"
    texts, grounds = summaries(), evidence()
    for code, severities in sorted(codes().items()):
        first = texts[code][0].split(". ")[0].rstrip(".").replace("|", "\\|")
        count = len(texts[code])
        more = f"; and {count - 1} more" if count > 1 else ""
        rests_on = ", ".join(ground for ground in (RECORDED, DOCUMENTED, INFERRED) if ground in grounds[code])
        yield (
            f"| [{code}](#{code.lower()}) | {' or '.join(sorted(severities))} | {rests_on} | {first}{more} |"
        )


def _sections() -> Iterator[str]:
    for code in sorted(codes()):
        yield f"### {code}\n"
        if code == SHAPE:
            for text, document in _SHAPES:
                yield from _entry(text, Severity.ERROR, RECORDED, document)
        for rule in RULES:
            if rule.code == code:
                yield from _entry(
                    _in_one_line(rule.summary),
                    rule.severity,
                    rule.evidence,
                    rule.example,
                    rule.code,
                    rule.example_type,
                )
        for kind in FILE_CODES:
            if kind.code == code:
                example = f"```text\n{kind.example}\n```\n\n" if "\n" in kind.example else ""
                inline = f" For example: `{kind.example}`" if kind.example and not example else ""
                yield f"{kind.severity}, {kind.evidence}: {kind.summary} {kind.aws}{inline}\n"
                yield f"{example}What to do: {kind.remedy}\n"


def _entry(
    text: str,
    severity: Severity,
    evidence: str,
    document: dict[str, object],
    code: str = SHAPE,
    execution_type: str | None = None,
) -> Iterator[str]:
    """Yield a rule, what AWS does, an example, and what the checker answers, which says what to do."""
    yield f"{severity}, {evidence}: {text} {_AWS[severity]}\n"
    yield f"```json\n{written(document)}\n```\n"
    for diagnostic in validate(document, execution_type=execution_type):
        if diagnostic.code == code and diagnostic.severity == severity:
            place = f" (at `{diagnostic.location}`)" if diagnostic.location else ""
            yield f"> {_quoted(diagnostic.message)}{place}\n"
            break


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(message: str) -> str:
    """Return a message as Markdown that shows it and reads nothing into it."""
    for sign in "\\`*_<[$":
        message = message.replace(sign, f"\\{sign}")
    return message.replace("\n", "\n> ")


def written(value: object, indent: str = "", before: int = 0) -> str:
    """JSON as a person would lay it out: what fits into a line is in one, the rest is broken."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + before + len(line) <= _WIDTH or not isinstance(value, dict | list) or not value:
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        parts = []
        for key, item in value.items():
            name = f"{json.dumps(key, ensure_ascii=False)}: "
            parts.append(f"{inner}{name}{written(item, inner, len(name) + 1)}")
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    return "[\n" + ",\n".join(f"{inner}{written(item, inner, 1)}" for item in value) + f"\n{indent}]"
