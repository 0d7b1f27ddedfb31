"""Makes a screenshot small: a PNG with at most 256 colours, which is plenty for a page of flat surfaces."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHANNELS = {2: 3, 6: 4}


def reduced(picture: bytes) -> bytes:
    """Return the picture with its 256 most frequent colours; others become the nearest of these.

    Args:
        picture: A PNG with eight bits a channel, without interlacing, RGB or RGBA, as Chromium writes them.
    """
    chunks = list(_chunks(picture))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    assert depth == 8, f"a PNG of {depth} bits"
    assert not interlaced, "an interlaced PNG"
    size = _CHANNELS[kind]
    data = zlib.decompress(b"".join(content for name, content in chunks if name == b"IDAT"))
    rows = list(_rows(data, width, height, size))
    counts = Counter(row[at : at + 3] for row in rows for at in range(0, width * size, size))
    palette = [colour for colour, _ in counts.most_common(256)]
    index = {colour: at for at, colour in enumerate(palette)}
    for colour in counts:
        if colour not in index:
            index[colour] = min(range(len(palette)), key=lambda at: _distance(palette[at], colour))
    lines = b"".join(
        b"\0" + bytes(index[row[at : at + 3]] for at in range(0, width * size, size)) for row in rows
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"".join(
        (
            picture[:8],
            _chunk(b"IHDR", head),
            _chunk(b"PLTE", b"".join(palette)),
            _chunk(b"IDAT", zlib.compress(lines, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(picture):
        size, name = struct.unpack(">I4s", picture[at : at + 8])
        yield name, picture[at + 8 : at + 8 + size]
        at += 12 + size


def _rows(data: bytes, width: int, height: int, size: int) -> Iterator[bytes]:
    """Yield the rows of pixels, with PNG's five filters undone (PNG specification, section 9)."""
    stride = width * size
    above = bytearray(stride)
    for number in range(height):
        start = number * (stride + 1)
        row = bytearray(data[start + 1 : start + 1 + stride])
        match data[start]:
            case 1:
                for at in range(size, stride):
                    row[at] = (row[at] + row[at - size]) & 255
            case 2:
                for at in range(stride):
                    row[at] = (row[at] + above[at]) & 255
            case 3:
                for at in range(stride):
                    left = row[at - size] if at >= size else 0
                    row[at] = (row[at] + (left + above[at]) // 2) & 255
            case 4:
                for at in range(stride):
                    left, corner = (row[at - size], above[at - size]) if at >= size else (0, 0)
                    row[at] = (row[at] + _paeth(left, above[at], corner)) & 255
        yield bytes(row)
        above = row


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    far = abs(guess - left), abs(guess - above), abs(guess - corner)
    if far[0] <= far[1] and far[0] <= far[2]:
        return left
    return above if far[1] <= far[2] else corner


def _distance(one: bytes, other: bytes) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
