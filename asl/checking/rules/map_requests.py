"""What a distributed map is given to read, to batch and to write: the fields, and the requests to S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asl.checking.parameter_checks import ParameterChecker
from asl.checking.rules.maps import BATCHER_FIELDS, misspelt_words
from asl.checking.rules.registry import DOCUMENTED, INFERRED, Finding, state_rule
from asl.definitions.model import JSONATA
from asl.diagnostics import Severity
from asl.services import integrations
from asl.services.resources import parse
from asl.words import closest, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.model import State
    from asl.locations import Location

WRITER: Final = "s3:putObject"
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "Transformation": ("NONE", "COMPACT", "FLATTEN"),
    "OutputType": ("JSON", "JSONL"),
}
_REQUEST: Final = ("Resource", "Parameters", "Arguments", "Comment")
_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "ItemReader": (*_REQUEST, "ReaderConfig"),
    "ReaderConfig": (
        "InputType",
        "Transformation",
        "ManifestType",
        "CSVHeaderLocation",
        "CSVHeaders",
        "CSVDelimiter",
        "MaxItems",
        "MaxItemsPath",
        "ItemsPointer",
    ),
    "ItemBatcher": (*BATCHER_FIELDS, "Comment"),
    "ResultWriter": (*_REQUEST, "WriterConfig"),
    "WriterConfig": ("Transformation", "OutputType"),
}
"""https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html and the pages below it."""


@state_rule(
    "UNKNOWN_MAP_FIELD",
    Severity.WARNING,
    INFERRED,
    "Map",
    having=("ItemReader", "ItemBatcher", "ResultWriter"),
)
def fields_of_readers_and_writers_exist(state: State, _view: View) -> Iterator[Finding]:
    """The fields of the reader, the batcher, the writer and their configurations exist.

    Example::

        {"Pour": {"Type": "Map", "End": true, "ItemBatcher": {"MaxItemsPerBatch": 5, "MaxBytesPerBatch": 9000},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    for value, name, place in _parts(state):
        known = _FIELDS[name]
        for key in value:
            if isinstance(key, str) and key not in known and "${" not in key:
                near = closest(key, (field for field in known if field not in value))
                hint = f"; did you mean '{near}'?" if near else f"; it has {listed(known)}."
                yield Finding(f"'{name}' has no field '{shorten(key)}'{hint}", place / key)


@state_rule("MAP_REQUEST", Severity.WARNING, INFERRED, "Map", having=("ItemReader", "ResultWriter"))
def readers_and_writers_name_their_objects(state: State, _view: View) -> Iterator[Finding]:
    """Objects in S3 have a bucket, a file that is read has a key, and the names are spelled correctly.

    Example::

        {"Pour": {"Type": "Map", "End": true,
            "ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2", "Parameters": {"Prefix": "cups/"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    field = "Arguments" if state.language == JSONATA else "Parameters"
    for name in ("ItemReader", "ResultWriter"):
        part = state.value.get(name)
        resource = part.get("Resource") if isinstance(part, dict) else None
        if not isinstance(part, dict) or not isinstance(resource, str):
            continue
        parsed = parse(resource)
        request = None if parsed is None else integrations.map_request(parsed.call)
        if request is None or (request.resource.call == WRITER) != (name == "ResultWriter"):
            continue  # another rule tells that the resource is not one of these
        place = state.location / name
        given = part.get(field)
        if field not in part:
            if not {"Parameters", "Arguments"} & part.keys():
                yield Finding(f"'{name}' needs {field} that say where: {request.resource.call}.", place)
        elif isinstance(given, dict):
            for fault in ParameterChecker(request, state.language == JSONATA).check(given, place / field):
                yield Finding(fault.message, fault.location)


@state_rule("RESULT_WRITER", Severity.WARNING, DOCUMENTED, "Map", having=("ResultWriter",))
def writers_write_to_s3(state: State, _view: View) -> Iterator[Finding]:
    """A result writer writes objects to S3, in the format of its configuration.

    Example::

        {"Pour": {"Type": "Map", "End": true,
            "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "results"},
                "WriterConfig": {"Transformation": "FLATTEN", "OutputType": "CSV"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    writer = state.value.get("ResultWriter")
    if not isinstance(writer, dict):
        return
    place = state.location / "ResultWriter"
    resource = writer.get("Resource")
    parsed = parse(resource) if isinstance(resource, str) else None
    if parsed is not None and parsed.call != WRITER:
        yield Finding(f"A result writer has the resource arn:aws:states:::{WRITER}.", place / "Resource")
    elif resource is None and {"Parameters", "Arguments"} & writer.keys():
        yield Finding(
            f"'ResultWriter' has no Resource, so nothing is written: add arn:aws:states:::{WRITER}.", place
        )
    config = writer.get("WriterConfig")
    if isinstance(config, dict):
        yield from misspelt_words(config, _CHOICES, place / "WriterConfig")


def _parts(state: State) -> Iterator[tuple[dict[object, object], str, Location]]:
    """Yield the objects of a map that are left open by the schema, each with its name and place."""
    for outer, inner in (
        ("ItemReader", "ReaderConfig"),
        ("ItemBatcher", ""),
        ("ResultWriter", "WriterConfig"),
    ):
        value = state.value.get(outer)
        if isinstance(value, dict):
            yield value, outer, state.location / outer
            config = value.get(inner)
            if isinstance(config, dict):
                yield config, inner, state.location / outer / inner
