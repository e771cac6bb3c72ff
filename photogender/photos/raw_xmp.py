"""Find the XMP packet inside a camera raw, which neither Pillow nor LibRaw reads."""

import struct
from typing import BinaryIO

MAX_XMP = 16_000_000
"""Bytes of the longest packet that is read."""

_TAG = 700
_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MOST_BOXES = 100
"""At the top level of a CR3; a camera writes five."""


def read_raw_xmp(file: BinaryIO) -> bytes | None:
    """The XMP packet of a CR3 or of a raw like a TIFF (DNG, CR2, NEF, ARW and others); None if it has none."""
    file.seek(0)
    start = file.read(12)
    if start[4:8] == b"ftyp":
        return _from_boxes(file)
    return _from_directory(file, start) if start[:2] in (b"II", b"MM") and len(start) >= 8 else None


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
    """From tag 700 of the first directory (TIFF 6.0, section 2; XMP Specification Part 3, section 3.2)."""
    order = "<" if start.startswith(b"II") else ">"
    file.seek(struct.unpack(f"{order}I", start[4:8])[0])
    count = file.read(2)
    entries = file.read(12 * struct.unpack(f"{order}H", count)[0]) if len(count) == 2 else b""
    for tag, kind, length, at in struct.iter_unpack(f"{order}HHII", entries[: len(entries) // 12 * 12]):
        if tag == _TAG and kind in (1, 7) and length > 4:  # BYTE or UNDEFINED; shorter values have no offset
            file.seek(at)
            return file.read(min(length, MAX_XMP)) or None
    return None
