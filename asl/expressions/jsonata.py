"""What a JSONata expression refers to, found without running it.

`jsonata-python` parses; it is loaded when the first expression is met. What was learnt about a text is kept, so a
definition that is checked again costs a look-up for each expression.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST: Final = 8_000
DEEPEST: Final = 60
LONGEST_CHAIN: Final = 200
"""Characters, nested brackets and operators in a row up to which an expression is taken apart; nobody writes longer
ones by hand. The parser recurses over each, so these bounds, and not the interpreter's limit of recursion, decide:
what is said of an expression depends on nothing but its text."""

NEWER_OPERATORS: Final = ("??", "?:")
"""Those that came with JSONata 2.1; Step Functions runs 2.0.6 and refuses them when a machine is created."""
_UNKNOWN_OPERATOR: Final = "S0204"
_STATES: Final = "states"
_ARITHMETIC: Final = frozenset("+-*/%")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A call of `$name(...)`."""

    name: str
    texts: tuple[str | None, ...]
    """The arguments that are written as strings, None for every other one."""
    count: int = 0
    """How many arguments it gets, with what `~>` hands on; -1 where that is not known: of a partial application, or of
    a function without brackets behind `~>`."""
    in_path: bool = False
    """Whether there is a context item that it may take as its first argument."""


@dataclass(slots=True)
class JsonataExpression:
    """What an expression refers to, each list without repetition and in the order in which it is written."""

    fault: str | None = None
    """The parser's message, worded as JSONata's own; None if it parses."""
    skipped: bool = False
    """It is too long or too deep to be taken apart, so nothing is known of it."""
    bare: list[str] = field(default_factory=list)
    """Names that are read from the top-level context, which the service does not give; `$` is the context itself."""
    reads_root: bool = False
    """Whether it reads `$$`."""
    states: list[tuple[str, ...]] = field(default_factory=list)
    """The fields read below `$states`: `("context", "Execution", "Id")`."""
    variables: list[str] = field(default_factory=list)
    """Variables that it does not bind itself, functions among them."""
    calls: list[FunctionCall] = field(default_factory=list)
    sums_of_texts: list[str] = field(default_factory=list)
    """Arithmetic operators with a text beside them, which fail whenever they are evaluated."""


@lru_cache(maxsize=8_192)
def read_expression(text: str) -> JsonataExpression:
    """Take apart what stands between `{%` and `%}`. Nothing is raised, and the time is bounded."""
    if len(text) > LONGEST or _too_deep(text):
        return JsonataExpression(skipped=True)
    parser = _parser()
    try:
        tree = parser.parse(text)
    except RecursionError:
        _fresh()
        return JsonataExpression(skipped=True)
    except Exception as error:  # noqa: BLE001 - the parser trips over some unfinished texts with any error
        _fresh()
        return JsonataExpression(fault=_wording(error))
    return _Walk().over(tree)


_local = threading.local()


def _parser() -> Any:
    """Return a parser of this thread's own: making its table of symbols takes far longer than parsing."""
    if not hasattr(_local, "parser"):
        limit = sys.getrecursionlimit()
        from jsonata.parser import Parser

        sys.setrecursionlimit(limit)
        _local.parser = Parser()
        for operator in NEWER_OPERATORS:
            _local.parser.symbol_table[operator] = None
    parser = _local.parser
    # What it found in the last expression for `%`, and would take for its own in this one.
    parser.ancestry, parser.errors = [], []
    parser.ancestor_label = parser.ancestor_index = 0
    return parser


def _fresh() -> None:
    """Forget the parser, which an error may have left in any condition."""
    del _local.parser


