"""JPEGs: how far one may be shrunk while it is decoded, and those whose end is missing."""

import io
import math
import re
from typing import BinaryIO

import numpy as np
from PIL import Image, JpegImagePlugin

from photogender.errors import DecodeError
from photogender.photos.directory import check_directory

NEAR_ENOUGH = 0.97
"""A JPEG scale may fall this far short of the long side asked for: 1/8 of 4032 is 504, which serves for 512."""

MOST_MISSING = 0.1
"""Part of the rows that may be missing at the end of a JPEG."""

_END = b"\xff\xd9"
_SCAN = b"\xff\xda"

_START_OF_SCAN, _APP1, _APP2 = 0xFFDA, 0xFFE1, 0xFFE2

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""Ends a scan; inside one, other bytes follow 0xFF."""

MAX_SCANS = 100
"""Usual are up to twelve."""

_SCANS = {1: 4, 3: 6}
"""By number of colours, the scans after which libjpeg's progressive files have sent every coefficient once."""


def draft_scale(long_side: int, wanted: int | None) -> int:
    """The divisor (8, 4, 2 or 1) by which a JPEG may be shrunk while it is decoded.

    Args:
        long_side: Of the JPEG, in pixels.
        wanted: Pixels the longer side should have after decoding; None for full size.
    """
    if wanted is None:
        return 1
    return next((shrink for shrink in (8, 4, 2) if math.ceil(long_side / shrink) >= wanted * NEAR_ENOUGH), 1)


def check_metadata(file: io.RawIOBase) -> None:
    """Refuse a JPEG whose metadata take gigabytes once they are parsed, which Pillow does when it opens the file.

    Args:
        file: At its start; of any other format nothing more is read.

    Raises:
        DecodeError: They do.
    """
    exif = b""
    if file.read(2) != b"\xff\xd8":
        return
    while mark := file.read(1):
        while mark == b"\xff":
            mark = file.read(1) or b""
            marker = 0xFF00 + mark[0] if mark else _START_OF_SCAN
            if marker == _START_OF_SCAN:
                return
            _, _, has_content = JpegImagePlugin.MARKER.get(marker, ("", "", None))
            if not has_content:
                continue
            length = int.from_bytes(file.read(2) or b"") - 2
            content = file.read(max(length, 0)) or b""
            if marker == _APP1 and content.startswith(b"Exif\0\0"):
                exif += content[6:]  # Pillow joins the parts
                check_directory(exif)
            elif marker == _APP2 and content.startswith(b"MPF\0"):
                check_directory(content[4:])


def check_scans(file: BinaryIO) -> None:
    """Refuse a progressive JPEG of so many scans that decoding takes minutes: each goes over the whole picture.

    Raises:
        DecodeError: It has more than ``MAX_SCANS``.
    """
    file.seek(0)
    content = file.read()
    if content.count(_SCAN) > MAX_SCANS and _count_scans(content) > MAX_SCANS:
        raise DecodeError("decode", f"the file is damaged, or of an unusual kind (a JPEG of over {MAX_SCANS} scans)")


def _count_scans(content: bytes) -> int:
    """The scans of the first picture of a file; ITU T.81, B.1.1."""
    at, scans = 2, 0
    while content[at : at + 1] == b"\xff" and content[at : at + 2] != _END:
        is_scan = content[at : at + 2] == _SCAN
        scans += is_scan
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
        if is_scan:
            marker = _MARKER.search(content, at)
            at = marker.start() if marker else len(content)
    return scans


class WithEnd(io.RawIOBase):
    """A JPEG file that is cut short, followed by end marks: libjpeg then decodes what is there, as viewers do."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """The next bytes of the file; after its end, end marks without end."""
        return self._file.read(size) or _END

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position of the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position in the file."""
        return self._file.tell()


def check_enough(image: Image.Image, file: BinaryIO) -> float:
    """The part of the rows, 0 to 1, that a JPEG lacks at its end.

    Args:
        image: The JPEG, decoded from ``WithEnd``; libjpeg fills missing rows with middle grey.
        file: The same JPEG.

    Raises:
        DecodeError: More than ``MOST_MISSING`` is missing, or a progressive JPEG lacks whole details.
    """
    if image.info.get("progressive"):
        file.seek(0)
        if file.read().count(_SCAN) < _SCANS.get(len(image.getbands()), 6):
            raise DecodeError("decode", "the file is cut short: most of its details are missing")
        return 0.0
    missing = 0
    for top in range(image.height - 1, -1, -1):
        row = np.asarray(image.crop((0, top, image.width, top + 1)))
        if not ((row == 127) | (row == 128)).all():
            break
        missing += 1
    if missing > MOST_MISSING * image.height:
        raise DecodeError("decode", f"the file is cut short: {missing / image.height:.0%} of its rows are missing")
    return missing / image.height
