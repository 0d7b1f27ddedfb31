"""What the rules of a Choice read, and what is known once one holds or does not.

A rule is evaluated as Step Functions does it: `And` stops at the first test that fails, `Or` at the first that
holds, a comparison with a path that leads nowhere fails the execution, a value of another type never compares.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from asl.checking.dataflow.access import Presence, look, refined, with_absent, with_present
from asl.checking.dataflow.facts import answered, learnt, shared
from asl.checking.dataflow.paths import VARIABLE, DataPath, parse_path
from asl.checking.dataflow.reading import ReadFault, Store, taken_as_present
from asl.checking.dataflow.values import KnownList, Object, Scalar, Unknown, Value, forced, join, kind_of
from asl.comparisons import COMPARISONS, TYPE_TESTS, Comparison

if TYPE_CHECKING:
    from collections.abc import Callable

    from asl.checking.dataflow.reading import Reader
    from asl.locations import Place

_MOST_NESTED: Final = 40
_MOST_STORES: Final = 6
MOST_TOLD_APART: Final = 40
"""Of so many rules in a row it is known later which one failed or held; of more only what was known before them.

Joining what each of n rules leaves behind takes n² steps.
"""

Operand: TypeAlias = "tuple[type, object] | Value"

Outcome: TypeAlias = "tuple[list[Store], list[Store]]"
"""What is known where a condition holds, and where it does not; an empty list where that cannot be."""


class Conditions:
    """Evaluates the rules of one state."""

    __slots__ = ("_reader", "learns")

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.learns = True
        """Whether it matters what is known after a test of presence."""

    def evaluate(self, rule: object, store: Store, place: Place, level: int = 0) -> Outcome:
        """Evaluate a condition in what is known before it."""
        if not isinstance(rule, dict) or level > _MOST_NESTED:
            return [store], [store]
        if "And" in rule:
            return self._each(rule["And"], store, (place, "And"), level, goes_on=True)
        if "Or" in rule:
            fails, holds = self._each(rule["Or"], store, (place, "Or"), level, goes_on=False)
            return holds, fails
        if "Not" in rule:
            holds, fails = self.evaluate(rule["Not"], store, (place, "Not"), level + 1)
            return fails, holds
        return self._test(rule, store, place)

    def _each(self, rules: object, store: Store, place: Place, level: int, *, goes_on: bool) -> Outcome:
        """Evaluate rules as long as each `goes_on`, that is holds or fails; give what is known after all, and after
        those that stopped it."""
        going, stopped = [store], list[Store]()
        for i, rule in enumerate(rules if isinstance(rules, list) else ()):
            following: list[Store] = []
            for before in going:
                holds, fails = self.evaluate(rule, before, (place, i), level + 1)
                following += holds if goes_on else fails
                if i < MOST_TOLD_APART:
                    stopped += fails if goes_on else holds
            going = gathered(following)
        is_short = not isinstance(rules, list) or len(rules) <= MOST_TOLD_APART
        return going, gathered(stopped) if is_short else [store]

    def _test(self, rule: dict[str, object], store: Store, place: Place) -> Outcome:
        name, operand = _operator(rule)
        self._reader.store = store
        text = rule.get("Variable")
        path = parse_path(text) if isinstance(text, str) else None
        if path is None or not name:
            return [store], [store]
        if name == "IsPresent":
            return self._present(path, operand, store, place)
        if name in TYPE_TESTS:
            return self._typed(path, name, operand, store, place)
        return self._compared(path, name, operand, store, place)

    def _looked(self, path: DataPath, store: Store, place: Place) -> tuple[Presence, Value]:
        """Return what a test finds at a path. It fails nothing, but one that can never hold is a fault all the same.

        That is so where the path steps into the wrong kind of value, or names a field that no such service has. To
        ask for a field that nobody has written is only careful.
        """
        root = self._reader.context
        if path.root == "$":
            root = store.data
        elif path.root == VARIABLE:
            root = store.variables
        presence, value, at = look(root, path.steps)
        if presence is Presence.NEVER and path.root == "$":
            is_strange = not isinstance(value, Object) or isinstance(path.steps[at], int)
            if (is_strange and not _may_be_short(value)) or (isinstance(value, Object) and value.source):
                fault = ReadFault(
                    (place, "Variable"), path, presence, value, at, of_result=False, only_tested=True
                )
                self._reader.faults.append(fault)
        return presence, value

    def _present(self, path: DataPath, operand: object, store: Store, place: Place) -> Outcome:
        if type(operand) is not bool or not path.definite:
            return [store], [store]
        presence, _ = self._looked(path, store, place)
        there: list[Store] = []
        missing: list[Store] = []
        is_open = self.learns and presence not in (Presence.SURE, Presence.NEVER)
        if presence is not Presence.NEVER:
            there = [_narrowed(store, path, present=True) if is_open else store]
        if presence is not Presence.SURE:
            missing = [_narrowed(store, path, present=False) if is_open else store]
        return (there, missing) if operand else (missing, there)

    def _typed(self, path: DataPath, name: str, operand: object, store: Store, place: Place) -> Outcome:
        """Evaluate a test of a type. A value that is merely missing is not reported: AWS does not document that."""
        if type(operand) is not bool or not path.definite:
            return [store], [store]
        kind = TYPE_TESTS[name]
        presence, value = self._looked(path, store, place)
        if presence is Presence.NEVER:
            return ([], [store]) if operand else ([store], [store])
        value = forced(value)
        if type(value) is Unknown:
            is_kind = _learnt(store, path, Scalar(kind, own=True))
            outcome = _split(is_kind, store, value, name, (bool, True))
        elif type(value) is Scalar and value.kind == kind:
            is_certain = name != "IsTimestamp" and presence is Presence.SURE
            outcome = ([store], [] if is_certain else [store])
        else:
            outcome = [], [store]
        return outcome if operand else (outcome[1], outcome[0])

    def _compared(self, path: DataPath, name: str, operand: object, store: Store, place: Place) -> Outcome:
        reader, comparison = self._reader, COMPARISONS[name]
        before = len(reader.faults)
        value = forced(reader.follow(path, store.data, (place, "Variable")))
        other: Value | None = None
        if comparison.with_path:
            other = forced(reader.path(operand, store.data, (place, name)))
        faults = reader.faults[before:]
        if any(fault.presence is Presence.NEVER for fault in faults):
            if store.facts is not None and any(reader.ends_with(fault) for fault in faults):
                return [], []
            store = _with_faults_present(store, faults)
            return [store], [store]
        store = _with_faults_present(store, faults)
        if type(value) is Unknown or (type(value) is Scalar and value.kind == comparison.kind):
            if path.definite:
                return _outcome(path, comparison, operand if other is None else other, value, store)
            return [store], [store]
        return [], [store]


def _with_faults_present(store: Store, faults: list[ReadFault]) -> Store:
    for fault in faults:
        if fault.path.root == "$":
            store = store.replaced(taken_as_present(store.data, fault.path.steps))
    return store


def _outcome(
    path: DataPath, comparison: Comparison, operand: object, value: Unknown | Scalar, store: Store
) -> Outcome:
    """Return both outcomes of a comparison of a value that may be of the right kind."""
    kind = comparison.kind
    constant: tuple[object, ...] = ()
    key: Operand | None = None
    if isinstance(operand, Value):
        key = operand
        if type(operand) is Scalar:
            constant = operand.constant
    elif kind_of(operand) is not None:
        key = (type(operand), operand)
        if kind_of(operand) == kind and not _is_open(operand):
            constant = (operand,)
    if type(value) is Scalar and value.constant and constant:
        truth = _decided(comparison, value.constant[0], constant[0])
        if truth is not None:
            return ([store], []) if truth else ([], [store])
    on_one_route = store.facts is not None
    if on_one_route and type(value) is Scalar and not (value.own or value.constant):
        value = Scalar(value.kind, own=True)
        store = _learnt(store, path, value)
    holds = fails = store
    if constant and comparison.order == "Equals" and comparison.family != "Timestamp":
        holds = _learnt(store, path, Scalar(kind, constant))
        if kind == "boolean" and type(value) is Scalar:
            fails = _learnt(store, path, Scalar(kind, (not constant[0],)))
    elif type(value) is Unknown and not on_one_route:
        holds = _learnt(store, path, Scalar(kind))
    return _split(holds, fails, value, f"{comparison.family}{comparison.order}", key)


def _split(holds: Store, fails: Store, value: Value, question: str, operand: Operand | None) -> Outcome:
    """Return both outcomes, each with the fact that it is one, and without the one that contradicts an earlier test."""
    if fails.facts is None or operand is None:
        return [holds], [fails]
    known = answered(fails.facts, value, question, operand)
    if known is not None:
        return ([holds], []) if known else ([], [fails])
    outcome: Outcome = ([], [])
    for truth, store, side in ((True, holds, outcome[0]), (False, fails, outcome[1])):
        facts = learnt(fails.facts, value, question, operand, truth)
        if facts is not None:
            side.append(Store(store.data, store.variables, facts))
    return outcome


def _may_be_short(value: Value) -> bool:
    """Whether a test is only careful: an array that may be shorter is asked for an element, or null for a field."""
    if isinstance(value, KnownList):
        return value.items is not None
    return isinstance(value, Scalar) and value.kind == "null"


def _narrowed(store: Store, path: DataPath, *, present: bool) -> Store:
    narrow = with_present if present else with_absent
    if path.root == "$":
        data = narrow(store.data, path.steps)
        return store if data is None else store.replaced(data)
    if path.root == VARIABLE:
        variables = narrow(store.variables, path.steps)
        if variables is not None:
            return Store(store.data, variables, store.facts)
    return store


def _learnt(store: Store, path: DataPath, value: Value) -> Store:
    """Return what is known once a path leads to a value of which more is known."""
    if path.root == "$":
        return store.replaced(refined(store.data, path.steps, value))
    if path.root == VARIABLE:
        return Store(store.data, refined(store.variables, path.steps, value), store.facts)
    return store


def _operator(rule: dict[str, object]) -> tuple[str, object]:
    for name, operand in rule.items():
        if name in COMPARISONS or name in TYPE_TESTS or name == "IsPresent":
            return name, operand
    return "", None


def _is_open(operand: object) -> bool:
    return isinstance(operand, str) and "${" in operand


_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def _decided(comparison: Comparison, value: object, constant: object) -> bool | None:
    """Return the outcome of a comparison of two constants; None where it is not worked out here."""
    if kind_of(value) != kind_of(constant) or comparison.family == "Timestamp":
        return None
    compare = _ORDERS.get(comparison.order)
    return None if compare is None else compare(value, constant)


def joined(stores: list[Store]) -> Store | None:
    """Return what is known in all of the stores; None where there is none."""
    if not stores:
        return None
    first = stores[0]
    data, variables, facts = first.data, first.variables, first.facts
    for other in stores[1:]:
        data = join(data, other.data)
        variables = join(variables, other.variables)
        if facts is not None and other.facts is not None:
            facts = shared(facts, other.facts)
    return Store(data, variables, facts) if len(stores) > 1 else first


def gathered(stores: list[Store]) -> list[Store]:
    """As few stores as may be: one where routes are joined, some on a single route."""
    if len(stores) < 2 or (stores[0].facts is not None and len(stores) <= _MOST_STORES):
        return stores
    whole = joined(stores)
    return [] if whole is None else [whole]
