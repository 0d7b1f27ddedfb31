"""Reads that find something, but of a kind with which the state can do nothing: text where seconds are to be.

What is known over all routes together is the same on each of them here, so that no single route has to be shown.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from asl.checking.dataflow.access import Presence, look
from asl.checking.dataflow.jsonata import INPUT, parse_expression
from asl.checking.dataflow.paths import VARIABLE, DataPath, followed, parse_path, written
from asl.checking.dataflow.requests import handed_on, misfit
from asl.checking.dataflow.values import EMPTY, KnownList, Object, Scalar, Unknown, Value, forced
from asl.comparisons import COMPARISONS, JUNCTIONS, TYPE_TESTS
from asl.definitions.grammar import paths_of
from asl.definitions.model import JSONATA
from asl.expressions.intrinsic_calls import Parts, parts_of
from asl.expressions.intrinsic_functions import FUNCTIONS
from asl.expressions.jsonpath import Path
from asl.locations import located

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.dataflow.reading import Store
    from asl.checking.dataflow.solving import Solution
    from asl.definitions.model import State
    from asl.definitions.templates import Template
    from asl.expressions.intrinsic_calls import ParsedCall
    from asl.locations import Location, Place

_FIELDS: Final = {kind: paths_of(kind) for kind in ("Wait", "Task")} | {
    "Map": {name: field for name, field in paths_of("Map").items() if field.kind}
}
_FAMILY_OF: Final = {"boolean": "Boolean", "number": "Numeric", "string": "String"}
_MOMENT: Final = re.compile("(Date|Time|At|Timestamp|On)$")
"""Names of fields that some services answer as text and some as a number."""
_KINDS_OF: Final = {"l": "array", "o": "object", "t": "string", "n": "number", "b": "boolean"}
_ONE_ITEM: Final = re.compile(r"\{%\s*(?:-?\d+(?:\.\d+)?|'[^']*'|\"[^\"]*\"|true|false|null)\s*%\}")
"""An expression that is a single value, and so no list to run over."""


class Misfit(NamedTuple):
    """A value of the wrong kind, in words."""

    message: str
    location: Location


def misfits(solution: Solution) -> Iterator[Misfit]:
    """Yield what the states of a machine read that is there and of no use to them."""
    for state in solution.definition.states:
        node = solution.nodes[state]
        store = node.arrived
        if store is None:
            continue
        reads = _StateReads(state, store, store.data, node.context)
        if state.language == JSONATA:
            if state.type in ("Map", "Task"):
                yield from reads.misfits()
            continue
        where = state.value.get("InputPath", "$")
        if where != "$":
            left = EMPTY if where is None else reads.read(where)[1] or Unknown()
            reads = _StateReads(state, store, left, node.context)
        yield from reads.misfits()


class _StateReads:
    def __init__(self, state: State, store: Store, data: Value, context: Value | None) -> None:
        self._state = state
        self._store = store
        self._data = data
        self._context = context

    def misfits(self) -> Iterator[Misfit]:
        state = self._state
        if state.type == "Task" and ":states:::" in state.resource:
            yield from self._request()
        if state.language == JSONATA:
            yield from self._items()
            return
        if state.type == "Choice":
            rules = state.value.get("Choices")
            found = list(self._rules(rules, (None, "Choices")))
            tested = _tested(rules) if found else frozenset[object]()
            yield from (misfit for variable, misfit in found if variable not in tested)
            return
        for name, field in _FIELDS.get(state.type, {}).items():
            if name in state.value:
                path, value = self.read(state.value[name])
                yield from self._field(name, path, value, (field.kind,))
        if state.type == "Map" and "ItemReader" not in state.value:
            path, value = self.read(state.value.get("ItemsPath", "$"))
            yield from self._field("ItemsPath", path, value, self._item_kinds())
        for name in ("Parameters", "ItemSelector"):
            if name in state.value:
                yield from self._calls(state.template(name))

    def _item_kinds(self) -> tuple[str, ...]:
        """Return what a map runs over: an array, or in a distributed one an object too."""
        is_inline = all(scope.mode == "INLINE" for scope in self._state.inner)
        return ("array",) if is_inline else ("array", "object")

    def _items(self) -> Iterator[Misfit]:
        """Yield what a map in JSONata runs over."""
        value = self._state.value
        if self._state.type != "Map" or "ItemReader" in value:
            return
        items = value.get("Items", "{% $states.input %}")
        path, found = self.read(items)
        yield from self._field("Items", path, found, self._item_kinds())
        place = located(self._state.location, (None, "Items"))
        if isinstance(items, dict) and "object" not in self._item_kinds():
            yield Misfit(
                "Items takes an array, and this is an object: only a distributed map runs over its fields.",
                place,
            )
        elif isinstance(items, str) and _ONE_ITEM.fullmatch(items):
            yield Misfit("Items takes an array, and this is none. The execution fails here.", place)

    def _request(self) -> Iterator[Misfit]:
        """Yield what is handed to a service, where anything is known that it could be."""
        if self._store.variables is EMPTY and isinstance(forced(self._data), Unknown):
            return
        for text, place, key, shape, kind in handed_on(self._state):
            path, value = self.read(text)
            takes = None if path is None or value is None else misfit(shape, value, kind)
            if path is None or takes is None:
                continue
            found = _kind(value)
            what = "" if found is None else f", and {_shown(path)} is {_named(found)}"
            yield Misfit(
                f"{key.removesuffix('.$')} takes {takes}{what}. The task fails here: hand on what it takes.",
                located(self._state.location, place),
            )

    def read(self, text: object, data: Value | None = None) -> tuple[DataPath | None, Value | None]:
        """Return a path, in either language, and what is there for certain, if anything is."""
        parse = parse_expression if self._state.language == JSONATA else parse_path
        path = parse(text) if isinstance(text, str) else None
        return path, None if path is None else self._at(path, data)

    def _at(self, path: DataPath, data: Value | None = None) -> Value | None:
        """Return what is at a path for certain, or if anything is. `data` is the input, if not what is left of it."""
        data = self._data if data is None else data
        roots = {"$": data, INPUT: data, VARIABLE: self._store.variables, "$$": self._context}
        root = roots.get(path.root)
        if root is None or not path.definite:
            return None
        presence, value, _ = look(root, path.steps)
        return value if presence in (Presence.SURE, Presence.UNSURE) else None

    def _field(
        self, field: str, path: DataPath | None, value: Value | None, kinds: tuple[str, ...]
    ) -> Iterator[Misfit]:
        kind = _kind(value)
        if path is None or kind is None or kind in kinds:
            return
        written_out = field in self._state.value
        takes = (
            f"{field} takes"
            if written_out
            else f"A Map without {field} takes its whole input, which is to be"
        )
        yield Misfit(
            f"{takes} {_a(kinds[0])}, and {_shown(path)} is {_named(kind)}. The execution fails here. "
            f"Point {field} at {_a(kinds[0])}, or make one before.",
            located(self._state.location, (None, field) if written_out else None),
        )

    def _rules(self, rule: object, place: Place) -> Iterator[tuple[str, Misfit]]:
        """Yield comparisons that can never hold, each with the variable that is compared."""
        if isinstance(rule, list):
            for i, item in enumerate(rule):
                yield from self._rules(item, (place, i))
        elif isinstance(rule, dict):
            for name, operand in rule.items():
                if name in JUNCTIONS:
                    yield from self._rules(operand, (place, name))
                elif name in COMPARISONS and isinstance(variable := rule.get("Variable"), str):
                    misfit = self._compared(rule, variable, name, place)
                    if misfit is not None:
                        yield variable, misfit
                    break

    def _compared(self, rule: dict[str, object], variable: str, operator: str, place: Place) -> Misfit | None:
        comparison = COMPARISONS[operator]
        wanted = comparison.kind
        path, value = self.read(variable, self._store.data)
        field = "Variable"
        if comparison.with_path and _fits(value, wanted):
            path, value = self.read(rule.get(operator), self._store.data)
            field = operator
        kind = _kind(value)
        if path is None or kind is None or kind in (wanted, "null"):
            return None
        if wanted == "number" and path.steps and _MOMENT.search(str(path.steps[-1])):
            return None
        better = _FAMILY_OF.get(kind)
        advice = f"Compare it with a {better}... operator" if better else "Compare a part of it"
        return Misfit(
            f"{_shown(path)} is {_named(kind)}, so {operator} never holds. {advice}, or compare what is "
            f"{_a(wanted)}.",
            located(self._state.location, (place, field)),
        )

    def _calls(self, template: Template) -> Iterator[Misfit]:
        for place, key, text, _ in template.dynamic:
            parts = parts_of(text) if type(text) is str and text[:7] == "States." else None
            for call in parts.calls if isinstance(parts, Parts) else ():
                yield from self._call(call, (place, key))

    def _call(self, call: ParsedCall, place: Place) -> Iterator[Misfit]:
        function = FUNCTIONS.get(call.name)
        for argument, letter in zip_longest(call.arguments, "" if function is None else function.kinds):
            wanted = _KINDS_OF.get(letter or "a")
            if wanted is None or not isinstance(argument, Path):
                continue
            path = followed(argument)
            kind = _kind(self._at(path))
            if kind is not None and kind != wanted:
                yield Misfit(
                    f"States.{call.name} takes {_a(wanted)}, and {_shown(path)} is {_named(kind)}. "
                    f"The execution fails here. Give it {_a(wanted)}.",
                    located(self._state.location, place),
                )


def _tested(rule: object) -> frozenset[object]:
    """Return the variables that are asked for their type: who does that knows that it may be another one."""
    if isinstance(rule, list):
        return frozenset().union(*map(_tested, rule))
    if not isinstance(rule, dict):
        return frozenset()
    inside = frozenset[object]().union(*(_tested(rule[name]) for name in JUNCTIONS & rule.keys()))
    return inside if TYPE_TESTS.keys().isdisjoint(rule) else inside | {rule.get("Variable")}


def _fits(value: Value | None, kind: str) -> bool:
    return _kind(value) in (None, kind)


def _kind(value: Value | None) -> str | None:
    value = None if value is None else forced(value)
    if isinstance(value, Scalar):
        is_open = bool(value.constant) and "${" in str(value.constant[0])
        return None if is_open else value.kind
    if isinstance(value, KnownList):
        return "array"
    return "object" if isinstance(value, Object) and value.solid else None


def _named(kind: str) -> str:
    return kind if kind == "null" else _a(kind)


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'ao' else 'a'} {kind}"


def _shown(path: DataPath) -> str:
    return written(path.root, path.steps)
