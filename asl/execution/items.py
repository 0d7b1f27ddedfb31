"""The items of a Map state: from an object or list, or from a file of CSV, JSON, JSON lines or a listing.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from asl.execution.faults import ITEM_READER_FAILED, RuntimeFault, StateFault
from asl.execution.iterating import listed
from asl.execution.values import json_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asl.execution.files import Reader, ReadRequest
    from asl.execution.iterating import IteratedItem

_DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def read(request: ReadRequest, reader: Reader | None, most: int | None) -> list[IteratedItem]:
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
        items = _items(reader(request), request, reader)
        return list(islice(items, most or None))
    except StateFault:
        raise
    except (EOFError, OSError, LookupError, TypeError, ValueError) as error:
        raise StateFault(ITEM_READER_FAILED, str(error)) from None


def _items(found: object, request: ReadRequest, reader: Reader) -> Iterator[IteratedItem]:
    """Yield the items of what was read: its own, or those of the files that it lists."""
    config = request.config
    source = _source(request.arguments)
    if request.resource.endswith(":listObjectsV2") and isinstance(found, list):
        found = [_object(entry) for entry in found]
    if config.get("Transformation") == "LOAD_AND_FLATTEN":
        # The objects that listObjectsV2 names: what is in them is iterated over, not they themselves.
        bucket = request.arguments["Bucket"]
        files = [(bucket, str(item.value["Key"])) for item in listed(json_value(found))]
    elif not isinstance(found, (str, bytes)):
        yield from listed(json_value(found), source)
        return
    elif config.get("ManifestType") == "ATHENA_DATA":
        places = (urlsplit(line.strip('"')) for line in _text(found).splitlines() if line.strip())
        files = [(place.netloc, place.path.removeprefix("/")) for place in places]
    elif config.get("InputType") == "MANIFEST" or config.get("ManifestType") == "S3_INVENTORY":
        yield from _inventory(json.loads(_text(found)), request, reader)
        return
    else:
        yield from _parsed(_text(found), config, source)
        return
    for content, source in _contents(files, request, reader):
        yield from _parsed(content, config, source)


def _source(arguments: Any) -> str:
    """Return where something is in S3, as `$$.Map.Item.Source` has it."""
    found = arguments if isinstance(arguments, dict) else {}
    return "S3://" + "/".join(str(found[name]) for name in ("Bucket", "Key") if name in found)


def _object(entry: Any) -> Any:
    """Return an object of a list as the service gives it to an iteration, whichever way boto3 or S3 wrote it."""
    if not isinstance(entry, dict):
        return entry
    written = {"Etag" if name == "ETag" else name: value for name, value in entry.items()}
    modified = written.get("LastModified")
    if isinstance(modified, str):
        modified = datetime.fromisoformat(modified)
    if isinstance(modified, datetime):
        written["LastModified"] = int(modified.timestamp())
    if "Size" in written:
        written["Size"] = int(written["Size"])
    return written


def _contents(
    files: list[tuple[str, str]], request: ReadRequest, reader: Reader
) -> Iterator[tuple[str, str]]:
    """Yield the texts of files, given by bucket and key, each with where it is."""
    resource = request.resource.rpartition(":")[0] + ":getObject"
    for bucket, key in files:
        arguments = {"Bucket": bucket, "Key": key}
        found = reader(request._replace(resource=resource, arguments=arguments))
        if not isinstance(found, (str, bytes)):
            raise TypeError(f"{bucket}/{key} was read as {type(found).__name__}, not as a text or bytes")
        yield _text(found), _source(arguments)


def _inventory(manifest: Mapping[str, Any], request: ReadRequest, reader: Reader) -> Iterator[IteratedItem]:
    """Yield the objects that an inventory of S3 lists, each with the fields that the inventory has.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
    """
    if manifest["fileFormat"] != "CSV":
        raise StateFault(
            ITEM_READER_FAILED, f"an inventory in {manifest['fileFormat']} is not read here: CSV is"
        )
    fields = [field.strip() for field in manifest["fileSchema"].split(",")]
    bucket = str(manifest["destinationBucket"]).rpartition(":")[2]
    files = [(bucket, str(file["key"])) for file in manifest["files"]]
    for content, source in _contents(files, request, reader):
        yield from listed(_csv(content, {"CSVHeaderLocation": "GIVEN", "CSVHeaders": fields}), source)


def _text(found: str | bytes) -> str:
    """Return a file as a text; one that was compressed with gzip, as inventories are, is unpacked."""
    if isinstance(found, str):
        return found.removeprefix("\ufeff")
    return (gzip.decompress(found) if found[:2] == b"\x1f\x8b" else found).decode("utf-8-sig")


def _parsed(text: str, config: Mapping[str, Any], source: str) -> list[IteratedItem]:
    """Return the items of a file.

    Raises:
        StateFault: it is not what its InputType says.
    """
    match config.get("InputType"):
        case "CSV":
            return listed(_csv(text, config), source)
        case "JSONL":
            return listed([json.loads(line) for line in text.split("\n") if line.strip()], source)
        case "PARQUET":
            raise StateFault(
                ITEM_READER_FAILED, "files in Parquet are not read here: give the items as a list"
            )
    value = json.loads(text)
    pointer = config.get("ItemsPointer")
    if pointer:
        value = _at(value, str(pointer))
    if not isinstance(value, (list, dict)):
        raise StateFault(ITEM_READER_FAILED, "Attempting to map over non-iterable node.")
    return listed(value, source)


def _csv(text: str, config: Mapping[str, Any]) -> list[dict[str, str]]:
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
