"""What is declared besides the definition: the machine's input, the answers of its functions, what its states need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.checking.dataflow.paths import parse_path
from asl.checking.dataflow.values import (
    ABSENT,
    MOST_DEPTH,
    Entry,
    KnownList,
    Lazy,
    Maybe,
    Object,
    Scalar,
    Unknown,
    Value,
    from_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from asl.checking.dataflow.paths import DataPath
    from asl.comparisons import ScalarKind

_KINDS: Final[dict[object, ScalarKind]] = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "null": "null",
}
_ALTERNATIVES: Final = frozenset(
    {"anyOf", "oneOf", "allOf", "not", "if", "then", "else", "patternProperties"}
)


_NO_NEEDS: Final[Mapping[DataPath, str]] = {}


class Declared:
    """What is said of a machine's input (None for nothing), of what functions return, and of what its states need.

    `needs` are the paths that have to lead somewhere on every route to a state, by its name.
    """

    def __init__(
        self,
        input_schema: Mapping[str, object] | None = None,
        answers: Mapping[str, Mapping[str, object]] | None = None,
        needs: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self.input = None if input_schema is None else from_schema(input_schema)
        self._answers = {name: from_schema(schema) for name, schema in (answers or {}).items()}
        self._needs = {
            name: {path: text for text in texts if (path := parse_path(text)) is not None and path.definite}
            for name, texts in (needs or {}).items()
        }

    def needs(self, state: str) -> Mapping[DataPath, str]:
        """Return the paths that have to lead somewhere whenever the state runs, and how they are written."""
        return self._needs.get(state, _NO_NEEDS)

    def answer(self, state: str) -> Value | None:
        """Return what the function that a task calls returns, None where nothing is declared."""
        return self._answers.get(state)


def from_schema(schema: object) -> Value:
    """Return what a JSON Schema says for certain of a value.

    Read are `type`, `const`, `properties`, `required`, `additionalProperties`, `items` and `$ref` into the schema's
    own `$defs`; where alternatives are named, nothing is known. A field that is not required is one that may be
    missing, without a route to blame; one whose schema is false is never there.
    """
    return _read(schema, schema, 0)


def _read(schema: object, document: object, level: int) -> Value:
    if not isinstance(schema, dict) or level > MOST_DEPTH or any(name in _ALTERNATIVES for name in schema):
        return Unknown()
    if level and ("$ref" in schema or schema.get("type") in ("object", "array")):
        return Lazy(lambda: _read_now(schema, document, level), id(schema))
    return _read_now(schema, document, level)


def _read_now(schema: dict[str, object], document: object, level: int) -> Value:
    if "$ref" in schema:
        return _read(_resolved(schema["$ref"], document), document, level + 1)
    if "const" in schema:
        return from_json(schema["const"])
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, document, level)
    if kind == "array":
        items = schema.get("items")
        return KnownList(
            None, _read(items, document, level + 1) if "prefixItems" not in schema else Unknown()
        )
    return Scalar(_KINDS[kind]) if isinstance(kind, str) and kind in _KINDS else Unknown()


def _object(schema: dict[str, object], document: object, level: int) -> Value:
    properties, required = schema.get("properties"), schema.get("required")
    needed = {name for name in required if isinstance(name, str)} if isinstance(required, list) else set()
    fields: dict[str, Entry] = {}
    for name, inner in (properties if isinstance(properties, dict) else {}).items():
        value = _read(inner, document, level + 1)
        fields[name] = ABSENT if inner is False else value if name in needed else Maybe(value)
    others = schema.get("additionalProperties", True)
    rest: Value | None = None
    if others is not False:
        rest = _read(others, document, level + 1)
    for name in needed:
        if name not in fields:
            fields[name] = rest if rest is not None else Unknown()
    return Object(fields, rest)


def _resolved(reference: object, document: object) -> object:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found = document
    for step in filter(None, reference[1:].split("/")):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found
