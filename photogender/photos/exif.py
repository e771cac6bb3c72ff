"""EXIF data of a photo: orientation and camera."""

import io

from PIL import ExifTags, Image

from photogender.photos.directory import MAX_VALUES, measure_directory
from photogender.photos.faults import DAMAGE, is_mistake

ORIENTATION = ExifTags.Base.Orientation
"""Tag 274: how the stored picture must be turned to be upright, 1 to 8."""

DRAWN: dict[int, object] = {ExifTags.Base.Software: "photogender show"}
"""EXIF tags of a copy of a photo with boxes drawn on it: that is not a photo to be scanned."""

_TAGS = (ORIENTATION, ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.Software)

_MAX_TEXT = 128_000
"""Characters of EXIF data that a PNG holds as text in hexadecimal."""


def read_exif(image: Image.Image) -> dict[int, object]:
    """Orientation, make, model and the tags of the EXIF directory; empty if they cannot be parsed."""
    try:
        if not _is_harmless(image):
            return {}
        exif = image.getexif()
        if image.format in ("JPEG", "MPO") and "xmp" in image.info and ORIENTATION not in _own_tags(image):
            exif.pop(ORIENTATION, None)  # Pillow takes it from the XMP, which no other program does for a JPEG
        return {tag: exif[tag] for tag in _TAGS if tag in exif} | exif.get_ifd(ExifTags.IFD.Exif)
    except (OSError, *DAMAGE) as error:
        if is_mistake(error):
            raise
        return {}


def _own_tags(image: Image.Image) -> Image.Exif:
    """The main directory as the file has it."""
    exif = Image.Exif()
    exif.load(image.info.get("exif", b""))
    return exif


def camera(exif: dict[int, object]) -> str | None:
    """Make and model of the camera, at most 100 characters; None if both are missing."""
    make, model = (_cleaned(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    words = model if make and model.lower().startswith(make.lower().split()[0]) else f"{make} {model}".strip()
    return words[:100] or None


def _is_harmless(image: Image.Image) -> bool:
    """Whether parsing takes little memory; a TIFF was measured when it was opened."""
    if image.format == "PNG" and "exif" not in image.info:
        image.load()  # a PNG may have it after the pixels
    data = image.info.get("exif")
    if data is None:
        return len(image.info.get("Raw profile type exif", "")) <= _MAX_TEXT
    return measure_directory(io.BytesIO(data.removeprefix(b"Exif\0\0"))).values <= MAX_VALUES


def _cleaned(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
