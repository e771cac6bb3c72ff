"""Directories of tags, as in TIFF and EXIF: how much their values take, before Pillow reads them."""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

from photogender.errors import DecodeError

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value, by type. TIFF 6.0, section 2; BigTIFF adds 16 to 18."""

_TEXT = (1, 2, 6, 7)
"""Types whose values Pillow keeps as they are; of any other it makes an object for each value."""

_EXIF = 34665
"""The tag that points at the EXIF directory."""


@dataclass(frozen=True, slots=True)
class DirectorySize:
    """Bytes that values take in the file, counted again for each tag that points at them."""

    values: int
    numbers: int
    """Of ``values``: those that are not text or plain bytes."""


MAX_VALUES = 4_000_000
"""Bytes of all values of EXIF data: many tags may point at the same bytes, of which Pillow makes a copy for each."""


def check_directory(data: bytes) -> None:
    """Refuse EXIF data whose values take much more memory than the data themselves.

    Raises:
        DecodeError: They do.
    """
    if len(data) > MAX_VALUES or measure_directory(io.BytesIO(data)).values > MAX_VALUES:
        raise DecodeError("decode", "the file is damaged, or of an unusual kind (its EXIF data repeat themselves)")


def measure_directory(file: BinaryIO) -> DirectorySize:
    """What the first directory of a TIFF, or of EXIF data, and its EXIF directory hold; as far as they are there.

    Args:
        file: At its start.
    """
    end = file.seek(0, 2)
    file.seek(0)
    header = file.read(16)
    order = "<" if header.startswith(b"II") else ">"
    is_big = b"+" in header[2:4]  # BigTIFF
    entry = struct.Struct(order + ("HHQQ" if is_big else "HHII"))
    values = numbers = 0
    try:
        places = [struct.unpack_from(order + ("Q" if is_big else "I"), header, 8 if is_big else 4)[0]]
        for place in places:
            if place >= end:
                break
            file.seek(place)
            (count,) = struct.unpack(order + ("Q" if is_big else "H"), file.read(8 if is_big else 2))
            entries = file.read(entry.size * min(count, 65_535))
            for tag, kind, length, value in entry.iter_unpack(entries[: len(entries) // entry.size * entry.size]):
                size = min(length * _SIZES.get(kind, 0), end)
                values += size
                numbers += 0 if kind in _TEXT else size
                if tag == _EXIF and len(places) == 1:
                    places.append(value)
    except struct.error:
        pass
    return DirectorySize(values, numbers)
