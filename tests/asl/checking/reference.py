"""The same schema files, read by the `jsonschema` library: the reference for what `asl.checking.shapes` finds."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from asl.checking.schemas import FOLDER, types
from asl.definitions.model import Definition

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator


@cache
def validator(file: str, pointer: str = "") -> Draft202012Validator:
    """Return the library's validator for one definition of a file, such as `("task.json", "/$defs/JSONPath")`."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    registry = Registry().with_resources((d["$id"], Resource.from_contents(d)) for d in documents)
    base = next(d["$id"] for d in documents if d["$id"].endswith(f"/{file}"))
    return Draft202012Validator({"$ref": f"{base}#{pointer}"}, registry=registry)


def has_the_right_shape(document: dict[str, object]) -> bool:
    """Whether every scope and every state of a definition fits its schema, as the library judges."""
    definition = Definition(document)
    for scope in definition.scopes:
        if not validator("scope.json", f"/$defs/{scope.kind}").is_valid(scope.value):
            return False
        written = scope.value.get("States")
        if isinstance(written, dict) and len(written) != len(scope.states):
            return False
    for state in definition.states:
        if state.type not in types():
            return False
        if not validator(f"{state.type.lower()}.json", f"/$defs/{state.language}").is_valid(state.value):
            return False
    return True
