"""Names that only a deployment knows, and the step that binds them.

A placeholder is written `${OrderTableName}`, the notation of SAM's and CloudFormation's definition
substitutions, so a compiled workflow is the same on every machine until it is deployed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dsl.errors import DefinitionError, UnboundNameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsl.values.expressions import Json

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:(?:::|\.)[A-Za-z0-9_-]+)*\Z")
USE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_-]*(?:(?:::|\.)[A-Za-z0-9_-]+)*)\}")
"""A placeholder in a text: `${OrderTableName}`, `${sns_topic}`, `${AWS::Region}`, `${Queue.Arn}`."""


class Placeholder(str):
    """A value that a deployment supplies; it may stand wherever a literal may."""

    __slots__ = ()

    def __new__(cls, name: str) -> Placeholder:
        """Make the placeholder `${name}`.

        Raises:
            DefinitionError: the name has other characters than letters, digits, `_` and `-`; `::` and `.` may
                stand between them.
        """
        given: object = name
        if not isinstance(given, str) or not _NAME.match(name):
            raise DefinitionError(
                f"{name!r} cannot name a placeholder: use letters, digits, _ and -, a letter first; "
                "the language writes the ${...} around it"
            )
        return super().__new__(cls, f"${{{name}}}")


def placeholders(document: Json) -> frozenset[str]:
    """Return the names of all placeholders in a document, keys included."""
    return frozenset(name for text in _strings(document) for name in USE.findall(text))


def bind(document: Json, values: Mapping[str, str | int]) -> Json:
    """Return a copy of the document with its placeholders replaced.

    A string that is nothing but a placeholder takes the bound value with its type, so
    `"TimeoutSeconds": "${Limit}"` becomes a number; inside a longer string the value is written out.

    Raises:
        UnboundNameError: a placeholder has no value.
    """
    missing = placeholders(document) - values.keys()
    if missing:
        raise UnboundNameError(missing)
    return _bound(document, values)


def _strings(document: Json) -> Iterator[str]:
    stack = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            yield from node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _bound(node: Json, values: Mapping[str, str | int]) -> Json:
    if isinstance(node, str):
        whole = USE.fullmatch(node)
        if whole:
            return values[whole.group(1)]
        return USE.sub(lambda use: str(values[use.group(1)]), node)
    if isinstance(node, dict):
        return {
            USE.sub(lambda use: str(values[use.group(1)]), key): _bound(item, values)
            for key, item in node.items()
        }
    if isinstance(node, list):
        return [_bound(item, values) for item in node]
    return node
