"""Short words for a picture: what a choice rule asks, what a catcher catches, what a task calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from asl.services.resources import parse

MOST = 44
"""Characters of a label; the rest is cut off."""
_MOST_OF_CAPTION = 28
_DEEPEST = 5
_WIDEST = 12
"""Parts of one And or Or that are looked at."""

_COMPARISONS: Final = {
    "LessThanEquals": "≤",
    "GreaterThanEquals": "≥",
    "LessThan": "<",
    "GreaterThan": ">",
    "Equals": "=",
    "Matches": "like",
}
_OPPOSITES: Final = {"≤": ">", "≥": "<", "<": "≥", ">": "≤", "=": "≠", "like": "unlike"}
_KINDS: Final = {
    "IsNull": "null",
    "IsNumeric": "a number",
    "IsString": "a string",
    "IsBoolean": "a boolean",
    "IsTimestamp": "a timestamp",
}
_DYNAMODB_TYPES: Final = frozenset({"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "M", "L"})
_SEGMENT: Final = re.compile(r"[^.\[\]'\"]+")
_DELIMITERS: Final = re.compile(r"^\{%\s*|\s*%\}$")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")


def printable(text: str) -> str:
    """Replace what no picture can show: control characters and halves of surrogate pairs."""
    return _CONTROL.sub(" ", text)


def shorten(text: str, most: int = MOST) -> str:
    """Cut a text, with an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class _Test:
    """One question of a rule in words, and in the words of its opposite."""

    text: str
    opposite: str
    weak: bool = False
    """Whether it only prepares other questions: is a field there, is it a string, is it empty."""
    subject: str = ""
    value: str = ""
    """For `subject = value`, so that alternatives can be listed."""

    def negated(self) -> _Test:
        """Return the opposite question."""
        return _Test(self.opposite, self.text, self.weak or self.text.endswith(" is empty"), self.subject)


def rule_label(rule: dict[str, object], *, whole: bool = False) -> str:
    """Say what a choice rule asks: `storeOpen`, `count ≥ 20`, `action = make`.

    Questions that only make others safe to ask (`IsPresent`, `IsString`, not empty) are left out beside them, unless
    `whole` asks for them: where two rules of one Choice would read alike, these tell them apart.
    """
    found = _test(rule, 0).text
    parts = rule.get("And")
    if whole and isinstance(parts, list):
        tests = [_test(part, 1) for part in parts[:_WIDEST] if isinstance(part, dict)]
        # Of several preparations of one field the last says most.
        said = {test.subject for test in tests if not test.weak}
        weak = {
            test.subject or test.text: test.text for test in tests if test.weak and test.subject not in said
        }
        found = " and ".join(dict.fromkeys([found, *weak.values()]))
    return shorten(printable(found))


def rule_labels(rules: list[dict[str, object]]) -> list[str]:
    """Say what each rule of one Choice asks, so that no two read alike if anything tells them apart."""
    short = [rule_label(rule) for rule in rules]
    return [
        rule_label(rule, whole=True) if short.count(label) > 1 else label
        for rule, label in zip(rules, short, strict=True)
    ]


def _test(rule: dict[str, object], depth: int) -> _Test:
    condition = rule.get("Condition")
    if isinstance(condition, str):
        text = _DELIMITERS.sub("", condition)
        return _Test(text, f"not ({text})")
    if isinstance(condition, bool):
        return _Test(str(condition).lower(), str(not condition).lower())
    if depth > _DEEPEST:
        return _Test("…", "…")
    for field in ("And", "Or"):
        parts = rule.get(field)
        if isinstance(parts, list):
            return _combined(
                field, [_test(part, depth + 1) for part in parts[:_WIDEST] if isinstance(part, dict)]
            )
    inner = rule.get("Not")
    if isinstance(inner, dict):
        return _test(inner, depth + 1).negated()
    return _comparison(rule)


