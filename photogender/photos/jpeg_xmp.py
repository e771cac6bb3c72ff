"""XMP of a JPEG that does not fit into one segment: its second part, which Pillow does not read, and a new first."""

import re
import struct
from collections.abc import Iterable

_MAX = 16_000_000
"""Bytes of the longest extension that is read."""

MAX_PACKET = 65_502
"""Bytes of the longest packet in a segment (*XMP Specification Part 3*, section 1.1.3)."""

_MAIN = b"http://ns.adobe.com/xap/1.0/\0"
_HEAD = b"http://ns.adobe.com/xmp/extension/\0"
_FILL, _APP1, _SCAN = 0xFF, 0xE1, 0xDA
_GUID = re.compile(rb"HasExtendedXMP[^<>]{,200}?[\"'>]\s*([0-9A-Fa-f]{32})")


def read_extension(xmp: bytes, segments: Iterable[tuple[str, bytes]]) -> bytes | None:
    """The packet that continues ``xmp`` (*XMP Specification Part 3*, section 1.1.3.1).

    Args:
        xmp: The packet in the first segment, which names the other by a hash.
        segments: The APP segments as Pillow's ``applist`` has them.

    Returns:
        None if there is none, or a part of it is missing.
    """
    named = _GUID.search(xmp)
    parts: dict[int, bytes] = {}
    length = 0
    for marker, data in segments if named else ():
        numbers = data[len(_HEAD) + 32 : len(_HEAD) + 40]
        if marker == "APP1" and named and data.startswith(_HEAD + named[1]) and len(numbers) == 8:
            length, offset = struct.unpack(">II", numbers)
            parts[offset] = data[len(_HEAD) + 40 :]
    whole = b"".join(parts[offset] for offset in sorted(parts))
    return whole if 0 < len(whole) == length <= _MAX else None


def with_packet(data: bytes, packet: bytes) -> bytes:
    """A JPEG with another packet in its first segment of XMP; everything else stays to the byte.

    Args:
        data: The content of a file that has such a segment.
        packet: At most ``MAX_PACKET`` bytes.

    Raises:
        ValueError: The file has no such segment before the picture, or the packet is too long.
    """
    at = 2
    while data[at : at + 1] == b"\xff" and len(packet) <= MAX_PACKET:
        marker, end = data[at + 1], at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if marker == _FILL:
            at += 1
            continue
        if marker == _APP1 and data.startswith(_MAIN, at + 4):
            content = _MAIN + packet
            return data[: at + 2] + struct.pack(">H", len(content) + 2) + content + data[end:]
        if marker == _SCAN:
            break
        at = end
    raise ValueError("no place for the packet")
