"""Conditions of a Choice state, built with Python's operators.

Comparisons come from references (`order.size > 3`), tests of kind and presence from `dsl.values.type_tests`. They
combine with `&`, `|` and `~`.

AWS fails an execution when a comparison's variable is missing. A comparison of a value that is declared
optional therefore asks for its presence first: a missing value equals nothing, and is neither less nor greater.
"""

from __future__ import annotations

import re
import sys
from json import dumps
from math import isfinite
from typing import TYPE_CHECKING, Final

from asl.words import closest, listed
from dsl.errors import DefinitionError
from dsl.values.expressions import Expression, JsonObject, ReferencePath, check_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import NoReturn


class Condition:
    """Something that holds or not while the workflow runs.

    What a Choice asks of it begins with an underscore, as it does of an `Expression`: a `Bool` is both.
    """

    __slots__ = ()

    def __and__(self, other: Condition) -> Condition:
        return And(self, other)

    def __or__(self, other: Condition) -> Condition:
        return Or(self, other)

    def __invert__(self) -> Condition:
        return Not(self)

    def __bool__(self) -> bool:
        if _asked_by(sys._getframe(1)) == "CONTAINS_OP":
            raise DefinitionError(
                "a condition has no value yet, so `in` finds nothing; write x.is_in('a', 'b') for `x in ('a', 'b')`"
            )
        raise DefinitionError(
            "a condition has no value yet; combine conditions with &, | and ~, not with and, or, not"
        )

    if not TYPE_CHECKING:  # type checkers find these by themselves

        def __rand__(self, other: object) -> NoReturn:
            raise DefinitionError(f"{other!r} is no condition; compare it with something first{_TIGHTER}")

        __ror__ = __rand__

        def __lt__(self, other: object) -> NoReturn:
            raise DefinitionError(
                f"a condition cannot be compared with {other!r}; put each comparison into parentheses: "
                "(size > 3) & (size < 9)"
            )

        __le__ = __gt__ = __ge__ = __lt__

    def __repr__(self) -> str:
        return f"<condition {dumps(self._rule(), ensure_ascii=False)}>"

    def _rule(self) -> JsonObject:
        """Return the choice rule, without its `Next`."""
        raise NotImplementedError

    def _reads(self) -> Iterator[ReferencePath]:
        """Return the paths whose values are compared; tests of presence are not among them."""
        raise NotImplementedError

    def _touches(self) -> Iterator[ReferencePath]:
        """All paths that the condition mentions."""
        return self._reads()


_TIGHTER: Final = (
    "; `&` and `|` bind tighter than comparisons, so put each comparison into parentheses: (size > 3) & paid"
)


def _no_condition(value: object) -> DefinitionError:
    is_operand = isinstance(value, Expression | int | float)
    return DefinitionError(
        f"{value!r} is no condition; compare it with something first{_TIGHTER if is_operand else ''}"
    )


def _asked_by(frame: FrameType) -> str:
    """Return the operation of Python that a frame is at."""
    from opcode import opname  # only who made a mistake waits for it

    return opname[frame.f_code.co_code[frame.f_lasti]]


class ChoiceComparison(Condition):
    """One comparison: a variable, an operator of the States Language and an operand."""

    __slots__ = ("operand", "operator", "variable")

    def __init__(self, variable: Expression, operator: str, operand: object) -> None:
        if isinstance(operand, Expression):
            if not (operand._comparable and variable._comparable):
                raise DefinitionError(_INCOMPARABLE.format(variable._asl()))
            if operand._kind != variable._kind and "value" not in (operand._kind, variable._kind):
                raise DefinitionError(
                    f"{variable._asl()} holds a {variable._kind} and {operand._asl()} a {operand._kind}: "
                    "comparing them would never hold"
                )
            _check_common(variable, operand, operator)
        elif not variable._comparable:
            raise DefinitionError(_INCOMPARABLE.format(variable._asl()))
        elif not _fits(operator, operand):
            raise DefinitionError(
                f"{operator} cannot compare {variable._asl()} with {operand!r}{_instead(operand)}"
            )
        elif isinstance(operand, str):
            check_text(operand)
            if operator == "StringEquals":
                check_possible(variable, operand)
        self.variable = variable
        self.operator = operator
        self.operand = operand

    def _rule(self) -> JsonObject:
        rule: JsonObject = {"Variable": self.variable._asl()}
        if isinstance(self.operand, Expression):
            rule[f"{self.operator}Path"] = self.operand._asl()
        else:
            rule[self.operator] = self.operand  # type: ignore[assignment]
        guards: list[JsonObject] = [
            {"Variable": str(path), "IsPresent": True} for path in self._reads() if path.optional
        ]
        return {"And": [*guards, rule]} if guards else rule

    def _reads(self) -> Iterator[ReferencePath]:
        yield from self.variable._paths()
        if isinstance(self.operand, Expression):
            yield from self.operand._paths()


def check_possible(variable: Expression, value: str) -> None:
    """Check that a value is among those that the variable's declaration names, if it names any.

    Raises:
        DefinitionError: it is not, so the comparison would come out the same for ever.
    """
    values = variable._values
    if values and value not in values and "${" not in value:
        raise DefinitionError(
            f"{variable._asl()} is {listed(values, 'or')}, and never {value!r}"
            + (f" (did you mean {near!r}?)" if (near := closest(value, values)) else "")
        )


def _check_common(variable: Expression, operand: Expression, operator: str) -> None:
    other = operand._values
    if operator == "StringEquals" and variable._values and other and not {*variable._values} & {*other}:
        raise DefinitionError(
            f"{variable._asl()} is {listed(variable._values, 'or')}, and {operand._asl()} is "
            f"{listed(other, 'or')}: comparing them would never hold"
        )


