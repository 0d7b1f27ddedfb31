"""Every string of a definition that is evaluated, or looks as if it were meant to be, collected in one walk.

Only what some rule may have something to say about is kept: a plain reference path into the input, by far the most
common text, leaves no trace. So a rule goes through the few entries that concern it and never through the
definition again.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from asl.comparisons import COMPARISONS, TYPE_TESTS
from asl.definitions.grammar import (
    ANY_JSON,
    CONSTANT,
    EXPRESSIONS,
    NESTED,
    PATHS,
    TEMPLATES,
    WITH_RESULT,
    PathRole,
    Sight,
)
from asl.definitions.model import JSONATA, State
from asl.definitions.templates import DYNAMIC_START, Template
from asl.expressions import is_expression
from asl.expressions.intrinsic_calls import CallFault, Parts, parts_of
from asl.expressions.jsonata import JsonataExpression, read_expression
from asl.expressions.jsonpath import Path, PathFault, read_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.definitions.model import Definition
    from asl.locations import Location, Place


class PathUse(NamedTuple):
    """A path that is not a plain reference path into the input, or a text that should be one and cannot be read."""

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
    expression: JsonataExpression


class PlainText(NamedTuple):
    """A string that is handed on as it is, although it looks like something to be evaluated."""

    state: State
    location: Location
    key: str
    """The key under which it stands; empty in a list."""
    text: str
    field: str
    """The field of the state, the choice rule or the catcher in which it lies."""


class TemplateKey(NamedTuple):
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
        self.bad_values: list[TemplateKey] = []
        """Keys with `.$` whose value is neither a path nor a call."""
        self.doubled: list[TemplateKey] = []
        """Keys that a template has both with and without `.$`."""
        self.dollar_keys: list[TemplateKey] = []
        """Keys with `.$` in JSONata states, where they mean nothing."""
        self.assignments: list[Assignment] = []
        for state in definition.states:
            if state.language == JSONATA:
                self._jsonata(state, state.value, None)
            else:
                self._json_path(state, state.value, None)

    def variable_reads(self) -> Iterator[tuple[State, Location, str]]:
        """Yield the variables that are read, each with the place."""
        for use in self.paths:
            # Where a result goes nothing is read; another rule reports what cannot go there.
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

    def _json_path(self, state: State, fields: dict[str, object], place: Place) -> None:
        for name, value in fields.items():
            if type(value) is str:
                if name in PATHS:
                    self._path_field(state, place, name, value, PATHS[name].role)
                elif value[:1] in DYNAMIC_START:
                    if name in ANY_JSON:
                        self._plain(state, (place, name), "", value, name)
                    elif name in CONSTANT and state.type in ("Fail", "Pass"):
                        self._plain(state, (place, name), name, value, name)
            elif name in TEMPLATES:
                if name == "Assign":
                    self._assigned(state, value, (place, name), None)
                read = state.template(name) if place is None else Template(value, (place, name))
                self._template(state, read, name)
            elif name == "Choices":
                for i, rule in enumerate(state.entries(name)):
                    self._choice(state, rule, ((place, name), i))
            elif name == "Catch":
                self._catchers(state, (place, name))
            elif name in NESTED:
                if isinstance(value, dict):
                    self._json_path(state, value, (place, name))
            elif name == "Result" and state.type == "Pass":
                self._static(state, value, "", (place, name))

    def _path_field(self, state: State, place: Place, name: str, text: str, role: PathRole) -> None:
        found = _said_of(text)
        if found is None:
            return
        if isinstance(found, Path | PathFault):
            if text.startswith("$"):
                self.paths.append(PathUse(state, state.at((place, name)), role, text, found))
        elif (name == "ErrorPath" or name == "CausePath") and text.startswith("States."):
            self._call(state, state.at((place, name)), text, found)

    def _call(self, state: State, place: Location, text: str, parts: Parts | CallFault) -> None:
        self.calls.append(CallUse(state, place, text, parts))
        if isinstance(parts, Parts):
            for path in parts.paths:
                if not path.is_quiet:
                    self.paths.append(PathUse(state, place, "template", text, path))

    def _template(self, state: State, template: Template, field: str) -> None:
        for place, key, value, doubled in template.dynamic:
            if doubled:
                self.doubled.append(TemplateKey(state, state.at(place), key, value))
            if type(value) is not str:
                self.bad_values.append(TemplateKey(state, state.at(place), key, value))
                continue
            found = _said_of(value)
            if found is None:
                continue
            if isinstance(found, Parts | CallFault):
                self._call(state, state.at((place, key)), value, found)
            elif value[:1] == "$":
                self.paths.append(PathUse(state, state.at((place, key)), "template", value, found))
            else:
                self.bad_values.append(TemplateKey(state, state.at(place), key, value))
        for place, key, under, text in template.plain:
            self._plain(state, place, key, text, field, under)

    def _plain(self, state: State, place: Place, key: str, text: str, field: str, under: str = "") -> None:
        """Keep a text if it looks like something to be evaluated."""
        if _looks_evaluated(text) and not (_is_meant_as_path(key) or _is_meant_as_path(under)):
            self.unevaluated.append(PlainText(state, state.at(place), key, text, field))

    def _choice(self, state: State, rule: object, place: Place) -> None:
        if not isinstance(rule, dict):
            return
        nested: list[tuple[object, Place]] = []
        for name, value in rule.items():
            if type(value) is str:
                if name == "Variable" or (name[-4:] == "Path" and len(name) > 4):
                    self._path_field(state, place, name, value, "reference")
                elif value[:1] in DYNAMIC_START and (name in COMPARISONS or name in TYPE_TESTS):
                    self._plain(state, (place, name), name, value, name)
            elif name == "And" or name == "Or":
                if isinstance(value, list):
                    nested += [(inner, ((place, name), i)) for i, inner in enumerate(value)]
            elif name == "Not":
                nested.append((value, (place, name)))
            elif name == "Assign":
                self._assigned(state, value, (place, name), rule)
                self._template(state, Template(value, (place, name)), name)
        for inner, where in nested:
            self._choice(state, inner, where)

    def _catchers(self, state: State, place: Place) -> None:
        for i, catcher in enumerate(state.entries("Catch")):
            path = catcher.get("ResultPath")
            if type(path) is str:
                self._path_field(state, (place, i), "ResultPath", path, "result")
            if "Assign" in catcher:
                where = ((place, i), "Assign")
                self._assigned(state, catcher["Assign"], where, catcher)
                self._template(state, Template(catcher["Assign"], where), "Assign")

    def _static(self, state: State, value: object, key: str, place: Place) -> bool:
        """Note the first place of a Pass state's `Result` that looks as if it were to be evaluated."""
        if type(value) is str:
            found = len(self.unevaluated)
            self._plain(state, place, key, value, "Result")
            return len(self.unevaluated) > found
        if isinstance(value, dict):
            return any(self._static(state, item, name, (place, name)) for name, item in value.items())
        if isinstance(value, list):
            return any(self._static(state, item, "", (place, i)) for i, item in enumerate(value))
        return False

    def _assigned(self, state: State, value: object, place: Place, entry: dict[str, object] | None) -> None:
        if isinstance(value, dict) and value:
            self.assignments.append(Assignment(state, state.at(place), tuple(value), entry))

    # The same in JSONata

    def _jsonata(self, state: State, fields: dict[str, object], place: Place) -> None:
        after: Sight = "result" if state.type in WITH_RESULT else "input"
        for name, value in fields.items():
            if name in EXPRESSIONS:
                sight = after if name in ("Output", "Assign") else "input"
                self._values(state, value, (place, name), sight, name)
                if name == "Assign":
                    self._assigned(state, value, (place, name), None)
            elif name == "Choices" or name == "Catch":
                sight = "error" if name == "Catch" else "input"
                for i, entry in enumerate(state.entries(name)):
                    self._entry(state, entry, ((place, name), i), sight)
            elif name in NESTED and isinstance(value, dict):
                self._jsonata(state, value, (place, name))

    def _entry(self, state: State, entry: dict[str, object], place: Place, sight: Sight) -> None:
        for name in ("Condition", "Output", "Assign"):
            if name in entry:
                self._values(state, entry[name], (place, name), sight, name)
        if "Assign" in entry:
            self._assigned(state, entry["Assign"], (place, "Assign"), entry)

    def _values(
        self,
        state: State,
        value: object,
        place: Place,
        sight: Sight,
        field: str,
        key: str = "",
        under: str = "",
    ) -> None:
        """Look at the texts of a field, the whole value first: `key` and `under` are empty there."""
        if type(value) is str:
            if value[:1] in DYNAMIC_START or "{%" in value:
                self._jsonata_text(state, place, key, value, sight, field, under)
        elif isinstance(value, dict):
            # The parameters of a service call are held to its model by other rules.
            is_request = field == "Arguments" and not (key or under) and ":states:::" in state.resource
            for name, item in value.items():
                if name[-2:] == ".$" and field != "Assign" and _is_dynamic(item):
                    if not is_request:
                        self.dollar_keys.append(TemplateKey(state, state.at(place), name, item))
                    continue
                self._values(state, item, (place, name), sight, field, name, key or under)
        elif isinstance(value, list):
            for i, item in enumerate(value):
                self._values(state, item, (place, i), sight, field, "", key or under)

    def _jsonata_text(
        self, state: State, place: Place, key: str, text: str, sight: Sight, field: str, under: str
    ) -> None:
        if is_expression(text):
            if "${" not in text:
                read = read_expression(text[2:-2])
                self.expressions.append(ExpressionUse(state, state.at(place), sight, read))
            return
        if "${" in text:
            return
        takes_expressions_alone = EXPRESSIONS[field] and not (under or key)  # as the schema says
        kept: list[PlainText] | None = None
        if text.startswith("{%"):
            kept = None if takes_expressions_alone else self.half_open
        elif takes_expressions_alone:
            pass
        elif ("{%" in text and "%}" in text) or _BARE_STATES.fullmatch(text):
            kept = self.not_expressions
        elif _BARE_VARIABLE.fullmatch(text):
            kept = self.bare_variables
        else:
            self._plain(state, place, key, text, field, under)
        if kept is not None:
            kept.append(PlainText(state, state.at(place), key, text, field))


