"""The usual case: a value that fits its schema, told by a library in a microsecond and without a word about why.

`jsonschema-rs` reads the same files. What it says fits is believed; of all else `asl.checking.shapes` finds the faults.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from asl.checking.schemas import FOLDER

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, Registry


@cache
def _registry() -> tuple[Registry, dict[str, str]]:
    """All schema files, and the `$id` of each by its name."""
    from jsonschema_rs import Registry

    found = [
        (path.name, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*.json"))
    ]
    ids = {name: schema["$id"] for name, schema in found}
    return Registry([(ids[name], schema) for name, schema in found]), ids


@cache
def _validator(file: str, pointer: str) -> Draft202012Validator:
    from jsonschema_rs import Draft202012Validator

    registry, ids = _registry()
    return Draft202012Validator({"$ref": f"{ids[file]}#{pointer}"}, registry=registry)


def fits(file: str, pointer: str, value: object) -> bool:
    """Whether a value fits a schema, such as that at `/$defs/JSONPath` of `task.json`.

    True is certain; False only asks for a closer look, as after a number that the library cannot hold.
    """
    try:
        return _validator(file, pointer).is_valid(value)
    except ValueError:
        return False
