"""Map states: what a distributed map reads and hands on in batches, and what only it can do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from asl.checking.rules.registry import DOCUMENTED, INFERRED, RECORDED, Finding, state_rule
from asl.diagnostics import Severity
from asl.words import closest, describe, listed, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asl.checking.view import View
    from asl.definitions.model import State
    from asl.locations import Location

READER_ACTIONS: Final = ("s3:getObject", "s3:listObjectsV2")
LARGEST_BATCH: Final = 262_144
BATCHER_FIELDS: Final = (
    "MaxItemsPerBatch",
    "MaxItemsPerBatchPath",
    "MaxInputBytesPerBatch",
    "MaxInputBytesPerBatchPath",
    "BatchInput",
)
INPUT_TYPES: Final = ("MANIFEST", "JSON", "CSV", "JSONL", "PARQUET")
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "Transformation": ("NONE", "LOAD_AND_FLATTEN"),
    "ManifestType": ("ATHENA_DATA", "S3_INVENTORY"),
    "CSVDelimiter": ("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
}
_DISTRIBUTED_ONLY: Final = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "Label",
)
_READER = re.compile(r"arn:[^:]+:states:::(.*)")


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Map", having=("ItemReader",))
def readers_read_from_s3(state: State, _view: View) -> Iterator[Finding]:
    """An item reader gets one object of S3 or lists them.

    Example::

        {"Pour": {"Type": "Map", "End": true,
            "ItemReader": {"Resource": "arn:aws:states:::dynamodb:query", "Parameters": {"TableName": "cups"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    reader = state.value.get("ItemReader")
    resource = reader.get("Resource") if isinstance(reader, dict) else None
    if not isinstance(resource, str) or "${" in resource or not resource.startswith("arn:"):
        return
    matched = _READER.fullmatch(resource)
    if matched is None or matched[1] not in READER_ACTIONS:
        near = closest(matched[1], READER_ACTIONS) if matched else None
        hint = f"did you mean {near}?" if near else f"a reader takes {listed(READER_ACTIONS, 'or')}."
        yield Finding(
            f"The field 'Resource' does not match any of the allowed values: {describe(resource)}; {hint}",
            state.location / "ItemReader" / "Resource",
        )


@state_rule("SCHEMA_VALIDATION_FAILED", Severity.ERROR, RECORDED, "Map", having=("ItemReader",))
def readers_read_what_they_can(state: State, _view: View) -> Iterator[Finding]:
    """What a reader reads is a CSV, JSON, JSONL or Parquet file, or a manifest.

    Example::

        {"Pour": {"Type": "Map", "End": true,
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
                "ReaderConfig": {"InputType": "csv"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    reader = state.value.get("ItemReader")
    config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
    kind = config.get("InputType") if isinstance(config, dict) else None
    if isinstance(kind, str) and kind not in INPUT_TYPES and "${" not in kind:
        near = closest(kind, INPUT_TYPES)
        hint = f'; write "{near}"' if near else ""
        yield Finding(
            f"The field 'InputType' should have one of these values: [{', '.join(INPUT_TYPES)}]. It is "
            f"{describe(kind)}{hint}.",
            state.location / "ItemReader" / "ReaderConfig" / "InputType",
        )


@state_rule("ITEM_READER", Severity.WARNING, DOCUMENTED, "Map", having=("ItemReader",))
def readers_are_told_what_they_read(state: State, _view: View) -> Iterator[Finding]:
    """The configuration of the reader fits the file: its type, and a header only for CSV.

    Example::

        {"Pour": {"Type": "Map", "End": true,
            "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"},
                "ReaderConfig": {"InputType": "JSONL", "CSVHeaderLocation": "FIRST_ROW"}},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    reader = state.value.get("ItemReader")
    if not isinstance(reader, dict):
        return
    place = state.location / "ItemReader"
    written = reader.get("ReaderConfig")
    config = written if isinstance(written, dict) else {}
    if written is not None and not isinstance(written, dict):
        return
    misspelt = list(misspelt_words(config, _CHOICES, place / "ReaderConfig"))
    if misspelt:
        yield misspelt[0]
        return
    fault = _reader_fault(reader, config)
    if fault is not None:
        yield Finding(fault, place / "ReaderConfig" if isinstance(written, dict) else place)


@state_rule("NOT_DISTRIBUTED", Severity.WARNING, DOCUMENTED, "Map")
def distributed_fields_stand_in_distributed_maps(state: State, _view: View) -> Iterator[Finding]:
    """Only a distributed map can read from S3, batch, write, tolerate failures and have a label; AWS accepts all this.

    Example::

        {"Pour": {"Type": "Map", "End": true, "ToleratedFailureCount": 3,
            "ItemProcessor": {"StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    present = [name for name in _DISTRIBUTED_ONLY if name in state.value]
    if not present or len(state.inner) != 1 or state.inner[0].mode != "INLINE":
        return
    quoted = listed([f"'{name}'" for name in present])
    yield Finding(
        f"{quoted} {'does' if len(present) == 1 else 'do'} nothing "
        'in an INLINE map: set the Mode of its ProcessorConfig to "DISTRIBUTED".',
        state.location / present[0],
    )


@state_rule("ITEM_BATCHER", Severity.WARNING, DOCUMENTED, "Map", having=("ItemBatcher",))
def batches_have_a_size(state: State, _view: View) -> Iterator[Finding]:
    """A batch has a limit in items, in bytes (up to 262144) or both.

    Example::

        {"Pour": {"Type": "Map", "End": true, "ItemBatcher": {"MaxInputBytesPerBatch": 300000},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    batcher = state.value.get("ItemBatcher")
    if not isinstance(batcher, dict):
        return
    place = state.location / "ItemBatcher"
    # A field that does not exist may be meant as a limit; another rule reports it.
    if batcher.keys() <= {"BatchInput", "Comment"}:
        yield Finding("A batch needs a limit: set MaxItemsPerBatch, MaxInputBytesPerBatch or both.", place)
    largest = batcher.get("MaxInputBytesPerBatch")
    if isinstance(largest, int | float) and largest > LARGEST_BATCH:
        yield Finding(
            f"'MaxInputBytesPerBatch' is at most {LARGEST_BATCH}, not {number(largest)}.",
            place / "MaxInputBytesPerBatch",
        )
    for field in ("MaxItemsPerBatch", "MaxInputBytesPerBatch"):
        if batcher.get(field) == 0 and batcher[field] is not False:
            yield Finding(f"'{field}' has to be 1 or more: nothing fits into a batch of 0.", place / field)


@state_rule("NOT_BOTH", Severity.WARNING, INFERRED, "Map", having=("Parameters",))
def items_are_selected_in_one_way(state: State, _view: View) -> Iterator[Finding]:
    """What each run is given is written in `ItemSelector`, or in `Parameters`, its former name.

    Example::

        {"Pour": {"Type": "Map", "End": true, "ItemSelector": {"cup": 1}, "Parameters": {"cup": 2},
            "ItemProcessor": {"StartAt": "Fill", "States": {"Fill": {"Type": "Pass", "End": true}}}}}
    """
    if "ItemSelector" in state.value and "Parameters" in state.value:
        yield Finding(
            "'Parameters' is the former name of 'ItemSelector', and both are here: keep ItemSelector.",
            state.location / "Parameters",
        )


def misspelt_words(
    config: dict[str, object], choices: dict[str, tuple[str, ...]], place: Location
) -> Iterator[Finding]:
    """Yield the fields that take one of a few words and have another."""
    for field, allowed in choices.items():
        value = config.get(field)
        if isinstance(value, str) and "${" not in value and value not in allowed:
            near = closest(value, allowed)
            hint = f'; write "{near}"' if near else ""
            yield Finding(
                f"'{field}' is one of {listed(allowed)}, not {describe(value)}{hint}.", place / field
            )


def _reader_fault(reader: dict[str, object], config: dict[str, object]) -> str | None:
    """Return what does not fit together, the first thing only."""
    resource = reader.get("Resource")
    lists = isinstance(resource, str) and resource.endswith(":listObjectsV2")
    gets = isinstance(resource, str) and resource.endswith(":getObject")
    kind, manifest, flatten = (config.get(f) for f in ("InputType", "ManifestType", "Transformation"))
    request = reader.get("Parameters", reader.get("Arguments"))
    if gets and config and kind is None and manifest is None:
        return "A reader that gets an object needs an InputType in its ReaderConfig, such as JSON or CSV."
    if lists and flatten == "LOAD_AND_FLATTEN" and kind is None:
        return "With LOAD_AND_FLATTEN the reader needs an InputType, to know what the objects hold."
    if lists and flatten in (None, "NONE") and kind is not None:
        return "A list of objects has no InputType, unless Transformation is LOAD_AND_FLATTEN."
    if gets and flatten == "LOAD_AND_FLATTEN":
        return "LOAD_AND_FLATTEN is for readers that list objects with s3:listObjectsV2."
    if manifest == "S3_INVENTORY" and kind is not None:
        return "An S3_INVENTORY has no InputType: its files are always CSV."
    if "CSVHeaderLocation" in config and kind in ("JSONL", "PARQUET"):
        return f"A {kind} file has no header: leave CSVHeaderLocation out."
    if "CSVHeaders" in config and config.get("CSVHeaderLocation") == "FIRST_ROW":
        return "CSVHeaders are only read if CSVHeaderLocation is GIVEN."
    if kind == "PARQUET" and isinstance(request, dict) and {"VersionId", "VersionId.$"} & request.keys():
        return "A PARQUET file is read without a VersionId."
    if "ItemsPointer" in config and isinstance(kind, str) and kind != "JSON" and kind in INPUT_TYPES:
        return f"ItemsPointer looks into a JSON file, and the InputType is {kind}."
    return None
