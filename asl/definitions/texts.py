"""Every string of a definition that is evaluated, or looks as if it were meant to be, collected in one walk.

Only what some rule may have something to say about is kept: a plain reference path into the input, by far the most
common text, leaves no trace. So a rule goes through the few entries that concern it and never through the
definition again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from asl.definitions.model import JSONATA
from asl.expressions.intrinsic_calls import CallFault, Parts, parts_of
from asl.expressions.jsonata import Expression, read_expression
from asl.expressions.jsonpath import Path, PathFault, read_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definitions.model import Definition, State
    from asl.locations import Location

PathRole = Literal["path", "single", "number", "reference", "result", "template"]
"""What a field takes: any path, a path to one value, a reference path to a number of a Map state, a reference path, a
place for a result, a template's value."""
Sight = Literal["input", "result", "error"]
"""What `$states` has beside `input` and `context` where an expression stands: nothing, `result`, `errorOutput`."""


class PathUse(NamedTuple):
    """A path that is no plain reference path into the input, or a text that should be one and cannot be read."""

    state: State
    location: Location
    role: PathRole
    text: str
    path: Path | PathFault


class CallUse(NamedTuple):
    """A call of an intrinsic function, or a text that should be one and cannot be read."""

    state: State
    location: Location
    text: str
    parts: Parts | CallFault


class ExpressionUse(NamedTuple):
    """A JSONata expression."""

    state: State
    location: Location
    sight: Sight
    expression: Expression


class PlainText(NamedTuple):
    """A string that is handed on as it is, although it looks like something to be evaluated."""

    state: State
    location: Location
    key: str
    """The key under which it stands; empty in a list."""
    text: str
    field: str
    """The field of the state, the choice rule or the catcher in which it lies."""


class Entry(NamedTuple):
    """A key of a template, with its value."""

    state: State
    location: Location
    """The object that has the key."""
    key: str
    value: object


class Assignment(NamedTuple):
    """The variables that a state, one of its choice rules or one of its catchers sets."""

    state: State
    location: Location
    """The `Assign` field."""
    names: tuple[str, ...]
    """As they are written, with `.$`."""
    entry: dict[str, object] | None
    """The choice rule or catcher; None for the state's own."""


_PATH_FIELDS: Final[dict[str, PathRole]] = {
    "InputPath": "path",
    "OutputPath": "path",
    "ResultPath": "result",
    "ItemsPath": "reference",
    "SecondsPath": "single",
    "TimestampPath": "single",
    "TimeoutSecondsPath": "single",
    "HeartbeatSecondsPath": "single",
    "MaxConcurrencyPath": "number",
    "ToleratedFailurePercentagePath": "number",
    "ToleratedFailureCountPath": "number",
    "MaxItemsPath": "number",
    "MaxItemsPerBatchPath": "number",
    "MaxInputBytesPerBatchPath": "number",
    "ErrorPath": "path",
    "CausePath": "path",
}
_TEMPLATES: Final = frozenset(
    {"Parameters", "ResultSelector", "ItemSelector", "Assign", "BatchInput", "Credentials"}
)
_ANY_JSON: Final = frozenset({"Parameters", "ItemSelector", "BatchInput"})
"""Templates that may be any JSON, and so a text."""
_CONSTANT: Final = frozenset({"Error", "Cause", "Result"})
"""What a Fail or a Pass state in JSONPath hands on as it is."""
_NESTED: Final = frozenset({"ItemReader", "ReaderConfig", "ItemBatcher", "ResultWriter"})
_HAS_RESULT: Final = frozenset({"Task", "Parallel", "Map"})
_JSONATA_VALUES: Final = frozenset(
    {
        "Arguments",
        "Output",
        "Assign",
        "Seconds",
        "Timestamp",
        "TimeoutSeconds",
        "HeartbeatSeconds",
        "Credentials",
        "Items",
        "ItemSelector",
        "MaxConcurrency",
        "ToleratedFailurePercentage",
        "ToleratedFailureCount",
        "Error",
        "Cause",
        "Condition",
        "BatchInput",
        "MaxItems",
        "MaxItemsPerBatch",
        "MaxInputBytesPerBatch",
    }
)
_SHAPED: Final = _JSONATA_VALUES - {
    "Arguments",
    "Output",
    "Assign",
    "Error",
    "Cause",
    "BatchInput",
    "ItemSelector",
}
"""Those whose schema refuses a text that is no expression."""
_DYNAMIC_START: Final = frozenset("$S{ \t\r\n")
_COMPARISONS: Final = ("String", "Numeric", "Timestamp", "Boolean", "Is")
_BARE_STATES = re.compile(
    r"\$states\.(?:input|context|result|errorOutput)(?:\.\w+|\[\d+\])*|\{\s*\$states\.[^{}%]*\}"
)
_BARE_VARIABLE = re.compile(r"\$[A-Za-z_]\w*(?:\.\w+|\[\d+\])*")
_CALL_START = re.compile(r"States\.\w+\s*\(")
_MEANT_AS_PATH = re.compile(r"\w*paths?(?:map)?", re.IGNORECASE)
"""Keys of requests whose value is a path for another service, such as `InputPathsMap` of an EventBridge rule."""


