"""Conditions and updates of DynamoDB, built from attributes, operators and values.

    attr("orders").exists() & (attr("orders").size() < shop.Item.maxOrdersInQueue)
    set_(ORDERSTATE="CANCELLED"), add("orders", {order.orderId}), remove("baristaUserId")

Names and values always travel as placeholders of the expression (`#orders`, `:orderId`), never inside its text.
Grammar: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Generic, Literal

from asl.words import did_you_mean
from dsl.arguments import explained
from dsl.dynamodb.attributes import I, Table, Value, attribute_value, descriptor
from dsl.errors import DefinitionError, NoAttributeError
from dsl.values.conditions import Operand
from dsl.values.expressions import Expression
from dsl.values.references import Number, Reference, Str

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from dsl.values.payloads import Payload


class ExpressionNames(Generic[I]):
    """Collects the placeholders of one request's expressions."""

    def __init__(self, table: Table[I]) -> None:
        Table.check(table)
        self.table = table
        self.names: dict[str, Payload] = {}
        self.values: dict[str, Payload] = {}

    def name(self, attribute: str) -> str:
        """Return the placeholder of an attribute's name."""
        self.table.attribute(attribute)
        return _free(f"#{_plain(attribute)}", self.names, attribute)

    def value(self, annotation: object, value: Value, attribute: str) -> str:
        """Return the placeholder of a value; equal values share one."""
        wrapped = attribute_value(annotation, value, attribute)
        return _free(f":{_plain(_word(value) or attribute)}", self.values, wrapped)

    def parameters(self) -> dict[str, Payload]:
        """Return the request's parameters for what was collected."""
        parameters: dict[str, Payload] = {}
        if self.names:
            parameters["ExpressionAttributeNames"] = dict(sorted(self.names.items()))
        if self.values:
            parameters["ExpressionAttributeValues"] = dict(sorted(self.values.items()))
        return parameters


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    """Return the word with nothing in it that a placeholder may not have, which is 255 characters long at most."""
    return re.sub(r"[^A-Za-z0-9_]", "_", word)[:60]


def _free(base: str, taken: dict[str, Payload], value: Payload) -> str:
    """Return the placeholder that stands for this value, or the first one that stands for none yet."""
    placeholder, count = base, 1
    while placeholder in taken and not _same(taken[placeholder], value):
        count += 1
        placeholder = f"{base}{count}"
    taken[placeholder] = value
    return placeholder


def _word(value: Value) -> str:
    """Return a readable name for a value: the word that it is, or the last word of its path into the data."""
    if isinstance(value, Set) and len(value) == 1:
        return _word(next(iter(value)))
    if isinstance(value, Reference) and value._path.root != "$$":
        words = [
            step
            for step in value._path.steps
            if isinstance(step, str) and not (step.isupper() and len(step) < 5)
        ]
        return words[-1] if words else ""
    if isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value):
        return value
    return ""


def _same(one: Payload, other: Payload) -> bool:
    if isinstance(one, Expression) and isinstance(other, Expression):
        return one._asl() == other._asl()
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return not isinstance(one, Expression) and not isinstance(other, Expression) and bool(one == other)


class TableCondition:
    """Something that DynamoDB checks of an item before it writes."""

    def __and__(self, other: TableCondition) -> TableCondition:
        return _Joined("AND", (self, other))

    def __or__(self, other: TableCondition) -> TableCondition:
        return _Joined("OR", (self, other))

    def __invert__(self) -> TableCondition:
        return _Negated(self)

    def __bool__(self) -> bool:
        raise DefinitionError(
            "a condition has no value yet; combine conditions with &, | and ~, not with and, or, not"
        )

    def __repr__(self) -> str:
        return "<condition on attributes>"

    def text(self, names: ExpressionNames[I]) -> str:
        """Return the condition as DynamoDB reads it."""
        raise NotImplementedError

    def implied(self) -> frozenset[str]:
        """Return the attributes that an item which meets the condition certainly has."""
        return frozenset()


def condition_text(condition: TableCondition, names: ExpressionNames[I]) -> str:
    """Return a condition as DynamoDB reads it.

    Raises:
        DefinitionError: it is not a condition on attributes.
    """
    if not isinstance(condition, TableCondition):
        raise DefinitionError(
            f"{condition!r} is no condition on attributes; compare attr(...) with something, or ask if it exists()"
        )
    return condition.text(names)