@lru_cache(maxsize=16_384)
def _said_of(text: str) -> Path | PathFault | Parts | CallFault | None:
    """Return what a text is that is evaluated; None where nothing is ever said of it.

    That is so of a path to one place in the input, and where a placeholder hides what it is.
    """
    if "${" in text:
        return None
    if text.lstrip().startswith("States."):
        return parts_of(text)
    path = read_path(text)
    return None if isinstance(path, Path) and path.is_quiet and text[:1] == "$" else path


@lru_cache(maxsize=16_384)
def _looks_evaluated(text: str) -> bool:
    if "${" in text:
        return False
    return is_expression(text) or looks_like_path(text) or _CALL_START.match(text) is not None


def _is_meant_as_path(key: str) -> bool:
    return key != "" and _MEANT_AS_PATH.fullmatch(key) is not None


def _is_dynamic(value: object) -> bool:
    return isinstance(value, str) and (looks_like_path(value) or _CALL_START.match(value) is not None)


def looks_like_path(text: str) -> bool:
    """Whether a text can hardly be meant as anything but a path: `$`, `$.order`, `$[0]`, `$$.Execution.Id`."""
    if text not in ("$", "$$") and not text.startswith(("$.", "$[", "$$.", "$$[")):
        return False
    path = read_path(text)
    return isinstance(path, Path) and not (path.names and path.names[0][:1].isdigit())
