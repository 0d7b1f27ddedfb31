"""Files of distributed Map states, as whoever keeps them is asked for them.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html and input-output-resultwriter.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias


class ReadRequest(NamedTuple):
    """What an ItemReader asks for."""

    resource: str
    """Its Resource, such as `arn:aws:states:::s3:getObject`."""
    arguments: Any
    """Its Parameters or Arguments, filled in: `{"Bucket": ..., "Key": ...}`."""
    config: Mapping[str, Any]
    """Its ReaderConfig, as it is written."""


class WriteRequest(NamedTuple):
    """One file of a ResultWriter."""

    bucket: str
    key: str
    text: str


if TYPE_CHECKING:
    Reader: TypeAlias = Callable[[ReadRequest], object]
    """Gives the file as a text or bytes, or the items themselves as a list or an object.

    For `s3:listObjectsV2` these are the `Contents` that boto3 gives. The files that an inventory, a manifest or a list
    of objects names are asked for one by one, as `s3:getObject`.
    """
    Writer: TypeAlias = Callable[[WriteRequest], object]
    """Stores a file."""
