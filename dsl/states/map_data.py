"""What a distributed map works on in S3: where it reads its items, how it batches them, where it writes results.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from dsl.arguments import explained
from dsl.errors import DefinitionError
from dsl.permissions.deriving import MANIFEST, WRITER_ACTIONS
from dsl.permissions.policy import Permission
from dsl.records import Record
from dsl.states.requests import present
from dsl.values.expressions import Expression
from dsl.values.payloads import render
from dsl.values.references import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsl.values.expressions import JsonObject
    from dsl.values.payloads import Payload
    from dsl.values.references import Integer


_NOTHING: Final[Mapping[str, Payload]] = {}


class ItemReader(Record):
    """Where a distributed map reads its items; use `s3_objects` or `s3_file` for the usual ones.

    `configuration` is the `ReaderConfig`:
    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html.
    """

    __slots__ = ("configuration", "parameters", "permissions", "resource")

    @explained
    def __init__(
        self,
        resource: str,
        parameters: Mapping[str, Payload],
        configuration: Mapping[str, Payload] = _NOTHING,
        permissions: tuple[Permission, ...] = (),
    ) -> None:
        self.resource = resource
        self.parameters = parameters
        self.configuration = configuration
        self.permissions = permissions

    def asl(self) -> JsonObject:
        """Return the reader as Amazon States Language."""
        document: JsonObject = {"Resource": self.resource, "Parameters": render(self.parameters)}
        if self.configuration:
            document["ReaderConfig"] = with_paths(self.configuration)
        return document


@explained
def s3_objects(
    bucket: str | Reference,
    prefix: str | Reference = "",
    *,
    max_items: int | Integer | None = None,
    load: Literal["CSV", "JSON", "JSONL", "PARQUET"] | None = None,
    csv_headers: Sequence[str] | Literal["FIRST_ROW"] | None = None,
) -> ItemReader:
    """Return the objects of a bucket below a prefix, one item each, or with `load` what is in all of them.

    A bucket that is a reference allows every bucket.

    Raises:
        DefinitionError: headers are given for files that are no CSV, or CSV files have none.
    """
    configuration = present({"MaxItems": max_items})
    permissions = [_on_bucket("s3:ListBucket", bucket, "")]
    if load is not None:
        configuration |= {"Transformation": "LOAD_AND_FLATTEN", "InputType": load}
        configuration |= _headers(load, csv_headers)
        key = "/*" if isinstance(prefix, Reference) else f"/{prefix}*"
        permissions.append(_on_bucket("s3:GetObject", bucket, key))
    return ItemReader(
        "arn:aws:states:::s3:listObjectsV2",
        {"Bucket": bucket, "Prefix": prefix}
        if isinstance(prefix, Reference) or prefix
        else {"Bucket": bucket},
        configuration,
        tuple(permissions),
    )


@explained
def s3_file(
    bucket: str | Reference,
    key: str | Reference,
    *,
    type: Literal["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"],  # noqa: A002
    csv_headers: Sequence[str] | Literal["FIRST_ROW"] | None = None,
    csv_delimiter: Literal["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"] | None = None,
    items_pointer: str | None = None,
    manifest: Literal["ATHENA_DATA", "S3_INVENTORY"] | None = None,
    max_items: int | Integer | None = None,
) -> ItemReader:
    """Return the rows or elements of a file in a bucket, one item each.

    `items_pointer` is the JSON pointer of the list in a JSON file, such as `/orders`. A manifest lists other files,
    which its reader may read as well, in whatever bucket they are.

    Raises:
        DefinitionError: an option is given for a file of another type, or a CSV has no headers.
    """
    for option, value, kind in (
        ("csv_delimiter", csv_delimiter, "CSV"),
        ("items_pointer", items_pointer, "JSON"),
        ("manifest", manifest, "MANIFEST"),
    ):
        if value is not None and type != kind:
            raise DefinitionError(f"{option}= is for a file of type {kind}, and this is {type}")
    configuration: dict[str, Payload] = {"InputType": type, **_headers(type, csv_headers)}
    if manifest == "S3_INVENTORY":
        del configuration["InputType"]  # its files are always CSV
    optional: dict[str, Payload] = {
        "CSVDelimiter": csv_delimiter,
        "ItemsPointer": items_pointer,
        "ManifestType": manifest,
        "MaxItems": max_items,
    }
    configuration |= present(optional)
    permissions = [_on_bucket("s3:GetObject", bucket, "/*" if isinstance(key, Reference) else f"/{key}")]
    if type == "MANIFEST":
        permissions.append(Permission("s3:GetObject", "*", MANIFEST))
    return ItemReader(
        "arn:aws:states:::s3:getObject", {"Bucket": bucket, "Key": key}, configuration, tuple(permissions)
    )


@explained
def s3_inventory(
    bucket: str | Reference, key: str | Reference, *, max_items: int | Integer | None = None
) -> ItemReader:
    """Return the objects that an S3 inventory lists, one item each; the key is that of the inventory's
    `manifest.json`."""
    return s3_file(bucket, key, type="MANIFEST", manifest="S3_INVENTORY", max_items=max_items)


def _headers(kind: str, csv_headers: Sequence[str] | str | None) -> dict[str, Payload]:
    """Return the configuration of a CSV's headers."""
    if (kind == "CSV") != (csv_headers is not None):
        raise DefinitionError(
            "a CSV file needs csv_headers=, 'FIRST_ROW' or the names; another file takes none"
        )
    if csv_headers is None:
        return {}
    if isinstance(csv_headers, str):
        return {"CSVHeaderLocation": "FIRST_ROW"}
    return {"CSVHeaderLocation": "GIVEN", "CSVHeaders": list(csv_headers)}


