"""The schema files, compiled once into tables that check a state in microseconds.

`jsonschema` reads the same files and is the reference: a property test holds the two to the same verdict. It is
too slow for a compiler that checks on every run, and its messages speak of schemas, not of states.

Only the keywords that the files use are understood; an unknown one is refused when the files are read, so that
a schema can never say something that nobody checks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

FOLDER: Final = Path(__file__).parent.parent / "schema"

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int, float),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
_ANNOTATIONS: Final = frozenset({"$defs", "$id", "$schema", "description", "title"})

Later: TypeAlias = "list[tuple[Shape, object]]"
"""What lies deeper in the value and is still to be held to a shape; so no depth takes recursion."""

Accept: TypeAlias = Callable[[object, Later], bool]
"""Whether a value has a shape, as far as it was looked into."""


@dataclass(slots=True, eq=False)
class Branch:
    """`if`, `then` and `else`: which of two shapes a value is held to depends on the value."""

    when: Shape
    then: Shape | None
    otherwise: Shape | None


@dataclass(slots=True, eq=False)
class Shape:
    """One schema as a table. A keyword that the schema does not have is None or empty."""

    title: str = ""
    never: bool = False
    """The schema `false`: the field does not belong here."""
    types: tuple[str, ...] = ()
    classes: tuple[type, ...] = ()
    """The Python classes that a value of one of `types` may have; whole and fractional numbers overlap."""
    enum: tuple[object, ...] = ()
    constant: tuple[object, ...] = ()
    """The value of `const` in a tuple, since the value may be None or False."""
    minimum: float | None = None
    maximum: float | None = None
    min_length: int = 0
    min_items: int = 0
    pattern: re.Pattern[str] | None = None
    required: tuple[str, ...] = ()
    needed: frozenset[str] = frozenset()
    """`required` as a set."""
    properties: dict[str, Shape] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    """Those of `properties` that must not be there."""
    closed: bool = False
    """No other fields than `properties`."""
    items: Shape | None = None
    every: tuple[Shape, ...] = ()
    branch: Branch | None = None
    refused: Shape | None = None
    """`not`"""
    one_of: tuple[str, ...] = ()
    """Exactly one of these fields is there (`oneOf` over single required fields)."""
    flat: bool = False
    """Whether it looks at the value alone, never at fields or items; set when everything is compiled."""

    def looks_inside(self) -> bool:
        """Whether fields or items of the value matter to it."""
        parts = (*self.every, *((self.branch.then, self.branch.otherwise) if self.branch is not None else ()))
        own = self.required or self.properties or self.closed or self.items or self.one_of or self.refused
        return bool(own) or any(part is not None and part.looks_inside() for part in parts)


class SchemaFileError(Exception):
    """A schema file uses what the compiler does not understand."""


class _Compiler:
    """Turns the files into shapes. A reference met twice is compiled once, so recursive rules are no trouble."""

    def __init__(self) -> None:
        self._files: dict[str, dict[str, object]] = {}
        self._shapes: dict[tuple[str, str], Shape] = {}

    def definition(self, file: str, pointer: str) -> Shape:
        """Return the schema at `pointer` (such as `$defs/JSONPath`, or empty for the whole file)."""
        key = (file, pointer)
        if key not in self._shapes:
            self._shapes[key] = Shape()
            schema: object = self._file(file)
            for step in filter(None, pointer.split("/")):
                if not isinstance(schema, dict) or step not in schema:
                    raise SchemaFileError(f"{file} has no {pointer}")
                schema = schema[step]
            self._fill(self._shapes[key], schema, file)
        return self._shapes[key]

    def finish(self) -> None:
        """Mark the shapes that are checked without going down into the value."""
        seen: set[Shape] = set()
        waiting = list(self._shapes.values())
        while waiting:
            shape = waiting.pop()
            if shape in seen:
                continue
            seen.add(shape)
            shape.needed = frozenset(shape.required)
            shape.excluded = tuple(name for name, child in shape.properties.items() if child.never)
            shape.flat = not shape.every and not shape.looks_inside()
            waiting += shape.properties.values()
            waiting += shape.every
            if shape.items is not None:
                waiting.append(shape.items)
            if shape.branch is not None:
                waiting += [part for part in (shape.branch.then, shape.branch.otherwise) if part is not None]

    def _file(self, name: str) -> dict[str, object]:
        if name not in self._files:
            self._files[name] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
        return self._files[name]

    def _compile(self, schema: object, file: str, title: str = "") -> Shape:
        if isinstance(schema, dict) and set(schema) == {"$ref"}:
            target_file, _, pointer = str(schema["$ref"]).partition("#/")
            return self.definition(target_file or file, pointer)
        shape = Shape(title=title)
        self._fill(shape, schema, file)
        return shape

    def _fill(self, shape: Shape, schema: object, file: str) -> None:
        if isinstance(schema, bool):
            shape.never = not schema
            return
        if not isinstance(schema, dict):
            raise SchemaFileError(f"{file}: a schema is an object or a boolean")
        shape.title = schema.get("title", shape.title)
        for keyword, value in schema.items():
            if keyword in _ANNOTATIONS:
                continue
            match keyword:
                case "type":
                    shape.types = (value,) if isinstance(value, str) else tuple(value)
                    shape.classes = tuple({c for name in shape.types for c in _TYPES[name]})
                case "enum":
                    shape.enum = tuple(value)
                case "const":
                    shape.constant = (value,)
                case "minimum":
                    shape.minimum = value
                case "maximum":
                    shape.maximum = value
                case "minLength":
                    shape.min_length = value
                case "minItems":
                    shape.min_items = value
                case "pattern":
                    shape.pattern = re.compile(value)
                case "required":
                    shape.required = tuple(value)
                case "properties":
                    shape.properties = {name: self._compile(child, file) for name, child in value.items()}
                case "additionalProperties" if value is False:
                    shape.closed = True
                case "items":
                    shape.items = self._compile(value, file)
                case "allOf":
                    shape.every = tuple(self._compile(child, file) for child in value)
                case "not":
                    shape.refused = self._compile(value, file)
                case "oneOf" if all(
                    set(child) == {"required"} and len(child["required"]) == 1 for child in value
                ):
                    shape.one_of = tuple(child["required"][0] for child in value)
                case "if":
                    shape.branch = Branch(
                        when=self._compile(value, file),
                        then=self._compile(schema["then"], file, shape.title) if "then" in schema else None,
                        otherwise=self._compile(schema["else"], file, shape.title)
                        if "else" in schema
                        else None,
                    )
                case "then" | "else":
                    pass
                case _:
                    raise SchemaFileError(f"{file}: the keyword {keyword} is not understood here")


@dataclass(frozen=True, slots=True)
class Schemas:
    """Every shape that a definition is held to."""

    machine: Shape
    branch: Shape
    processor: Shape
    any_state: Shape
    states: dict[tuple[str, str], Shape]
    """By type and query language."""
    owners: dict[str, tuple[str, ...]]
    """The state types that have a field, in either query language, for every field there is."""


@cache
def schemas() -> Schemas:
    """Read and compile the files, once in a process."""
    compiler = _Compiler()
    any_state = compiler.definition("state.json", "")
    states = {
        (kind, language): compiler.definition(f"{kind.lower()}.json", f"$defs/{language}")
        for kind in map(str, any_state.properties["Type"].enum)
        for language in ("JSONPath", "JSONata")
    }
    owners: dict[str, tuple[str, ...]] = {}
    for (kind, _), shape in states.items():
        for name in shape.properties:
            if kind not in owners.setdefault(name, ()):
                owners[name] += (kind,)
    found = Schemas(
        machine=compiler.definition("scope.json", "$defs/machine"),
        branch=compiler.definition("scope.json", "$defs/branch"),
        processor=compiler.definition("scope.json", "$defs/processor"),
        any_state=any_state,
        states=states,
        owners=owners,
    )
    compiler.finish()
    return found
