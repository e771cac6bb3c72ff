"""Camera raws, read from the preview that the camera embedded (extra ``raw``)."""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps

from photogender.errors import DecodeError
from photogender.photos.formats import open_header

EXTENSIONS = frozenset(
    "3fr arw cr2 cr3 crw dcr dng erf iiq k25 kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f".split()
)
"""File extensions of camera raws: many cannot be told from a TIFF by their content."""

_ORIENTATIONS = {3: 3, 5: 8, 6: 6}
"""EXIF orientation, by LibRaw's ``flip``."""

_TURNS = {3: Image.Transpose.ROTATE_180, 5: Image.Transpose.ROTATE_90, 6: Image.Transpose.ROTATE_270}
"""The turn that makes a picture upright, by LibRaw's ``flip``."""

_NO_DATE = ("1970:01:01", "1969:12:31")
"""LibRaw's date, east and west of Greenwich, of a raw without one."""


def is_raw(path: str, start: bytes) -> bool:
    """Whether a file is a camera raw: by its extension, unless its first bytes are those of a JPEG."""
    return os.path.splitext(path)[1][1:].lower() in EXTENSIONS and not start.startswith(b"\xff\xd8")


def read_orientation(file: BinaryIO) -> int:
    """The EXIF orientation, 1 to 8: how the stored picture must be turned to be upright.

    Raises:
        DecodeError: The extra is not installed, or LibRaw cannot read it.
    """
    with _open_raw(file) as raw:
        return _ORIENTATIONS.get(raw.sizes.flip, 1)


def hash_sensor(file: BinaryIO) -> str:
    """SHA-256 of the values of the sensor, hexadecimal.

    Raises:
        DecodeError: The extra is not installed, or LibRaw cannot read it.
    """
    with _open_raw(file) as raw:
        return hashlib.sha256(np.asarray(raw.raw_image).tobytes()).hexdigest()


def read_preview(file: BinaryIO) -> Image.Image:
    """The largest embedded preview, upright and without an EXIF orientation.

    Raises:
        DecodeError: The extra is not installed, LibRaw finds no preview, or the preview is too large.
    """
    with _open_raw(file) as raw:
        flip = raw.sizes.flip
        thumb = raw.extract_thumb()
    if thumb.format.name == "JPEG":
        preview = open_header(io.BytesIO(bytes(thumb.data)), ("JPEG",))
        if preview.getexif().get(ExifTags.Base.Orientation, 1) != 1:
            return _with_date(ImageOps.exif_transpose(preview))
        picture: Image.Image = preview
    else:
        picture = Image.fromarray(np.asarray(thumb.data))
    return _with_date(picture.transpose(_TURNS[flip]) if flip in _TURNS else picture)


def _with_date(preview: Image.Image) -> Image.Image:
    """The preview with the raw's date as the date taken.

    LibRaw writes EXIF data, as dcraw did, into a preview that has none, with the raw's date as that of the last edit,
    which does not count. Its date of a raw without one is the start of 1970 in local time. rawpy's
    ``other.timestamp`` has the date too, but reading it damages the preview that is extracted next (rawpy 0.28).
    """
    exif = preview.getexif()
    more, date = exif.get_ifd(ExifTags.IFD.Exif), str(exif.get(ExifTags.Base.DateTime)).strip("\0 ")
    is_of_libraw = str(exif.get(ExifTags.Base.Software)).startswith("dcraw")
    if is_of_libraw and not date.startswith(_NO_DATE) and ExifTags.Base.DateTimeOriginal not in more:
        more[ExifTags.Base.DateTimeOriginal] = date
    return preview


@contextmanager
def _open_raw(file: BinaryIO) -> Iterator[Any]:
    try:
        import rawpy
    except ImportError as error:
        raise DecodeError(
            "decode", "a camera raw: pip install 'photogender[raw]', then scan with --retry-skipped"
        ) from error
    try:
        with rawpy.imread(file) as raw:
            yield raw
    except rawpy.LibRawError as error:
        raise DecodeError("decode", f"a camera raw without a readable preview ({error})") from error