class _Joined(TableCondition):
    def __init__(self, word: str, parts: Sequence[TableCondition]) -> None:
        self.word = word
        self.parts: list[TableCondition] = []
        for part in parts:
            if not isinstance(part, TableCondition):
                raise DefinitionError(
                    f"{part!r} is no condition on attributes; compare attr(...) with something, or ask if it exists()"
                )
            self.parts.extend(part.parts if isinstance(part, _Joined) and part.word == word else [part])

    def text(self, names: ExpressionNames[I]) -> str:
        texts = [
            f"({part.text(names)})" if isinstance(part, _Joined) else part.text(names) for part in self.parts
        ]
        return f" {self.word} ".join(texts)

    def implied(self) -> frozenset[str]:
        implied = [part.implied() for part in self.parts]
        return implied[0].union(*implied[1:]) if self.word == "AND" else implied[0].intersection(*implied[1:])


class _Negated(TableCondition):
    def __init__(self, condition: TableCondition) -> None:
        self.condition = condition

    def __invert__(self) -> TableCondition:
        return self.condition

    def text(self, names: ExpressionNames[I]) -> str:
        if isinstance(self.condition, _ConditionFunction) and self.condition.function == "attribute_exists":
            return f"attribute_not_exists({names.name(self.condition.attribute)})"
        return f"NOT ({self.condition.text(names)})"


class _ConditionFunction(TableCondition):
    def __init__(self, function: str, attribute: str, operand: Value = None) -> None:
        self.function = function
        self.attribute = attribute
        self.operand = operand

    def text(self, names: ExpressionNames[I]) -> str:
        name = names.name(self.attribute)
        if self.function == "attribute_exists":
            return f"attribute_exists({name})"
        _require(names, self.attribute, ("S", "SS") if self.function == "contains" else ("S",), self.function)
        kind = Str  # what a string or a set of strings contains, and what a string begins with, is a string
        return f"{self.function}({name}, {names.value(kind, self.operand, self.attribute)})"

    def implied(self) -> frozenset[str]:
        return frozenset({self.attribute})


class _AttributeComparison(TableCondition):
    def __init__(self, attribute: str, operator: str, operand: Value, *, size: bool = False) -> None:
        self.attribute = attribute
        self.operator = operator
        self.operand = operand
        self.size = size

    def text(self, names: ExpressionNames[I]) -> str:
        name = names.name(self.attribute)
        if self.size:
            _require(names, self.attribute, ("S", "SS", "L", "M"), "size")
        elif self.operator not in ("=", "<>"):
            _require(names, self.attribute, ("S", "N"), self.operator)
        kind: object = Number if self.size else names.table.attribute(self.attribute).annotation
        left = f"size({name})" if self.size else name
        return f"{left} {self.operator} {names.value(kind, self.operand, self.attribute)}"

    def implied(self) -> frozenset[str]:
        # A missing attribute differs from every value.
        return frozenset() if self.operator == "<>" else frozenset({self.attribute})


class _Membership(TableCondition):
    def __init__(self, attribute: str, operands: Sequence[Value]) -> None:
        self.attribute = attribute
        self.operands = operands

    def text(self, names: ExpressionNames[I]) -> str:
        kind = names.table.attribute(self.attribute).annotation
        listed = ", ".join(names.value(kind, operand, self.attribute) for operand in self.operands)
        return f"{names.name(self.attribute)} IN ({listed})"

    def implied(self) -> frozenset[str]:
        return frozenset({self.attribute})


def _require(names: ExpressionNames[I], attribute: str, letters: Sequence[str], what: str) -> None:
    """Check that DynamoDB has the operator or the function for the attribute's type."""
    letter, _ = descriptor(names.table.attribute(attribute).annotation)
    if letter not in letters:
        raise DefinitionError(
            f"{what} works on type {' or '.join(letters)}; attribute {attribute!r} is of type {letter}"
        )


class _Comparable(Operand):
    def __init__(self, attribute: str, *, size: bool = False) -> None:
        self._attribute = attribute
        self._size = size

    def __repr__(self) -> str:
        return f"attr({self._attribute!r})" + (".size()" if self._size else "")

    def _compare(self, operator: str, operand: Value) -> TableCondition:
        return _AttributeComparison(self._attribute, operator, operand, size=self._size)

    def __eq__(self, other: Value) -> TableCondition:  # type: ignore[override]
        return self._compare("=", other)

    def __ne__(self, other: Value) -> TableCondition:  # type: ignore[override]
        return self._compare("<>", other)

    def __lt__(self, other: Value) -> TableCondition:
        return self._compare("<", other)

    def __le__(self, other: Value) -> TableCondition:
        return self._compare("<=", other)

    def __gt__(self, other: Value) -> TableCondition:
        return self._compare(">", other)

    def __ge__(self, other: Value) -> TableCondition:
        return self._compare(">=", other)

    __hash__ = object.__hash__


_ASKED: Final = ("begins_with", "contains", "exists", "is_in", "size")
"""What an attribute is asked for."""


