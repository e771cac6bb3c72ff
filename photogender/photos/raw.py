"""Camera raws, read from the preview that the camera embedded (extra ``raw``)."""

import hashlib
import io
import os
import time
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
            return _without_no_date(ImageOps.exif_transpose(preview))
        picture: Image.Image = preview
    else:
        picture = Image.fromarray(np.asarray(thumb.data))
    return _without_no_date(picture.transpose(_TURNS[flip]) if flip in _TURNS else picture)


def _without_no_date(preview: Image.Image) -> Image.Image:
    """The preview without the start of 1970, which LibRaw writes into one without EXIF if the raw has no date."""
    exif = preview.getexif()
    for directory in (exif, exif.get_ifd(ExifTags.IFD.Exif)):
        for tag in (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized, ExifTags.Base.DateTime):
            if str(directory.get(tag)).strip("\0 ") == time.strftime("%Y:%m:%d %H:%M:%S", time.localtime(0)):
                del directory[tag]
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
