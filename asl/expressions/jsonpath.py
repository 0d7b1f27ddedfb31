"""Reading JSONPath as the service does: Jayway's syntax, with `$$` for the context object and `$name` for variables.

What stands inside a filter, `[?(...)]`, is only checked for balance: the service takes much there that no
specification describes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

StepKind = Literal["name", "index", "names", "indexes", "slice", "wildcard", "filter", "deep", "function"]


class PathStep(NamedTuple):
    """One step of a path: `value` is the name or index, or the text between brackets for the other kinds."""

    kind: StepKind
    value: str | int
    escaped: bool = False
    """Whether the name was written with a backslash. AWS has been seen to find a field whose name keeps it."""


_PLAIN: Final = frozenset({"name", "index"})
_ONE_RESULT: Final = _PLAIN | {"function"}


class Path(NamedTuple):
    """A path that can be read. `root` is `$`, `$$` or a variable with its sign, such as `$order`."""

    root: str
    steps: tuple[PathStep, ...]
    text: str
    """As it is written."""

    @property
    def is_reference(self) -> bool:
        """Whether it names exactly one place: no wildcards, filters, slices, deep scans or functions."""
        return all(step.kind in _PLAIN for step in self.steps)

    @property
    def is_definite(self) -> bool:
        """Whether it gives one value, and not a list of whatever matches."""
        return all(step.kind in _ONE_RESULT for step in self.steps)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the first steps, up to the first that is none."""
        found: list[str] = []
        for step in self.steps:
            if step.kind != "name":
                break
            found.append(str(step.value))
        return tuple(found)

    @property
    def variable(self) -> str | None:
        """The name of the variable that it reads, None for a path into the input or the context."""
        return self.root[1:] if self.root not in ("$", "$$") else None

    @property
    def is_meant_as_context(self) -> bool:
        """Whether it reads from the input what hardly anything but the context object has: `$.Map.Item.Value`."""
        return self.root == "$" and self.names[:2] in _OF_THE_CONTEXT

    @property
    def is_quiet(self) -> bool:
        """Whether it is a reference path into the input, about which no rule has anything to say."""
        return self.root == "$" and self.is_reference and not self.is_meant_as_context


class PathFault(NamedTuple):
    """Why a text is not a path, as the end of a sentence."""

    reason: str


_OF_THE_CONTEXT: Final = frozenset(
    {
        ("Execution", "Id"),
        ("Execution", "RoleArn"),
        ("Execution", "StartTime"),
        ("Map", "Item"),
        ("StateMachine", "Id"),
        ("StateMachine", "Name"),
        ("Task", "Token"),
    }
)
_ROOT = re.compile(r"\$(?:\$|[^\W\d]\w*)?")
_SIMPLE = re.compile(r"\$\$?(?:\.[A-Za-z_][\w-]*|\[\d{1,9}\])*")
_SIMPLE_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]")
# The lists are not possessive as a whole: before 3.11.5, Python keeps what the repetition that did not match has taken,
# and would find nothing wrong with `$[1,]`.
_QUOTED_LIST = re.compile(
    r"""\s*+(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")\s*+"""
    r"""(?:,\s*+(?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")\s*+)*""",
    re.DOTALL,
)
_INDEXES = re.compile(r"\s*+-?\d++\s*+(?:,\s*+-?\d++\s*+)*")
_SLICE = re.compile(r"\s*+(?:-?\d++\s*+)?:\s*+(?:-?\d++\s*+)?(?::\s*+(?:-?\d++\s*+)?)?")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_CLOSING = {"(": ")", "[": "]"}


