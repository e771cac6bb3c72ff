"""How a photo must be turned to be upright: by the file itself or, if it says nothing, by its XMP sidecar."""

import os
import re
import stat
from typing import BinaryIO

from PIL import Image

from photogender.photos.heif import container_turns
from photogender.photos.raw import EXTENSIONS, read_orientation
from photogender.photos.raw_xmp import lacks_orientation

_MAX_BYTES = 2_000_000
"""Of a sidecar that are searched."""

_ORIENTATION = re.compile(rb"[\s<]tiff:Orientation\s*(?:=\s*[\"']|>)\s*([1-8])\s*[\"'<]")
"""The property as an attribute or an element, under its usual prefix."""

_SUFFIXES = (".xmp", ".XMP")


def valid_orientation(value: object) -> int | None:
    """An EXIF orientation, 1 to 8; None for everything else."""
    return value if isinstance(value, int) and 1 <= value <= 8 else None


def orientation_of_heif(image: Image.Image, file: BinaryIO) -> int | None:
    """What the EXIF data or the container of a HEIC say; None if it has neither.

    pillow-heif takes the value out of the EXIF data, and does not tell 1 from none.
    """
    if found := valid_orientation(image.info.get("original_orientation")):
        return found
    return 1 if image.info.get("exif") or container_turns(file) else None


def orientation_of_raw(file: BinaryIO) -> int | None:
    """What a camera raw says; None if it says nothing.

    Raises:
        DecodeError: The extra is not installed, or LibRaw cannot read it.
    """
    if lacks_orientation(file):
        return None
    file.seek(0)
    return read_orientation(file)


def sidecar_orientation(photo: str) -> int | None:
    """``tiff:Orientation`` of ``IMG.jpg.xmp``, or of an ``IMG.xmp`` that is this photo's alone; None if there is none.

    Programs write it there when a person turns a photo whose file stays as it is.
    """
    for base in (photo, os.path.splitext(photo)[0]):
        for suffix in _SUFFIXES:
            found = _read(base + suffix)
            if found is not None and (base == photo or _is_alone(photo)):
                match = _ORIENTATION.search(found)
                return int(match[1]) if match else None
    return None


def _read(path: str) -> bytes | None:
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):  # a link may lead anywhere, and a pipe would block
            return None
        with open(path, "rb") as file:
            return file.read(_MAX_BYTES)
    except (OSError, ValueError):
        return None


def _is_alone(photo: str) -> bool:
    """Whether no other file shares ``IMG.xmp``; as in Lightroom, a camera raw wins over other pictures."""
    folder, name = os.path.split(photo)
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    stem = os.path.splitext(name)[0].casefold()
    others = [os.path.splitext(each) for each in names if each != name]
    sharing = [ending[1:].lower() for base, ending in others if base.casefold() == stem and ending.lower() != ".xmp"]
    is_raw = os.path.splitext(name)[1][1:].lower() in EXTENSIONS
    return not any(ending in EXTENSIONS for ending in sharing) if is_raw else not sharing
