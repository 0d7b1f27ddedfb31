"""Expressions of DynamoDB: the names and values that they stand for are given, and none is left over.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from asl.checking.rules.registry import DOCUMENTED, Finding, state_rule
from asl.definitions.model import JSONATA
from asl.diagnostics import Severity
from asl.services.resources import parse
from asl.words import closest, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.model import State

_TOKEN: Final = re.compile(r"[#:]\w+")
_KINDS: Final = {"#": "ExpressionAttributeNames", ":": "ExpressionAttributeValues"}


@state_rule("DYNAMODB_EXPRESSION", Severity.WARNING, DOCUMENTED, "Task")
def expressions_have_their_names_and_values(state: State, _view: View) -> Iterator[Finding]:
    """Each `#name` and `:value` of an expression is defined, and each definition is used; DynamoDB refuses others.

    Example::

        {"Claim": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:updateItem", "End": true, "Parameters": {
            "TableName": "orders", "Key": {"PK": {"S": "orders"}}, "UpdateExpression": "SET barista = :who",
            "ExpressionAttributeValues": {":whom": {"S": "3"}}}}}
    """
    resource = parse(state.resource)
    if resource is None or resource.service != "dynamodb" or not resource.is_integration:
        return
    field = "Arguments" if state.language == JSONATA else "Parameters"
    given = state.value.get(field)
    if not isinstance(given, dict):
        return
    place = state.location / field
    used, certain = _used(given)
    if not used and certain and not any(name in given for name in _KINDS.values()):
        return
    for sign, name in _KINDS.items():
        defined = _defined(given, name, jsonata=state.language == JSONATA)
        if defined is None:
            continue
        unused = [token for token in defined if token not in used] if certain else []
        missing = [token for token in used if token[0] == sign and token not in defined]
        for token in missing:
            near = closest(token, unused)
            hint = f"; did you mean {near}?" if near else f": add it to {name}."
            yield Finding(
                f"{used[token]} has {shorten(token)}, which {name} does not give{hint}", place / used[token]
            )
        if unused and not missing:
            yield Finding(
                f"No expression uses {shorten(listed(unused))}, and DynamoDB refuses what is left over.",
                place / name,
            )


def _used(given: dict[str, object]) -> tuple[dict[str, str], bool]:
    """Return the tokens of all expressions with the parameter of each, and whether those are all that there are."""
    used: dict[str, str] = {}
    certain = True
    for name, value in given.items():
        if not name.endswith(("Expression", "Expression.$")):
            continue
        if name.endswith(".$") or not isinstance(value, str) or "${" in value or "{%" in value:
            certain = False
            continue
        for token in _TOKEN.findall(value):
            used.setdefault(token, name)
    return used, certain


def _defined(given: dict[str, object], name: str, *, jsonata: bool) -> frozenset[str] | None:
    """Return the keys of a map of names or values, None where they are not known here."""
    if name not in given:
        return None if f"{name}.$" in given else frozenset()
    value = given[name]
    if not isinstance(value, dict):
        return None
    together = "".join(value)
    if "${" in together or "{%" in together:
        return None
    return frozenset(value if jsonata or ".$" not in together else (key.removesuffix(".$") for key in value))
