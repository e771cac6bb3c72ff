"""What neither Pillow nor LibRaw tells of a camera raw: its XMP packet, and whether it has an orientation."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

MAX_XMP = 16_000_000
"""Bytes of the longest packet that is read."""

_XMP, _ORIENTATION = 700, 274
_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MOST_BOXES = 100
"""At the top level of a CR3; a camera writes five."""


def read_raw_xmp(file: BinaryIO) -> bytes | None:
    """The XMP packet of a CR3 or of a raw like a TIFF (DNG, CR2, NEF, ARW and others); None if it has none."""
    file.seek(0)
    start = file.read(12)
    if start[4:8] == b"ftyp":
        return _from_boxes(file)
    return _from_directory(file, start) if _is_like_tiff(start) else None


def lacks_orientation(file: BinaryIO) -> bool:
    """Whether a raw like a TIFF does not say how its picture must be turned; of the others that is not known."""
    file.seek(0)
    start = file.read(12)
    return _is_like_tiff(start) and all(tag != _ORIENTATION for tag, *_ in _entries(file, start))


def _is_like_tiff(start: bytes) -> bool:
    return start[:2] in (b"II", b"MM") and len(start) >= 8


def _from_boxes(file: BinaryIO) -> bytes | None:
    """From the top level of ISO base media (ISO/IEC 14496-12, section 4.2)."""
    at = 0
    for _ in range(_MOST_BOXES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        length, kind = struct.unpack(">I4s", head[:8])
        header = 8
        if length == 1 and len(head) == 16:
            length, header = struct.unpack(">Q", head[8:])[0], 16
        file.seek(at + header)
        if kind == b"uuid" and file.read(16) == _BOX:
            return file.read(min(max(length - header - 16, 0), MAX_XMP)) or None
        at += length
        if length < header or at >= 2**63:
            break
    return None


def _from_directory(file: BinaryIO, start: bytes) -> bytes | None:
    """From tag 700 of the first directory (XMP Specification Part 3, section 3.2)."""
    for tag, kind, length, at in _entries(file, start):
        if tag == _XMP and kind in (1, 7) and length > 4:  # BYTE or UNDEFINED; shorter values have no offset
            file.seek(at)
            return file.read(min(length, MAX_XMP)) or None
    return None


def _entries(file: BinaryIO, start: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Tag, type, count and value or offset of each entry of the first directory (TIFF 6.0, section 2)."""
    order = "<" if start.startswith(b"II") else ">"
    file.seek(struct.unpack(f"{order}I", start[4:8])[0])
    count = file.read(2)
    entries = file.read(12 * struct.unpack(f"{order}H", count)[0]) if len(count) == 2 else b""
    yield from struct.iter_unpack(f"{order}HHII", entries[: len(entries) // 12 * 12])