class Attribute(_Comparable):
    """An attribute of the item that a request is about; use `attr()`."""

    if not TYPE_CHECKING:  # type checkers find these by themselves

        def _no_sum(self, *_: object) -> NoReturn:
            raise DefinitionError(
                "an attribute has no value that could be calculated with; add('count', 1) adds to a number, and "
                "conditions stand in parentheses: (attr('a') > 3) & (attr('b') < 5)"
            )

        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _no_sum
        __and__ = __rand__ = __or__ = __ror__ = __invert__ = _no_sum

        def __getattr__(self, name: str) -> object:
            if name.startswith("_"):
                raise AttributeError(name)
            ways = {"between": "(attr(...) >= 1) & (attr(...) <= 3)", "startswith": "begins_with()"}
            hint = f"; write {ways[name]}" if name in ways else did_you_mean(name, _ASKED)
            raise NoAttributeError(f"an attribute has no {name!r}{hint}")

    def exists(self) -> TableCondition:
        """Return the item has the attribute; `~` for: it has not."""
        return _ConditionFunction("attribute_exists", self._attribute)

    def contains(self, value: str | Expression) -> TableCondition:
        """Return the set or the string contains the value."""
        return _ConditionFunction("contains", self._attribute, value)

    def begins_with(self, value: str | Expression) -> TableCondition:
        """Return the string begins with the value."""
        return _ConditionFunction("begins_with", self._attribute, value)

    def is_in(self, *values: Value) -> TableCondition:
        """Equal to one of the values, 100 at most."""
        if not 1 <= len(values) <= 100:
            raise DefinitionError(f"is_in() takes 1 to 100 values, not {len(values)}")
        return _Membership(self._attribute, values)

    def size(self) -> Size:
        """How many members the set has, how many characters the string."""
        return Size(self._attribute, size=True)


class Size(_Comparable):
    """The size of an attribute, to be compared with a number."""


def attr(name: str) -> Attribute:
    """Return an attribute of the item, for a condition."""
    return Attribute(name)


class Update:
    """One clause of an update expression.

    `form` is how it writes the placeholders of an attribute and its value, `letters` the types of attributes that it
    works on, where it does not work on all.
    """

    def __init__(
        self,
        clause: Literal["SET", "REMOVE", "ADD", "DELETE"],
        assigned: Mapping[str, Value],
        form: str = "{name} {value}",
        letters: Sequence[str] = (),
    ) -> None:
        self.clause = clause
        self.assigned = assigned
        self._form = form
        self._letters = letters

    def terms(self, names: ExpressionNames[Any]) -> list[str]:
        """Return what the clause does, attribute by attribute."""
        return [self._term(names, attribute, value) for attribute, value in self.assigned.items()]

    def _term(self, names: ExpressionNames[Any], attribute: str, value: Value) -> str:
        if self._letters:
            _require(names, attribute, self._letters, self.clause)
        name = names.name(attribute)
        if self.clause == "REMOVE":
            return name
        annotation = names.table.attribute(attribute).annotation
        return self._form.format(name=name, value=names.value(annotation, value, attribute))


@explained
def set_(**values: Value) -> Update:
    """Give attributes new values."""
    return Update("SET", values, "{name} = {value}")


@explained
def set_once(**values: Value) -> Update:
    """Give attributes that the item does not have yet a value; those that it has keep theirs."""
    return Update("SET", values, "{name} = if_not_exists({name}, {value})")


@explained
def remove(*names: str) -> Update:
    """Take attributes away."""
    return Update("REMOVE", dict.fromkeys(names))


@explained
def add(name: str, value: int | float | Expression | Set[str | Expression]) -> Update:
    """Add to a number, or members to a set; the attribute is created when it is missing."""
    return Update("ADD", {name: value}, letters=("N", "SS"))


@explained
def delete(name: str, value: Set[str | Expression]) -> Update:
    """Take members out of a set; with its last member the attribute goes."""
    return Update("DELETE", {name: value}, letters=("SS",))


def update_text(updates: Sequence[Update], names: ExpressionNames[I]) -> str:
    """Return the update expression, its clauses in a fixed order.

    Raises:
        DefinitionError: nothing is updated, or one attribute twice.
    """
    seen: set[str] = set()
    for update in updates:
        for name in update.assigned:
            if name in seen:
                raise DefinitionError(f"the update touches {name!r} twice, which DynamoDB refuses")
            seen.add(name)
    clauses = []
    for clause in ("SET", "REMOVE", "ADD", "DELETE"):
        terms = [term for update in updates if update.clause == clause for term in update.terms(names)]
        if terms:
            clauses.append(f"{clause} {', '.join(terms)}")
    if not clauses:
        raise DefinitionError("an update without any change; give set_(), add(), remove() or delete()")
    return " ".join(clauses)
