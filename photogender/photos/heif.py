"""HEIC: whether the container says how the picture is turned."""

from typing import BinaryIO

_MAX_META = 1_000_000
"""Bytes of the box of descriptions that are searched."""


def container_turns(file: BinaryIO) -> bool:
    """Whether a HEIC has a rotation (``irot``) or a mirroring (``imir``), which libheif applies.

    ISO/IEC 23008-12, 6.5.10 and 6.5.12.
    """
    at = 0
    while True:
        file.seek(at)
        header = file.read(8)
        size = int.from_bytes(header[:4])
        if header[4:] == b"meta":
            meta = file.read(min(size, _MAX_META))
            return b"irot" in meta or b"imir" in meta
        if len(header) < 8 or size < 8:
            return False
        at += size