def _combined(field: str, tests: list[_Test]) -> _Test:
    weak = all(test.weak for test in tests)
    if field == "And" and not weak:
        tests = [test for test in tests if not test.weak]
    elif field == "And":
        # Of several preparations the last says most: a field that is not empty is there and is a string.
        tests = list({test.subject or test.text: test for test in tests}.values())
    subjects = {test.subject for test in tests}
    if len(tests) == 1:
        return tests[0]
    if field == "Or" and len(subjects) == 1 and "" not in subjects and all(test.value for test in tests):
        values = ", ".join(test.value for test in tests)
        return _Test(f"{tests[0].subject} = {values}", f"{tests[0].subject} ≠ {values}", weak)
    words, opposite_words = (" and ", " or ") if field == "And" else (" or ", " and ")
    return _Test(
        words.join(dict.fromkeys(test.text for test in tests)),
        opposite_words.join(dict.fromkeys(test.opposite for test in tests)),
        weak,
    )


def _comparison(rule: dict[str, object]) -> _Test:
    variable = rule.get("Variable")
    name = _field(variable) if isinstance(variable, str) else "?"
    for operator, value in rule.items():
        if operator in ("Variable", "Next", "Comment", "Assign"):
            continue
        if operator == "IsPresent":
            test = _Test(f"has {name}", f"no {name}", weak=value is True, subject=name)
            return test if value else test.negated()
        if operator in _KINDS:
            kind = _KINDS[operator]
            test = _Test(
                f"{name} is {kind}", f"{name} is not {kind}", weak=operator != "IsNull", subject=name
            )
            return test if value else test.negated()
        if operator == "BooleanEquals" and isinstance(value, bool):
            return _Test(name, f"not {name}") if value else _Test(f"not {name}", name)
        if operator == "StringEquals" and value == "":
            return _Test(f"{name} is empty", f"has {name}", subject=name)
        sign = next((sign for ending, sign in _COMPARISONS.items() if ending in operator), None)
        if sign is None:
            continue
        other = _field(value) if operator.endswith("Path") and isinstance(value, str) else _value(value)
        if other == name and isinstance(variable, str) and isinstance(value, str):
            name, other = _longer(variable), _longer(value)
        return _Test(
            f"{name} {sign} {other}",
            f"{name} {_OPPOSITES[sign]} {other}",
            subject=name if sign == "=" else "",
            value=other if sign == "=" else "",
        )
    return _Test(name, f"not {name}")


def _segments(path: str) -> list[str]:
    """Return the telling parts of a path: of `$.shop.Item.storeOpen.BOOL` all but the last."""
    segments: list[str] = _SEGMENT.findall(path)
    return segments[:-1] if len(segments) > 2 and segments[-1] in _DYNAMODB_TYPES else segments


def _field(path: str) -> str:
    """Return the last telling part of a path."""
    last = (_segments(path) or [path])[-1]
    return "input" if last == "$" else last


def _longer(path: str) -> str:
    """Return the last two telling parts of a path, for paths that end alike."""
    return ".".join([part for part in _segments(path) if part not in ("$", "Item")][-2:])


def _value(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) and abs(value) < 10**15 else "…"


def catch_label(catcher: dict[str, object]) -> str:
    """Name the errors that a catcher is for, without the service in front: `ConditionalCheckFailed`."""
    names = catcher.get("ErrorEquals")
    if not isinstance(names, list):
        return ""
    words = [_error(name) for name in names if isinstance(name, str)]
    return shorten(printable(", ".join(dict.fromkeys(words))))


def _error(name: str) -> str:
    if name == "States.ALL":
        return "any error"
    last = name.rsplit(".", 1)[-1]
    return last.removesuffix("Exception") or name


def resource_label(resource: str) -> str:
    """Say what a task calls: `dynamodb putItem`, `lambda`, `activity`; empty where the ARN does not tell."""
    called = parse(resource)
    if called is None:
        return ""
    if called.is_integration and called.service != "lambda":
        label = f"{called.service} {called.action}"
    else:
        label = {"function": "lambda", "activity": "activity"}.get(called.kind, called.service)
    return shorten(printable(label), _MOST_OF_CAPTION)
