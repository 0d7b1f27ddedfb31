"""The items of a Map state: from an object or list, or from a file of CSV, JSON, JSON lines or a listing.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asl.execution.faults import ITEM_READER_FAILED, RuntimeFault, StateFault
from asl.execution.values import json_value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

Items = "list[tuple[str | None, Any]]"
"""Items, each with its key if it comes from an object."""

_DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


class ReadRequest(NamedTuple):
    """What an ItemReader asks for."""

    resource: str
    """Its Resource, such as `arn:aws:states:::s3:getObject`."""
    arguments: Any
    """Its Parameters or Arguments, filled in: `{"Bucket": ..., "Key": ...}`."""
    config: Mapping[str, Any]
    """Its ReaderConfig, as it is written."""


if TYPE_CHECKING:
    Reader: TypeAlias = Callable[[ReadRequest], object]
    """Gives the file as a text or bytes, or the items themselves as a list or an object."""


def listed(items: Any) -> list[tuple[str | None, Any]]:
    """Return the items of a list or an object."""
    if isinstance(items, dict):
        return list(items.items())
    return [(None, item) for item in items]


def read(request: ReadRequest, reader: Reader | None, most: int | None) -> list[tuple[str | None, Any]]:
    """Return the items that an ItemReader gives, at most so many.

    Raises:
        StateFault: they cannot be had.
    """
    if most is not None and most < 0:
        raise StateFault(ITEM_READER_FAILED, "field MaxItems must be positive")
    if reader is None:
        raise StateFault(
            ITEM_READER_FAILED, f"the engine was given nothing that reads {request.resource}: give it reader="
        )
    try:
        found = reader(request)
        items = parse(found, request) if isinstance(found, (str, bytes)) else listed(json_value(found))
    except StateFault:
        raise
    except (OSError, LookupError, TypeError, ValueError) as error:
        raise StateFault(ITEM_READER_FAILED, str(error)) from None
    return items if not most else items[:most]


def parse(found: str | bytes, request: ReadRequest) -> list[tuple[str | None, Any]]:
    """Return the items of a file.

    Raises:
        StateFault: it is not what its InputType says.
        ValueError: it is no text in UTF-8.
    """
    text = found.decode("utf-8-sig") if isinstance(found, bytes) else found.removeprefix("\ufeff")
    config = request.config
    match config.get("InputType"):
        case "CSV":
            return listed(_csv(text, config))
        case "JSONL":
            return listed([json.loads(line) for line in text.splitlines() if line.strip()])
        case "MANIFEST":
            raise StateFault(ITEM_READER_FAILED, "inventories (InputType MANIFEST) are not read here")
    value = json.loads(text)
    pointer = config.get("ItemsPointer")
    if pointer:
        value = _at(value, str(pointer))
    if not isinstance(value, (list, dict)):
        raise StateFault(ITEM_READER_FAILED, "Attempting to map over non-iterable node.")
    return listed(value)


def _csv(text: str, config: Mapping[str, Any]) -> list[dict[str, str]]:
    import csv
    import io

    delimiter = _DELIMITERS.get(str(config.get("CSVDelimiter", "COMMA")), ",")
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    if config.get("CSVHeaderLocation") == "GIVEN":
        headers = [str(name) for name in config.get("CSVHeaders", [])]
    else:
        headers, rows = (rows[0], rows[1:]) if rows else ([], [])
    if len(set(headers)) < len(headers):
        raise StateFault(ITEM_READER_FAILED, "CSV headers cannot contain duplicates.")
    # A row may be shorter than the headers, and what it has beyond them is dropped.
    return [dict(zip(headers, row + [""] * (len(headers) - len(row)), strict=False)) for row in rows]


def _at(value: Any, pointer: str) -> Any:
    """Return the value at a JSON pointer."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (LookupError, TypeError, ValueError):
            raise RuntimeFault(
                "The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure.",
                ITEM_READER_FAILED,
            ) from None
    return value
