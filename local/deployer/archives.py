"""Packs a program's assets and archives into the zip file that Lambda takes.

The same content gives the same bytes, on every machine and at any time, so that unchanged code is seen to be
unchanged.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.deployer.values import Archive, Asset

# The zip format's earliest date.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(archive: Archive, folder: Path) -> bytes:
    """Return the archive as a zip file; relative paths start at `folder`.

    Raises:
        ValueError: Something is missing or cannot be read. Names it.
    """
    members: dict[str, bytes] = {}
    for name, content in _members(archive, "", folder):
        if name in members:
            raise ValueError(f"the archive has two members named {name}")
        members[name] = content
    if not members:
        raise ValueError("the archive is empty")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, members[name])
    return buffer.getvalue()


def sha256(content: bytes) -> str:
    """Return the hash as Lambda prints it: base64 of SHA-256."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _members(value: Asset | Archive, name: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    match value:
        case pulumi.StringAsset():
            yield name, value.text.encode()
        case pulumi.FileAsset():
            path = folder / value.path
            if not path.is_file():
                raise ValueError(f"the archive's file {path} does not exist")
            yield name, path.read_bytes()
        case pulumi.AssetArchive():
            for member, item in value.assets.items():
                yield from _members(item, f"{name}/{member}".lstrip("/"), folder)  # type: ignore[arg-type]
        case pulumi.FileArchive():
            yield from _unpacked(folder / value.path, name)
        case _:
            raise ValueError(f"an archive or asset from a URL ({value.uri}) is not fetched in process")


def _unpacked(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.is_file():
                yield f"{name}/{file.relative_to(path).as_posix()}".lstrip("/"), file.read_bytes()
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as source:
            for info in source.infolist():
                if not info.is_dir():
                    yield f"{name}/{info.filename}".lstrip("/"), source.read(info)
    else:
        raise ValueError(f"the archive {path} is neither a folder nor a zip file")