class Texts:
    """All of them, in lists by kind."""

    def __init__(self, definition: Definition) -> None:
        self.paths: list[PathUse] = []
        self.calls: list[CallUse] = []
        self.expressions: list[ExpressionUse] = []
        self.half_open: list[PlainText] = []
        """Texts of JSONata states that start with `{%` and do not end with `%}`."""
        self.not_expressions: list[PlainText] = []
        """Texts of JSONata states with `{% %}` somewhere inside, or that can only be meant as an expression."""
        self.bare_variables: list[PlainText] = []
        """Texts of JSONata states that are the name of a variable, perhaps with fields behind it."""
        self.unevaluated: list[PlainText] = []
        """Texts that look like a path, a call or an expression but are not evaluated where they stand."""
        self.bad_values: list[Entry] = []
        """Keys with `.$` whose value is neither a path nor a call."""
        self.doubled: list[Entry] = []
        """Keys that a template has both with and without `.$`."""
        self.dollar_keys: list[Entry] = []
        """Keys with `.$` in JSONata states, where they mean nothing."""
        self.assignments: list[Assignment] = []
        for state in definition.states:
            if state.language == JSONATA:
                self._jsonata(state, state.value, state.location)
            else:
                self._json_path(state, state.value, state.location)

    def variable_reads(self) -> Iterator[tuple[State, Location, str]]:
        """Yield the variables that are read, each with the place."""
        for use in self.paths:
            # Where a result goes nothing is read; that it cannot go there is told by another rule.
            if isinstance(use.path, Path) and use.path.variable is not None and use.role != "result":
                yield use.state, use.location, use.path.variable
        for read in self.expressions:
            for name in read.expression.variables:
                yield read.state, read.location, name

    def context_reads(self) -> Iterator[tuple[State, Location, str, tuple[str, ...]]]:
        """Yield the fields of the context object that are read: the text before them, and their names."""
        for use in self.paths:
            if (
                isinstance(use.path, Path)
                and use.path.root == "$$"
                and use.path.names
                and use.role != "result"
            ):
                yield use.state, use.location, "$$.", use.path.names
        for read in self.expressions:
            for names in read.expression.states:
                if names[0] == "context" and len(names) > 1:
                    yield read.state, read.location, "$states.context.", names[1:]

    # A state, or an object inside it that has fields of its own, in JSONPath

    def _json_path(self, state: State, fields: dict[str, object], place: Location) -> None:
        for name, value in fields.items():
            if type(value) is str:
                role = _PATH_FIELDS.get(name)
                if role is not None:
                    self._path_field(state, place, name, value, role)
                elif name in _ANY_JSON and value[:1] in _DYNAMIC_START:
                    self._plain(state, place / name, "", value, name)
                elif name in _CONSTANT and value[:1] in _DYNAMIC_START and state.type in ("Fail", "Pass"):
                    self._plain(state, place / name, name, value, name)
            elif name in _TEMPLATES:
                if name == "Assign":
                    self._assigned(state, value, place / name, None)
                self._template(state, value, place / name, name)
            elif name == "Choices":
                self._choices(state, value, place / name)
            elif name == "Catch":
                self._catchers(state, value, place / name)
            elif name in _NESTED:
                if isinstance(value, dict):
                    self._json_path(state, value, place / name)
            elif name == "Result" and state.type == "Pass":
                self._static(state, value, place / name)

    def _path_field(self, state: State, place: Location, name: str, text: str, role: PathRole) -> None:
        if "${" in text:
            return
        if text.startswith("$"):
            path = read_path(text)
            if isinstance(path, PathFault) or not path.is_quiet:
                self.paths.append(PathUse(state, place / name, role, text, path))
        elif (name == "ErrorPath" or name == "CausePath") and text.startswith("States."):
            self._call(state, place / name, text)

    def _call(self, state: State, place: Location, text: str) -> None:
        parts = parts_of(text)
        self.calls.append(CallUse(state, place, text, parts))
        if isinstance(parts, Parts):
            for path in parts.paths:
                if not path.is_quiet:
                    self.paths.append(PathUse(state, place, "template", text, path))

    def _template(self, state: State, value: object, place: Location, field: str) -> None:
        waiting: list[tuple[object, Location, str]] = [(value, place, "")]
        while waiting:
            value, place, under = waiting.pop()
            inside = len(waiting)
            if isinstance(value, dict):
                for key, item in value.items():
                    if type(key) is not str:
                        continue
                    if key[-2:] == ".$":
                        self._dynamic(state, value, place, key, item)
                    elif type(item) is str:
                        if item[:1] in _DYNAMIC_START:
                            self._plain(state, place / key, key, item, field, under)
                    elif isinstance(item, dict | list):
                        waiting.append((item, place / key, key))
            elif isinstance(value, list):
                for i, item in enumerate(value):
                    if type(item) is str:
                        if item[:1] in _DYNAMIC_START:
                            self._plain(state, place / i, "", item, field, under)
                    elif isinstance(item, dict | list):
                        waiting.append((item, place / i, under))
            if len(waiting) > inside + 1:
                waiting[inside:] = reversed(waiting[inside:])

    def _dynamic(
        self, state: State, template: dict[str, object], place: Location, key: str, value: object
    ) -> None:
        if key[:-2] in template:
            self.doubled.append(Entry(state, place, key, value))
        if type(value) is not str:
            self.bad_values.append(Entry(state, place, key, value))
        elif value[:1] == "$":
            if "${" not in value:
                path = read_path(value)
                if isinstance(path, PathFault) or not path.is_quiet:
                    self.paths.append(PathUse(state, place / key, "template", value, path))
        elif "${" in value:
            pass
        elif value.lstrip().startswith("States."):
            self._call(state, place / key, value)
        else:
            self.bad_values.append(Entry(state, place, key, value))

    def _plain(self, state: State, place: Location, key: str, text: str, field: str, under: str = "") -> None:
        """Keep a text if it looks like something to be evaluated."""
        if "${" in text:
            return
        if not (is_expression(text) or looks_like_path(text) or _CALL_START.match(text)):
            return
        if any(_MEANT_AS_PATH.fullmatch(name) for name in (key, under) if name):
            return
        self.unevaluated.append(PlainText(state, place, key, text, field))

    def _choices(self, state: State, rules: object, place: Location) -> None:
        if not isinstance(rules, list):
            return
        waiting: list[tuple[object, Location]] = [(rules[i], place / i) for i in reversed(range(len(rules)))]
        while waiting:
            rule, at = waiting.pop()
            if not isinstance(rule, dict):
                continue
            for name, value in rule.items():
                if type(name) is not str:
                    continue
                if type(value) is str:
                    if name == "Variable" or (name[-4:] == "Path" and len(name) > 4):
                        self._path_field(state, at, name, value, "reference")
                    elif value[:1] in _DYNAMIC_START and name.startswith(_COMPARISONS):
                        self._plain(state, at / name, name, value, name)
                elif name == "And" or name == "Or":
                    if isinstance(value, list):
                        waiting.extend((value[i], at / name / i) for i in reversed(range(len(value))))
                elif name == "Not":
                    waiting.append((value, at / name))
                elif name == "Assign":
                    self._assigned(state, value, at / name, rule)
                    self._template(state, value, at / name, name)

    def _catchers(self, state: State, catchers: object, place: Location) -> None:
        for i, catcher in enumerate(catchers if isinstance(catchers, list) else ()):
            if not isinstance(catcher, dict):
                continue
            path = catcher.get("ResultPath")
            if type(path) is str:
                self._path_field(state, place / i, "ResultPath", path, "result")
            if "Assign" in catcher:
                self._assigned(state, catcher["Assign"], place / i / "Assign", catcher)
                self._template(state, catcher["Assign"], place / i / "Assign", "Assign")

    def _static(self, state: State, result: object, place: Location) -> None:
        """Note the first place of a Pass state's `Result` that looks as if it were to be evaluated."""
        waiting: list[tuple[object, str, Location]] = [(result, "", place)]
        while waiting:
            value, key, at = waiting.pop()
            if isinstance(value, dict):
                waiting.extend((item, str(name), at / str(name)) for name, item in reversed(value.items()))
            elif isinstance(value, list):
                waiting.extend((value[i], "", at / i) for i in reversed(range(len(value))))
            elif type(value) is str and value[:1] in _DYNAMIC_START:
                found = len(self.unevaluated)
                self._plain(state, at, key, value, "Result")
                if len(self.unevaluated) > found:
                    return

    def _assigned(
        self, state: State, value: object, place: Location, entry: dict[str, object] | None
    ) -> None:
        if isinstance(value, dict) and value:
            self.assignments.append(Assignment(state, place, tuple(map(str, value)), entry))

    # The same in JSONata

    def _jsonata(self, state: State, fields: dict[str, object], place: Location) -> None:
        after: Sight = "result" if state.type in _HAS_RESULT else "input"
        for name, value in fields.items():
            if name in _JSONATA_VALUES:
                self._values(state, value, place / name, after if name in ("Output", "Assign") else "input")
                if name == "Assign":
                    self._assigned(state, value, place / name, None)
            elif name == "Choices" or name == "Catch":
                sight: Sight = "error" if name == "Catch" else "input"
                for i, entry in enumerate(value if isinstance(value, list) else ()):
                    if isinstance(entry, dict):
                        self._entry(state, entry, place / name / i, sight)
            elif name in _NESTED and isinstance(value, dict):
                self._jsonata(state, value, place / name)

    def _entry(self, state: State, entry: dict[str, object], place: Location, sight: Sight) -> None:
        for name in ("Condition", "Output", "Assign"):
            if name in entry:
                self._values(state, entry[name], place / name, sight)
        if "Assign" in entry:
            self._assigned(state, entry["Assign"], place / "Assign", entry)

    def _values(self, state: State, value: object, place: Location, sight: Sight) -> None:
        field = str(place.step)
        waiting: list[tuple[object, str, str, Location]] = [(value, "", "", place)]
        while waiting:
            value, key, under, at = waiting.pop()
            if type(value) is str:
                if value[:1] in _DYNAMIC_START or "{%" in value:
                    self._jsonata_text(state, at, key, value, sight, field, under)
            elif isinstance(value, dict):
                for name in reversed(value):
                    if type(name) is not str:
                        continue
                    if name[-2:] == ".$" and field != "Assign" and _is_dynamic(value[name]):
                        # The parameters of a service call are held to its model by other rules.
                        if field != "Arguments" or at is not place or ":states:::" not in state.resource:
                            self.dollar_keys.append(Entry(state, at, name, value[name]))
                        continue
                    waiting.append((value[name], name, key or under, at / name))
            elif isinstance(value, list):
                waiting.extend((value[i], "", key or under, at / i) for i in reversed(range(len(value))))

    def _jsonata_text(
        self, state: State, place: Location, key: str, text: str, sight: Sight, field: str, under: str
    ) -> None:
        if is_expression(text):
            if "${" not in text:
                self.expressions.append(ExpressionUse(state, place, sight, read_expression(text[2:-2])))
        elif "${" in text:
            pass
        elif text.startswith("{%"):
            if under or key or field not in _SHAPED:
                self.half_open.append(PlainText(state, place, key, text, field))
        elif field in _SHAPED and not (under or key):
            pass  # the schema takes nothing but an expression here
        elif ("{%" in text and "%}" in text) or _BARE_STATES.fullmatch(text):
            self.not_expressions.append(PlainText(state, place, key, text, field))
        elif _BARE_VARIABLE.fullmatch(text):
            self.bare_variables.append(PlainText(state, place, key, text, field))
        else:
            self._plain(state, place, key, text, field, under)


def is_expression(text: str) -> bool:
    """Whether a text stands in JSONata's delimiters."""
    return text.startswith("{%") and text.endswith("%}") and len(text) > 3


def _is_dynamic(value: object) -> bool:
    return isinstance(value, str) and (looks_like_path(value) or _CALL_START.match(value) is not None)


def looks_like_path(text: str) -> bool:
    """Whether a text can hardly be meant as anything but a path: `$`, `$.order`, `$[0]`, `$$.Execution.Id`."""
    if text not in ("$", "$$") and not text.startswith(("$.", "$[", "$$.", "$$[")):
        return False
    path = read_path(text)
    return isinstance(path, Path) and not (path.names and path.names[0][:1].isdigit())