@lru_cache(maxsize=16_384)
def read_path(text: str) -> Path | PathFault:
    """Take a path apart. A text that is none gives the reason; nothing is raised, and time grows with its length."""
    text = text.strip()
    if _SIMPLE.fullmatch(text):
        root = "$$" if text.startswith("$$") else "$"
        found = _SIMPLE_STEP.finditer(text, len(root))
        steps = [PathStep("name", m[1]) if m[1] is not None else PathStep("index", int(m[2])) for m in found]
        return Path(root, tuple(steps), text)
    matched = _ROOT.match(text)
    if matched is None:
        return PathFault("it does not start with $")
    root, at = matched[0], matched.end()
    if at < len(text) and text[at] not in ".[":
        return PathFault(f"after {root} comes a dot or a bracket, not {text[at]}")
    steps = []
    while at < len(text):
        outcome = _bracket(text, at) if text[at] == "[" else _dotted(text, at)
        if isinstance(outcome, PathFault):
            return outcome
        step, at = outcome
        steps.append(step)
        if at < len(text) and text[at] not in ".[":
            return PathFault(f"after {_shown(text[:at])} comes a dot or a bracket, not {text[at]}")
    return Path(root, tuple(steps), text)


def _dotted(text: str, at: int) -> tuple[PathStep, int] | PathFault:
    """Return a step that starts with a dot: a name, a wildcard, a function, a deep scan."""
    if text.startswith("..", at):
        if at + 2 == len(text) or text[at + 2] == ".":
            return PathFault("two dots have to be followed by a name or a bracket")
        return PathStep("deep", ".."), at + 2 if text[at + 2] == "[" else at + 1
    at += 1
    if at == len(text):
        return PathFault("it ends with a dot")
    if text[at] == "[":
        return _bracket(text, at)
    end = at
    while end < len(text) and text[end] not in ".[(":
        if text[end].isspace():
            return PathFault(
                f"a name with a blank in it is written in brackets and quotes: {_shown(text[: at - 1])}['...']"
            )
        end += 1
    name = text[at:end]
    if end < len(text) and text[end] == "(":
        close = _closing(text, end)
        if close is None:
            return PathFault(f"the bracket after {name} is never closed")
        return PathStep("function", name), close + 1
    if not name:
        return PathFault("a dot has to be followed by a name")
    return PathStep("wildcard", "*") if name == "*" else PathStep("name", name), end


def _bracket(text: str, at: int) -> tuple[PathStep, int] | PathFault:
    close = _closing(text, at)
    if close is None:
        return PathFault(f"the bracket or quote after {_shown(text[:at])} is never closed")
    inside = text[at + 1 : close]
    after = close + 1
    if _QUOTED_LIST.fullmatch(inside):
        quoted = inside.strip()
        if _one_quoted(quoted):
            return PathStep("name", _ESCAPED.sub(r"\1", quoted[1:-1]), "\\" in quoted), after
        return PathStep("names", quoted), after
    if _INDEXES.fullmatch(inside):
        single = "," not in inside and len(inside) < 20
        return PathStep("index", int(inside)) if single else PathStep("indexes", inside.strip()), after
    if inside.strip() == "*":
        return PathStep("wildcard", "*"), after
    if _SLICE.fullmatch(inside):
        return PathStep("slice", inside.strip()), after
    if inside.lstrip().startswith("?"):
        return PathStep("filter", inside.strip()), after
    if not inside.strip():
        return PathFault("the brackets are empty")
    return PathFault(
        f"[{_shown(inside)}] is not a quoted name, index, slice, wildcard or filter; a name is written ['...']"
    )


def _one_quoted(quoted: str) -> bool:
    """Whether a list of quoted names has one entry: the quote that opens it closes at its very end."""
    i = 1
    while i < len(quoted) and quoted[i] != quoted[0]:
        i += 2 if quoted[i] == "\\" else 1
    return i == len(quoted) - 1


def _closing(text: str, at: int) -> int | None:
    """Return the place of the bracket that closes the one at `at`; brackets within quotes do not count."""
    waiting = [_CLOSING[text[at]]]
    i = at + 1
    while i < len(text):
        char = text[i]
        if char in "'\"":
            i += 1
            while i < len(text) and text[i] != char:
                i += 2 if text[i] == "\\" else 1
        elif char in _CLOSING:
            waiting.append(_CLOSING[char])
        elif char == waiting[-1]:
            waiting.pop()
            if not waiting:
                return i
        elif char in ")]":
            return None
        i += 1
    return None


def _shown(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
