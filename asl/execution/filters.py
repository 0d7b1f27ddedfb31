"""Filters of JSONPath: what stands between `[?(` and `)]`.

    $.drinks[?(@.price < 5 && @.name =~ /c.*/i)]

The operators are Jayway's: https://github.com/json-path/JsonPath#filter-operators
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from asl.execution.values import equal, is_number

if TYPE_CHECKING:
    from collections.abc import Callable

if TYPE_CHECKING:
    PathCompiler = Callable[[str], Callable[[Any, Any], Any]]

NOTHING: Final = object()
"""What a path in a filter gives that leads nowhere."""

_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<sign>\(|\)|\[|\]|,|&&|\|\||==|!=|<>|<=|>=|=~|!|<|>)"""
    r"""|(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"""
    r"""|(?P<path>[@$](?:\.\.?[\w*-]+(?:\(\))?|\[(?:'[^']*'|"[^"]*"|[^\]]*)\])*)"""
    r"""|(?P<regex>/(?:[^/\\]|\\.)+/[imsux]*)"""
    r"""|(?P<word>[A-Za-z]+))""",
    re.DOTALL,
)
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


@lru_cache(maxsize=4_096)
def compile_filter(text: str, read_path: PathCompiler) -> Callable[[Any, Any], bool]:
    """Prepare a filter: a function of the item and of the document's root.

    `read_path` prepares the paths in it: it returns what gives the value at a path for an item and the root, and
    raises LookupError where there is none.

    Raises:
        ValueError: it cannot be read.
    """
    inside = text.strip()[1:].strip()  # without the question mark
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(inside):
        matched = _TOKEN.match(inside, at)
        if matched is None or matched.end() == at:
            if inside[at:].isspace():
                break
            raise ValueError(f"the filter {text} cannot be read at {inside[at:]}")
        tokens.append((str(matched.lastgroup), matched[0].strip()))
        at = matched.end()
    parser = _FilterParser(text, tokens, read_path)
    test = parser.either()
    if parser.tokens:
        raise ValueError(f"the filter {text} goes on after its end")
    return test


class _FilterParser:
    def __init__(self, text: str, tokens: list[tuple[str, str]], read_path: PathCompiler) -> None:
        self.text = text
        self.read_path = read_path
        self.tokens = tokens

    def _next(self, *words: str) -> str | None:
        if self.tokens and self.tokens[0][1] in words:
            return self.tokens.pop(0)[1]
        return None

    def _expect(self, word: str) -> None:
        if self._next(word) is None:
            raise ValueError(f"the filter {self.text} lacks a {word}")

    def either(self) -> Callable[[Any, Any], bool]:
        tests = [self._both()]
        while self._next("||"):
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda item, root: any(test(item, root) for test in tests)

    def _both(self) -> Callable[[Any, Any], bool]:
        tests = [self._one()]
        while self._next("&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda item, root: all(test(item, root) for test in tests)

    def _one(self) -> Callable[[Any, Any], bool]:
        if self._next("!"):
            negated = self._one()
            return lambda item, root: not negated(item, root)
        if self._next("("):
            inner = self.either()
            self._expect(")")
            return inner
        left = self._operand()
        words = ("==", "!=", "<>", "<=", ">=", "<", ">", "=~", "in", "nin", "contains", "size", "empty",
                 "subsetof", "anyof", "noneof", "IN", "NIN", "CONTAINS", "SIZE", "EMPTY")  # fmt: skip
        operator = self._next(*words)
        if operator is None:
            return lambda item, root: left(item, root) is not NOTHING
        right = self._operand()
        compare = _comparison(operator.lower())
        return lambda item, root: compare(left(item, root), right(item, root))

    def _operand(self) -> Callable[[Any, Any], Any]:
        if not self.tokens:
            raise ValueError(f"the filter {self.text} ends too early")
        kind, word = self.tokens.pop(0)
        if kind == "path":
            return _path(word, self.read_path)
        if word == "[":
            items: list[Callable[[Any, Any], Any]] = []
            while not self._next("]"):
                items.append(self._operand())
                self._next(",")
            return lambda item, root: [one(item, root) for one in items]
        value = _literal(kind, word)
        return lambda _item, _root: value


def _literal(kind: str, word: str) -> Any:
    match kind:
        case "text":
            return re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL)
        case "number":
            return json.loads(word)
        case "regex":
            body, _, flags = word[1:].rpartition("/")
            options = re.NOFLAG
            for flag in flags:
                options |= {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}.get(
                    flag, re.NOFLAG
                )
            return re.compile(body, options)
    if word in ("true", "false", "null"):
        return json.loads(word)
    raise ValueError(f"{word} is not a value that a filter compares with")


def _path(word: str, read_path: PathCompiler) -> Callable[[Any, Any], Any]:
    walk = read_path("$" + word[1:])
    of_item = word[0] == "@"

    def read(item: Any, root: Any) -> Any:
        try:
            return walk(item if of_item else root, root)
        except (LookupError, ValueError):
            return NOTHING

    return read


def _comparison(operator: str) -> Callable[[Any, Any], bool]:
    match operator:
        case "==":
            return lambda one, other: one is not NOTHING and equal(one, other)
        case "!=" | "<>":
            return lambda one, other: one is NOTHING or not equal(one, other)
        case "=~":
            return lambda one, other: isinstance(one, str) and re.compile(other).fullmatch(one) is not None
        case "in":
            return lambda one, other: isinstance(other, list) and any(equal(one, part) for part in other)
        case "nin":
            return lambda one, other: isinstance(other, list) and not any(equal(one, part) for part in other)
        case "contains":
            return lambda one, other: (
                any(equal(part, other) for part in one)
                if isinstance(one, list)
                else isinstance(one, str) and isinstance(other, str) and other in one
            )
        case "size":
            return lambda one, other: isinstance(one, (list, str)) and len(one) == other
        case "empty":
            return lambda one, other: isinstance(one, (list, str, dict)) and (not one) is other
        case "subsetof" | "anyof" | "noneof":
            return lambda one, other: _sets(operator, one, other)
    return lambda one, other: _ordered(operator, one, other)


def _ordered(operator: str, one: Any, other: Any) -> bool:
    alike = (is_number(one) and is_number(other)) or (isinstance(one, str) and isinstance(other, str))
    return alike and _ORDER[operator](one, other)


def _sets(operator: str, one: Any, other: Any) -> bool:
    if not isinstance(one, list) or not isinstance(other, list):
        return False
    shared = [any(equal(part, item) for item in other) for part in one]
    return all(shared) if operator == "subsetof" else any(shared) is (operator == "anyof")