_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|`[^`]*+`""", re.DOTALL)
_SIGN = re.compile(r"[(\[{)\]},;]|~>|:=|\.\.|\*\*|[<>!]=|[-+*/&~>?:|%@#^=<!.]|\b(?:and|or|in)\b")


def _too_deep(text: str) -> bool:
    """Whether brackets, or operators that take each other as operands, would drive the parser too deep."""
    chains = [0]  # for each bracket that is open: the operators since it opened, or since the last separator
    operators = 0
    for sign in _SIGN.findall(_QUOTED.sub("", text)):
        if sign in "([{":
            chains.append(0)
        elif sign in ",;":
            operators -= chains[-1]
            chains[-1] = 0
        else:
            if sign in ")]}" and len(chains) > 1:
                operators -= chains.pop()
            # A pair of brackets is itself an operator of what it follows: a call, a filter.
            operators += 1
            chains[-1] += 1
        if operators > LONGEST_CHAIN or len(chains) > DEEPEST + 1:
            return True
    return False


def _newer(operator: str) -> str:
    instead = "$exists($a) ? $a : $b" if operator == "??" else "$a ? $a : $b"
    return (
        f'The symbol "{operator[-1]}" cannot be used as a unary operator: {operator} came after JSONata 2.0.6, which '
        f"Step Functions runs. Write {instead}."
    )


_PLACEHOLDER = re.compile(r"\{\{\w+\}\}")


def _wording(error: Exception) -> str:
    """Return the message as the service words it: tokens in double quotes, no code."""
    from jsonata.jexception import JException

    if not isinstance(error, JException):
        return "Unexpected end of expression"
    if error.error == _UNKNOWN_OPERATOR and error.current in NEWER_OPERATORS:
        return _newer(str(error.current))
    template = JException.error_codes.get(error.error, str(error))
    tokens = iter([error.current, error.expected, error.extra])
    words = _PLACEHOLDER.sub(lambda _: json.dumps(str(next(tokens, "")), ensure_ascii=False), template)
    return words.removesuffix(': "None"')  # the parser does not always say which token it was


class _Walk:
    """Goes through a parsed expression.

    `top` tells whether a node is evaluated against the top-level context: the first step of a path is, every later
    step, predicate, sort term and grouping is not.
    """

    def __init__(self) -> None:
        self.found = JsonataExpression()
        self.bound: set[str] = set()
        self.read: list[str] = []
        self.chained: set[int] = set()
        """The calls that get one more argument, from before `~>`."""

    def over(self, tree: Any) -> JsonataExpression:
        self._node(tree, True)
        found = self.found
        found.variables = _once(name for name in self.read if name not in self.bound and name != _STATES)
        found.calls = [call for call in found.calls if call.name not in self.bound]
        found.bare = _once(found.bare)
        found.states = [] if _STATES in self.bound else _once(found.states)
        return found

    def _node(self, node: Any, top: bool) -> None:
        if node is None:
            return
        for name in (node.focus, node.index):
            if isinstance(name, str):
                self.bound.add(name)
        for part, is_top in self._parts(node, top):
            self._node(part, is_top)

    def _parts(self, node: Any, top: bool) -> Iterator[tuple[Any, bool]]:
        match node.type:
            case "path":
                self._states_path(node.steps)
                for i, step in enumerate(node.steps):
                    yield step, top and i == 0
            case "name":
                if top:
                    self.found.bare.append(str(node.value))
            case "variable":
                self._variable(node, top)
            case "bind":
                self.bound.add(str(node.lhs.value))
                yield node.rhs, top
            case "binary" | "apply":
                self._operator(node)
                yield node.lhs, top
                yield node.rhs, top
            case "function" | "partial":
                yield node.procedure, top
                self._call(node, top)
                for argument in node.arguments or ():
                    yield argument, top
            case "lambda":
                for argument in node.arguments or ():
                    self.bound.add(str(argument.value))
                yield node.body, top
            case "condition":
                yield node.condition, top
                yield node.then, top
                yield node._else, top
            case "block":
                for part in node.expressions or ():
                    yield part, top
            case "unary":
                for part in node.expressions or ():
                    yield part, top
                for pair in node.lhs_object or ():
                    yield pair[0], top
                    yield pair[1], top
                yield node.expression, top
            case "transform":
                for part in (node.pattern, node.update, node.delete):
                    yield part, False
            case "sort":
                for term in node.terms or ():
                    yield term.expression, False
            case "filter":
                yield node.expr, False
            case "index":
                self.bound.add(str(node.value))
        for stage in (*(node.predicate or ()), *(node.stages or ())):
            yield stage, False
        if node.group is not None:
            for pair in node.group.lhs_object or ():
                yield pair[0], False
                yield pair[1], False

    def _states_path(self, steps: list[Any]) -> None:
        first = steps[0]
        if first.type != "variable" or first.value != _STATES:
            return
        if first.predicate or first.stages or first.focus or first.index:
            return  # what stands behind it is read from what these choose
        names: list[str] = []
        for step in steps[1:]:
            if step.type != "name":
                break
            names.append(str(step.value))
        if names:
            self.found.states.append(tuple(names))

    def _variable(self, node: Any, top: bool) -> None:
        name = str(node.value)
        if name == "$":
            self.found.reads_root = True
        elif name:
            self.read.append(name)
        elif top:
            self.found.bare.append("$")

    def _operator(self, node: Any) -> None:
        if node.type == "apply":
            self.chained.add(id(node.rhs))
            if node.rhs is not None and node.rhs.type == "variable" and node.rhs.value not in ("", "$"):
                self.found.calls.append(FunctionCall(str(node.rhs.value), (), -1))
        elif node.value in _ARITHMETIC and "string" in (node.lhs.type, node.rhs.type):
            self.found.sums_of_texts.append(str(node.value))

    def _call(self, node: Any, top: bool) -> None:
        procedure = node.procedure
        if procedure is not None and procedure.type == "variable" and procedure.value not in ("", "$"):
            texts = tuple(
                str(argument.value) if argument is not None and argument.type == "string" else None
                for argument in node.arguments or ()
            )
            count = -1 if node.type == "partial" else len(texts) + (id(node) in self.chained)
            self.found.calls.append(FunctionCall(str(procedure.value), texts, count, not top))


def _once(items: Iterable[_T]) -> list[_T]:
    return list(dict.fromkeys(items))
