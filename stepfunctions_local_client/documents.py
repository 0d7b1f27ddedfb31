"""Definitions as they are given: an object, a text in JSON or YAML, or a file, with values for their placeholders."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from asl.diagnostics import Severity
from asl.words import did_you_mean
from stepfunctions_local_client.errors import InvalidDefinition
from stepfunctions_local_client.values import Json, JsonObject, plain

if TYPE_CHECKING:
    from asl.reading import Source

_PLACEHOLDER: Final = re.compile(r"\$\{([^{}$]+)\}")


def definition_of(
    given: Mapping[str, object] | str | Path,
    substitutions: Mapping[str, str | int | float | bool] | None = None,
    *,
    name: str = "",
) -> JsonObject:
    """Return a definition as JSON, with its placeholders replaced.

    Args:
        given: The definition, as an object, as a text in JSON or YAML, or in a file. A SAM or CloudFormation template
            will do, too, if `name` is the logical name of a state machine in it, or it has only one.
        substitutions: The value of each `${Name}`. Where it is the whole of a text, a number stays a number.
        name: Which state machine of a template is meant.

    Raises:
        InvalidDefinition: There is no definition, or there are several; a placeholder has no value, or a
            value has no placeholder.
        OSError: The file cannot be read.
    """
    document = plain(given) if isinstance(given, Mapping) else _read(given, name)
    if not isinstance(document, dict):
        raise InvalidDefinition("a definition is an object with StartAt and States")
    return document if substitutions is None else _substituted(document, substitutions)


def _read(given: str | Path, name: str) -> Json:
    if isinstance(given, str) and given.lstrip().startswith("{"):
        try:
            document: Json = json.loads(given)
        except ValueError:
            pass  # a placeholder without quotes, perhaps; if not, the reader says where the fault is
        else:
            return document
    # Reading YAML and templates takes a parser and some milliseconds to load.
    from asl.reading import read

    if isinstance(given, Path):
        sources = read(str(given), given.read_bytes(), path=given)
    else:
        # By its name it is read as JSON, where YAML would take half of a broken one for something else.
        sources = read("text.json" if given.lstrip().startswith("{") else "text.yaml", given.encode())
    found = [
        (definition.name, definition.document) for source in sources for definition in source.definitions
    ]
    fault = _fault(sources)
    if fault:
        raise InvalidDefinition(fault)
    named = [document for known, document in found if known == name]
    if len(named) == 1:
        return plain(named[0])
    if len(found) == 1:
        return plain(found[0][1])
    if found:
        names = ", ".join(sorted(known for known, _ in found))
        raise InvalidDefinition(f"{given} has several state machines ({names}), and none is called {name!r}")
    raise InvalidDefinition(f"there is no state machine in {given}")


def _fault(sources: list[Source]) -> str:
    for source in sources:
        for fault in source.faults:
            if fault.kind.severity == Severity.ERROR:
                return f"{source.name}:{source.lines.position(fault.span.start)}: {fault.message}"
    return ""


def _substituted(document: JsonObject, values: Mapping[str, str | int | float | bool]) -> JsonObject:
    used: set[str] = set()
    missing: set[str] = set()

    def text(written: str) -> Json:
        whole = _PLACEHOLDER.fullmatch(written)
        if whole is not None and whole[1] in values:
            used.add(whole[1])
            return values[whole[1]]
        return _PLACEHOLDER.sub(one, written)

    def one(found: re.Match[str]) -> str:
        if found[1] not in values:
            missing.add(found[1])
            return found[0]
        used.add(found[1])
        value = values[found[1]]
        return value if isinstance(value, str) else json.dumps(value)

    def walk(value: Json) -> Json:
        if isinstance(value, str):
            return text(value)
        if isinstance(value, dict):
            return {key: walk(item) for key, item in value.items()}
        return [walk(item) for item in value] if isinstance(value, list) else value

    replaced = {key: walk(item) for key, item in document.items()}
    if missing:
        listed = ", ".join(f"${{{name}}}" for name in sorted(missing))
        raise InvalidDefinition(f"no value was given for {listed}: substitutions={{...}}")
    unused = sorted(values.keys() - used)
    if unused:
        hint = did_you_mean(unused[0], set(_names(document)))
        raise InvalidDefinition(f"the definition has no placeholder ${{{unused[0]}}}{hint}")
    return replaced


def _names(value: Json) -> list[str]:
    if isinstance(value, str):
        return _PLACEHOLDER.findall(value)
    if isinstance(value, dict):
        return [name for item in value.values() for name in _names(item)]
    return [name for item in value for name in _names(item)] if isinstance(value, list) else []
