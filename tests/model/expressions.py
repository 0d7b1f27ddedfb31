"""DynamoDB's expressions, evaluated on a plain item: what a conditional write does, without a DynamoDB.

Written from the grammar in the DynamoDB Developer Guide ("Condition expressions", "Update expressions"), for the
part of it that the product uses; anything else is an error, so that a new operator cannot pass unnoticed. An item is
a dict of attributes in DynamoDB's JSON; a set is a sorted list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

Item: TypeAlias = dict[str, dict[str, Any]]
Names: TypeAlias = Mapping[str, str]
Values: TypeAlias = Mapping[str, Mapping[str, Any]]
Test: TypeAlias = Callable[[Item, Names, Values], bool]
Operand: TypeAlias = Callable[[Item, Names, Values], "Mapping[str, Any] | None"]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),]|[#:]?[A-Za-z_][A-Za-z0-9_]*)")


class UnknownExpressionError(Exception):
    """An expression that this evaluator does not read."""


def tokens(expression: str) -> list[str]:
    """Return the words of an expression."""
    found: list[str] = []
    at = 0
    expression = expression.rstrip()
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise UnknownExpressionError(f"{expression!r} at {at}")
        found.append(match[1])
        at = match.end()
    return found


class _Conditions:
    """A recursive descent through a condition expression."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.words = tokens(expression)

    def parse(self) -> Test:
        test = self._any()
        if self.words:
            raise UnknownExpressionError(f"{self.expression!r}: {self.words[0]!r} is left over")
        return test

    def _take(self, *expected: str) -> str:
        if not self.words or (expected and self.words[0] not in expected):
            raise UnknownExpressionError(f"{self.expression!r}: expected {expected}, found {self.words[:1]}")
        return self.words.pop(0)

    def _next(self, word: str) -> bool:
        if self.words and self.words[0] == word:
            self.words.pop(0)
            return True
        return False

    def _any(self) -> Test:
        tests = [self._all()]
        while self._next("OR"):
            tests.append(self._all())
        return lambda item, names, values: any(test(item, names, values) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._next("AND"):
            tests.append(self._one())
        return lambda item, names, values: all(test(item, names, values) for test in tests)

    def _one(self) -> Test:
        if self._next("NOT"):
            negated = self._one()
            return lambda item, names, values: not negated(item, names, values)
        if self._next("("):
            inner = self._any()
            self._take(")")
            return inner
        if self.words[0] in ("attribute_exists", "attribute_not_exists"):
            wanted = self._take() == "attribute_exists"
            self._take("(")
            attribute = self._operand()
            self._take(")")
            return lambda item, names, values: (attribute(item, names, values) is not None) is wanted
        if self._next("contains"):
            self._take("(")
            whole = self._operand()
            self._take(",")
            part = self._operand()
            self._take(")")
            return lambda item, names, values: _contains(
                whole(item, names, values), part(item, names, values)
            )
        left = self._operand()
        operator = self._take("=", "<>", "<", "<=", ">", ">=", "IN")
        if operator == "IN":
            self._take("(")
            listed = [self._operand()]
            while self._next(","):
                listed.append(self._operand())
            self._take(")")
            return lambda item, names, values: any(
                _compare("=", left(item, names, values), one(item, names, values)) for one in listed
            )
        right = self._operand()
        return lambda item, names, values: _compare(
            operator, left(item, names, values), right(item, names, values)
        )

    def _operand(self) -> Operand:
        word = self._take()
        if word == "size":
            self._take("(")
            inner = self._operand()
            self._take(")")
            return lambda item, names, values: _size(inner(item, names, values))
        if word.startswith(":"):
            return lambda item, names, values: values[word]
        return lambda item, names, values: item.get(_name(word, names))


def _name(word: str, names: Names) -> str:
    return names[word] if word.startswith("#") else word


def _size(value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if value is None:
        return None
    (kind, content), *_ = value.items()
    if kind not in ("S", "SS", "L", "M"):
        raise UnknownExpressionError(f"size() of {kind}")
    return {"N": str(len(content))}


def _contains(whole: Mapping[str, Any] | None, part: Mapping[str, Any] | None) -> bool:
    if whole is None or part is None:
        return False
    if "SS" in whole:
        return part.get("S") in whole["SS"]
    raise UnknownExpressionError(f"contains() in {sorted(whole)}")


def _compare(operator: str, left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> bool:
    if left is None or right is None:
        # DynamoDB: a comparison with a missing attribute is false, but for "not equal".
        return operator == "<>" and (left is None) is not (right is None)
    (left_kind, one), *_ = left.items()
    (right_kind, other), *_ = right.items()
    if left_kind != right_kind:
        return operator == "<>"
    if left_kind == "N":
        one, other = float(one), float(other)
    match operator:
        case "=":
            return bool(one == other)
        case "<>":
            return bool(one != other)
        case "<":
            return bool(one < other)
        case "<=":
            return bool(one <= other)
        case ">":
            return bool(one > other)
        case ">=":
            return bool(one >= other)
    raise UnknownExpressionError(operator)


@cache
def condition(expression: str) -> Test:
    """Return a condition expression as a function of item, names and values."""
    return _Conditions(expression).parse()


@cache
def _clauses(expression: str) -> tuple[tuple[str, str, str], ...]:
    """(clause, attribute, value) of each term of an update expression."""
    words = tokens(expression)
    terms: list[tuple[str, str, str]] = []
    clause = ""
    while words:
        word = words.pop(0)
        if word in ("SET", "REMOVE", "ADD", "DELETE"):
            clause = word
            continue
        if word == ",":
            continue
        if clause == "SET":
            if words.pop(0) != "=":
                raise UnknownExpressionError(expression)
            value = words.pop(0)
            if value == "if_not_exists":
                if words[:3] != ["(", word, ","] or words[4:5] != [")"]:
                    raise UnknownExpressionError(expression)
                clause_once, value, words = "SET ONCE", words[3], words[5:]
                terms.append((clause_once, word, value))
            else:
                terms.append((clause, word, value))
        elif clause == "REMOVE":
            terms.append((clause, word, ""))
        elif clause in ("ADD", "DELETE"):
            terms.append((clause, word, words.pop(0)))
        else:
            raise UnknownExpressionError(expression)
    return tuple(terms)


def update(expression: str, item: Item, names: Names, values: Values) -> Item:
    """Return the item after an update expression."""
    after = dict(item)
    for clause, word, value_word in _clauses(expression):
        attribute = _name(word, names)
        if clause == "REMOVE":
            after.pop(attribute, None)
            continue
        value = dict(values[value_word])
        if clause == "SET ONCE":
            after.setdefault(attribute, value)
            continue
        if clause == "SET":
            after[attribute] = value
        elif clause == "ADD" and "N" in value:
            after[attribute] = {"N": str(int(after.get(attribute, {"N": "0"})["N"]) + int(value["N"]))}
        elif "SS" in value:
            before = set(after.get(attribute, {"SS": []})["SS"])
            members = before | set(value["SS"]) if clause == "ADD" else before - set(value["SS"])
            if members:
                after[attribute] = {"SS": sorted(members)}
            else:
                after.pop(attribute, None)  # a set in DynamoDB is never empty
        else:
            raise UnknownExpressionError(f"{clause} of {sorted(value)}")
    return after


class Answer(NamedTuple):
    """What a request did: the item afterwards, and what it returned; `done` is false if its condition failed."""

    done: bool
    item: Item
    returned: Item


def request(operation: str, parameters: Mapping[str, Any], item: Item) -> Answer:
    """GetItem, PutItem or UpdateItem on one item ({} for a missing one), as the API would carry it out."""
    names: Names = parameters.get("ExpressionAttributeNames", {})
    values: Values = parameters.get("ExpressionAttributeValues", {})
    if operation == "getItem":
        projection = parameters.get("ProjectionExpression")
        if projection is None:
            return Answer(True, item, item)
        wanted = {_name(word, names) for word in tokens(projection) if word != ","}
        return Answer(True, item, {name: value for name, value in item.items() if name in wanted})
    test = parameters.get("ConditionExpression")
    if test is not None and not condition(test)(item, names, values):
        return Answer(False, item, item)
    if operation == "putItem":
        return Answer(True, dict(parameters["Item"]), {})
    if operation != "updateItem":
        raise UnknownExpressionError(operation)
    after = update(parameters["UpdateExpression"], item or dict(parameters["Key"]), names, values)
    match parameters.get("ReturnValues", "NONE"):
        case "NONE":
            return Answer(True, after, {})
        case "ALL_OLD":
            return Answer(True, after, item)
        case "ALL_NEW":
            return Answer(True, after, after)
        case "UPDATED_NEW":
            touched = {_name(word, names) for _, word, _ in _clauses(parameters["UpdateExpression"])}
            return Answer(True, after, {name: value for name, value in after.items() if name in touched})
        case other:
            raise UnknownExpressionError(other)
