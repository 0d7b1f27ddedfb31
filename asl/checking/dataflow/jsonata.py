"""The part of JSONata that is followed: an expression that is nothing but one path.

`{% $states.input.order.id %}` and `{% $order.id %}` are read like paths; where one leads nowhere the expression has
no value, and a field whose expression has none fails the state (States.QueryEvaluationError). Of any other
expression nothing is known. A name after an array picks that field of every element, so arrays end the knowledge.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from asl.checking.dataflow.access import Presence, look
from asl.checking.dataflow.paths import MOST_STEPS, VARIABLE, DataPath
from asl.checking.dataflow.values import (
    MOST_DEPTH,
    Entry,
    KnownList,
    Object,
    Unknown,
    Value,
    forced,
    from_json,
)

if TYPE_CHECKING:
    from asl.checking.dataflow.access import Steps
    from asl.checking.dataflow.reading import Reader
    from asl.locations import Place

_EXPRESSION = re.compile(r"\{%\s*\$([^\W\d]\w*)((?:\.(?:[^\W\d]\w*|`[^`]+`))*)\s*%\}\Z")
_NAME = re.compile(r"\.(?:`([^`]+)`|(\w+))")
_WORDS: Final = frozenset({"and", "or", "in"})

INPUT: Final = "$states.input"
RESULT: Final = "$states.result"
ERROR: Final = "$states.errorOutput"


@lru_cache(maxsize=16_384)
def parse_expression(text: str) -> DataPath | None:
    """Read a string that is one path in delimiters; its root is `INPUT`, `RESULT`, `ERROR`, `$$` or `VARIABLE`."""
    found = _EXPRESSION.match(text)
    if found is None or "${" in text:
        return None
    steps: list[str] = [quoted or plain for quoted, plain in _NAME.findall(found[2])]
    if len(steps) >= MOST_STEPS or any(step in _WORDS for step in steps):
        return None
    if found[1] != "states":
        return DataPath(VARIABLE, (found[1], *steps))
    if not steps:
        return None
    root = {"input": INPUT, "result": RESULT, "errorOutput": ERROR, "context": "$$"}.get(steps[0])
    return None if root is None else DataPath(root, tuple(steps[1:]))


def evaluate(
    template: object, roots: dict[str, Value], reader: Reader, place: Place, level: int = 0
) -> Value:
    """Return what a template makes: JSON in which strings in delimiters are computed."""
    if isinstance(template, str):
        if not template.startswith("{%"):
            return from_json(template)
        path = parse_expression(template)
        return Unknown() if path is None else _follow(path, roots, reader, place)
    if level > MOST_DEPTH * 2:
        return Unknown()
    if isinstance(template, dict):
        fields: dict[str, Entry] = {}
        rest: Value | None = None
        for name, item in template.items():
            if isinstance(name, str):
                if "${" in name:
                    rest = Unknown()
                else:
                    fields[name] = evaluate(item, roots, reader, (place, name), level + 1)
        return Object(fields, rest)
    if isinstance(template, list):
        return KnownList(
            tuple(evaluate(item, roots, reader, (place, i), level + 1) for i, item in enumerate(template))
        )
    return from_json(template)


def _follow(path: DataPath, roots: dict[str, Value], reader: Reader, place: Place) -> Value:
    root = reader.store.variables if path.root == VARIABLE else roots.get(path.root)
    if root is None:
        return Unknown()
    if _meets_an_array(root, path.steps):
        return Unknown()
    return reader.follow_in(root, path, place, of_result=path.root in (RESULT, ERROR))


def _meets_an_array(value: Value, steps: Steps) -> bool:
    """Whether a name follows an array on the way, or the path stops there because one may."""
    for i in range(len(steps)):
        presence, found, _ = look(value, steps[:i])
        if presence is Presence.NEVER:
            return False
        if isinstance(forced(found), KnownList):
            return True
    return False