def _on_bucket(action: str, bucket: str | Reference, key: str) -> Permission:
    if isinstance(bucket, Reference):
        return Permission(action, "*", f"the bucket at {bucket._asl()} is known only while the workflow runs")
    if "/" in bucket or ":" in bucket.replace("${", "").replace("AWS::", ""):
        raise DefinitionError(
            f"a bucket is given by its name, and {bucket!r} is none; the key or prefix comes after it"
        )
    return Permission(action, f"arn:aws:s3:::{bucket}{key}")


class ItemBatcher(Record):
    """Items handed to one run together: at most `max_items`, and at most `max_bytes` of JSON.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
    """

    __slots__ = ("batch_input", "max_bytes", "max_items")

    @explained
    def __init__(
        self,
        max_items: int | Integer | None = None,
        max_bytes: int | Integer | None = None,
        batch_input: Mapping[str, Payload] = _NOTHING,
    ) -> None:
        self.max_items = max_items
        self.max_bytes = max_bytes
        self.batch_input = batch_input
        if self.max_items is None and self.max_bytes is None:
            raise DefinitionError("an ItemBatcher needs max_items=, max_bytes= or both")
        if isinstance(self.max_bytes, int) and not 1 <= self.max_bytes <= 262_144:
            raise DefinitionError(f"a batch of {self.max_bytes} bytes: AWS takes 1 to 262,144")

    def asl(self) -> JsonObject:
        """Return the batcher as Amazon States Language."""
        limits = {"MaxItemsPerBatch": self.max_items, "MaxInputBytesPerBatch": self.max_bytes}
        document = with_paths(present(limits))
        if self.batch_input:
            document["BatchInput"] = render(self.batch_input)
        return document


class ResultWriter(Record):
    """The bucket and prefix where a distributed map writes what its runs returned, and how.

    `transformation` leaves away what Step Functions knows of each run (`COMPACT`), and joins lists (`FLATTEN`). Without
    a bucket nothing is written, and the map's result is what was so transformed.
    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    """

    __slots__ = ("bucket", "output_type", "prefix", "transformation")

    @explained
    def __init__(
        self,
        bucket: str | Reference | None = None,
        prefix: str | Reference = "",
        transformation: Literal["NONE", "COMPACT", "FLATTEN"] | None = None,
        output_type: Literal["JSON", "JSONL"] | None = None,
    ) -> None:
        self.bucket = bucket
        self.prefix = prefix
        self.transformation = transformation
        self.output_type = output_type
        if self.bucket is None and self.transformation is None:
            raise DefinitionError("a ResultWriter needs a bucket, a transformation= or both")

    @property
    def exports(self) -> bool:
        """Whether it writes to S3."""
        return self.bucket is not None

    def asl(self) -> JsonObject:
        """Return the writer as Amazon States Language."""
        document: JsonObject = {}
        if self.bucket is not None:
            document["Resource"] = "arn:aws:states:::s3:putObject"
            document["Parameters"] = render({"Bucket": self.bucket, "Prefix": self.prefix})
        if self.transformation is not None or self.output_type is not None:
            document["WriterConfig"] = {
                "Transformation": self.transformation or "NONE",
                "OutputType": self.output_type or "JSON",
            }
        return document


def with_paths(values: Mapping[str, Payload]) -> JsonObject:
    """Fields of which each has a second spelling, with `Path`, for a value from the data."""
    document: JsonObject = {}
    for key, value in values.items():
        if isinstance(value, Expression):
            document[f"{key}Path"] = value._asl()
        else:
            document |= render({key: value})
    return document


def map_permissions(reader: ItemReader | None, writer: ResultWriter | None) -> tuple[Permission, ...]:
    """Return what the reader and the writer need in S3."""
    permissions = list(reader.permissions if reader else ())
    if writer is not None and writer.bucket is not None:
        key = "/*" if isinstance(writer.prefix, Reference) else f"/{writer.prefix}/*"
        permissions += [_on_bucket(f"s3:{action}", writer.bucket, key) for action in WRITER_ACTIONS]
    return tuple(permissions)