class Operand:
    """Something to the right of a comparison that makes a condition of its own kind out of it."""

    __slots__ = ()


def compare(variable: Expression, operator: str, operand: object) -> Condition:
    """Return the comparison, unless the operand's own operators apply: `limit > attr("orders").size()`."""
    if isinstance(operand, Operand):
        return NotImplemented  # type: ignore[no-any-return]
    return ChoiceComparison(variable, operator, operand)


_INCOMPARABLE = (
    "{} is a DynamoDB number, which arrives as a string; a Choice cannot compare it as a number. "
    "Compare it in a DynamoDB condition, or have a function return it as a number"
)


def _instead(operand: object) -> str:
    """Return what to ask where something is compared with nothing."""
    if operand is not None:
        return ""
    return "; is_null(value) asks whether it is null, is_present(value) whether it is there"


def _fits(operator: str, operand: object) -> bool:
    if operator.startswith("Numeric"):
        return isinstance(operand, int | float) and not isinstance(operand, bool) and isfinite(operand)
    if operator.startswith(("String", "Timestamp")):
        return isinstance(operand, str)
    return isinstance(operand, bool)


class TypeTest(Condition):
    """A test of what lies at a path, rather than a comparison of it."""

    __slots__ = ("operator", "path")

    def __init__(self, path: ReferencePath, operator: str) -> None:
        self.path = path
        self.operator = operator

    def _rule(self) -> JsonObject:
        present: JsonObject = {"Variable": str(self.path), "IsPresent": True}
        if self.operator == "IsPresent":
            return present
        rule: JsonObject = {"Variable": str(self.path), self.operator: True}
        # A test of kind fails the execution on AWS when nothing lies at the path.
        return {"And": [present, rule]} if self.path.optional else rule

    def _reads(self) -> Iterator[ReferencePath]:
        if self.operator != "IsPresent":
            yield self.path

    def _touches(self) -> Iterator[ReferencePath]:
        yield self.path


class Not(Condition):
    """The opposite of a condition."""

    __slots__ = ("condition",)

    def __init__(self, condition: Condition) -> None:
        self.condition = condition

    def __invert__(self) -> Condition:
        return self.condition

    def _rule(self) -> JsonObject:
        if isinstance(self.condition, TypeTest) and self.condition.operator == "IsPresent":
            return {"Variable": str(self.condition.path), "IsPresent": False}
        return {"Not": self.condition._rule()}

    def _reads(self) -> Iterator[ReferencePath]:
        return self.condition._reads()

    def _touches(self) -> Iterator[ReferencePath]:
        return self.condition._touches()


class _Junction(Condition):
    __slots__ = ("conditions",)
    conditions: tuple[Condition, ...]
    _word = ""

    def __init__(self, *conditions: Condition) -> None:
        flat: list[Condition] = []
        for condition in conditions:
            if isinstance(condition, type(self)):
                flat.extend(condition.conditions)
            elif isinstance(condition, Condition):
                flat.append(condition)
            else:
                raise _no_condition(condition)
        self.conditions = tuple(flat)

    def _rule(self) -> JsonObject:
        rules: list[JsonObject] = []
        for condition in self.conditions:
            rule = condition._rule()
            inner = rule.get(self._word)
            for part in inner if isinstance(inner, list) else [rule]:
                if part not in rules:  # a presence that two comparisons ask for is asked for once
                    rules.append(part)  # type: ignore[arg-type]
        return {self._word: rules} if len(rules) > 1 else rules[0]  # type: ignore[dict-item]

    def _reads(self) -> Iterator[ReferencePath]:
        for condition in self.conditions:
            yield from condition._reads()

    def _touches(self) -> Iterator[ReferencePath]:
        for condition in self.conditions:
            yield from condition._touches()


class And(_Junction):
    """Every one of the conditions."""

    __slots__ = ()
    _word = "And"


class Or(_Junction):
    """At least one of the conditions."""

    __slots__ = ()
    _word = "Or"


_SIGNS: Final = {
    "Equals": "==",
    "LessThan": "<",
    "LessThanEquals": "<=",
    "GreaterThan": ">",
    "GreaterThanEquals": ">=",
}


def filter_text(condition: Condition) -> str:
    """Return the condition as a filter of JSONPath reads it, with `@` for the element.

    Raises:
        DefinitionError: a filter cannot say it.
    """
    match condition:
        case And(conditions=parts):
            return " && ".join(_inner(part) for part in parts)
        case Or(conditions=parts):
            return " || ".join(_inner(part) for part in parts)
        case Not(condition=inner):
            return f"!({filter_text(inner)})"
        case TypeTest(operator="IsPresent", path=path):
            return str(path)
        case ChoiceComparison(variable=variable, operator=operator, operand=operand) if not isinstance(
            operand, Expression
        ):
            sign = _SIGNS.get(re.sub("^(String|Numeric|Boolean|Timestamp)", "", operator))
            if sign is not None:
                return f"{variable._asl()} {sign} {_literal(operand)}"
        case Expression():
            return f"{condition._asl()} == true"
    raise DefinitionError(
        f"a filter compares fields of the element with text, numbers and booleans; it cannot say {condition!r}"
    )


def _inner(condition: Condition) -> str:
    text = filter_text(condition)
    return f"({text})" if isinstance(condition, And | Or) else text


def _literal(operand: object) -> str:
    if isinstance(operand, str):
        return "'" + operand.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return dumps(operand)
