"""What a distributed map works on in S3: where it reads its items, how it batches them, where it writes results.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from dsl.errors import DefinitionError
from dsl.states.permissions import Permission
from dsl.values.expressions import Expression
from dsl.values.payloads import render
from dsl.values.references import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsl.values.expressions import JsonObject
    from dsl.values.payloads import Payload
    from dsl.values.references import Integer


@dataclass(frozen=True, slots=True)
class ItemReader:
    """Where a distributed map reads its items; use `s3_objects` or `s3_file` for the usual ones.

    `configuration` is the `ReaderConfig`:
    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html.
    """

    resource: str
    parameters: Mapping[str, Payload]
    configuration: Mapping[str, Payload] = field(default_factory=dict)
    permissions: tuple[Permission, ...] = ()

    def asl(self) -> JsonObject:
        """The reader as Amazon States Language."""
        document: JsonObject = {"Resource": self.resource, "Parameters": render(self.parameters)}
        if self.configuration:
            document["ReaderConfig"] = with_paths(self.configuration)
        return document


def s3_objects(
    bucket: str | Reference, prefix: str | Reference = "", *, max_items: int | None = None
) -> ItemReader:
    """The objects of a bucket below a prefix, one item each. A bucket that is a reference allows every bucket."""
    return ItemReader(
        "arn:aws:states:::s3:listObjectsV2",
        {"Bucket": bucket, "Prefix": prefix} if prefix != "" else {"Bucket": bucket},
        {} if max_items is None else {"MaxItems": max_items},
        (_on_bucket("s3:ListBucket", bucket, ""),),
    )


def s3_file(
    bucket: str | Reference,
    key: str | Reference,
    *,
    type: Literal["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"],  # noqa: A002
    csv_headers: Sequence[str] | Literal["FIRST_ROW"] | None = None,
    max_items: int | Integer | None = None,
) -> ItemReader:
    """The rows or elements of a file in a bucket, one item each.

    Raises:
        DefinitionError: headers are given for a file that is no CSV, or a CSV has none.
    """
    if (type == "CSV") != (csv_headers is not None):
        raise DefinitionError(
            "a CSV file needs csv_headers=, 'FIRST_ROW' or the names; another file takes none"
        )
    configuration: dict[str, Payload] = {"InputType": type}
    if csv_headers == "FIRST_ROW":
        configuration["CSVHeaderLocation"] = "FIRST_ROW"
    elif csv_headers is not None:
        configuration |= {"CSVHeaderLocation": "GIVEN", "CSVHeaders": list(csv_headers)}
    if max_items is not None:
        configuration["MaxItems"] = max_items
    permission = _on_bucket("s3:GetObject", bucket, "/*" if isinstance(key, Reference) else f"/{key}")
    return ItemReader(
        "arn:aws:states:::s3:getObject", {"Bucket": bucket, "Key": key}, configuration, (permission,)
    )


def _on_bucket(action: str, bucket: str | Reference, key: str) -> Permission:
    if isinstance(bucket, Reference):
        return Permission(action, "*", f"the bucket at {bucket._asl()} is known only while the workflow runs")
    return Permission(action, f"arn:aws:s3:::{bucket}{key}")


@dataclass(frozen=True, slots=True)
class ItemBatcher:
    """Items handed to one run together: at most `max_items`, and at most `max_bytes` of JSON.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
    """

    max_items: int | Integer | None = None
    max_bytes: int | Integer | None = None
    batch_input: Mapping[str, Payload] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.max_items is None and self.max_bytes is None:
            raise DefinitionError("an ItemBatcher needs max_items=, max_bytes= or both")
        if isinstance(self.max_bytes, int) and not 1 <= self.max_bytes <= 262_144:
            raise DefinitionError(f"a batch of {self.max_bytes} bytes: AWS takes 1 to 262,144")

    def asl(self) -> JsonObject:
        """The batcher as Amazon States Language."""
        limits: dict[str, Payload] = {}
        if self.max_items is not None:
            limits["MaxItemsPerBatch"] = self.max_items
        if self.max_bytes is not None:
            limits["MaxInputBytesPerBatch"] = self.max_bytes
        document = with_paths(limits)
        if self.batch_input:
            document["BatchInput"] = render(self.batch_input)
        return document


@dataclass(frozen=True, slots=True)
class ResultWriter:
    """The bucket and prefix where a distributed map writes what its runs returned.

    https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
    """

    bucket: str | Reference
    prefix: str | Reference

    def asl(self) -> JsonObject:
        """The writer as Amazon States Language."""
        return {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": render({"Bucket": self.bucket, "Prefix": self.prefix}),
        }


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
    """What the reader and the writer need in S3."""
    permissions = list(reader.permissions if reader else ())
    if writer is not None:
        key = "/*" if isinstance(writer.prefix, Reference) else f"/{writer.prefix}/*"
        permissions += [
            _on_bucket("s3:PutObject", writer.bucket, key),
            _on_bucket("s3:GetObject", writer.bucket, key),
            _on_bucket("s3:ListMultipartUploadParts", writer.bucket, key),
            _on_bucket("s3:AbortMultipartUpload", writer.bucket, key),
        ]
    return tuple(permissions)
