"""The files of distributed Map states: those of MiniStack's S3, in this process.

Its functions are called as they are, since what MiniStack offers for calls between services may not be used in the
thread of its event loop, in which an execution may go on.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asl.execution import ReadRequest, WriteRequest


def read(request: ReadRequest) -> object:
    """Return what an ItemReader asks for: a file, or the list of a bucket's objects.

    Raises:
        FileNotFoundError: There is no such bucket or file.
    """
    from ministack.services import s3  # type: ignore[import-untyped]

    place = request.arguments or {}
    if request.resource.endswith(":listObjectsV2"):
        return list(_objects(place))
    bucket, key = place.get("Bucket"), place.get("Key")
    status, _, body = s3._get_object(bucket, key, {}, {})
    if status != HTTPStatus.OK:
        raise FileNotFoundError(f"The specified key does not exist. (Bucket: {bucket}, Key: {key})")
    return body


def write(request: WriteRequest) -> None:
    """Store a file of a ResultWriter.

    Raises:
        FileNotFoundError: There is no such bucket.
    """
    from ministack.services import s3

    status = s3._put_object(request.bucket, request.key, request.text.encode(), {})[0]
    if status != HTTPStatus.OK:
        raise FileNotFoundError(f"The specified bucket does not exist. (Bucket: {request.bucket})")


def _objects(place: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    from ministack.services import s3

    bucket = s3._buckets.get(place.get("Bucket"))
    if bucket is None:
        raise FileNotFoundError(f"The specified bucket does not exist. (Bucket: {place.get('Bucket')})")
    prefix, after = place.get("Prefix", ""), place.get("StartAfter", "")
    for key in sorted(key for key in bucket["objects"] if key.startswith(prefix) and key > after):
        found = bucket["objects"][key]
        modified = found.get("last_modified")
        yield {
            "ETag": found.get("etag", ""),
            "Key": key,
            "LastModified": modified if isinstance(modified, datetime | str) else str(modified),
            "Size": found.get("size", 0),
            "StorageClass": found.get("storage_class") or "STANDARD",
        }
