"""The schema files, and the library that holds values to them.

Rust's `jsonschema-rs` tells in a microsecond whether a value fits. What it finds wrong is made faults of in
`asl.checking.shapes`.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from asl.expressions import JSON_PATH, JSONATA

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, Registry

FOLDER: Final = Path(__file__).parent.parent / "schema"


@cache
def files() -> dict[str, dict[str, Any]]:
    """Return all schema files by their names."""
    paths = sorted(FOLDER.glob("*.json"))
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}


@cache
def _registry() -> Registry:
    from jsonschema_rs import Registry

    return Registry([(schema["$id"], schema) for schema in files().values()])


@cache
def validator(file: str, pointer: str) -> Draft202012Validator:
    """Return what checks values against a schema, such as that at `/$defs/JSONPath` of `task.json`."""
    from jsonschema_rs import Draft202012Validator

    return Draft202012Validator({"$ref": f"{files()[file]['$id']}#{pointer}"}, registry=_registry())


def fits(file: str, pointer: str, value: object) -> bool:
    """Whether a value fits a schema."""
    return validator(file, pointer).is_valid(value)


@cache
def fields_of(kind: str, language: str) -> dict[str, Any]:
    """Return the fields of a type of state in a query language, each with its schema; empty for any other type."""
    schema = files().get(f"{kind.lower()}.json", {}).get("$defs", {}).get(language, {})
    fields: dict[str, Any] = schema.get("properties", {}) if kind in types() else {}
    return fields


@cache
def types() -> tuple[str, ...]:
    """Return the types of states."""
    return tuple(files()["state.json"]["properties"]["Type"]["enum"])


@cache
def owners() -> dict[str, tuple[str, ...]]:
    """Return the state types that have a field, in either query language, for every field there is."""
    found: dict[str, dict[str, None]] = {}
    for kind in types():
        for name in fields_of(kind, JSON_PATH) | fields_of(kind, JSONATA):
            found.setdefault(name, {})[kind] = None
    return {name: tuple(kinds) for name, kinds in found.items()}
